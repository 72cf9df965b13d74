"""Comments at the lines of a pull request: once, in one write, and taken back when mended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.remarks import Remark, marker, mended
from gitiam.review.github.asking import GitHubError
from gitiam.review.github.suggestions import MOST, sync_suggestions
from tests.review.github.conftest import Spoken
from tests.support.github.faults import hung_up
from tests.support.github.server import GitHub
from tests.support.github.state import Repository, ReviewComment

PATH = "requests/a.yaml"
TEXT = "".join(f"line: {number}\n" for number in range(1, 41))
RIGHTS = {"pull_requests": "write", "contents": "write"}


def remark(number: int, line: int | None = 1, start: int | None = None) -> Remark:
    key = f"{number:032x}:1"
    body = f"{marker(key)}\n- **error**: no {number}\n\n```suggestion\nx\n```"
    return Remark(key, PATH, body, line, start)


@pytest.fixture
def number(github: GitHub, estate: Repository) -> int:
    """Alice's pull request with one file."""
    github.world.commit(estate, "topic", {PATH: TEXT}, by="alice")
    alice = github.as_user("alice").get_repo(estate.full_name)
    made = alice.create_pull(base="main", head="topic", title="T", body="B").number
    github.log.clear()
    return made


def head(estate: Repository) -> str:
    return estate.git.refs()["refs/heads/topic"]


def said(estate: Repository, number: int) -> list[ReviewComment]:
    pull = estate.issues[number].pull
    assert pull is not None
    return pull.comments


def bodies(estate: Repository, number: int) -> list[str]:
    return [one.body for one in said(estate, number)]


def test_all_of_them_come_in_one_write(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    wanted = [remark(1), remark(2, 5, 3), remark(3, None)]
    done = sync_suggestions(hub(**RIGHTS), number, head(estate), wanted)
    assert (done.made, done.kept, done.mended) == (2, 0, 0)
    assert [(one.line, one.start_line) for one in said(estate, number)] == [(1, None), (5, 3)]
    assert bodies(estate, number) == [one.body for one in wanted[:2]]
    assert (len(github.log.reads), len(github.log.writes)) == (1, 1)
    (review,) = estate.issues[number].pull.reviews  # type: ignore[union-attr]
    assert (review.state, review.commit) == ("COMMENTED", head(estate))


def test_nothing_is_written_twice_wherever_its_line_moves(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    ours = hub(**RIGHTS)
    sync_suggestions(ours, number, head(estate), [remark(1)])
    pushed = github.world.commit(estate, "topic", {PATH: f"# new\n{TEXT}"}, by="alice")
    github.log.clear()
    done = sync_suggestions(ours, number, pushed, [remark(1, 2)])
    assert (done.made, done.kept) == (0, 1)
    # Where its line is no more to be seen, it stands all the same.
    sync_suggestions(ours, number, pushed, [remark(1, None)])
    assert len(bodies(estate, number)) == 1
    assert github.log.writes == []


def test_an_answer_that_got_lost_makes_no_second_one(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    ours = hub(**RIGHTS)
    github.faults.add("pulls/create-review", hung_up(after=True))
    with pytest.raises(GitHubError):
        sync_suggestions(ours, number, head(estate), [remark(1)])
    assert sync_suggestions(ours, number, head(estate), [remark(1)]).kept == 1
    assert len(bodies(estate, number)) == 1


def test_what_is_mended_says_so_and_comes_back(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    ours = hub(**RIGHTS)
    first, second = remark(1), remark(2)
    sync_suggestions(ours, number, head(estate), [first, second])
    done = sync_suggestions(ours, number, head(estate), [second])
    assert (done.mended, done.kept, done.unresolved) == (1, 1, None)
    assert bodies(estate, number) == [mended(first.key), second.body]
    assert estate.resolved == {said(estate, number)[0].thread}
    github.log.clear()
    again = sync_suggestions(ours, number, head(estate), [second])
    assert (again.mended, github.log.writes) == (0, [])
    back = sync_suggestions(ours, number, head(estate), [first, second])
    assert (back.made, back.kept) == (0, 2)
    assert bodies(estate, number) == [first.body, second.body]
    assert estate.resolved == set()


def test_what_comes_back_after_a_push_is_written_where_it_is_seen(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    ours = hub(**RIGHTS)
    sync_suggestions(ours, number, head(estate), [remark(1)])
    sync_suggestions(ours, number, head(estate), [])
    pushed = github.world.commit(estate, "topic", {PATH: f"# new\n{TEXT}"}, by="alice")
    assert sync_suggestions(ours, number, pushed, [remark(1, 2)]).made == 1
    assert sync_suggestions(ours, number, pushed, [remark(1, 2)]).made == 0
    assert bodies(estate, number) == [mended(remark(1).key), remark(1).body]
    assert sync_suggestions(ours, number, pushed, []).mended == 1


def test_a_token_that_may_not_resolve_is_no_failure(
    estate: Repository, hub: Spoken, number: int
) -> None:
    ours = hub(pull_requests="write", contents="read")
    sync_suggestions(ours, number, head(estate), [remark(1)])
    done = sync_suggestions(ours, number, head(estate), [])
    assert bodies(estate, number) == [mended(remark(1).key)]
    assert "not accessible" in (done.unresolved or "")
    assert estate.resolved == set()


def test_one_line_that_github_does_not_take_loses_no_other(
    estate: Repository, hub: Spoken, number: int
) -> None:
    wrong = replace(remark(2), line=99)
    done = sync_suggestions(hub(**RIGHTS), number, head(estate), [remark(1), wrong, remark(3)])
    assert (done.made, done.refused) == (2, (wrong,))
    assert bodies(estate, number) == [remark(1).body, remark(3).body]


def test_there_are_never_too_many(estate: Repository, hub: Spoken, number: int) -> None:
    ours = hub(**RIGHTS)
    wanted = [remark(one) for one in range(MOST + 3)]
    done = sync_suggestions(ours, number, head(estate), wanted)
    assert (done.made, done.left_out) == (MOST, tuple(wanted[MOST:]))
    done = sync_suggestions(ours, number, head(estate), wanted[1:])
    assert (done.made, done.mended) == (1, 1)


def test_a_forged_marker_is_neither_believed_nor_touched(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    bob = github.as_user("bob").get_repo(estate.full_name)
    commit = bob.get_commit(head(estate))
    for body in (remark(1).body, remark(2).body):
        bob.get_pull(number).create_review_comment(body, commit, PATH, line=1)
    done = sync_suggestions(hub(**RIGHTS), number, head(estate), [remark(1)])
    assert (done.made, done.mended) == (1, 0)
    assert bodies(estate, number) == [remark(1).body, remark(2).body, remark(1).body]


def test_a_token_that_may_not_write_says_so(estate: Repository, hub: Spoken, number: int) -> None:
    with pytest.raises(GitHubError) as refused:
        sync_suggestions(hub(pull_requests="read"), number, head(estate), [remark(1)])
    assert refused.value.status == 403
