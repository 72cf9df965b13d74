"""What reverting does: for people, for machines, as a difference, and as a commit's message."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gitiam.findings import Finding
from gitiam.modules import Change
from gitiam.report import changes as report
from gitiam.report.findings.data import findings_as_json
from gitiam.report.findings.text import findings_as_text
from gitiam.report.layout import Style, columns, counted, plain, printable
from gitiam.reverts import Base, Target, Undone

_LARGEST = 256 * 1024
#: In square brackets some words keep GitHub from running any check on a commit.
_UNBRACKETED = str.maketrans("[]", "()")
_SUBJECT = 60


@dataclass(frozen=True)
class Preview:
    """What the estate becomes, from what it is on the main branch."""

    changes: Sequence[Change]
    unchanged: int


@dataclass(frozen=True)
class Reverted:
    """All that there is to say. Paths are relative to the estate.

    `inherited` are those of the findings that the main branch has, too. `preview` is None where
    findings keep it from being told. `made` says whether the branch was.
    """

    target: Target
    base: Base
    files: Sequence[Undone]
    left_out: Sequence[str]
    findings: Sequence[Finding]
    inherited: frozenset[Finding]
    checked: int
    expired: Mapping[str, datetime]
    preview: Preview | None
    branch: str
    commit: str
    made: bool
    dry: bool
    diff: str | None
    push: str | None
    web: str | None

    @property
    def adds_blocking(self) -> bool:
        """Whether reverting brings in what blocks."""
        return any(f.blocks and f not in self.inherited for f in self.findings)


def as_text(reverted: Reverted, lines: Callable[[str], str | None], style: Style = plain) -> str:
    """What is undone, what comes of it, and what to do next."""
    parts = [_heading(reverted), *_files(reverted, style)]
    if reverted.diff is not None:
        parts += ["", reverted.diff]
    parts += _expired(reverted)
    if reverted.findings:
        shown = findings_as_text(reverted.findings, reverted.checked, lines).rstrip("\n")
        parts += ["", shown, *_inherited(reverted)]
    parts += ["", *_preview(reverted.preview, style), "", *_next(reverted)]
    return "\n".join(parts)


def _heading(reverted: Reverted) -> str:
    target, base = reverted.target, reverted.base
    pull = f", pull request #{target.pull}" if target.pull is not None else ""
    return (
        f'Reverts {target.commit[:12]} "{printable(target.subject)}"{pull},'
        f" on {printable(base.name)} ({base.commit[:12]})"
    )


def _files(reverted: Reverted, style: Style) -> Iterator[str]:
    rows = [(str(f.deed), printable(f.path), _note(f)) for f in reverted.files]
    rows += [("left", printable(path), "not taken back") for path in reverted.left_out]
    for row, line in zip(rows, columns(rows), strict=True):
        yield f"  {style(row[0], _ROLES.get(row[0], 'faint'))}{line[len(row[0]) :]}"


_ROLES = {"restored": "added", "removed": "removed", "merged": "change"}


def _note(file: Undone) -> str:
    said = [f"now {printable(file.instead_of)}"] if file.instead_of else []
    if file.deed == "merged":
        said.append("it has been changed since, and keeps that")
    return "; ".join(said)


def _expired(reverted: Reverted) -> Iterator[str]:
    for path, when in sorted(reverted.expired.items()):
        yield ""
        yield (
            f"{printable(path)} would give nothing: expired on {when:%Y-%m-%d %H:%M} UTC;"
            " edit the date"
        )


def _inherited(reverted: Reverted) -> Iterator[str]:
    count = sum(finding.blocks for finding in reverted.inherited)
    if count:
        yield f"{counted(count, 'of these errors is', 'of these errors are')} on the branch already"


def _preview(preview: Preview | None, style: Style) -> Iterator[str]:
    if preview is None:
        yield "What it opens and takes away is not shown: findings block, and it might mislead"
        return
    yield "What it opens (+) and takes away (-) once it is merged and applied:"
    yield report.as_text(preview.changes, preview.unchanged, style)
    for change in preview.changes:
        text = report.difference_text(change)
        if text:
            yield ""
            yield style(printable(str(change.key)), "module")
            yield from (f"  {printable(line)}" for line in text.split("\n"))


def _next(reverted: Reverted) -> Iterator[str]:
    if reverted.dry:
        yield "Nothing was made: a dry run"
    elif not reverted.made:
        yield "Nothing was made, as findings block; --force makes the branch, to mend them there"
    else:
        yield f"Branch {reverted.branch} is made; nothing has been pushed. Next:"
        yield f"  {reverted.push or f'git push REMOTE {reverted.branch}'}"
        yield f"  {reverted.web or 'open a pull request from it'}"


def as_json(reverted: Reverted) -> str:
    """Stable keys; `preview` is what `changes --format json` prints, or null."""
    made = reverted.made
    body = {
        "reverts": {
            "commit": reverted.target.commit,
            "subject": printable(reverted.target.subject),
            "pull_request": reverted.target.pull,
        },
        "base": {"ref": printable(reverted.base.name), "commit": reverted.base.commit},
        "files": [_file_as_json(file) for file in reverted.files],
        "left_out": [printable(path) for path in reverted.left_out],
        "expired": {printable(p): when.isoformat() for p, when in reverted.expired.items()},
        **json.loads(findings_as_json(reverted.findings, reverted.checked)),
        "blocks": reverted.adds_blocking,
        "preview": _preview_as_json(reverted.preview),
        "diff": reverted.diff,
        "branch": reverted.branch if made else None,
        "commit": reverted.commit if made else None,
        "next": {"push": reverted.push, "pull_request": reverted.web} if made else None,
    }
    return json.dumps(body, indent=2)


def _file_as_json(file: Undone) -> dict[str, Any]:
    instead = printable(file.instead_of) if file.instead_of else None
    return {"path": printable(file.path), "what": str(file.deed), "instead_of": instead}


def _preview_as_json(preview: Preview | None) -> Any:
    return preview and json.loads(report.as_json(preview.changes, preview.unchanged))


def difference(files: Sequence[Undone], contents: Mapping[str, bytes]) -> str:
    """The files as they are now, and as they shall be; `contents` maps the ids of both."""
    return "\n".join(line for file in files for line in _diff(file, contents))


def _diff(file: Undone, contents: Mapping[str, bytes]) -> Iterator[str]:
    old, new = (contents[entry.blob] if entry else b"" for entry in (file.old, file.new))
    before = f"a/{printable(file.instead_of or file.path)}" if file.old else "/dev/null"
    after = f"b/{printable(file.path)}" if file.new else "/dev/null"
    yield from (f"--- {before}", f"+++ {after}")
    if max(len(old), len(new)) > _LARGEST:
        yield "(too large to be shown)"
        return
    texts = [side.decode("utf-8", "replace").splitlines() for side in (old, new)]
    lines = list(difflib.unified_diff(texts[0], texts[1], lineterm="", n=3))
    yield from (printable(line) for line in lines[2:])


def commit_message(
    target: Target, files: Sequence[Undone], reason: str | None, left_out: Sequence[str] = ()
) -> str:
    """What is restored, why, and which commit is undone; no text of others can say more."""
    lines = [f'Revert "{_quoted(target.subject)}"', "", "What was there before is there again:", ""]
    lines += [f"  {file.deed} {_quoted(file.path, 200)}" for file in files]
    if left_out:
        lines += ["", f"Left as they are: {counted(len(left_out), 'other file')} of that commit."]
    if reason:
        lines += ["", f"Reason: {_quoted(' '.join(reason.split()), 2000)}"]
    pull = f" (pull request #{target.pull})" if target.pull is not None else ""
    lines += ["", f"This reverts commit {target.commit}{pull}.", "", f"Reverts: {target.commit}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str, longest: int = _SUBJECT) -> str:
    flat = printable(text).translate(_UNBRACKETED)
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
