"""What is pending, and what a pull request would change."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from gitiam.models import ModuleKey
from gitiam.modules import Change, Module
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

_DIFF_LIMIT = 6_000


def as_json(changes: Sequence[Change], unchanged: int) -> str:
    """`{"pending": [{account, principal, reasons, digest, previous, empties}], "unchanged": N}`."""
    body = {"pending": [change.as_json() for change in changes], "unchanged": unchanged}
    return json.dumps(body, indent=2)


def as_text(changes: Sequence[Change], unchanged: int, style: Style = plain) -> str:
    """A line a module with its reasons, and the count of those that stay as they are."""
    rows = [(_verb(c), str(c.key), printable("; ".join(c.reasons))) for c in changes]
    lines = columns(rows)
    lines = [_coloured(change, line, style) for change, line in zip(changes, lines, strict=True)]
    return "\n".join([*lines, _summary(changes, unchanged)])


def as_markdown(
    changes: Sequence[Change], unchanged: int, before: Mapping[ModuleKey, Module] | None = None
) -> str:
    """A table for reviewers; folded below it, how the policies of each module differ."""
    if not changes:
        return f"No module changes; {unchanged:,} unchanged.\n"
    rows = [
        f"| {markdown(change.key.account)} | {markdown(change.key.principal)} | {_verb(change)} |"
        f" {'<br>'.join(map(markdown, change.reasons))} |"
        for change in changes
    ]
    parts = ["| account | principal | | why |", "|---|---|---|---|", *rows, ""]
    parts += [_summary(changes, unchanged), ""]
    for change in changes:
        parts += _details(change, (before or {}).get(change.key))
    return "\n".join(parts)


def _details(change: Change, before: Module | None) -> Iterator[str]:
    diff = "\n".join(_diff(before.files if before else {}, change.module.files))
    if len(diff) > _DIFF_LIMIT:
        diff = diff[:_DIFF_LIMIT] + "\n… cut here; `gitiam render` writes the whole"
    yield f"<details><summary>{escaped_html(str(change.key))}</summary>\n"
    yield fenced(diff, "diff")
    yield "\n</details>\n"


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
    return "change" if change.previous else "create"


def _coloured(change: Change, line: str, style: Style) -> str:
    verb = _verb(change)
    return style(verb, verb) + line[len(verb) :]


def _summary(changes: Sequence[Change], unchanged: int) -> str:
    return f"{counted(len(changes), 'module')} pending, {unchanged:,} unchanged"
