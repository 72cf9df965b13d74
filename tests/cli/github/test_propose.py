"""An issue that was made with the form becomes a pull request."""

from __future__ import annotations

from typing import Any

import pytest

from gitiam.report.intake import MARKER
from tests.cli.github.conftest import Scene
from tests.cli.github.intake import (
    FILE,
    asked,
    edited,
    file_text,
    merged,
    proposed,
    pull_of,
    text_at,
)
from tests.support.forms import body_of, filled
from tests.support.github.state import User

PATH = "requests/prod/data-pipeline-1.yaml"
BRANCH = "gitiam/request-1"


def answer(scene: Scene) -> str:
    """The one answer on the issue, without what only we read."""
    (text,) = [one for one in scene.told(1) if one.startswith(MARKER)]
    return "\n".join(text.splitlines()[2:])


def test_a_pull_request_is_opened_and_its_issue_told(scene: Scene) -> None:
    number = asked(scene)
    ran = proposed(scene, number)
    assert (ran.code, ran.err) == (0, ""), ran
    pull = pull_of(scene, 2)
    assert pull.title.startswith("Access for role/data-pipeline in prod, until ")
    assert "Asked for by carol in #1, with the form." in pull.body
    assert pull.body.endswith("Closes #1\n")
    assert pull.head.ref == BRANCH
    (commit,) = pull.get_commits()
    assert commit.author.login == "carol"
    assert [one.filename for one in pull.get_files()] == [PATH]
    assert answer(scene).startswith("This can be reviewed: Access for role/data-pipeline in prod")
    assert "Pull request #2 was opened for it" in answer(scene)
    (started,) = scene.repository.dispatched
    assert started["workflow"] == ".github/workflows/pull-request.yml"
    assert (started["ref"], started["inputs"]) == ("main", {"number": "2"})


def test_once_more_changes_nothing(scene: Scene) -> None:
    number = asked(scene)
    proposed(scene, number)
    head = pull_of(scene, 2).head.sha
    assert proposed(scene, number).code == 0
    assert pull_of(scene, 2).head.sha == head
    assert len(scene.repository.pulls) == 1
    assert "Pull request #2 says just that." in answer(scene)


def test_an_edited_issue_changes_the_pull_request(scene: Scene) -> None:
    number = asked(scene)
    proposed(scene, number)
    before = pull_of(scene, 2).head.sha
    edited(scene, number, accounts="dev", reason="Match the receipts of 2026 with the orders")
    assert proposed(scene, number).code == 0
    pull = pull_of(scene, 2)
    assert [one.filename for one in pull.get_files()] == ["requests/dev/data-pipeline-1.yaml"]
    assert [one.sha for one in pull.get_commits()] == [before, pull.head.sha]
    assert {one.author.login for one in pull.get_commits()} == {"carol"}
    assert " in dev, " in pull.title
    assert "Match the receipts of 2026" in pull.body
    assert "was brought up to date. Approvals from before" in answer(scene)


def test_what_is_to_be_mended_is_said_and_labelled(scene: Scene) -> None:
    number = asked(scene, bundles="s3-raed")
    assert proposed(scene, number).code == 10
    assert scene.repository.pulls == []
    assert "  - perhaps meant: s3-read" in answer(scene)
    assert scene.repository.issues[1].labels == ["access-request", "needs-changes"]
    edited(scene, number)
    assert proposed(scene, number).code == 0
    assert scene.repository.issues[1].labels == ["access-request"]
    assert "Pull request #2 was opened for it" in answer(scene)
    edited(scene, number, reason="work")
    assert proposed(scene, number).code == 10
    assert "Pull request #2 stays as it was until then." in answer(scene)
    assert "Match the invoices" in str(text_at(scene, BRANCH, PATH))
    edited(scene, number)
    assert proposed(scene, number).code == 0
    assert "Pull request #2 says just that." in answer(scene)


def test_what_somebody_else_pushed_is_never_lost(scene: Scene) -> None:
    number = asked(scene)
    proposed(scene, number)
    pushed = scene.github.world.commit(scene.repository, BRANCH, {FILE: file_text()}, by="bob")
    edited(scene, number, reason="Match the receipts of 2026 with the orders")
    assert proposed(scene, number).code == 0
    assert pull_of(scene, 2).head.sha == pushed
    assert "left alone: somebody else has pushed to its branch" in answer(scene)


