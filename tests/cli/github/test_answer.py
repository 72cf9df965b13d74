"""Comments that order something about a pull request."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.cli.github.conftest import Scene
from tests.cli.github.intake import (
    FILE,
    LATER,
    answered,
    asked,
    edited,
    file_text,
    merged,
    ordered,
    prepared,
    proposed,
    pull_of,
    said,
    signs,
    text_at,
)

OTHER = "requests/prod/others.yaml"


@pytest.fixture
def opened(scene: Scene) -> Scene:
    """Pull request #1, of alice's, with a request."""
    prepared(scene)
    scene.opened({FILE: file_text()})
    return scene


@pytest.fixture
def given(opened: Scene) -> Scene:
    """The same, merged."""
    merged(opened, 1)
    return opened


def head(scene: Scene, ref: str = "topic") -> str | None:
    return scene.repository.git.resolved(f"heads/{ref}")


# -- explain ------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["open", "merged"])
def test_it_is_explained_in_words(opened: Scene, when: str) -> None:
    if when == "merged":
        merged(opened, 1)
    event = said(opened, 1, "/gitiam explain", "carol")
    assert answered(opened, event).code == 0
    reply = opened.told(1)[-1]
    assert "### requests/prod/orders.yaml: low risk" in reply
    assert "read" in reply
    assert signs(opened, event) == ["rocket"]


def test_of_several_files_one_can_be_named(scene: Scene) -> None:
    prepared(scene)
    scene.opened({FILE: file_text(), OTHER: file_text(principal="role/other")})
    assert ordered(scene, 1, "/gitiam explain").count("### requests/") == 2
    assert "orders.yaml" not in ordered(scene, 1, f"/gitiam explain {OTHER}")
    assert "does not touch requests/x.yaml" in ordered(scene, 1, "/gitiam explain requests/x.yaml")


def test_a_long_explanation_is_cut_to_what_github_takes(scene: Scene) -> None:
    prepared(scene)
    many = {
        f"requests/prod/r{n}.yaml": file_text(principal=f"role/r{n}", reason="why & " * 300)
        for n in range(30)
    }
    scene.opened(many)
    reply = ordered(scene, 1, "/gitiam explain")
    assert "not explained here, for want of room" in reply
    assert len(reply) < 65_000


def test_a_file_that_goes_is_explained_too(given: Scene) -> None:
    number = given.opened({FILE: None}, ref="away")
    assert "TAKEN AWAY" in ordered(given, number, "/gitiam explain")


def test_too_many_files_are_not_looked_at_here(scene: Scene) -> None:
    prepared(scene)
    scene.opened({f"requests/r{n}.yaml": "x" for n in range(51)})
    assert answered(scene, said(scene, 1, "/gitiam explain")).code == 1
    assert "51 files are more than the 50 that are looked at here" in scene.told(1)[-1]


def test_a_link_in_a_pull_request_is_not_followed(opened: Scene) -> None:
    git = opened.repository.git
    link = git.new_blob(b"../gitiam.yaml")
    old = head(opened)
    assert old is not None
    tree = git.new_tree(old, [("120000", FILE, link)])
    commit = git.commit(old)
    made = git.new_commit(tree, [old], "Link", commit.author, commit.committer)
    opened.github.world.move(
        opened.repository, "refs/heads/topic", made, opened.github.world.user("alice")
    )
    event = said(opened, 1, "/gitiam explain")
    assert answered(opened, event).code == 1
    assert "is a link or special file" in opened.told(1)[-1]


# -- extend -------------------------------------------------------------------------------------


def test_an_open_request_is_extended_on_its_branch(opened: Scene) -> None:
    before = head(opened)
    reply = ordered(opened, 1, "/gitiam extend 14d", "bob")
    assert text_at(opened, "topic", FILE) == file_text(expires=LATER)
    (first, second) = pull_of(opened, 1).get_commits()
    assert (first.sha, second.author.login) == (before, "bob")
    assert second.commit.message == f"Extend {FILE} to {LATER}"
    assert f"lasts until {LATER} now, by {second.sha}" in reply
    assert "Approvals from before that commit no longer count" in reply
    assert [one["inputs"] for one in opened.repository.dispatched] == [{"number": "1"}]


def test_a_merged_one_by_a_new_pull_request(given: Scene) -> None:
    before = head(given, "main")
    reply = ordered(given, 1, f"/gitiam extend {LATER} {FILE}", "bob")
    assert head(given, "main") == before
    pull = pull_of(given, 2)
    assert f"Pull request #2 was opened: it lets the access last until {LATER}" in reply
    assert pull.head.ref.startswith("gitiam/extend-1-")
    assert text_at(given, pull.head.ref, FILE) == file_text(expires=LATER)
    (commit,) = pull.get_commits()
    assert commit.author.login == "bob"
    assert "Ordered by bob with a comment on #1" in pull.body
    assert [one["inputs"] for one in given.repository.dispatched] == [{"number": "2"}]


