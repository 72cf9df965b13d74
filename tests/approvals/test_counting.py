"""Which approvals count: one rule, one test, beside an approval that does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.approvals.facts import (
    Commit,
    Permission,
    Person,
    PullRequest,
    ReviewState,
    requesters_of,
)
from gitiam.approvals.needs import Need
from gitiam.approvals.policy import ApprovalPolicy, Voters
from gitiam.approvals.standing import Answer, Standing
from gitiam.models import Kind, Principal, Request
from tests.support.approvals import HEAD, OLD, asked, pull, review, standing, writer

COMMENTED, DISMISSED = ReviewState.COMMENTED, ReviewState.DISMISSED
CHANGES = ReviewState.CHANGES_REQUESTED


def test_an_approval_of_the_head_by_somebody_else_who_may_write_counts() -> None:
    found = standing(pull(review("bob")))
    assert found.is_approved
    assert [(one.person, one.commit) for one in found.approvals] == [("bob", HEAD)]
    assert found.uncounted == ()


def test_without_a_review_nothing_is_approved() -> None:
    assert not standing(pull()).is_approved


def only(login: str, permission: Permission) -> tuple[Person, ...]:
    return (writer("alice"), Person(login, permission, frozenset()))


BY_BOB = review("bob")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (pull(review("bob", commit=OLD)), "approved commit 01d0000, which is not the head"),
        (pull(review("bob", commit="")), "approved commit that nobody knows, which is not"),
        (pull(review("bob", commit=HEAD[:7])), "approved commit abc1234, which is not the head"),
        (pull(BY_BOB, author="bob"), "opened this pull request"),
        (pull(BY_BOB, author="BOB"), "opened this pull request"),
        (
            pull(BY_BOB, commits=(Commit(HEAD, ("alice", "Bob")),)),
            "wrote a commit of this pull request",
        ),
        (
            pull(BY_BOB, commits=(Commit(OLD, ("bob",)), Commit(HEAD, ("alice",)))),
            "wrote a commit of this pull request",
        ),
        (pull(BY_BOB, last_pusher="BoB"), "pushed last"),
        (pull(BY_BOB, pushers=("bob", "alice")), "pushed to this pull request"),
        (pull(BY_BOB, **asked(requesters=("Bob",))), "is whom a request is for"),
        (pull(BY_BOB, people=only("bob", Permission.TRIAGE)), "has no write permission"),
        (pull(BY_BOB, people=only("bob", Permission.READ)), "has no write permission"),
        (pull(BY_BOB, people=only("bob", Permission.NONE)), "has no write permission"),
        (
            pull(BY_BOB, people=only("bob", Permission.UNKNOWN)),
            "has a permission that could not be read",
        ),
        (pull(BY_BOB, people=(writer("alice"),)), "has a permission that could not be read"),
        (
            pull(BY_BOB, people=(writer("bob"), *only("Bob", Permission.READ))),
            "has a permission that could not be read",
        ),
        (
            pull(review("helper[bot]"), people=(writer("helper[bot]"),)),
            "is an App or a bot",
        ),
        (
            pull(BY_BOB, people=(replace(writer("bob"), is_app=True),)),
            "is an App or a bot",
        ),
    ],
)
def test_what_does_not_count_and_why(found: PullRequest, why: str) -> None:
    judged = standing(found)
    assert not judged.is_approved
    assert judged.approvals == ()
    (one,) = judged.uncounted
    assert why in str(one)


@pytest.mark.parametrize("permission", [Permission.ADMIN, Permission.MAINTAIN, Permission.WRITE])
def test_whoever_may_write_may_approve(permission: Permission) -> None:
    assert standing(pull(review("bob"), people=only("bob", permission))).is_approved


def test_every_reason_is_said_at_once() -> None:
    found = pull(
        review("bob", commit=OLD),
        commits=(Commit(HEAD, ("bob",)),),
        people=only("bob", Permission.READ),
    )
    (one,) = standing(found).uncounted
    assert str(one) == (
        "bob wrote a commit of this pull request and has no write permission and approved commit"
        " 01d0000, which is not the head"
    )


def test_names_are_the_same_in_any_case() -> None:
    assert standing(pull(review("BOB"))).is_approved
    both = pull(review("bob"), review("Bob", after=1))
    assert len(standing(both).approvals) == 1
    assert standing(pull(review("bob", commit=HEAD.upper()))).is_approved


# -- the last word ------------------------------------------------------------------------------


def test_a_comment_takes_nothing_back() -> None:
    assert standing(pull(review("bob"), review("bob", COMMENTED, after=1))).is_approved


def test_a_dismissal_takes_it_back() -> None:
    assert not standing(pull(review("bob"), review("bob", DISMISSED, after=1))).is_approved
    assert standing(pull(review("bob", DISMISSED), review("bob", after=1))).is_approved


def test_the_last_opinion_holds_in_whatever_order_they_are_read() -> None:
    first, second = review("bob", CHANGES), review("bob", after=1)
    assert standing(pull(first, second)).is_approved
    assert standing(pull(second, first)).is_approved
    first, second = review("bob"), review("bob", CHANGES, after=1)
    assert not standing(pull(first, second)).is_approved
    assert not standing(pull(second, first)).is_approved


@pytest.mark.parametrize("other", [CHANGES, DISMISSED])
def test_of_two_at_the_same_moment_the_stricter_holds(other: ReviewState) -> None:
    assert not standing(pull(review("bob"), review("bob", other))).is_approved
    assert not standing(pull(review("bob", other), review("bob"))).is_approved


def test_the_last_approval_must_be_of_the_head() -> None:
    back = pull(review("bob"), review("bob", commit=OLD, after=1))
    assert not standing(back).is_approved


# -- who blocks ---------------------------------------------------------------------------------


def test_who_may_write_and_asks_for_changes_blocks() -> None:
    found = standing(pull(review("bob"), review("carol", CHANGES, commit=OLD)))
    assert (found.is_approved, found.blocking) == (False, ("carol",))
    over = pull(review("bob"), review("carol", CHANGES), review("carol", DISMISSED, after=1))
    assert standing(over).is_approved


def test_who_may_not_write_does_not_block() -> None:
    people = (writer("bob"), Person("erin", Permission.READ))
    assert standing(pull(review("bob"), review("erin", CHANGES), people=people)).is_approved


def test_who_may_perhaps_write_blocks_to_be_safe() -> None:
    assert standing(pull(review("bob"), review("erin", CHANGES))).blocking == ("erin",)


# -- what must be known -------------------------------------------------------------------------

STRANGER = (Commit(HEAD, ("alice",), unresolved=("Somebody@Example.com",)),)


@pytest.mark.parametrize(
    ("found", "doubt"),
    [
        (pull(BY_BOB, last_pusher=None), "nobody knows who pushed last"),
        (pull(BY_BOB, commits=STRANGER), "a commit is by somebody@example.com"),
        (pull(BY_BOB, commits=()), "the head is not among the commits"),
        (pull(BY_BOB, commits=(Commit(OLD, ("alice",)),)), "the head is not among the commits"),
        (pull(BY_BOB, commits=(Commit(HEAD, ()),)), "a commit has no author"),
        (pull(BY_BOB, head="", commits=(Commit("", ("alice",)),)), "the head is not among"),
        (pull(BY_BOB, requests=()), "no file is changed"),
        (pull(BY_BOB, unread=("more than 250 commits",)), "more than 250 commits could not be"),
    ],
)
def test_what_nobody_knows_refuses(found: PullRequest, doubt: str) -> None:
    judged = standing(found)
    assert not judged.is_approved
    assert any(doubt in one for one in judged.doubts)


def test_where_nothing_was_judged_nothing_is_approved() -> None:
    assert not Standing(HEAD, (), (), (), (), ()).is_approved


def test_what_nobody_can_approve_nobody_has_approved() -> None:
    (approval,) = standing(pull(BY_BOB)).approvals
    need = Need(1, Voters(), ("the owners",), ("requests/x.yaml",), hopeless="nobody is named")
    assert not Answer(need, (approval,)).is_met


def test_what_is_approved_is_one_commit() -> None:
    found = standing(pull(BY_BOB))
    assert found.approves(HEAD.upper())
    assert [commit for commit in (OLD, HEAD[:7], "") if found.approves(commit)] == []
    assert not standing(pull()).approves(HEAD)


def test_an_address_can_be_told_whose_it_is() -> None:
    found = pull(review("bob"), commits=STRANGER)
    policy = ApprovalPolicy(emails={"somebody@example.com": "alice"})
    assert standing(found, policy).is_approved
    policy = ApprovalPolicy(emails={"somebody@example.com": "bob"})
    (one,) = standing(found, policy).uncounted
    assert str(one) == "bob wrote a commit of this pull request"


def test_users_whom_a_request_is_for_are_its_requesters() -> None:
    principals = (Principal(Kind.USER, "Bob"), Principal(Kind.ROLE, "carol"))
    request = Request(None, ("prod",), principals, "a reason", ())  # type: ignore[arg-type]
    assert requesters_of(request) == ("Bob",)
