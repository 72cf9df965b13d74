"""The risky actions: real, each once in a class, and weighed the right way round."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitiam.catalog import catalog
from gitiam.findings import Risk
from gitiam.models import AccessLevel
from gitiam.risks.actions import RiskClass, RiskyAction, parse_actions, risk_classes, risky_actions
from gitiam.risks.data import DataError, read
from gitiam.risks.paths import PathClass, escalation_paths

EVERY = [found for several in risky_actions().values() for found in several]


def test_there_are_as_many_as_expected() -> None:
    assert len(risky_actions()) >= 600
    for kind in RiskClass:
        assert sum(found.kind is kind for found in EVERY) >= 90


@pytest.mark.parametrize("kind", RiskClass)
def test_every_action_exists_in_this_spelling(kind: RiskClass) -> None:
    wrong = {
        found.action
        for found in EVERY
        if found.kind is kind
        and ((known := catalog().action(found.action)) is None or known.full_name != found.action)
    }
    assert wrong == set()


def test_no_action_is_twice_in_a_class() -> None:
    pairs = [(found.action, found.kind) for found in EVERY]
    assert len(set(pairs)) == len(pairs)


def test_more_reach_is_never_less_risk() -> None:
    assert [f.action for f in EVERY if f.broad.rank < f.scoped.rank] == []


def test_classes_come_in_their_order() -> None:
    order = list(RiskClass)
    for several in risky_actions().values():
        assert all(order.index(a.kind) < order.index(b.kind) for a, b in pairwise(several))


def test_sentences_and_sources() -> None:
    assert [f.why for f in EVERY if not re.fullmatch(r"[A-Z][^`*]+\.", f.why)] == []
    assert [info.kind for info in risk_classes()] == list(RiskClass)
    for info in risk_classes():
        assert info.sources
        assert all(url.startswith("https://") for url in info.sources)


def test_what_is_written_in_the_file_is_what_is_read() -> None:
    (found,) = risky_actions()["secretsmanager:getsecretvalue"]
    assert (found.kind, found.scoped, found.broad) == (
        RiskClass.CREDENTIAL_EXPOSURE,
        Risk.LOW,
        Risk.CRITICAL,
    )
    # A group that says nothing has what its class says.
    (found,) = risky_actions()["ec2:getpassworddata"]
    assert (found.scoped, found.broad) == (Risk.MEDIUM, Risk.HIGH)


def test_iam_s_own_permission_management_is_all_here() -> None:
    """What AWS itself calls permissions management in IAM is known to be that."""
    managed = {
        action.full_name
        for action in catalog().actions_of("iam")
        if action.access_level is AccessLevel.PERMISSIONS_MANAGEMENT
    }
    known = {f.action for f in EVERY if f.kind is RiskClass.PERMISSION_MANAGEMENT}
    assert managed - known == UNWEIGHED


#: Requests that somebody else must accept, or that only undo what is in the list.
UNWEIGHED: set[str] = set()


def test_what_escalates_on_iam_itself_is_risky_too() -> None:
    kinds = {PathClass.SELF_ESCALATION, PathClass.BOUNDARY, PathClass.TRUST}
    actions = {a.lower() for p in escalation_paths() if p.kind in kinds for a in p.actions}
    assert {a for a in actions if not a.startswith("codestar:")} - risky_actions().keys() == set()


def changed(change: dict[str, Any]) -> list[RiskyAction]:
    document = read("risky_actions.json")
    document["destructive"]["groups"][0].update(change)
    return list(parse_actions(document))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"actions": []}, "empty"),
        ({"scoped": "awful"}, "awful"),
        ({"why": ""}, "empty"),
        ({"extra": 1}, "unknown"),
    ],
)
def test_what_is_not_of_the_shape_is_refused(change: dict[str, Any], complaint: str) -> None:
    assert changed({})
    with pytest.raises(DataError, match=complaint):
        changed(change)


LISTS: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "credential_catalogues.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", LISTS)
def test_what_public_lists_say_returns_credentials(name: str) -> None:
    ours = {f.action.lower() for f in EVERY if f.kind is RiskClass.CREDENTIAL_EXPOSURE}
    for action, answer in LISTS[name].items():
        assert (action in ours) == (answer == "yes"), action
        assert answer == "yes" or len(answer) >= 20, action