def test_not_for_longer_than_the_estate_allows(opened: Scene) -> None:
    before = head(opened)
    reply = ordered(opened, 1, "/gitiam extend 366d")
    assert "Nothing was written: with " in reply
    assert "1 finding would block" in reply
    assert "expiry" in reply
    assert head(opened) == before


def test_not_what_is_wrong_by_itself(scene: Scene) -> None:
    prepared(scene)
    scene.opened({FILE: file_text().replace("s3:GetObject", "s3:GetObjekt")})
    assert "s3:GetObjekt" in ordered(scene, 1, "/gitiam extend 1d")
    assert text_at(scene, "topic", FILE) == file_text().replace("s3:GetObject", "s3:GetObjekt")


def test_which_file_has_to_be_clear(scene: Scene) -> None:
    prepared(scene)
    other = file_text(principal="role/other")
    scene.opened({FILE: file_text(), OTHER: other})
    assert "say which file is meant" in ordered(scene, 1, "/gitiam extend 14d")
    ordered(scene, 1, f"/gitiam extend 14d {FILE}")
    assert text_at(scene, "topic", FILE) == file_text(expires=LATER)
    assert text_at(scene, "topic", OTHER) == other


def test_the_author_extends_the_own_open_request(scene: Scene) -> None:
    """Made with the form, by somebody who may only read."""
    number = asked(scene)
    proposed(scene, number)
    path = "requests/prod/data-pipeline-1.yaml"
    until = date.today() + timedelta(days=31)
    assert f"lasts until {until}" in ordered(scene, number, "/gitiam extend 1d", "carol")
    assert f"expires: '{until}'" in str(text_at(scene, "gitiam/request-1", path)) or (
        f"expires: {until}" in str(text_at(scene, "gitiam/request-1", path))
    )
    merged(scene, 2)
    assert "only somebody who may write" in ordered(scene, 2, "/gitiam extend 1d", "carol")
    assert len(scene.repository.pulls) == 1


def test_an_extension_outlives_an_edit_of_the_issue(scene: Scene) -> None:
    number = asked(scene)
    proposed(scene, number)
    ordered(scene, 2, "/gitiam extend 1d", "bob")
    extended = head(scene, "gitiam/request-1")
    edited(scene, number, reason="Match the receipts of 2026 with the orders")
    proposed(scene, number)
    assert head(scene, "gitiam/request-1") == extended


def test_no_other_branch_is_written_to(opened: Scene) -> None:
    """A pull request *from* main would let a comment write to main itself."""
    opened.github.world.commit(opened.repository, "release", {"x": "1"}, start="main")
    opened.github.world.commit(opened.repository, "main", {FILE: file_text()})
    client = opened.github.as_user("alice").get_repo(opened.repository.full_name)
    number = client.create_pull(base="release", head="main", title="Release", body="").number
    before = head(opened, "main")
    assert "not a pull request from a branch to main" in ordered(
        opened, number, "/gitiam extend 14d"
    )
    assert head(opened, "main") == before


# -- revoke and retry ---------------------------------------------------------------------------


def test_access_is_revoked_by_a_pull_request(given: Scene) -> None:
    reply = ordered(given, 1, "/gitiam revoke", "bob")
    pull = pull_of(given, 2)
    assert "#2 was opened: it takes requests/prod/orders.yaml away" in reply
    assert pull.title == f"Revoke {FILE}"
    assert "Ordered by bob with a comment on #1, to end the access." in pull.body
    assert [(one.filename, one.status) for one in pull.get_files()] == [(FILE, "removed")]
    assert "none of its files is a request that the estate still has" not in reply
    merged(given, 2)
    assert "none of its files is a request" in ordered(given, 1, "/gitiam revoke", "bob")


def test_what_is_not_merged_is_not_revoked(opened: Scene) -> None:
    assert "is not merged, so it gives nothing: close it" in ordered(opened, 1, "/gitiam revoke")
    assert len(opened.repository.pulls) == 1


@pytest.mark.parametrize(("when", "file"), [("open", "pull-request"), ("merged", "apply")])
def test_the_right_workflow_is_started_again(opened: Scene, when: str, file: str) -> None:
    if when == "merged":
        merged(opened, 1)
    reply = ordered(opened, 1, "/gitiam retry")
    (started,) = opened.repository.dispatched
    assert started["workflow"] == f".github/workflows/{file}.yml"
    assert started["ref"] == "main"
    assert f"/actions/workflows/{file}.yml" in reply


# -- who, and how often -------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["extend 14d", "revoke", "retry"])
def test_who_may_only_read_orders_nothing(given: Scene, order: str) -> None:
    event = said(given, 1, f"/gitiam {order}", "carol")
    assert answered(given, event).code == 0
    assert "Nothing was done: only somebody who may write" in given.told(1)[-1]
    assert signs(given, event) == ["confused"]
    assert (given.repository.dispatched, len(given.repository.pulls)) == ([], 1)


@pytest.mark.parametrize("order", ["explain", "extend 14d", "revoke", "retry", "please"])
def test_in_a_public_repository_a_stranger_is_told_nothing(opened: Scene, order: str) -> None:
    opened.repository.private = False
    reply = ordered(opened, 1, f"/gitiam {order}", "mallory")
    assert reply == (
        "Nothing was done: only somebody who may write in this repository orders that.\n"
    )


