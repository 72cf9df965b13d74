"""Where live IAM and the estate disagree, for people and for machines.

Much of this text comes from AWS, where strangers may have written it: all of it is made harmless.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from gitiam.drift import Aspect, DriftItem, DriftKind, DriftReport, UnreadPart, Value
from gitiam.policy.statement import Statement
from gitiam.report.layout import Style, counted, escaped_html, fenced, markdown, plain, printable

#: GitHub takes 65,536 characters in a comment; the rest is for what stands around this.
ROOM = 60_000
_DETAILS_ROOM = 6_000
_LOOK = {
    DriftKind.EXPIRED: "error",
    DriftKind.UNMANAGED: "error",
    DriftKind.CHANGED: "warning",
    DriftKind.MISSING: "warning",
}
_MEANING = {
    DriftKind.EXPIRED: "live, though its request has expired",
    DriftKind.UNMANAGED: "live, and nobody asked for it",
    DriftKind.CHANGED: "live, but not as asked for",
    DriftKind.MISSING: "asked for, and not live",
}


def as_json(report: DriftReport) -> str:
    """`{"drift": [...], "summary": {...}, "unread": [...]}`; `docs/drift.md` tells of the keys."""
    body = {
        "drift": [_item_as_json(item) for item in report.items],
        "summary": {
            **{kind.value: count for kind, count in report.counts().items()},
            "unread": len(report.unread),
            "pending": sum(item.pending for item in report.items),
            "ignored": report.ignored,
            "clean": report.is_clean,
            "accounts": {name: _time(at) for name, at in sorted(report.read_at.items())},
        },
        "unread": [_unread_as_json(part) for part in report.unread],
    }
    return json.dumps(body, indent=2)


def as_text(report: DriftReport, style: Style = plain) -> str:
    """Principal by principal; `-` is asked for and not live, `+` is live and not asked for."""
    lines: list[str] = []
    for (account, principal), items in groupby(report.items, lambda i: (i.account, i.principal)):
        lines.append(style(printable(f"{account}/{principal}"), "place"))
        for item in items:
            lines += _item_lines(item, style)
        lines.append("")
    if report.unread:
        lines.append(style("could not be compared", "error"))
        lines += [f"  {printable(unread_text(part))}" for part in report.unread]
        lines.append("")
    return "\n".join([*lines, summary(report)])


def as_markdown(report: DriftReport, room: int = ROOM) -> str:
    """A table, the statements folded below it, in at most `room` characters.

    What finds no room is counted, and the count stands where it cannot be overlooked.
    """
    parts = [f"**{summary(report)}**", ""]
    if report.unread:
        parts += ["Could not be compared:", ""]
        parts += _fit([f"- {markdown(unread_text(p))}" for p in report.unread], room // 4, "more")
        parts.append("")
    if not report.items:
        return "\n".join(parts)
    rows = [_row(item) for item in report.items]
    parts += ["| account | principal | what | drift |", "|---|---|---|---|"]
    parts += _fit(rows, room // 2, "more differences; `--format json` has all |||")
    parts += ["", *_legend(report), ""]
    details = [text for item in report.items if (text := _details(item))]
    left = room - sum(len(part) + 1 for part in parts)
    parts += _fit(details, left, "more with statements; `--format json` has all")
    return "\n".join(parts) + "\n"


def summary(report: DriftReport) -> str:
    """One line: `1 not compared; 3 differences in 2 accounts: 1 expired, 2 changed`.

    What could not be compared comes first: without it, nothing else is good news.
    """
    total = len(report.items)
    accounts = counted(len(report.read_at), "account")
    found = ", ".join(f"{n:,} {kind}" for kind, n in report.counts().items() if n)
    text = f"{counted(total, 'difference')} in {accounts}: {found}" if total else ""
    if not total:
        text = f"no difference in {accounts}" if report.read_at else "no account was read"
    pending = sum(item.pending for item in report.items)
    if pending:
        text += f"; {pending:,} of them not applied yet"
    if report.unread:
        text = f"{len(report.unread):,} not compared; {text}"
    if report.ignored:
        text += f"; {report.ignored:,} ignored by drift.ignore"
    return text


# -- machines -------------------------------------------------------------------------------


def _item_as_json(item: DriftItem) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if item.missing:
        details["missing"] = [statement.as_json() for statement in item.missing]
    if item.extra:
        details["extra"] = [statement.as_json() for statement in item.extra]
    if item.expected is not None or item.found is not None:
        details["expected"] = _value(item.expected)
        details["found"] = _value(item.found)
    if item.origins:
        details["origins"] = list(item.origins)
    return {
        "account": item.account,
        "principal": item.principal,
        "kind": item.kind.value,
        "what": item.aspect.value,
        "name": item.name,
        "details": details,
        "pending": item.pending,
    }


def _unread_as_json(part: UnreadPart) -> dict[str, str]:
    return {
        "account": part.account,
        "principal": part.principal,
        "what": part.what,
        "reason": part.reason,
    }


def _value(value: Value) -> str | int | dict[str, str] | None:
    return value if value is None or isinstance(value, str | int) else dict(value)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# -- people ---------------------------------------------------------------------------------


def _item_lines(item: DriftItem, style: Style) -> Iterator[str]:
    notes = [*item.origins, *(["not applied yet"] if item.pending else [])]
    note = style(f"  ({printable(', '.join(notes))})", "faint") if notes else ""
    kind = style(f"{item.kind:9}", _LOOK[item.kind])
    yield f"  {kind} {printable(item.what)}{note}"
    for line in difference(item):
        role = "removed" if line.startswith("-") else "added"
        yield style(f"    {printable(line)}", role)


def difference(item: DriftItem) -> Iterator[str]:
    """As in a diff from what is asked for to what is live."""
    if item.aspect is Aspect.PRINCIPAL and item.kind is DriftKind.MISSING:
        # All that it should have is missing with it: `gitiam render` shows that better.
        yield f"- {item.expected}, with {counted(len(item.missing), 'statement')}"
        return
    if item.expected is not None or item.found is not None:
        yield from _plain("-", item.expected)
        yield from _plain("+", item.found)
    yield from (f"- {_line(statement)}" for statement in item.missing)
    yield from (f"+ {_line(statement)}" for statement in item.extra)


def _plain(sign: str, value: Value) -> Iterator[str]:
    if value is None or value == {}:
        return
    if isinstance(value, str | int):
        yield f"{sign} {json.dumps(value, ensure_ascii=False)}"
    else:
        pairs = ", ".join(f"{key}: {text}" for key, text in value.items())
        yield f"{sign} {pairs}"


def _line(statement: Statement) -> str:
    return json.dumps(statement.as_json(), ensure_ascii=False)


def unread_text(part: UnreadPart) -> str:
    """Where, what and why not, in one line."""
    place = "/".join(step for step in (part.account, part.principal) if step)
    what = "" if part.what == "account" else part.what
    return ": ".join(text for text in (place, what, part.reason) if text)


def _row(item: DriftItem) -> str:
    pending = "<br>not applied yet" if item.pending else ""
    cells = (item.account, item.principal, item.what)
    return f"| {' | '.join(map(markdown, cells))} | **{item.kind}**{pending} |"


def _legend(report: DriftReport) -> Iterator[str]:
    yield " · ".join(f"**{kind}**: {_MEANING[kind]}" for kind, n in report.counts().items() if n)


def _details(item: DriftItem) -> str:
    text = "\n".join(difference(item))
    if not text:
        return ""
    if len(text) > _DETAILS_ROOM:
        text = f"{text[:_DETAILS_ROOM]}\n… cut here; `--format json` has all"
    title = escaped_html(f"{item.account}/{item.principal}: {item.kind} {item.what}")
    origins = f"\n{', '.join(map(markdown, item.origins))}\n" if item.origins else ""
    return f"<details><summary>{title}</summary>\n{origins}\n{fenced(text, 'diff')}\n\n</details>\n"


def _fit(texts: Iterable[str], room: int, rest: str) -> Iterator[str]:
    """As many as there is room for, and, if that is not all, how many there are besides."""
    left_out = 0
    for text in texts:
        room -= len(text) + 1
        if room >= 0 and not left_out:
            yield text
        else:
            left_out += 1
    if left_out:
        yield f"{'| ' if rest.endswith('|') else ''}… and {left_out:,} {rest}"
