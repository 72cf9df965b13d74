"""What a file opens, as values: what is new, what was had, what is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitiam.catalog import catalog
from gitiam.explaining.budget import Budget
from gitiam.explaining.comparing import Rest
from gitiam.explaining.explain import explained
from gitiam.explaining.values import Explanation, Standing
from gitiam.load.estate import load_estate
from gitiam.policy.piece import Piece
from gitiam.policy.statement import Statement
from gitiam.report.explanation_json import as_json
from gitiam.report.explanation_markdown import as_markdown
from gitiam.report.explanation_text import as_text
from gitiam.shipped import example_estate_dir, templates_dir
from tests.support.corpus import Case, dangerous, ordinary
from tests.support.estates import request
from tests.support.explained import (
    OTHER,
    PATH,
    POLICY,
    READ,
    WRITE,
    explanation_of,
    page,
    side_of,
    told,
)

CORPUS = [*ordinary(), *dangerous()]


def standings(explanation: Explanation) -> list[tuple[str, str, tuple[str, ...]]]:
    """Principal, standing and patterns of each part."""
    return [
        (effect.principal, part.standing.value, access.patterns)
        for effect in explanation.effects
        for part in (*effect.allows, *effect.gone)
        for access in part.services
    ]


def test_a_part_that_somebody_else_gives_is_told_apart() -> None:
    found = explanation_of({PATH: request(WRITE), OTHER: request(READ)})
    assert sorted(standings(found)) == [
        ("role/data-pipeline", "had", ("s3:GetObject",)),
        ("role/data-pipeline", "new", ("s3:PutObject",)),
    ]
    (had,) = [p for p in found.effects[0].allows if p.standing is Standing.HAD]
    assert had.by == (OTHER,)


def test_an_expired_file_of_others_gives_nothing() -> None:
    found = explanation_of({PATH: request(READ), OTHER: request(READ, expires="2026-10-01")})
    assert standings(found) == [("role/data-pipeline", "new", ("s3:GetObject",))]


def test_another_principal_is_nobody_to_compare_with() -> None:
    found = explanation_of({PATH: request(READ), OTHER: request(READ, principal="role/web")})
    assert standings(found) == [("role/data-pipeline", "new", ("s3:GetObject",))]


def test_who_lost_it_as_the_file_names_them_no_more() -> None:
    before = request(READ, account="[dev, prod]", principal="[role/a, role/b]")
    found = explanation_of({PATH: request(READ, principal="role/a")}, {PATH: before})
    assert sorted(
        (e.principal, e.account.name, [p.standing for p in e.gone]) for e in found.effects
    ) == [
        ("role/a", "dev", [Standing.GONE]),
        ("role/a", "prod", []),
        ("role/b", "dev", [Standing.GONE]),
        ("role/b", "prod", [Standing.GONE]),
    ]


def test_what_ends_earlier_is_gone_from_then_on() -> None:
    found = explanation_of({PATH: request(READ, expires="2026-12-01")}, {PATH: request(READ)})
    (gone,) = found.effects[0].gone
    assert gone.standing is Standing.SHORTER
    assert gone.other_until == datetime(2026, 12, 2, tzinfo=UTC)


def test_a_policy_whose_contents_grow_is_new_for_who_has_it() -> None:
    attached = request("- managed_policy: logging", principal="role/web")
    wider = POLICY + "  - actions: [sqs:SendMessage]\n    resources: ['*']\n"
    found = explanation_of({PATH: wider, OTHER: attached}, {PATH: POLICY, OTHER: attached})
    new = [
        (effect.account.name, effect.principal, access.patterns)
        for effect in found.effects
        for part in effect.allows
        if part.standing is Standing.NEW
        for access in part.services
    ]
    assert ("prod", "role/web", ("sqs:SendMessage",)) in new
    assert all(patterns == ("sqs:SendMessage",) for _, _, patterns in new)


def test_a_request_in_the_place_of_a_policy() -> None:
    found = explanation_of({PATH: request(READ)}, {PATH: POLICY})
    assert found.kind == "request"
    assert {e.principal for e in found.effects} == {"policy/logging", "role/data-pipeline"}


def test_what_is_too_much_to_compare_is_new() -> None:
    names = tuple(f"s3:A{n}*" for n in range(30))
    statement = Statement("Allow", names, ("arn:aws:s3:::orders",))
    piece = Piece(statement, "requests/y.yaml")
    few, enough = Budget(100), Budget()
    assert {j.standing for j in Rest([piece], [], None, few).judged([piece])} == {Standing.NEW}
    assert few.is_spent
    assert {j.standing for j in Rest([piece], [], None, enough).judged([piece])} == {Standing.HAD}
    assert not enough.is_spent


def printed(explanation: Explanation) -> None:
    """In every form, and whole."""
    assert as_json([told(explanation)])
    for everything in (False, True):
        found = page(explanation, everything=everything)
        text = as_text(found, None)
        assert explanation.path in text
        assert as_markdown([(found, None, ())])
        assert all(block.sections or block.notes for block in found.blocks)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CORPUS])
def test_every_file_of_the_corpora(case: Case) -> None:
    found = explained(case.path, side_of(case.estate()))
    assert found.effects
    printed(found)


def test_every_file_of_the_example_estate() -> None:
    root = example_estate_dir()
    estate = load_estate(root, [templates_dir() / "bundles"])
    side = side_of(estate)
    paths = sorted((root / "requests").rglob("*.yaml"))
    assert len(paths) > 10
    for file in paths:
        name = file.relative_to(Path(root)).as_posix()
        found = explained(name, side)
        assert found.effects, name
        printed(found)
        # Beside itself nothing is new, and nothing gone.
        same = explained(name, side, side)
        assert {s for _, s, _ in standings(same)} <= {"had", "barred"}, name
        assert not [t for e in same.effects for t in e.trust if t.standing is not Standing.HAD]


def test_the_catalogue_has_names_for_services() -> None:
    assert catalog().service_name("DynamoDB") == "Amazon DynamoDB"
    assert catalog().service_name("teleport") is None


def test_what_lasts_longer_with_its_prohibition_takes_nothing_away() -> None:
    forbids = "- {effect: deny, actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/pay/*']}"
    both = f"{READ}\n{forbids}"
    before, after = request(both), request(both, expires="2027-03-01")
    assert explanation_of({PATH: after}, {PATH: before}).effects[0].gone == ()
    wider = after.replace("orders/pay/*", "orders/p*")
    assert explanation_of({PATH: wider}, {PATH: before}).effects[0].gone != ()