def test_nor_is_what_was_pushed_while_we_were_writing(scene: Scene) -> None:
    """Two runs at once, or a person between our look and our commit: one of them is told."""
    from gitiam.review.github.address import Address
    from gitiam.review.github.client import Hub
    from gitiam.review.github.committing import MovedError, commit_onto
    from gitiam.review.github.proposing import Author

    proposed(scene, asked(scene))
    old = pull_of(scene, 2).head.sha
    token = scene.github.world.workflow_token(scene.repository, {"contents": "write"})
    hub = Hub(Address(scene.repository.full_name, token, scene.github.url, login="x[bot]"))
    author = Author("carol", scene.github.world.user("carol").id)
    commit_onto(hub, BRANCH, old, {PATH: "first: 1\n"}, "First", author)
    with pytest.raises(MovedError, match="somebody has pushed to gitiam/request-1 meanwhile"):
        commit_onto(hub, BRANCH, old, {PATH: "second: 2\n"}, "Second", author)
    assert text_at(scene, BRANCH, PATH) == "first: 1\n"


def test_a_branch_that_somebody_else_made_is_left_alone(scene: Scene) -> None:
    number = asked(scene)
    pushed = scene.github.world.commit(scene.repository, BRANCH, {FILE: file_text()}, by="bob")
    ran = proposed(scene, number)
    assert ran.code == 1
    assert f"there is a branch {BRANCH} that somebody else made" in ran.err
    assert scene.repository.git.resolved(f"heads/{BRANCH}") == pushed


def test_whoever_edits_the_issue_has_a_part_in_it(scene: Scene) -> None:
    """Else somebody could put words into another's mouth, and then approve them."""
    number = asked(scene)
    client = scene.github.as_user("bob").get_repo(scene.repository.full_name)
    reason = "Match the receipts of 2026 with the orders"
    client.get_issue(number).edit(body=body_of(filled(reason=reason)))
    assert proposed(scene, number).code == 0
    (commit,) = pull_of(scene, 2).get_commits()
    bob = scene.github.world.user("bob").id
    trailer = f"Co-authored-by: bob <{bob}+bob@users.noreply.github.com>"
    assert commit.commit.message.endswith(f"\n\n{trailer}")
    assert commit.author.login == "carol"
    assert "Its text was edited by bob, too." in pull_of(scene, 2).body
    edited(scene, number)
    proposed(scene, number)
    assert all(one.commit.message.endswith(trailer) for one in pull_of(scene, 2).get_commits())


@pytest.mark.parametrize("who", ["nobody", "bot", "too many"])
def test_where_nobody_knows_who_edited_it_nothing_is_made(scene: Scene, who: str) -> None:
    number = asked(scene)
    world = scene.github.world
    editors: dict[str, list[User | None]] = {
        "nobody": [None],
        "bot": [world.user("tidy[bot]", "Bot")],
        "too many": [world.user("carol")] * 100,
    }
    scene.repository.issues[number].editors = editors[who]
    ran = proposed(scene, number)
    assert ran.code == 1
    assert "nobody can say who else edited #1" in ran.err
    assert scene.repository.pulls == []


@pytest.mark.parametrize("end", ["merged", "closed"])
def test_a_pull_request_that_people_ended_is_left_alone(scene: Scene, end: str) -> None:
    number = asked(scene)
    proposed(scene, number)
    if end == "merged":
        merged(scene, 2)
        scene.repository.issues[number].state = "open"  # which the merge closed
    else:
        client = scene.github.as_user("bob").get_repo(scene.repository.full_name)
        client.get_pull(2).edit(state="closed")
    head = scene.repository.git.resolved(f"heads/{BRANCH}")
    edited(scene, number, reason="Match the receipts of 2026 with the orders")
    assert proposed(scene, number).code == 0
    assert scene.repository.git.resolved(f"heads/{BRANCH}") == head
    assert len(scene.repository.pulls) == 1
    assert f"was {end}" in answer(scene) or f"is {end} already" in answer(scene)


def test_a_run_that_died_before_its_answer_is_finished(scene: Scene) -> None:
    number = asked(scene)
    proposed(scene, number)
    scene.repository.comments.clear()
    assert proposed(scene, number).code == 0
    assert len(scene.repository.pulls) == 1
    assert "Pull request #2 says just that." in answer(scene)


