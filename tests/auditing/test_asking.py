"""Approvals that the ledger lacks: each commit is asked about once, and no silence is an answer."""

from __future__ import annotations

from gitiam.approvals.record import Approved
from gitiam.auditing.asking import with_approvals
from gitiam.auditing.values import Commit, Permission, Status
from gitiam.errors import GitiamError
from tests.support.estates import NOW


def row(commit: int, approved: Approved | None = None) -> Permission:
    at = Commit(f"c{commit}", commit, NOW, "Alice")
    return Permission("requests/a.yaml", "prod", "role/app", at, Status.PENDING, approved=approved)


def test_each_commit_is_asked_about_once() -> None:
    asked: list[str] = []

    def ask(commit: str) -> Approved | None:
        asked.append(commit)
        return Approved(commit, 1) if commit == "c2" else None

    waived = Approved("", waived="the house is on fire")
    rows, source = with_approvals([row(1), row(2), row(2), row(3, waived)], ask)
    assert asked == ["c2", "c1"]
    assert [one.approved and one.approved.merge for one in rows] == [None, "c2", "c2", ""]
    assert source.gaps == ()


def test_what_github_does_not_say_is_a_gap() -> None:
    asked: list[str] = []

    def ask(commit: str) -> Approved | None:
        asked.append(commit)
        raise GitiamError("GitHub cannot be reached")

    _, source = with_approvals([row(at) for at in range(20)], ask)
    assert len(asked) == 3
    assert source.gaps[0] == "c19: GitHub cannot be reached"
    assert source.gaps[-1] == "GitHub does not answer; the rest was not asked"


def test_no_more_than_so_many() -> None:
    rows, source = with_approvals([row(at) for at in range(5)], lambda c: Approved(c, 1), most=2)
    assert [one.approved is not None for one in rows] == [False, False, False, True, True]
    assert source.gaps == ("3 older commits were not asked about: choose fewer",)


def test_nobody_to_ask() -> None:
    _, source = with_approvals([row(1)], None)
    assert (source.state, bool(source.gaps)) == ("not asked", True)
    _, source = with_approvals([row(1, Approved("c1", 1))], None)
    assert source.gaps == ()
