"""What comments that order something are answered: Markdown in which no text does anything."""

from __future__ import annotations

from collections.abc import Sequence

from gitiam.errors import GitiamError
from gitiam.findings import Finding
from gitiam.report.layout import counted, markdown

#: In bytes, which are never fewer than characters: GitHub takes 65,536 of these for a comment.
ROOM = 60_000

_MOST_FINDINGS = 30
_LONGEST = 1000


def refusal_text(why: str, usage: Sequence[str] = ()) -> str:
    """Nothing was done, and why."""
    lines = [f"Nothing was done: {markdown(_short(why))}."]
    if usage:
        lines += ["", "What can be said, in one line:", "", *(f"    {line}" for line in usage)]
    return "\n".join(lines) + "\n"


def error_text(error: GitiamError) -> str:
    """It went wrong, and what to do."""
    hint = f" {markdown(_short(error.hint))}." if error.hint else ""
    return f"This did not work: {markdown(_short(error.message))}.{hint}\n"


def findings_text(what: str, findings: Sequence[Finding]) -> str:
    """Nothing was written, because of these."""
    lines = [f"Nothing was written: {what}, {counted(len(findings), 'finding')} would block.", ""]
    lines += [
        f"- {markdown(str(one.location))}: {markdown(_short(one.message))} ({one.rule})"
        for one in findings[:_MOST_FINDINGS]
    ]
    if len(findings) > _MOST_FINDINGS:
        lines.append(f"- and {len(findings) - _MOST_FINDINGS:,} more")
    return "\n".join(lines) + "\n"


def listed(paths: Sequence[str]) -> str:
    """Paths in a sentence."""
    shown = ", ".join(markdown(path) for path in paths[:20])
    return shown + (f" and {len(paths) - 20:,} more" if len(paths) > 20 else "")


def _short(text: str) -> str:
    text = text.rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
