"""What `gitiam drift --format json` printed → the report: strictly, as it comes through a file.

What is not understood is an error, and never taken for clean. So is a report that contradicts
itself.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gitiam.drift import Aspect, DriftItem, DriftKind, DriftReport, UnreadPart, in_order
from gitiam.errors import GitiamError
from gitiam.load.fields import AccountName
from gitiam.models import Kind, check_name
from gitiam.policy.statement import Document, PolicyError, parse_statement

#: In bytes: an account of the largest size differs throughout in less.
MAX_BYTES = 64 * 1024 * 1024

_Text = Annotated[str, Field(max_length=10_000)]
_Statements = Annotated[list[dict[str, Any]], Field(max_length=100_000)]
_PlainValue = str | int | dict[str, str] | None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Details(_Strict):
    missing: _Statements = []
    extra: _Statements = []
    expected: _PlainValue = None
    found: _PlainValue = None
    origins: list[_Text] = []


class _Item(_Strict):
    account: AccountName
    principal: _Text
    kind: Annotated[DriftKind, Field(strict=False)]
    what: Annotated[Aspect, Field(strict=False)]
    name: _Text
    details: _Details
    pending: bool


class _Unread(_Strict):
    account: _Text
    principal: _Text
    what: _Text
    reason: str


class _Summary(_Strict):
    expired: int
    unmanaged: int
    changed: int
    missing: int
    unread: int
    pending: int
    ignored: Annotated[int, Field(ge=0)]
    clean: bool
    accounts: dict[AccountName, Annotated[AwareDatetime, Field(strict=False)]]


class _Report(_Strict):
    drift: list[_Item]
    summary: _Summary
    unread: list[_Unread]


def read_drift(raw: bytes) -> DriftReport:
    """The report; GitiamError when the bytes are not one that this gitiam has written."""
    if len(raw) > MAX_BYTES:
        raise _no_report(f"it is longer than {MAX_BYTES:,} bytes")
    try:
        read = _Report.model_validate(json.loads(raw, object_pairs_hook=_once))
        report = _value(read)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _no_report(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise _no_report(str(error)[:200]) from None
    told = read.summary.model_dump(exclude={"ignored", "accounts"})
    if told != _summary(report):
        raise _no_report("its summary does not fit what is in it")
    return report


def with_unnamed_accounts(report: DriftReport, accounts: frozenset[str]) -> DriftReport:
    """With those accounts as unread of which the report says nothing: they were not compared."""
    named = {*report.read_at, *(part.account for part in report.unread)}
    parts = [
        UnreadPart("account", "the report does not say that it was read", account=name)
        for name in accounts - named
    ]
    unread = sorted([*report.unread, *parts], key=lambda part: part.order)
    return replace(report, unread=tuple(unread))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return body


def _no_report(why: str) -> GitiamError:
    return GitiamError(
        f"this is no report of `gitiam drift --format json`: {why}",
        hint="Have it written anew by the same version of gitiam",
    )


def _value(read: _Report) -> DriftReport:
    items = [
        DriftItem(
            account=one.account,
            principal=_principal(one.principal),
            kind=one.kind,
            aspect=one.what,
            name=one.name,
            missing=_document(one.details.missing),
            extra=_document(one.details.extra),
            expected=one.details.expected,
            found=one.details.found,
            origins=tuple(one.details.origins),
            pending=one.pending,
        )
        for one in read.drift
    ]
    unread = (UnreadPart(p.what, p.reason, p.account, p.principal) for p in read.unread)
    return DriftReport(
        in_order(items),
        tuple(sorted(unread, key=lambda part: part.order)),
        dict(read.summary.accounts),
        read.summary.ignored,
    )


def _principal(text: str) -> str:
    kind, _, name = text.partition("/")
    return f"{Kind(kind)}/{check_name(Kind(kind), name)}"


def _document(statements: list[dict[str, Any]]) -> Document:
    try:
        return tuple(parse_statement(one) for one in statements)
    except PolicyError as error:
        raise ValueError(f"a statement in it is malformed: {error}") from None


def _summary(report: DriftReport) -> dict[str, int | bool]:
    return {
        **{kind.value: count for kind, count in report.counts().items()},
        "unread": len(report.unread),
        "pending": sum(item.pending for item in report.items),
        "clean": report.is_clean,
    }
