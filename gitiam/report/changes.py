"""What is pending, and what a pull request would change."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence

from gitiam.models import ModuleKey
from gitiam.modules import Change, Module
from gitiam.report.layout import Style, columns, counted, fenced, markdown, plain

_DIFF_LIMIT = 6_000


def as_json(changes: Sequence[Change], unchanged: int) -> str:
    """`{"pending": [{account, principal, reasons, digest, previous, empties}], "unchanged": N}`."""
    body = {"pending": [change.as_json() for change in changes], "unchanged": unchanged}
    return json.dumps(body, indent=2)


def as_text(changes: Sequence[Change], unchanged: int, style: Style = plain) -> str:
    """A line a module with its reasons, and the count of those that stay as they are."""
    lines = columns(
        [(_verb(change), str(change.key), "; ".join(change.reasons)) for change in changes]
    )
    lines = [_coloured(change, line, style) for change, line in zip(changes, lines, strict=True)]
    return "\n".join([*lines, _summary(changes, unchanged)])


def as_markdown(
    changes: Sequence[Change], unchanged: int, before: Mapping[ModuleKey, Module] | None = None
) -> str:
    """A table for reviewers; folded below it, how the policies of each module differ."""
    if not changes:
        return f"No module changes; {counted(unchanged, 'module')} stay as they are.\n"
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
    yield f"<details><summary>{markdown(str(change.key))}</summary>\n"
    yield fenced(diff, "diff")
    yield "\n</details>\n"


def _diff(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """The policies and resources that differ; lock file and backend say nothing of access."""
    for path in sorted({*before, *after}):
        if path in ("terraform.tf", ".terraform.lock.hcl"):
            continue
        old, new = before.get(path, ""), after.get(path, "")
        yield from difflib.unified_diff(
            old.splitlines(), new.splitlines(), path, path, lineterm="", n=1
        )


def _verb(change: Change) -> str:
    if change.module.is_empty:
        return "empty"
    return "change" if change.previous else "create"


def _coloured(change: Change, line: str, style: Style) -> str:
    verb = _verb(change)
    return style(verb, verb) + line[len(verb) :]


def _summary(changes: Sequence[Change], unchanged: int) -> str:
    return f"{counted(len(changes), 'module')} pending, {unchanged:,} unchanged"
