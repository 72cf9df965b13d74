"""A drift report is read as it was written, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gitiam.drift import Aspect, DriftItem, DriftKind, DriftReport, in_order
from gitiam.errors import GitiamError
from gitiam.load import drift
from gitiam.load.drift import read_drift, with_unnamed_accounts
from gitiam.models import Condition
from gitiam.policy.statement import Statement
from gitiam.report.drift import as_json
from tests.report.test_drift import AT, CLEAN, REPORT

TRUST = Statement("Allow", ("sts:AssumeRole",), principals=(("AWS", ("111122223333",)),))
DATED = Statement(
    "Deny",
    not_actions=("s3:*",),
    not_resources=("*",),
    conditions=(Condition("DateLessThan", "aws:CurrentTime", ("2027-01-15T00:00:00Z",)),),
)
MORE = (
    DriftItem("prod", "role/b", DriftKind.CHANGED, Aspect.TRUST, extra=(TRUST,), missing=(DATED,)),
    DriftItem("prod", "role/b", DriftKind.CHANGED, Aspect.MAX_SESSION, expected=3600, found=7200),
    DriftItem("prod", "user/c", DriftKind.CHANGED, Aspect.TAGS, expected={}, found={"a": "b"}),
)


@pytest.mark.parametrize(
    "report",
    [REPORT, CLEAN, DriftReport(in_order(MORE), (), {"prod": AT})],
)
def test_what_was_written_is_read(report: DriftReport) -> None:
    assert read_drift(as_json(report).encode()) == report


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    body = json.loads(as_json(REPORT))
    change(body)
    return json.dumps(body).encode()


def first(body: dict[str, Any]) -> dict[str, Any]:
    found = body["drift"][0]
    assert isinstance(found, dict)
    return found


BROKEN: list[Callable[[dict[str, Any]], object]] = [
    lambda body: body.clear(),
    lambda body: body.update(more=1),
    lambda body: body["drift"].clear(),
    lambda body: body["unread"].clear(),
    lambda body: body["summary"].update(clean=True),
    lambda body: body["summary"].update(unread=0),
    lambda body: body["summary"].update(pending=True),
    lambda body: body["summary"].update(accounts={"prod": "yesterday"}),
    lambda body: body["summary"].update(accounts={"../x": "2027-01-15T02:00:00Z"}),
    lambda body: first(body).update(principal="role/../x"),
    lambda body: first(body).update(principal="robot/x"),
    lambda body: first(body).update(account="Prod"),
    lambda body: first(body).update(kind="fine"),
    lambda body: first(body).update(pending="no"),
    lambda body: first(body)["details"].update(extra=[{"Effect": "Allow"}]),
    lambda body: first(body)["details"].update(extra=[{**TRUST.as_json(), "Conditions": {}}]),
    lambda body: first(body)["details"].update(found=[1]),
    lambda body: first(body)["details"].update(origins="x"),
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_anything_else_is_an_error(number: int) -> None:
    with pytest.raises(GitiamError, match="this is no report"):
        read_drift(changed(BROKEN[number]))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b"[" * 100_000,
        as_json(CLEAN).encode()[:-3],
        as_json(CLEAN).replace('"drift": []', '"drift": [1], "drift": []').encode(),
    ],
)
def test_what_is_cut_or_doubled_is_an_error(raw: bytes) -> None:
    with pytest.raises(GitiamError, match="this is no report"):
        read_drift(raw)


def test_a_report_without_bounds_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "MAX_BYTES", 10)
    with pytest.raises(GitiamError, match="longer than 10 bytes"):
        read_drift(as_json(CLEAN).encode())


def test_an_account_that_is_not_named_was_not_compared() -> None:
    assert with_unnamed_accounts(CLEAN, frozenset({"prod"})).is_clean
    found = with_unnamed_accounts(CLEAN, frozenset({"prod", "dev"}))
    assert not found.is_clean
    assert [part.account for part in found.unread] == ["dev"]
    assert with_unnamed_accounts(REPORT, frozenset({"prod", "dev"})) == REPORT
    assert with_unnamed_accounts(replace(CLEAN, read_at={}), frozenset()).is_clean is False
