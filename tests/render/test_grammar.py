"""Every document that gitiam writes is one that IAM takes, by its whole grammar and its limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.load.estate import Estate, load_estate
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Module
from gitiam.policy.check import Problem, Use, problems
from gitiam.render.estate import renderer_of
from gitiam.shipped import example_estate_dir, templates_dir
from tests.support.corpus import Case, dangerous, ordinary
from tests.support.estates import NOW

#: IAM User Guide, "IAM and AWS STS quotas": inline policies by what has them, and managed ones.
INLINE = {Kind.USER: 2_048, Kind.GROUP: 5_120, Kind.ROLE: 10_240, Kind.POLICY: 6_144}
MANAGED, TRUST = 6_144, 2_048


def modules_of(estate: Estate) -> Iterable[Module]:
    """What is rendered of an estate that can be read."""
    assert estate.findings == ()
    state = desired_state(estate, catalog(), NOW)
    assert state.unresolved == ()
    return renderer_of(estate.config, Path("/nonexistent"), templates_dir()).modules(state).values()


def documents_of(module: Module) -> dict[str, str]:
    """The module's policies, by path."""
    return {path: text for path, text in module.files.items() if path.endswith(".json")}


def found_in(module: Module) -> Iterator[tuple[ModuleKey, str, Problem]]:
    for path, text in documents_of(module).items():
        use = Use.TRUST if path.endswith("trust.json") else Use.IDENTITY
        for problem in problems(text, use, room_of(module, path)):
            yield module.key, path, problem


def room_of(module: Module, path: str) -> int:
    if path.endswith("trust.json"):
        return TRUST
    return INLINE[module.key.kind] if path.endswith("inline.json") else MANAGED


def test_the_example_estate() -> None:
    estate = load_estate(example_estate_dir(), [templates_dir() / "bundles"])
    modules = list(modules_of(estate))
    assert sum(len(documents_of(module)) for module in modules) > 10
    assert [found for module in modules for found in found_in(module)] == []


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name) for case in (*ordinary(), *dangerous())]
)
def test_a_request_of_the_corpus(case: Case) -> None:
    """Every bundle among them, and every kind of grant; a danger is no matter of grammar."""
    assert [found for module in modules_of(case.estate()) for found in found_in(module)] == []


def test_what_is_wrong_would_be_noticed() -> None:
    """What no rule has looked at: here an operator that IAM does not have."""
    (case,) = (case for case in ordinary() if case.name == "metric-data")
    wrong = replace(case, text=case.text.replace("StringEquals", "StringSame"))
    (module,) = (m for m in modules_of(wrong.estate()) if m.key.kind is Kind.ROLE)
    ((_, path, problem),) = found_in(module)
    assert path == "policies/inline.json"
    assert problem.kind == "operator"