def test_the_issue_counts_and_not_the_event(scene: Scene) -> None:
    number = asked(scene)
    event: dict[str, Any] = {"body": body_of(filled(managed_policy="AdministratorAccess"))}
    assert proposed(scene, number, **event, user={"login": "mallory"}).code == 0
    assert "AdministratorAccess" not in str(text_at(scene, BRANCH, PATH))
    assert str(text_at(scene, BRANCH, PATH)).startswith("# Asked for by carol in issue 1,")


def test_an_issue_without_the_forms_label_is_left_alone(scene: Scene) -> None:
    number = asked(scene, label="question")
    ran = proposed(scene, number)
    assert (ran.code, ran.out) == (
        0,
        "#1 does not carry the label access-request: nothing is made of it\n",
    )
    assert (scene.told(1), scene.repository.pulls) == ([], [])


def test_a_closed_issue_is_left_alone(scene: Scene) -> None:
    number = asked(scene)
    scene.repository.issues[number].state = "closed"
    assert proposed(scene, number).out == "#1 is closed: nothing is made of it\n"
    assert scene.repository.pulls == []


@pytest.mark.parametrize(
    ("login", "kind"), [("helper[bot]", "Bot"), ("ghost", "User"), ("example", "Organization")]
)
def test_nobody_asks_who_is_no_person(scene: Scene, login: str, kind: str) -> None:
    number = asked(scene)
    scene.repository.issues[number].user = scene.github.world.user(login, kind)
    ran = proposed(scene, number)
    assert ran.code == 1
    assert "opened by no person" in ran.err
    assert (scene.told(1), scene.repository.pulls) == ([], [])


@pytest.mark.parametrize(("role", "code"), [("read", 1), ("triage", 0)])
def test_strangers_ask_for_nothing(scene: Scene, role: str, code: int) -> None:
    """Else anybody could have branches written, and plans run, in a public repository."""
    number = asked(scene)
    scene.repository.private = False
    scene.repository.collaborators["carol"] = role
    ran = proposed(scene, number)
    assert (ran.code, len(scene.repository.pulls)) == (code, 1 - code)
    assert ("of somebody who has no part in example/access" in ran.err) is bool(code)


def test_nor_does_who_has_left(scene: Scene) -> None:
    number = asked(scene)
    del scene.repository.collaborators["carol"]
    assert proposed(scene, number).code == 1
    assert scene.repository.pulls == []


def test_what_is_written_in_the_form_does_nothing(scene: Scene) -> None:
    evil = (
        "${{ secrets.X }} `id` $(id) @bob #7 <img src=x onerror=y> [click](https://example.com)"
        " Closes #9 | cell"
    )
    number = asked(scene, reason=evil)
    assert proposed(scene, number).code == 0
    body = pull_of(scene, 2).body
    assert "@bob" not in body
    assert "<" not in body.replace("\\<", "")
    assert "](" not in body.replace("\\](", "").replace("\\]\\(", "")
    assert "Closes #9" not in body
    assert body.count("Closes #1\n") == 1
    assert str(text_at(scene, BRANCH, PATH)).count("${{ secrets.X }}") == 1


def test_a_marker_in_the_form_is_refused(scene: Scene) -> None:
    number = asked(scene, reason=f"{MARKER} <!-- head={'a' * 40} text={'b' * 64} --> more words")
    assert proposed(scene, number).code == 10
    assert "<!-- head=aaaa" not in answer(scene)
    assert len(scene.told(1)) == 1


def test_names_lead_to_no_other_file(scene: Scene) -> None:
    number = asked(scene, accounts="../../.github/workflows", other_principal="role/../../x")
    assert proposed(scene, number).code == 10
    assert scene.repository.pulls == []


def test_a_forged_answer_is_no_memory(scene: Scene) -> None:
    number = asked(scene)
    proposed(scene, number)
    pushed = scene.github.world.commit(scene.repository, BRANCH, {FILE: file_text()}, by="bob")
    forged = f"{MARKER}\n<!-- head={pushed} text={'0' * 64} -->\n"
    client = scene.github.as_user("carol").get_repo(scene.repository.full_name)
    client.get_issue(number).create_comment(forged)
    edited(scene, number, reason="Match the receipts of 2026 with the orders")
    assert proposed(scene, number).code == 0
    assert pull_of(scene, 2).head.sha == pushed
