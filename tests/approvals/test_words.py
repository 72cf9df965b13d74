"""What is said of a standing: one sentence that fits, and all that there is to know."""

from __future__ import annotations

import pytest

from gitiam.approvals.facts import Commit, Owned, PullRequest, ReviewState
from gitiam.approvals.policy import ApprovalPolicy, Owners, Requirement, Voters
from gitiam.approvals.words import ROOM, explanation, sentence
from gitiam.findings import Risk
from tests.approvals.test_needs import BOTH, BY_RULE, SANDBOX, STRICT
from tests.support.approvals import HEAD, OLD, asked, pull, review, standing

_OWNED = Owners.WHERE_DECLARED
CHANGES = ReviewState.CHANGES_REQUESTED


@pytest.mark.parametrize(
    ("found", "policy", "said"),
    [
        (pull(review("bob")), None, "Approved by bob"),
        (pull(*BOTH), None, "Approved by bob and carol"),
        (pull(requests=(SANDBOX,)), BY_RULE, "Approved by rule reads-in-sandboxes, version 2"),
        (pull(), None, "Not approved: 0 of 1 approvals"),
        (pull(**asked(risk=Risk.HIGH)), STRICT, "Not approved: 0 of 1 approvals"),
        (
            pull(review("bob", commit=OLD)),
            None,
            "Not approved: 0 of 1 approvals; bob approved commit 01d0000, which is not the head",
        ),
        (pull(review("bob", CHANGES)), None, "Not approved: bob asks for changes"),
        (
            pull(review("bob", CHANGES), review("carol", CHANGES)),
            None,
            "Not approved: bob and carol ask for changes",
        ),
        (
            pull(review("bob"), last_pusher=None, unread=("the teams of bob",)),
            None,
            "Not approved: nobody knows who pushed last (and 1 more)",
        ),
        (
            pull(review("bob")),
            ApprovalPolicy(requirements=(Requirement(owners=Owners.REQUIRED),)),
            "Not approved: it is not known whose principals it is about",
        ),
    ],
)
def test_one_sentence(found: PullRequest, policy: ApprovalPolicy | None, said: str) -> None:
    assert sentence(standing(found, policy)) == said


def test_the_sentence_fits_whatever_there_is_to_say() -> None:
    voters = Voters(teams=frozenset(f"example/team-{n}" for n in range(40)))
    policy = ApprovalPolicy(requirements=(Requirement(1, voters),))
    said = sentence(standing(pull(*BOTH), policy))
    assert len(said) == ROOM
    assert said.endswith("…")


def test_all_that_there_is_to_say() -> None:
    found = pull(*BOTH, review("dave", commit=OLD, after=3), **asked(risk=Risk.HIGH))
    policy = ApprovalPolicy(
        requirements=(Requirement(2), Requirement(risk=Risk.HIGH, owners=_OWNED))
    )
    assert explanation(standing(found, policy)) == (
        "Commit abc1234 is approved.\n"
        "Had: 2 approvals, for every request and high risk or more.\n"
        "  in requests/prod/data-pipeline-read-orders.yaml\n"
        "  bob approved commit abc1234 at 2026-12-01T12:00:00+00:00\n"
        "  carol approved commit abc1234 at 2026-12-01T12:00:00+00:00\n"
        "Does not count: dave approved commit 01d0000, which is not the head.\n"
    )


def test_what_is_missing_and_cannot_be_had() -> None:
    foreign = asked(risk=Risk.HIGH, owners=(Owned("prod/role/data-pipeline", "data"),))
    policy = ApprovalPolicy(requirements=(*STRICT.requirements, Requirement(owners=_OWNED)))
    assert explanation(
        standing(pull(review("bob"), review("dave", CHANGES), **foreign), policy)
    ) == (
        "Commit abc1234 is not approved.\n"
        "Blocked: dave asks for changes.\n"
        "Had: 1 approval, for every request.\n"
        "  in requests/prod/data-pipeline-read-orders.yaml\n"
        "  bob approved commit abc1234 at 2026-12-01T12:00:00+00:00\n"
        "Missing: 2 approvals from @example/security, for high risk or more in accounts of tier"
        " critical.\n"
        "  in requests/prod/data-pipeline-read-orders.yaml\n"
        "  does not count here: bob is not in @example/security\n"
        "Cannot be had: the agreement of the owners, as nobody is named for the owner data; name"
        " them under approvals.owners.\n"
        "  in requests/prod/data-pipeline-read-orders.yaml\n"
    )


def test_what_strangers_wrote_gives_no_orders() -> None:
    evil = "x\x1b[2J\n\u202e@example.com"
    commits = (Commit(HEAD, ("alice",), unresolved=(evil,)),)
    found = standing(pull(review("bob\n"), commits=commits, unread=(evil,), head=HEAD))
    for text in (sentence(found), explanation(found).replace("\n", "")):
        assert text.isprintable()
