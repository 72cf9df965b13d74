"""What an apply did, told to people and to machines."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given

from gitiam.errors import GitiamError
from gitiam.outcomes import Outcome, ResourceChange, Result
from gitiam.report.apply import as_json, as_text
from tests.support.hcl import hostile
from tests.support.modules import change, hex_of, module

ADDED = change(module("prod/role/a", "a"), "requests/a.yaml added")
FAILED = change(
    module("prod/role/longer-name", "b"), "requests/b.yaml expired", previous=hex_of("old")
)
PLANNED = [
    ResourceChange("create", "aws_iam_role.this", "aws_iam_role"),
    ResourceChange("delete", "aws_iam_role_policy.inline", "aws_iam_role_policy"),
]
WELL = Result(ADDED, 6.25, outcome=Outcome(planned=PLANNED, applied=2))
BADLY = Result(FAILED, 12.0, GitiamError("AccessDenied", hint="The role lacks a permission"))


def test_an_apply_for_machines() -> None:
    assert json.loads(as_json([WELL, BADLY], 1_200)) == {
        "applied": [ADDED.as_json()],
        "unchanged": 1_200,
        "left": 0,
        "failed": [
            FAILED.as_json() | {"error": "AccessDenied. The role lacks a permission"},
        ],
    }
    ended = datetime(2027, 1, 15, 3, 4, 5, 6, tzinfo=UTC)
    assert json.loads(as_json([], 0, at=ended))["at"] == "2027-01-15T03:04:05+00:00"
    assert json.loads(as_json([], 7, 3)) == {
        "applied": [],
        "unchanged": 7,
        "left": 3,
        "failed": [],
    }


def test_the_entries_of_an_apply_name_module_reasons_and_digest() -> None:
    (entry,) = json.loads(as_json([WELL], 0))["applied"]
    assert entry["account"] == "prod"
    assert entry["principal"] == "role/a"
    assert entry["reasons"] == ["requests/a.yaml added"]
    assert entry["digest"] == ADDED.module.digest
    assert "error" not in entry


def test_an_apply_for_people() -> None:
    assert as_text([WELL, BADLY], 1_200).splitlines() == [
        "applied  prod/role/a            6.2 s   requests/a.yaml added",
        "failed   prod/role/longer-name  12.0 s  requests/b.yaml expired",
        "",
        "prod/role/longer-name: AccessDenied. The role lacks a permission",
        "",
        "1 applied, 1,200 unchanged, 1 failed",
    ]


def test_what_many_fail_for_is_said_once() -> None:
    many = [
        Result(change(module(f"prod/role/r{n}", "b"), "x"), 1.0, GitiamError("no credentials"))
        for n in range(1_200)
    ]
    text = as_text([*many[:3], BADLY], 0).splitlines()
    assert text[5:8:2] == [
        "prod/role/r0, prod/role/r1, prod/role/r2: no credentials",
        "prod/role/longer-name: AccessDenied. The role lacks a permission",
    ]
    said = as_text(many, 0)
    assert said.count("no credentials") == 1
    assert "prod/role/r0 and 1,199 others: no credentials" in said


def test_a_module_is_named_once() -> None:
    held = Result(ADDED, 1.0, GitiamError("prod/role/a is being applied by alice", hint="Wait"))
    lines = as_text([held], 0).splitlines()
    assert lines[2] == "prod/role/a: it is being applied by alice. Wait"
    longer = Result(ADDED, 1.0, GitiamError("prod/role/ab is now spelled ac"))
    assert as_text([longer], 0).splitlines()[2] == "prod/role/a: prod/role/ab is now spelled ac"


def test_an_apply_of_nothing() -> None:
    assert as_text([], 19) == "0 applied, 19 unchanged"


def test_what_was_left_out_is_counted() -> None:
    assert as_text([], 19, left=1_003) == "0 applied, 19 unchanged, 1,003 left pending"
    failed = as_text([WELL, BADLY], 0, left=3).splitlines()[-1]
    assert failed == "1 applied, 0 unchanged, 1 failed, 3 left pending"


def test_what_failed_is_styled_as_failed() -> None:
    styled = as_text([WELL, BADLY], 0, lambda text, role: f"<{role}>{text}</{role}>")
    lines = styled.splitlines()
    assert lines[0].startswith("<applied>applied</applied>  prod/role/a")
    assert lines[1].startswith("<failed>failed</failed>   prod/role/longer-name")
    assert lines[3].startswith("<failed>prod/role/longer-name</failed>: ")


@given(hostile())
def test_an_error_gives_no_order_to_a_terminal(text: str) -> None:
    """Errors quote what AWS and Terraform say, and so what requests say."""
    failed = Result(FAILED, 1.0, GitiamError(text, hint=text))
    said = as_text([failed], 0)
    assert all(line.isprintable() for line in said.split("\n"))
