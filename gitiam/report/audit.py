"""The audit, as a table, for spreadsheets and for machines. `audit_page` makes the page of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from gitiam.auditing.values import Audit, Permission
from gitiam.report.layout import Style, columns, counted, plain, printable

#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_GAP = "INCOMPLETE"
_HEAD = ("STATUS", "ACCOUNT", "PRINCIPAL", "FILE", "COMMIT", "BY", "APPROVED", "FROM", "TO")


def as_json(audit: Audit) -> str:
    """`{"at", "complete", "sources": [...], "permissions": [...]}`; `docs/auditors.md` has them."""
    body = {
        "at": audit.at.isoformat(),
        "complete": audit.is_complete,
        "sources": [
            {"name": one.name, "state": one.state, "gaps": list(one.gaps)} for one in audit.sources
        ],
        "permissions": [_body(row) for row in audit.permissions],
    }
    return json.dumps(body, indent=2)


def as_csv(audit: Audit) -> str:
    """A line for each permission; what is incomplete stands in lines of its own, at the top."""
    text = io.StringIO()
    names = list(COLUMNS)
    writer = csv.DictWriter(text, names, restval="", lineterminator="\r\n")
    writer.writeheader()
    for gap in gaps(audit):
        writer.writerow({"status": _GAP, "problem": harmless(gap)})
    for row in audit.permissions:
        writer.writerow({name: harmless(value) for name, value in cells(row).items()})
    return text.getvalue()


def as_text(audit: Audit, style: Style = plain) -> str:
    """The table, and what could not be asked below it, where it is read last."""
    rows = [_HEAD, *(_line(cells(row)) for row in audit.permissions)]
    lines = [*columns(rows), ""] if audit.permissions else []
    lines += [f"{one.name}: {printable(one.state)}" for one in audit.sources]
    lines += [style(f"incomplete: {printable(gap)}", "error") for gap in gaps(audit)]
    return "\n".join([*lines, counted(len(audit.permissions), "permission")])


def gaps(audit: Audit) -> Iterator[str]:
    """All that could not be asked, or was not told whole."""
    yield from (f"{one.name}: {gap}" for one in audit.sources for gap in one.gaps)


def harmless(value: str) -> str:
    """One line of text, in which no spreadsheet finds a formula."""
    flat = printable(" ".join(value.splitlines()))
    begins = value.startswith(_FORMULA) or flat.lstrip().startswith(_FORMULA)
    return f"'{flat}" if begins else flat


#: The columns of a spreadsheet, and of the page.
COLUMNS = (
    *("status", "account", "principal", "file", "grants", "reason", "ticket", "expires"),
    *("requester", "commit", "committed_at", "pull", "head", "merge", "approvers", "rule"),
    *("rule_version", "waived", "applied_at", "applied_by", "known_by", "before", "after"),
    *("ended_at", "ended_by", "drift", "problem"),
)


def cells(row: Permission) -> dict[str, str]:
    """A permission as texts, by column."""
    given, applied, approved = row.given, row.applied, row.approved
    found = dict.fromkeys(COLUMNS, "") | {
        "status": row.status.value,
        "account": row.account,
        "principal": row.principal,
        "file": row.path,
        "requester": row.requester,
        "ended_at": _short(row.ended_at),
        "ended_by": _who(row.ended_by),
        "drift": "; ".join(row.drift),
        "problem": row.problem,
    }
    if row.commit:
        found |= {"commit": row.commit.id, "committed_at": _short(row.commit.at.isoformat())}
    if given:
        found |= {
            "grants": "; ".join(given.grants),
            "reason": given.reason,
            "ticket": given.ticket,
            "expires": _short(given.expires.isoformat()) if given.expires else "",
        }
    if applied:
        found |= {
            "applied_at": _short(applied.at),
            "applied_by": _who(applied.run),
            "known_by": applied.basis.value,
            "before": applied.before,
            "after": applied.after,
        }
    if approved:
        found |= {
            "pull": f"#{approved.pull}" if approved.pull else "",
            "head": approved.head,
            "merge": approved.merge,
            "approvers": "; ".join(
                f"{one.person} at {_short(one.at.isoformat())} of {one.commit[:12]}"
                for one in approved.approvers
            ),
            "rule": approved.rule,
            "rule_version": str(approved.rule_version or ""),
            "waived": approved.waived,
        }
    return found


def _line(found: Mapping[str, str]) -> tuple[str, ...]:
    approved = found["approvers"] or (f"rule {found['rule']}" if found["rule"] else "")
    approved = approved or (f"waived: {found['waived']}" if found["waived"] else "")
    end = found["ended_at"] or found["expires"]
    values = (
        *(found[name] for name in ("status", "account", "principal", "file")),
        *(found["commit"][:12], found["requester"], approved, found["applied_at"], end),
    )
    return tuple(printable(value) or "-" for value in values)


def _body(row: Permission) -> dict[str, Any]:
    given, applied, approved = row.given, row.applied, row.approved
    return {
        "status": row.status.value,
        "account": row.account,
        "principal": row.principal,
        "file": row.path,
        "requester": row.requester,
        "commit": row.commit
        and {
            "id": row.commit.id,
            "at": row.commit.at.isoformat(),
            "author": row.commit.author,
        },
        "given": given
        and {
            "reason": given.reason,
            "ticket": given.ticket,
            "expires": given.expires and given.expires.isoformat(),
            "grants": list(given.grants),
        },
        "approved": approved and json.loads(approved.as_text()),
        "applied": applied
        and {
            "at": applied.at,
            "run": dict(applied.run),
            "before": applied.before,
            "after": applied.after,
            "known_by": applied.basis.value,
        },
        "ended": {"at": row.ended_at, "run": dict(row.ended_by)} if row.ended_at else None,
        "drift": list(row.drift),
        "problem": row.problem,
    }


def _who(run: Mapping[str, str]) -> str:
    where = run.get("url") or (f"on {run['host']}" if run.get("host") else "")
    return " ".join(part for part in (run.get("actor", ""), where) if part)


def _short(moment: str) -> str:
    """To the minute; every time here is in UTC."""
    return f"{moment[:16].replace('T', ' ')} UTC" if moment else ""
