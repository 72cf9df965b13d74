"""What a pull request needs: by risk and tier, from teams and owners, or by rule alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.approvals.facts import Owned, Permission, Person
from gitiam.approvals.policy import ApprovalPolicy, Owners, Requirement, Rule, Voters
from gitiam.findings import Risk
from tests.support.approvals import ASKED, asked, pull, review, standing, writer

SECURITY = Voters(teams=frozenset(["example/security"]))
STRICT = ApprovalPolicy(
    requirements=(
        Requirement(),
        Requirement(2, SECURITY, Risk.HIGH, ("critical",)),
    )
)
BOTH = (review("bob"), review("carol"))
IN_SECURITY = (
    writer("alice"),
    writer("bob", "example/security"),
    writer("carol", "Example/Security"),
)


# -- how many -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("risk", "few", "many"),
    [(Risk.LOW, True, True), (Risk.HIGH, True, True), (Risk.CRITICAL, False, True)],
)
def test_one_is_enough_by_default_and_two_for_critical_risk(
    risk: Risk, few: bool, many: bool
) -> None:
    assert standing(pull(review("bob"), **asked(risk=risk))).is_approved is few
    assert standing(pull(*BOTH, **asked(risk=risk))).is_approved is many


def test_a_file_that_could_not_be_understood_weighs_the_most() -> None:
    unread = asked(risk=None, tiers=(), kind=None, access=None, days=None)
    assert not standing(pull(review("bob"), **unread)).is_approved
    (answer,) = standing(pull(*BOTH, people=IN_SECURITY, **unread), STRICT).answers[1:]
    assert answer.need.count == 2


def test_where_nothing_is_asked_for_somebody_must_approve_all_the_same() -> None:
    policy = ApprovalPolicy(requirements=(Requirement(3, risk=Risk.CRITICAL),))
    assert not standing(pull(), policy).is_approved
    assert standing(pull(review("bob")), policy).is_approved
    none = ApprovalPolicy(requirements=())
    assert not standing(pull(), none).is_approved
    (answer,) = standing(pull(requests=(), others=("gitiam.yaml",)), none).answers
    assert (answer.is_met, answer.need.count) == (False, 1)


def test_a_requirement_that_asks_for_none_asks_for_one() -> None:
    policy = ApprovalPolicy(requirements=(Requirement(0),))
    assert not standing(pull(), policy).is_approved


# -- from whom ----------------------------------------------------------------------------------


def test_members_of_the_team_approve_what_it_is_asked_for() -> None:
    high = asked(risk=Risk.HIGH)
    assert standing(pull(*BOTH, people=IN_SECURITY, **high), STRICT).is_approved
    found = standing(pull(*BOTH, **high), STRICT)
    assert not found.is_approved
    assert [str(one) for one in found.answers[1].passed_over] == [
        "bob is not in @example/security",
        "carol is not in @example/security",
    ]


@pytest.mark.parametrize(
    ("tiers", "approved"),
    [(("sandbox",), True), (("sandbox", "critical"), False), ((None,), False), ((), False)],
)
def test_what_holds_for_a_tier_holds_where_it_may_be_meant(
    tiers: tuple[str | None, ...], approved: bool
) -> None:
    found = pull(review("bob"), **asked(risk=Risk.HIGH, tiers=tiers))
    assert standing(found, STRICT).is_approved is approved


def test_teams_that_could_not_be_read_help_nobody() -> None:
    people = (*IN_SECURITY[:2], Person("carol", Permission.WRITE))
    found = standing(pull(*BOTH, people=people, **asked(risk=Risk.HIGH)), STRICT)
    assert not found.is_approved
    (one,) = found.answers[1].passed_over
    assert str(one) == "carol belongs to teams that could not be read"


def test_people_may_be_named_beside_teams() -> None:
    policy = ApprovalPolicy(
        requirements=(Requirement(1, SECURITY | Voters(frozenset(), frozenset(["bob"]))),)
    )
    assert standing(pull(review("Bob")), policy).is_approved
    assert not standing(pull(review("carol")), policy).is_approved


def test_nobody_named_means_that_nobody_can_approve() -> None:
    found = standing(pull(*BOTH), ApprovalPolicy(requirements=(Requirement(1, Voters()),)))
    assert not found.is_approved
    assert found.answers[0].need.hopeless == "nobody is named who may approve"


def test_every_file_counts_and_the_highest_number_of_them() -> None:
    files = (ASKED, replace(ASKED, path="requests/x.yaml", risk=Risk.CRITICAL))
    policy = ApprovalPolicy(requirements=(Requirement(), Requirement(2, risk=Risk.CRITICAL)))
    (answer,) = standing(pull(review("bob"), requests=files), policy).answers
    assert (answer.need.count, answer.need.paths) == (2, (ASKED.path, "requests/x.yaml"))


# -- the owners ---------------------------------------------------------------------------------

OWNERS = ApprovalPolicy(
    requirements=(Requirement(owners=Owners.REQUIRED),),
    owners={"data platform": Voters(people=frozenset(["bob"]))},
)
ROLE = "prod/role/data-pipeline"


@pytest.mark.parametrize(
    ("owner", "who", "approved"),
    [
        ("data platform", "bob", True),
        ("data platform", "carol", False),
        ("@Bob", "bob", True),
        ("@bob", "carol", False),
        ("@example/security", "bob", False),
        ("bob", "bob", False),
        ("@not a name", "bob", False),
        (None, "bob", False),
    ],
)
def test_the_owner_must_agree(owner: str | None, who: str, approved: bool) -> None:
    found = pull(review(who), **asked(owners=(Owned(ROLE, owner),)))
    assert standing(found, OWNERS).is_approved is approved


def test_an_owner_who_proposes_it_leaves_it_to_another() -> None:
    found = pull(review("bob"), author="bob", **asked(owners=(Owned(ROLE, "@bob"),)))
    assert not standing(found, OWNERS).is_approved


def test_each_owner_must_agree_and_both_may_be_one() -> None:
    two = asked(owners=(Owned(ROLE, "@bob"), Owned("prod/role/other", "@carol")))
    assert not standing(pull(review("bob"), **two), OWNERS).is_approved
    assert standing(pull(*BOTH, **two), OWNERS).is_approved


def test_owners_that_nobody_knows_refuse_where_they_are_required() -> None:
    assert not standing(pull(review("bob")), OWNERS).is_approved
    lenient = replace(OWNERS, requirements=(Requirement(owners=Owners.WHERE_DECLARED),))
    assert standing(pull(review("bob")), lenient).is_approved
    undeclared = asked(owners=(Owned(ROLE, None),))
    assert standing(pull(review("bob"), **undeclared), lenient).is_approved
    foreign = asked(owners=(Owned(ROLE, "@carol"),))
    assert not standing(pull(review("bob"), **foreign), lenient).is_approved


# -- all but requests ---------------------------------------------------------------------------


def test_what_is_no_request_needs_what_the_riskiest_would() -> None:
    found = pull(review("bob"), requests=(), others=("gitiam.yaml",))
    assert not standing(found).is_approved
    assert standing(replace(found, reviews=BOTH)).is_approved


def test_what_is_no_request_can_have_voters_of_its_own() -> None:
    policy = replace(STRICT, estate=Requirement(1, Voters(people=frozenset(["dave"]))))
    found = pull(*BOTH, others=("templates/bundles/x.yaml",))
    assert not standing(found, policy).is_approved
    assert standing(replace(found, reviews=(review("dave"),)), policy).is_approved


# -- by rule ------------------------------------------------------------------------------------

RULE = Rule("reads-in-sandboxes", 2, ("sandbox",), frozenset(["list", "read"]), 30)
BY_RULE = ApprovalPolicy(by_rule=(RULE,))
SANDBOX = replace(ASKED, tiers=("sandbox",))


def test_a_rule_approves_what_lies_within_it_and_is_recorded() -> None:
    found = standing(pull(requests=(SANDBOX,)), BY_RULE)
    assert found.is_approved
    assert found.as_json()["by_rule"] == [
        {"path": ASKED.path, "rule": "reads-in-sandboxes", "version": 2}
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"risk": Risk.MEDIUM},
        {"risk": None},
        {"tiers": ("sandbox", "critical")},
        {"tiers": (None,)},
        {"tiers": ()},
        {"access": frozenset(["read", "write"])},
        {"access": frozenset(["unread"])},
        {"access": frozenset()},
        {"access": None},
        {"days": 31},
        {"days": None},
        {"kind": "principal"},
        {"kind": "policy"},
        {"kind": None},
    ],
)
def test_a_rule_approves_nothing_beyond_its_bounds(change: dict[str, object]) -> None:
    beyond = replace(SANDBOX, **change)  # type: ignore[arg-type]
    assert not standing(pull(requests=(beyond,)), BY_RULE).is_approved


def test_one_file_beyond_it_needs_a_person_for_that_file() -> None:
    found = pull(requests=(SANDBOX, replace(ASKED, path="requests/x.yaml")))
    assert not standing(found, BY_RULE).is_approved
    (answer,) = standing(replace(found, reviews=(review("bob"),)), BY_RULE).answers
    assert answer.need.paths == ("requests/x.yaml",)


def test_a_rule_approves_no_change_of_the_rules() -> None:
    found = pull(requests=(SANDBOX,), others=("gitiam.yaml",))
    assert not standing(found, BY_RULE).is_approved


def test_a_rule_approves_nothing_of_a_stranger_nor_what_somebody_blocks() -> None:
    stranger = pull(requests=(SANDBOX,), people=(Person("alice", Permission.READ),))
    assert not standing(stranger, BY_RULE).is_approved
    assert not standing(pull(requests=(SANDBOX,), unread=("the reviews",)), BY_RULE).is_approved
