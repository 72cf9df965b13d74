"""Whatever a pull request is like: what can never make approval easier."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gitiam.approvals.facts import (
    ChangedRequest,
    Commit,
    Owned,
    Permission,
    Person,
    PullRequest,
    Review,
    ReviewState,
)
from gitiam.approvals.policy import ApprovalPolicy, Owners, Requirement, Rule, Voters
from gitiam.approvals.words import ROOM, explanation, sentence
from gitiam.findings import Risk
from tests.support.approvals import HEAD, NOON, OLD, standing
from tests.support.thorough import drawn

NEW = "f" * 40
NAMES = ("alice", "bob", "Carol", "dave", "erin", "helper[bot]")
TEAMS = ("example/security", "example/platform")

logins = st.sampled_from(NAMES)
commits_of = st.sampled_from([HEAD, HEAD, HEAD, OLD])
tiers = st.sampled_from(["critical", "sandbox", None])
risks = st.sampled_from([*Risk, None])
reviews = st.builds(
    Review,
    logins,
    st.sampled_from(ReviewState),
    commits_of,
    st.integers(0, 5).map(lambda minutes: NOON + timedelta(minutes=minutes)),
)
approvals = st.builds(replace, reviews, state=st.just(ReviewState.APPROVED))
teams = st.frozensets(st.sampled_from(TEAMS), min_size=1)
people = st.builds(
    Person, logins, st.sampled_from([Permission.WRITE, *Permission]), st.none() | teams
)
files = st.builds(
    ChangedRequest,
    st.sampled_from(["requests/a.yaml", "requests/b.yaml"]),
    st.lists(tiers, max_size=2).map(tuple),
    risks,
    st.lists(
        st.builds(Owned, st.just("prod/role/ci"), st.sampled_from([None, "@bob", "data"])),
        max_size=2,
    ).map(tuple),
    st.lists(logins, max_size=1).map(tuple),
    st.sampled_from(["request", "principal", None]),
    st.none() | st.frozensets(st.sampled_from(["read", "list", "write"])),
    st.none() | st.integers(1, 60),
)
voters = st.builds(Voters, teams, st.frozensets(st.sampled_from(["alice", "bob", "carol", "dave"])))
requirements = st.builds(
    Requirement,
    st.integers(1, 2),
    st.none() | voters,
    st.sampled_from(Risk),
    st.sampled_from([(), ("critical",), ("sandbox",)]),
    st.sampled_from(Owners),
)
rules = st.builds(
    Rule,
    st.just("reads"),
    st.just(1),
    st.just(("sandbox",)),
    st.just(frozenset(["read", "list"])),
    st.just(30),
)
policies = st.builds(
    ApprovalPolicy,
    st.lists(requirements, max_size=2).map(tuple),
    st.just({"data": Voters(people=frozenset(["bob"]))}),
    st.none() | requirements,
    st.lists(rules, max_size=1).map(tuple),
)
pulls = st.builds(
    PullRequest,
    author=logins,
    head=st.just(HEAD),
    last_pusher=logins,
    commits=st.lists(logins, max_size=1).map(
        lambda others: (Commit(OLD, tuple(others) or ("alice",)), Commit(HEAD, ("alice",)))
    ),
    reviews=st.lists(approvals | reviews, max_size=6).map(tuple),
    people=st.lists(people, max_size=6, unique_by=lambda one: one.login.lower()).map(tuple),
    requests=st.lists(files, max_size=2).map(tuple),
    others=st.lists(st.just("gitiam.yaml"), max_size=1).map(tuple),
)
many = settings(drawn(100, 5_000), deadline=None)


def with_review(pull: PullRequest, review: Review) -> PullRequest:
    """With one more review, which is the last that was handed in."""
    late = replace(review, at=NOON + timedelta(hours=1))
    return replace(pull, reviews=(*pull.reviews, late))


def is_unfit(pull: PullRequest, review: Review) -> bool:
    """Whether this review must not help, said in another way than the code says it."""
    name = review.person.lower()
    known = [person for person in pull.people if person.login.lower() == name]
    wrote = {login.lower() for commit in pull.commits for login in commit.authors}
    return (
        review.commit != HEAD
        or name in wrote | {pull.author.lower(), (pull.last_pusher or "").lower()}
        or name.endswith("[bot]")
        or any(name == one.lower() for file in pull.requests for one in file.requesters)
        or not known
        or known[0].permission not in ("admin", "maintain", "write")
    )


@given(pulls, policies, approvals)
@many
def test_a_review_that_must_not_count_never_helps(
    pull: PullRequest, policy: ApprovalPolicy, review: Review
) -> None:
    assume(is_unfit(pull, review))
    # Who asked for changes may take that back, by approving whatever commit: that is no approval.
    assume(review.person.lower() not in {name.lower() for name in standing(pull).blocking})
    if standing(with_review(pull, review), policy).is_approved:
        assert standing(pull, policy).is_approved


@given(pulls, policies)
@many
def test_no_approval_outlives_the_head_that_it_was_for(
    pull: PullRequest, policy: ApprovalPolicy
) -> None:
    before = standing(pull, policy)
    assert not before.approves(NEW)
    after = standing(
        replace(pull, head=NEW, commits=(*pull.commits, Commit(NEW, ("alice",)))), policy
    )
    assert after.approvals == ()
    assert not after.answers or not after.is_approved


@given(pulls, policies, requirements)
@many
def test_one_more_requirement_never_makes_it_easier(
    pull: PullRequest, policy: ApprovalPolicy, more: Requirement
) -> None:
    stricter = replace(policy, requirements=(*policy.requirements, more))
    if standing(pull, stricter).is_approved:
        assert standing(pull, policy).is_approved


@given(pulls, policies, st.sampled_from(["permission", "teams", "person", "pusher", "risk"]))
@many
def test_to_know_less_never_makes_it_easier(
    pull: PullRequest, policy: ApprovalPolicy, what: str
) -> None:
    match what:
        case "permission":
            unknown = Permission.UNKNOWN
            less = replace(pull, people=tuple(replace(p, permission=unknown) for p in pull.people))
        case "teams":
            less = replace(pull, people=tuple(replace(p, teams=None) for p in pull.people))
        case "person":
            less = replace(pull, people=pull.people[1:])
        case "pusher":
            less = replace(pull, last_pusher=None)
        case _:
            less = replace(pull, requests=tuple(replace(f, risk=None) for f in pull.requests))
    if standing(less, policy).is_approved:
        assert standing(pull, policy).is_approved


@given(pulls, policies, st.randoms())
@many
def test_order_and_case_make_no_difference(
    pull: PullRequest, policy: ApprovalPolicy, chance: Random
) -> None:
    mixed = list(pull.reviews)
    chance.shuffle(mixed)
    other = replace(
        pull,
        author=pull.author.upper(),
        reviews=tuple(replace(one, person=one.person.swapcase()) for one in mixed),
    )
    assert standing(other, policy).is_approved == standing(pull, policy).is_approved


@given(pulls, policies)
@many
def test_whatever_is_said_fits_and_agrees(pull: PullRequest, policy: ApprovalPolicy) -> None:
    found = standing(pull, policy)
    said = sentence(found)
    assert len(said) <= ROOM
    assert said.isprintable()
    assert said.startswith("Approved by ") == found.is_approved
    assert explanation(found).startswith("Commit abc1234 is ")
    assert found.as_json()["approved"] is found.is_approved
