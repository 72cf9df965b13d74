"""What is pending, and what a pull request would change."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from gitiam.modules import Change
from gitiam.policy.difference import difference
from gitiam.policy.statement import Statement, parse_document
from gitiam.report.layout import (
    Style,
    columns,
    counted,
    escaped_html,
    fenced,
    markdown,
    plain,
    printable,
)
from gitiam.report.permissions import lines_of

#: In bytes. GitHub leaves out a step's summary of more than a mebibyte, and the step passes.
ROOM = 900_000
_DIFF_LIMIT = 6_000
_NONE = "No module changes; {:,} unchanged.\n"
_CUT = "\n… cut here; `gitiam render` writes the whole"


def as_json(changes: Sequence[Change], unchanged: int) -> str:
    """`{"pending": [{account, principal, reasons, digest, previous, empties}], "unchanged": N}`."""
    body = {"pending": [change.as_json() for change in changes], "unchanged": unchanged}
    return json.dumps(body, indent=2)


def shards_as_json(shards: Sequence[Sequence[Change]], pending: int) -> str:
    """On one line, as a job matrix takes it.

    `{"shards": [{"shard": "1/8", "modules": ["prod/role/a"]}], "pending": N}`.

    `pending` counts what nobody can apply, too, which is in no shard.
    """
    body = [
        {"shard": f"{number}/{len(shards)}", "modules": [str(change.key) for change in shard]}
        for number, shard in enumerate(shards, start=1)
    ]
    return json.dumps({"shards": body, "pending": pending})


def as_text(changes: Sequence[Change], unchanged: int, style: Style = plain) -> str:
    """A line a module with its reasons, and the count of those that stay as they are."""
    rows = [(_verb(c), printable(str(c.key)), printable("; ".join(c.reasons))) for c in changes]
    lines = columns(rows)
    lines = [_coloured(change, line, style) for change, line in zip(changes, lines, strict=True)]
    return "\n".join([*lines, _summary(changes, unchanged)])


def as_markdown(changes: Sequence[Change], unchanged: int | None, room: int = ROOM) -> str:
    """A table for reviewers; folded below it, how each module differs from the one before.

    Whatever finds no room is counted at the top, where nobody can overlook it. Where what was
    before is not known, that is said below, and nothing is passed off as new. `unchanged` is None
    where nobody has counted.
    """
    if not changes:
        return "No module changes.\n" if unchanged is None else _NONE.format(unchanged)
    rows = [
        f"| {markdown(change.key.account)} | {markdown(change.key.principal)} | {_verb(change)} |"
        f" {'<br>'.join(map(markdown, change.reasons))} |"
        for change in changes
    ]
    differing = [(change, diff) for change in changes if (diff := difference_text(change))]
    details = [_details(change, diff) for change, diff in differing]
    shown_rows = _fit(rows, room // 2)
    shown = _fit(details, room - sum(map(_size, shown_rows)))
    cut = sum(diff.endswith(_CUT) for _, diff in differing[: len(shown)])
    parts = list(_left_out(len(rows) - len(shown_rows), len(details) - len(shown), cut))
    parts += ["| account | principal | | why |", "|---|---|---|---|", *shown_rows, ""]
    unknown = sum(_before(change) is None and not change.blocked for change in changes)
    return "\n".join([*parts, _summary(changes, unchanged), *_unknown(unknown), "", *shown])


def _fit(texts: Sequence[str], room: int) -> Sequence[str]:
    """The first of these texts, as many as there is room for."""
    total = 0
    for number, text in enumerate(texts):
        total += _size(text)
        if total > room:
            return texts[:number]
    return texts


def _size(text: str) -> int:
    """In bytes, with the line end that follows."""
    return len(text.encode()) + 1


def _left_out(rows: int, details: int, cut: int) -> Iterator[str]:
    said = []
    if rows:
        said.append(f"{counted(rows, 'module')} not named")
    if details:
        said.append(f"{counted(details, 'difference')} not shown")
    if cut:
        said.append(f"{counted(cut, 'difference')} cut")
    if said:
        yield f"**Not everything stands here: {', '.join(said)}. `gitiam render` writes all.**\n"


def _unknown(count: int) -> Iterator[str]:
    """What cannot be told of so many modules, and who can tell it."""
    if count:
        yield ""
        yield (
            f"How {counted(count, 'module differs', 'modules differ')} is not shown, as the ledger"
            " does not tell what was applied before. `gitiam plan` shows what an apply would do,"
            " `gitiam changes --against DIR` what differs from the request files in a folder."
        )


def _before(change: Change) -> Mapping[str, str] | None:
    """The module's files as they were last applied; None where that is not known."""
    if change.is_new:
        return {}
    return (change.record.files if change.record else None) or None


def difference_text(change: Change) -> str:
    """How the module differs from what it was: permissions by meaning, then the resources.

    Empty where neither differs, where what it was is not known, and where nothing can be done.
    """
    before = _before(change)
    if before is None or change.blocked:
        return ""
    diff = "\n".join(_diff(before, change.module.files))
    return diff if len(diff) <= _DIFF_LIMIT else diff[:_DIFF_LIMIT] + _CUT


def _details(change: Change, diff: str) -> str:
    title = f"<details><summary>{escaped_html(str(change.key))}</summary>\n"
    return "\n".join([title, fenced(diff, "diff"), "\n</details>\n"])


def _diff(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Permissions by meaning, the trust policy apart; then the resources as Terraform has them.

    Lock file and backend say nothing of access, and are left out.
    """
    for heading, is_meant in (("permissions", _GRANTS), ("who may assume the role", _TRUST)):
        gained, lost = difference(_statements(before, is_meant), _statements(after, is_meant))
        if gained or lost:
            yield f"@@ {heading} @@"
        # A line end in a value must not begin a line that looks like one of ours.
        yield from (f"- {printable(line)}" for line in lines_of(lost))
        yield from (f"+ {printable(line)}" for line in lines_of(gained))
    old, new = before.get("main.tf", ""), after.get("main.tf", "")
    resources = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1)
    yield from (line for line in resources if not line.startswith(("---", "+++")))


_TRUST = re.compile(r"policies/trust\.json")
_GRANTS = re.compile(r"policies/(inline|overflow-\d+)\.json")


def _statements(files: Mapping[str, str], which: re.Pattern[str]) -> list[Statement]:
    return [
        statement
        for path, text in sorted(files.items())
        if which.fullmatch(path)
        for statement in parse_document(json.loads(text))
    ]


def _verb(change: Change) -> str:
    if change.destroys:
        return "destroy"
    if change.module.is_empty:
        return "empty"
    return "create" if change.is_new else "change"


def _coloured(change: Change, line: str, style: Style) -> str:
    verb = _verb(change)
    return style(verb, verb) + line[len(verb) :]


def _summary(changes: Sequence[Change], unchanged: int | None) -> str:
    others = "" if unchanged is None else f", {unchanged:,} unchanged"
    return f"{counted(len(changes), 'module')} pending{others}"
