"""A removal is merged if it is ours and does what was said; anything else is left to people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from gitiam.review.github.client import Hub
from gitiam.review.github.proposing import Proposal, Proposed, propose
from gitiam.review.github.removing import Merged, close_proposal, merge_removal
from tests.review.github.conftest import Spoken
from tests.support.github.server import GitHub
from tests.support.github.state import Repository

BRANCH = "gitiam/expired"
OLD = {"requests/a.yaml": "old\n", "requests/b.yaml": "old\n"}
KEPT = {"requests/c.yaml": "new\n"}


@pytest.fixture
def ours(github: GitHub, estate: Repository, hub: Spoken) -> Hub:
    github.world.commit(estate, "main", {**OLD, **KEPT})
    return hub(contents="write", pull_requests="write")


def proposed(ours: Hub, files: tuple[str, ...] = tuple(OLD)) -> Proposed:
    return propose(ours, Proposal(BRANCH, dict.fromkeys(files), "Remove", "Old"))


def merged(ours: Hub, made: Proposed) -> Merged:
    return merge_removal(ours, made, BRANCH, lambda text: text == "old\n", said)


def said(paths: Iterable[str]) -> str:
    return f"{' '.join(paths)}\n\nApproved-by-rule: expired version 1"


def files_on_main(estate: Repository) -> set[str]:
    return {path for _, _, _, path in estate.git.tree("refs/heads/main", "-r")}


def test_it_is_merged_and_its_commit_says_by_which_rule(ours: Hub, estate: Repository) -> None:
    done = merged(ours, proposed(ours))
    assert done.why == ""
    commit = estate.git.commit("refs/heads/main")
    assert commit.sha == done.commit
    assert len(commit.parents) == 1
    assert "\n\nrequests/a.yaml requests/b.yaml\n\n" in commit.message
    assert commit.message.rstrip().endswith("\n\nApproved-by-rule: expired version 1")
    assert files_on_main(estate) == {"gitiam.yaml", *KEPT}


Tamper = Callable[[GitHub, Repository, Proposed], object]


def pushed(files: dict[str, str | None]) -> Tamper:
    return lambda github, estate, _: github.world.commit(estate, BRANCH, files, by="bob")


def on_main(files: dict[str, str | None]) -> Tamper:
    return lambda github, estate, _: github.world.commit(estate, "main", files, by="bob")


def edited(**how: str) -> Tamper:
    return lambda github, estate, made: (
        github.as_user("alice").get_repo(estate.full_name).get_pull(made.number).edit(**how)  # type: ignore[arg-type]
    )


def reviewed(event: str) -> Tamper:
    return lambda github, estate, made: (
        github.as_user("bob")
        .get_repo(estate.full_name)
        .get_pull(made.number)
        .create_review(event=event, body="No.")
    )


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        (pushed({"requests/evil.yaml": "x"}), "somebody has pushed to it"),
        (pushed({"requests/c.yaml": None}), "somebody has pushed to it"),
        (on_main({"requests/a.yaml": "old \n"}), "changed on the main branch"),
        (on_main({"requests/a.yaml": None}), "changed on the main branch"),
        (edited(state="closed"), "closed"),
        (reviewed("REQUEST_CHANGES"), "asks for changes"),
    ],
)
def test_what_happens_in_between_stops_it(
    github: GitHub, estate: Repository, ours: Hub, tamper: Tamper, why: str
) -> None:
    made = proposed(ours)
    tamper(github, estate, made)
    before = files_on_main(estate)
    done = merged(ours, made)
    assert done.commit is None
    assert why in done.why
    assert files_on_main(estate) == before


def test_what_happens_elsewhere_does_not(github: GitHub, estate: Repository, ours: Hub) -> None:
    made = proposed(ours)
    on_main({"requests/c.yaml": "newer\n"})(github, estate, made)
    reviewed("COMMENT")(github, estate, made)
    assert merged(ours, made).commit
    assert files_on_main(estate) == {"gitiam.yaml", *KEPT}


def test_a_file_that_may_not_go_stops_it(ours: Hub, estate: Repository) -> None:
    files = ("requests/a.yaml", "requests/c.yaml")
    done = merged(ours, proposed(ours, files))
    assert done == Merged(
        None, "requests/c.yaml is no request that has expired and forbids nothing"
    )
    assert files_on_main(estate) == {"gitiam.yaml", *OLD, *KEPT}


@pytest.mark.parametrize(
    "files",
    [
        {**dict.fromkeys(OLD), "new": "x"},
        {**dict.fromkeys(OLD), "gitiam.yaml": "x"},
        {"requests/c.yaml": "old\n"},
    ],
)
def test_a_commit_that_does_more_is_noticed(
    github: GitHub, estate: Repository, ours: Hub, files: dict[str, str | None]
) -> None:
    """Even if somebody makes us take it for our own."""
    made = proposed(ours)
    github.world.move(
        estate,
        f"refs/heads/{BRANCH}",
        estate.git.commit("refs/heads/main").sha,
        github.world.user("bob"),
    )
    head = github.world.commit(estate, BRANCH, files, by="bob")
    done = merged(ours, replace(made, head=head))
    assert done.why == "it does something else than to remove files"


def test_what_stands_on_something_else_is_noticed(
    github: GitHub, estate: Repository, ours: Hub
) -> None:
    """The last commit does what it should, and the one below it comes along."""
    made = proposed(ours)
    main = estate.git.commit("refs/heads/main").sha
    github.world.move(estate, f"refs/heads/{BRANCH}", main, github.world.user("bob"))
    github.world.commit(estate, BRANCH, {"gitiam.yaml": "evil"}, by="bob")
    gone: dict[str, str | None] = dict.fromkeys(OLD)
    head = github.world.commit(estate, BRANCH, gone, by="bob")
    done = merged(ours, replace(made, head=head))
    assert done.why == "it is not one commit on top of the main branch"
    assert files_on_main(estate) == {"gitiam.yaml", *OLD, *KEPT}


def test_only_files_below_requests_go(github: GitHub, estate: Repository, ours: Hub) -> None:
    github.world.commit(estate, "main", {"docs.md": "old\n"})
    made = proposed(ours)
    head = github.world.commit(estate, BRANCH, {"docs.md": None}, by="bob")
    start = estate.git.commit("refs/heads/main").sha
    tree = estate.git.commit(head).tree
    person = estate.git.commit(head).author
    squashed = estate.git.new_commit(tree, [start], "Remove", person, person)
    github.world.move(estate, f"refs/heads/{BRANCH}", squashed, github.world.user("bob"))
    done = merged(ours, replace(made, head=squashed))
    assert done.why.startswith("docs.md is no request")


def test_somebody_else_s_pull_request_is_left_alone(
    github: GitHub, estate: Repository, ours: Hub
) -> None:
    gone: dict[str, str | None] = dict.fromkeys(OLD)
    head = github.world.commit(estate, BRANCH, gone, by="alice")
    pull = (
        github.as_user("alice")
        .get_repo(estate.full_name)
        .create_pull(base="main", head=BRANCH, title="Remove")
    )
    made = Proposed(pull.number, pull.html_url, head, "opened")
    assert merged(ours, made).why == "somebody else opened it"
    assert close_proposal(ours, BRANCH) is None


def test_what_github_refuses_is_left_to_people(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    github.world.commit(estate, "main", {**OLD, **KEPT})
    made = proposed(hub(contents="write", pull_requests="write"))
    done = merged(hub(contents="read", pull_requests="write"), made)
    assert done.commit is None
    assert "refuses to merge" in done.why


def test_what_has_nothing_left_to_do_is_closed(ours: Hub) -> None:
    made = proposed(ours)
    assert close_proposal(ours, BRANCH) == made.address
    assert close_proposal(ours, BRANCH) is None