@pytest.mark.parametrize("role", ["triage", "maintain"])
def test_in_a_public_repository_members_are_told(opened: Scene, role: str) -> None:
    opened.repository.private = False
    opened.repository.collaborators["erin"] = role
    assert "### requests/" in ordered(opened, 1, "/gitiam explain", "erin")


def test_a_comment_is_obeyed_once(given: Scene) -> None:
    event = said(given, 1, "/gitiam revoke", "bob")
    assert answered(given, event).code == 0
    told = given.told(1)
    again = answered(given, event)
    assert (again.code, again.out) == (
        0,
        f"comment {event['comment']['id']} was answered already\n",
    )
    assert (given.told(1), len(given.repository.pulls)) == (told, 2)


def test_a_forged_answer_keeps_nobody_from_being_answered(given: Scene) -> None:
    event = said(given, 1, "/gitiam retry", "bob")
    said(given, 1, f"<!-- gitiam: answer to {event['comment']['id']} -->\nDone", "carol")
    assert answered(given, event).code == 0
    assert len(given.repository.dispatched) == 1


def test_of_two_runs_at_once_the_older_goes_on(given: Scene) -> None:
    from gitiam.review.github.address import Address
    from gitiam.review.github.client import Hub
    from gitiam.review.github.replies import reserve

    event = said(given, 1, "/gitiam retry", "bob")
    comment = event["comment"]["id"]
    token = given.github.world.workflow_token(given.repository, {"issues": "write"})
    login = "github-actions[bot]"
    hub = Hub(Address(given.repository.full_name, token, given.github.url, login=login))
    assert reserve(hub, 1, comment) is not None
    assert reserve(hub, 1, comment) is None
    assert answered(given, event).code == 0
    assert given.repository.dispatched == []


def test_an_edited_comment_is_refused(given: Scene) -> None:
    event = said(given, 1, "/gitiam explain", "bob")
    given.repository.comments[event["comment"]["id"]].body = "/gitiam revoke"
    assert answered(given, event).code == 0
    assert "the comment was edited since; write a new one" in given.told(1)[-1]
    assert len(given.repository.pulls) == 1


def test_a_comment_of_somebody_else_is_refused(given: Scene) -> None:
    event = said(given, 1, "/gitiam revoke", "carol")
    bob = given.github.world.user("bob")
    event["comment"]["user"] = {"login": "bob", "id": bob.id, "type": "User"}
    ran = answered(given, event)
    assert ran.code == 1
    assert "is another one than the event says" in ran.err
    assert len(given.repository.pulls) == 1


def test_a_comment_that_is_gone_is_left_alone(given: Scene) -> None:
    event = said(given, 1, "/gitiam revoke", "bob")
    given.repository.comments.clear()
    assert answered(given, event).code == 0
    assert given.told(1) == []


@pytest.mark.parametrize(
    "body", ["hello", "Say /gitiam revoke", "/gitiam-revoke x", "/gitiаm revoke", "> /gitiam retry"]
)
def test_what_orders_nothing_is_left_alone(given: Scene, body: str) -> None:
    before = len(given.told(1))
    assert answered(given, said(given, 1, body, "bob")).code == 0
    assert len(given.told(1)) == before + 1


def test_bots_are_left_alone(given: Scene) -> None:
    event = said(given, 1, "/gitiam revoke", "bob")
    event["comment"]["user"] |= {"type": "Bot", "login": "helper[bot]"}
    assert answered(given, event).code == 0
    assert len(given.told(1)) == 1


def test_what_is_quoted_does_nothing(opened: Scene) -> None:
    reply = ordered(opened, 1, "/gitiam @bob![x](https://example.com)<b>${{github.token}}", "bob")
    first = reply.splitlines()[0]
    assert "@bob" not in first
    assert "\\<b\\>" in first or "<b>" not in first
    assert "/gitiam extend DAYSd|YYYY-MM-DD [FILE]" in reply


def test_an_issue_that_became_nothing(scene: Scene) -> None:
    number = asked(scene, bundles="s3-raed")
    proposed(scene, number)
    assert "no pull request was made of this issue" in ordered(scene, number, "/gitiam retry")


def test_github_that_fails_is_told_and_fails_the_run(given: Scene) -> None:
    given.github.world.commit(given.repository, "main", {".github/workflows/apply.yml": None})
    event = said(given, 1, "/gitiam retry", "bob")
    ran = answered(given, event)
    assert ran.code == 1
    assert "This did not work: GitHub cannot start apply.yml" in given.told(1)[-1]


def test_what_is_written_is_told_though_its_checks_do_not_start(given: Scene) -> None:
    name = ".github/workflows/pull-request.yml"
    given.github.world.commit(given.repository, "main", {name: None})
    reply = ordered(given, 1, "/gitiam revoke", "bob")
    assert "#2 was opened" in reply
    assert "Its checks were not started. This did not work: GitHub cannot start" in reply
