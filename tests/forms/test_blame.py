"""A finding about the file is told as one about the field that the place was made of."""

from __future__ import annotations

import pytest

from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.forms.blame import problems_from
from gitiam.forms.fields import Field, Problem
from gitiam.load.document import Document, read_document
from gitiam.models import Step
from tests.support.forms import made


@pytest.fixture
def document() -> Document:
    file = made(
        bundles="s3-read",
        parameters="prefix = 2026/",
        resources="arn:aws:s3:::{account}",
        managed_policy="ReadOnlyAccess",
        group="analysts",
        assume="arn:aws:iam::444455556666:role/audit",
        ticket="INC-204",
    )
    return read_document(file.path, file.text.encode())


def told(document: Document, *findings: Finding) -> Problem:
    (problem,) = problems_from(findings, document)
    return problem


PLACES: list[tuple[tuple[Step, ...], Field | None, str]] = [
    (("account",), Field.ACCOUNTS, "prod"),
    (("principal",), Field.PRINCIPAL, "role/data-pipeline"),
    (("reason",), Field.REASON, "Match the invoices of 2026 with the orders"),
    (("ticket",), Field.TICKET, "INC-204"),
    (("expires",), Field.DURATION, "2026-12-23"),
    (("grants", 0), Field.BUNDLES, ""),
    (("grants", 0, "bundle"), Field.BUNDLES, "s3-read"),
    (("grants", 0, "resources"), Field.RESOURCES, ""),
    (("grants", 0, "resources", 0), Field.RESOURCES, "arn:aws:s3:::{account}"),
    (("grants", 0, "parameters"), Field.PARAMETERS, ""),
    (("grants", 0, "parameters", "prefix"), Field.PARAMETERS, "2026/"),
    (("grants", 1, "managed_policy"), Field.MANAGED_POLICY, "ReadOnlyAccess"),
    (("grants", 2, "group"), Field.GROUP, "analysts"),
    (("grants", 3, "assume"), Field.ASSUME, "arn:aws:iam::444455556666:role/audit"),
    ((), None, ""),
]


@pytest.mark.parametrize(("steps", "field", "written"), PLACES)
def test_a_place_is_a_field(
    document: Document, steps: tuple[Step, ...], field: Field | None, written: str
) -> None:
    problem = told(document, Finding("x", Severity.ERROR, document.place(*steps), "wrong"))
    assert (problem.field, problem.written) == (field, written)


def test_a_key_is_its_field_as_well(document: Document) -> None:
    place = document.place_of_key("grants", 0, "parameters")
    assert told(document, Finding("x", Severity.ERROR, place, "wrong")).field is Field.PARAMETERS


def test_a_rule_without_a_place_names_a_field(document: Document) -> None:
    finding = Finding("missing-ticket", Severity.ERROR, Location(document.path), "none")
    assert told(document, finding).field is Field.TICKET


def test_a_replacement_is_what_was_meant(document: Document) -> None:
    place = document.place("grants", 0, "resources", 0)
    fix = Fix("write it so", place, '"arn:aws:s3:::{account_id}"')
    problem = told(document, Finding("x", Severity.ERROR, place, "wrong", fix))
    assert (problem.meant, problem.advice) == ("arn:aws:s3:::{account_id}", "")


@pytest.mark.parametrize("replacement", [None, "", "a\nb"])
def test_any_other_fix_is_advice(document: Document, replacement: str | None) -> None:
    place = document.place("reason")
    fix = Fix("say why", place, replacement)
    problem = told(document, Finding("x", Severity.ERROR, place, "wrong", fix))
    assert (problem.meant, problem.advice) == ("", "say why")


def test_another_file_is_named(document: Document) -> None:
    problem = told(document, Finding("x", Severity.ERROR, Location("gitiam.yaml", 3), "wrong"))
    assert (problem.field, problem.message) == (None, "gitiam.yaml:3:1: wrong")


def test_what_blocks_comes_first(document: Document) -> None:
    place = document.place("reason")
    findings = [Finding("a", s, place, "wrong") for s in (Severity.NOTE, Severity.ERROR)]
    assert [p.blocks for p in problems_from(findings, document)] == [True, False]
