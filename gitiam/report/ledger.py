"""The ledger, what is wrong with it and what was mended, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from gitiam.ledgers import Biography, Deed, Entry, Fault
from gitiam.modules import Record
from gitiam.report.layout import Style, columns, counted, plain, printable

_NO_DIGEST = "-" * 12


def list_as_json(entries: Sequence[Entry]) -> str:
    """`{"modules": [{account, principal, digest, applied_at, run, unfinished, held_by}]}`."""
    return json.dumps({"modules": [entry.as_json() for entry in entries]}, indent=2)


def list_as_text(entries: Sequence[Entry], style: Style = plain) -> str:
    """A line a module: digest, when, by whom, and whether all is well."""
    rows = [
        (
            printable(str(entry.key)),
            entry.record.digest[:12] if entry.record else _NO_DIGEST,
            _when(entry.record.applied_at) if entry.record else "",
            printable(_who(entry.record.run) if entry.record else ""),
            printable(_how_it_stands(entry)),
        )
        for entry in entries
    ]
    return "\n".join([*(columns(rows) if rows else []), counted(len(entries), "module")])


def show_as_json(found: Biography) -> str:
    """All of it: `{…, record, marker, state, resources, history}`."""
    body = found.entry.as_json() | {
        "record": json.loads(found.entry.record.as_text()) if found.entry.record else None,
        "marker": json.loads(found.marker.as_text()) if found.marker else None,
        "state": {"lineage": found.state.lineage, "serial": found.state.serial}
        if found.state
        else None,
        "resources": list(found.addresses),
        "history": [
            {
                "applied_at": record.applied_at,
                "digest": record.digest,
                "run": dict(record.run),
                "reasons": list(record.reasons),
            }
            for record in found.history
        ],
    }
    return json.dumps(body, indent=2)


def show_as_text(found: Biography, style: Style = plain) -> str:
    """The module as it stands, what its state knows, and its applies, the last one first."""
    return "\n".join(_shown(found, style))


def verify_as_json(modules: int, faults: Sequence[Fault]) -> str:
    """`{"modules": N, "faults": [{where, flaw, what, remedy}]}`."""
    body = {"modules": modules, "faults": [fault.as_json() for fault in faults]}
    return json.dumps(body, indent=2)


def verify_as_text(modules: int, faults: Sequence[Fault], style: Style = plain) -> str:
    """Each fault with what to do, and a line that sums up."""
    lines = []
    for fault in faults:
        lines.append(f"{style(printable(fault.where), 'failed')}: {printable(fault.what)}")
        lines.append(f"  {printable(fault.remedy)}")
    wrong = counted(len(faults), "fault") if faults else "nothing wrong"
    return "\n".join([*lines, f"{counted(modules, 'module')} looked at, {wrong}"])


def repair_as_json(deeds: Sequence[Deed], *, is_dry: bool) -> str:
    """`{"dry_run": …, "done": [{where, what, next}]}`."""
    body = {"dry_run": is_dry, "done": [deed.as_json() for deed in deeds]}
    return json.dumps(body, indent=2)


def repair_as_text(deeds: Sequence[Deed], style: Style = plain, *, is_dry: bool) -> str:
    """Each deed, and what the next apply makes of it."""
    lines = []
    for deed in deeds:
        lines.append(f"{style(printable(deed.where), 'module')}: {printable(deed.what)}")
        lines.append(f"  {printable(deed.next)}")
    end = "not done: this was a dry run" if is_dry else "done"
    return "\n".join([*lines, f"{counted(len(deeds), 'repair')} {end}"])


def _shown(found: Biography, style: Style) -> Iterator[str]:
    entry, record = found.entry, found.entry.record
    name = style(printable(str(entry.key)), "module")
    yield f"{name}  {printable(_how_it_stands(entry))}".rstrip()
    if record is not None:
        yield f"  applied   {_when(record.applied_at)} by {printable(_who(record.run))}"
        yield f"  digest    {printable(record.digest)}"
    if found.marker is not None:
        began = _when(found.marker.started_at)
        yield f"  marker    an apply by {printable(found.marker.who)} began at {began}"
    yield f"  state     {printable(str(found.state or 'none'))}"
    yield from (f"            {printable(address)}" for address in found.addresses)
    yield "  history"
    for past in reversed(found.history):
        why = printable("; ".join(past.reasons))
        yield f"    {_when(past.applied_at)}  {_line(past)}  {why}".rstrip()


def _line(record: Record) -> str:
    return printable(f"{record.digest[:12]}  {_who(record.run)}")


def _how_it_stands(entry: Entry) -> str:
    if entry.held_by:
        return f"being applied by {entry.held_by}"
    return "unfinished" if entry.is_unfinished else ""


def _who(run: Mapping[str, str]) -> str:
    """The actor, and where: the machine, or the run's address."""
    where = run.get("url") or (f"on {run['host']}" if run.get("host") else "")
    return " ".join(part for part in (run.get("actor", ""), where) if part) or "somebody"


def _when(moment: str) -> str:
    return printable(f"{moment[:16].replace('T', ' ')} UTC")
