"""Ordinary requests pass without a word; dangerous ones are understood, so that rules can speak."""

from __future__ import annotations

import json

import pytest

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.findings import Risk, Severity
from gitiam.models import BundleGrant
from gitiam.shipped import templates_dir
from gitiam.validate.run import judge, validate
from tests.support.corpus import Case, case_of, dangerous, ordinary
from tests.support.estates import NOW, RISKS, said

#: Rules that speak of danger; a dangerous request breaks no other.
OF_DANGER = RISKS | {"full-wildcard", "own-role", "lasting-risk", "missing-external-id"}


def by_name(cases: tuple[Case, ...]) -> list[object]:
    return [pytest.param(case, id=case.name) for case in cases]


def test_there_are_enough_and_each_is_another() -> None:
    assert len(ordinary()) >= 100
    assert len(dangerous()) >= 40
    for cases in (ordinary(), dangerous()):
        assert len({case.name for case in cases}) == len(cases)
        bodies = {case.text.partition("grants:")[2] or case.text for case in cases}
        assert len(bodies) == len(cases)


@pytest.mark.parametrize("case", by_name(ordinary()))
def test_an_ordinary_request_passes_without_a_word(case: Case) -> None:
    found = validate(case.estate(), catalog(), NOW, frozenset({case.path}))
    assert said(tuple(f for f in found if f.severity is not Severity.NOTE)) == []


@pytest.mark.parametrize("case", by_name(ordinary()))
def test_an_ordinary_request_is_not_called_dangerous(case: Case) -> None:
    judgement = judge(case.estate(), catalog(), NOW, frozenset({case.path}))
    (assessment,) = judgement.assessments
    assert assessment.risk in (Risk.LOW, Risk.MEDIUM), assessment.decisive
    assert [f.message for f in judgement.findings if f.risk and f.risk.rank > 1] == []


@pytest.mark.parametrize("case", by_name(dangerous()))
def test_a_dangerous_request_is_called_so_by_every_rule_that_should(case: Case) -> None:
    judgement = judge(case.estate(), catalog(), NOW, frozenset({case.path}))
    (assessment,) = judgement.assessments
    assert assessment.risk in (Risk.HIGH, Risk.CRITICAL)
    assert set(case.rules) <= {f.rule for f in judgement.findings if f.risk}


@pytest.mark.parametrize("case", by_name(ordinary()))
def test_an_ordinary_request_gives_something(case: Case) -> None:
    state = desired_state(case.estate(), catalog(), NOW)
    assert state.modules
    assert (state.unresolved, state.unfit) == ((), ())


def test_every_bundle_has_an_ordinary_request() -> None:
    used = {
        grant.bundle
        for case in ordinary()
        for request in case.estate().requests
        for grant in request.grants
        if isinstance(grant, BundleGrant)
    }
    assert used == {file.stem for file in (templates_dir() / "bundles").glob("*.yaml")}


@pytest.mark.parametrize("case", by_name(dangerous()))
def test_a_dangerous_request_is_understood(case: Case) -> None:
    """It is dangerous and nothing else: what is wrong in form would be refused for that alone."""
    estate = case.estate()
    assert estate.findings == ()
    assert set(case.rules) <= OF_DANGER
    assert case.rules
    found = validate(estate, catalog(), NOW, frozenset({case.path}))
    assert said(tuple(f for f in found if f.rule not in OF_DANGER)) == []
    assert set(case.rules) <= {f.rule for f in found}
    state = desired_state(estate, catalog(), NOW)
    assert state.modules
    assert state.unresolved == ()


def test_every_risk_has_a_dangerous_request() -> None:
    assert {rule for case in dangerous() for rule in case.rules} >= RISKS


def test_an_ordinary_request_names_no_rules() -> None:
    assert [case.name for case in ordinary() if case.rules] == []


def test_a_case_without_a_title_is_noticed() -> None:
    with pytest.raises(ValueError, match="does not begin with"):
        case_of("account: prod\n")
    case = case_of("# x: what\n# rules: a, b\naccount: prod\n")
    assert json.dumps(case.rules) == '["a", "b"]'
