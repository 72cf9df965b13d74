"""CODEOWNERS from the policy: who guards what, and nothing else in the file."""

from __future__ import annotations

import pytest

from gitiam.approvals.codeowners import codeowners
from gitiam.approvals.policy import ApprovalPolicy, Requirement, Voters
from gitiam.findings import Risk

PLATFORM = Voters(frozenset(["example/platform"]), frozenset(["alice"]))
REVIEWERS = Voters(frozenset(["example/access-reviewers"]))
SECURITY = Voters(frozenset(["example/security"]))
TIERS = {"prod": "critical", "dev": "sandbox"}


def policy(*requirements: Requirement, estate: Voters | None = PLATFORM) -> ApprovalPolicy:
    return ApprovalPolicy(requirements, estate=Requirement(1, estate))


def lines(text: str) -> list[str]:
    """Without what is for people."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_everything_has_its_guards_and_requests_have_theirs() -> None:
    wanted = policy(Requirement(1, REVIEWERS), Requirement(2, SECURITY, Risk.HIGH))
    assert lines(codeowners(wanted, TIERS, [])) == [
        "* @example/platform @alice",
        "/requests/ @example/access-reviewers",
        "/.github/ @example/platform @alice",
        "/gitiam.yaml @example/platform @alice",
        "/templates/ @example/platform @alice",
    ]


def test_accounts_in_folders_of_their_own_ask_those_of_their_tier() -> None:
    wanted = policy(Requirement(1, REVIEWERS), Requirement(1, SECURITY, tiers=("critical",)))
    assert lines(codeowners(wanted, TIERS, ["prod", "dev"]))[1:3] == [
        "/requests/ @example/access-reviewers",
        "/requests/prod/ @example/security",
    ]


def test_where_anybody_may_approve_requests_nobody_in_particular_is_asked() -> None:
    assert lines(codeowners(policy(Requirement()), TIERS, ["prod"]))[1] == "/requests/"


def test_what_guards_comes_last_as_the_last_that_matches_holds() -> None:
    text = codeowners(policy(Requirement(1, REVIEWERS)), TIERS, ["prod"])
    patterns = [line.split()[0] for line in lines(text)]
    assert patterns[-3:] == ["/.github/", "/gitiam.yaml", "/templates/"]
    assert patterns[0] == "*"


@pytest.mark.parametrize("estate", [None, Voters()])
def test_without_guards_there_is_no_file(estate: Voters | None) -> None:
    with pytest.raises(ValueError, match="nobody is named"):
        codeowners(policy(estate=estate), TIERS, [])
    with pytest.raises(ValueError, match="nobody is named"):
        codeowners(ApprovalPolicy(), TIERS, [])


@pytest.mark.parametrize("name", ["x\n* @mallory", "x y", "x #", "", "x/y/z", "a@example.com"])
def test_no_name_brings_a_line_of_its_own(name: str) -> None:
    for voters in (Voters(frozenset([name])), Voters(people=frozenset([name]))):
        with pytest.raises(ValueError, match="is nobody on GitHub"):
            codeowners(policy(estate=voters), TIERS, [])


@pytest.mark.parametrize("folder", ["x\n* @mallory", "*", "other", ".."])
def test_no_folder_brings_a_line_of_its_own(folder: str) -> None:
    wanted = policy(Requirement(1, SECURITY, tiers=("critical",)))
    with pytest.raises(ValueError, match="is no account"):
        codeowners(wanted, {**TIERS, "x\n* @mallory": "critical"}, [folder])
