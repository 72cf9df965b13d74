"""Findings → text for people: what, where, with the line itself, and how to mend it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from gitiam.findings import Finding, Location, Severity
from gitiam.report.layout import counted, without_commands

#: Paints a text as a role asks for: `error`, `warning`, `note`, `place`, `rule`, `risk`, `caret`,
#: `fix`, `from`, `fixed`, `added`, `removed`, `hunk`.
Style = Callable[[str, str], str]
#: The text of a file of the estate, by its path; None where it cannot be shown.
Lines = Callable[[str], str | None]
#: What is to be said behind a finding's fix.
Remark = Callable[[Finding], str]

_WIDEST = 160
_NO_TEXT: Mapping[str, str] = {}


def plain(text: str, _role: str) -> str:
    """The style of files and pipes: none."""
    return text


def printable(text: str) -> str:
    """The text without what could move a terminal's cursor, recolour it, or turn its direction.

    Nor does it hold a command to GitHub's runner.
    """
    shown = "".join(
        c if c == "\t" or not is_control(c) else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return without_commands(shown)


def is_control(character: str) -> bool:
    """Whether it does something to a terminal rather than be shown by it."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def findings_as_text(
    findings: Sequence[Finding],
    files: int,
    lines: Lines = _NO_TEXT.get,
    style: Style = plain,
    *,
    remark: Remark | None = None,
    mended: str = "",
    rest: str = "",
    brief: bool = False,
) -> str:
    """Each finding with its line and a caret under the place, then one line that sums up.

    `files` is how many were checked; `lines` gives the text of a file, for the line to be shown;
    `remark` is what follows a fix that a machine can make; `mended` is what the summary says of
    findings that are no more, as in `2 fixed`, and `rest` of those that remain. `brief` is
    that line alone.
    """
    told = () if brief else findings
    blocks = [_block(finding, lines, style, remark) for finding in told]
    return "\n".join([*blocks, _summary(findings, files, style, mended, rest)]) + "\n"


def _block(finding: Finding, lines: Lines, style: Style, remark: Remark | None) -> str:
    severity = finding.severity.value
    place = style(printable(str(finding.location)), "place")
    rule = style(f"[{finding.rule}]", "rule")
    risk = "" if finding.risk is None else f"{style(f'{finding.risk} risk:', 'risk')} "
    parts = [f"{place}: {style(severity, severity)} {rule} {risk}{printable(finding.message)}"]
    parts += _excerpt(finding.location, lines, style)
    for other in finding.related:
        where = style(printable(str(other.location)), "place")
        parts.append(f"  {style('from', 'from')} {where}  {printable(other.message)}".rstrip())
    if finding.allowed is not None:
        parts.append(f"  {style('allowed:', 'note')} {printable(finding.allowed)}")
    if finding.fix is not None:
        is_made = finding.fix.is_exact and finding.fix.safe
        how = remark(finding) if remark is not None and is_made else ""
        parts.append(f"  {style('fix:', 'fix')} {printable(finding.fix.title)}{how}")
    return "\n".join(parts) + "\n"


def _excerpt(place: Location, lines: Lines, style: Style) -> list[str]:
    text = lines(place.path)
    every = text.removeprefix("\ufeff").splitlines() if text else []
    if not 0 < place.line <= len(every):
        return []
    line = every[place.line - 1].replace("\t", " ")
    is_within = place.end_line == place.line
    end = place.end_column if is_within else len(line.rstrip()) + 1
    start = max(place.column - 1, 0)
    # A long line is shown around the place.
    cut = max(0, start - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = line[cut : cut + _WIDEST]
    width = max(1, min(end - 1, cut + len(shown)) - start)
    gutter = str(place.line)
    caret = " " * (start - cut) + style("^" * width, "caret")
    return [f"  {gutter} | {printable(shown)}", f"  {' ' * len(gutter)} | {caret}"]


def _summary(findings: Iterable[Finding], files: int, style: Style, mended: str, rest: str) -> str:
    counts = Counter(finding.severity for finding in findings)
    said = [style(mended, "fixed")] if mended else []
    said += [
        style(counted(counts[severity], severity.value), severity.value)
        for severity in Severity
        if counts[severity]
    ]
    if not counts:
        said.append(f"no findings{' left' if mended else ''}")
    more = f"; {rest}" if rest else ""
    return f"{', '.join(said)} in {counted(files, 'file')}{more}"
