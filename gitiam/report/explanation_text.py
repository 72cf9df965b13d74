"""The page of a file for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from gitiam.findings import Finding, Risk
from gitiam.report.explanation import LEVELS, Block, Page, Row, Section, finding_line, told
from gitiam.report.layout import Style, columns, counted, plain, printable
from gitiam.risk import Assessment

WIDTH = 100
_WIDEST = 36
_HEADS = (
    "",
    "service",
    *(level.value.partition("-")[0] for level in LEVELS),
    "on",
)
_ROLES = {Risk.LOW: "note", Risk.MEDIUM: "note", Risk.HIGH: "warning", Risk.CRITICAL: "error"}


def as_text(
    page: Page,
    assessment: Assessment | None,
    findings: Sequence[Finding] = (),
    style: Style = plain,
) -> str:
    """The page, its risk and the findings about it; ends with a line feed."""
    return (
        "\n".join(
            [
                *_head(page, assessment, style),
                *(line for block in page.blocks for line in _block(block, style)),
                *(["", style(printable(page.left_out), "warning")] if page.left_out else []),
                *_risk(assessment, findings, style),
            ]
        )
        + "\n"
    )


def _head(page: Page, assessment: Assessment | None, style: Style) -> Iterator[str]:
    risk = ""
    if assessment is not None:
        risk = f": {style(f'{assessment.risk} risk', _ROLES[assessment.risk])}"
    yield style(printable(page.path), "place") + risk
    for fact in page.facts:
        yield from _wrapped(fact, "  ")


def _block(block: Block, style: Style) -> Iterator[str]:
    yield ""
    yield style(printable(block.title), "module")
    for note in block.notes:
        yield from _wrapped(note, "  ")
    for section in block.sections:
        yield from _section(section, style)
    yield from _table(block.rows, block.rows_left_out)


def _section(section: Section, style: Style) -> Iterator[str]:
    yield ""
    yield f"  {style(section.title, section.role)}"
    for line in section.lines:
        yield from _wrapped(line.text, "  - ")
        for text in line.below:
            yield from _wrapped(text, "      - ")


def _table(rows: Sequence[Row], left_out: int) -> Iterator[str]:
    """Where sentences alone would do, there is none."""
    if len(rows) < 2:
        return
    body = [
        [row.standing, _short(row.service), *(count or "-" for count in row.counts), row.where]
        for row in rows
    ]
    used = [i for i in range(len(_HEADS)) if any(row[i] not in ("", "-") for row in body)]
    table = [[printable(row[i]) for i in used] for row in [list(_HEADS), *body]]
    yield ""
    yield from (f"  {_cut(line)}" for line in columns(table))
    if left_out:
        yield f"  and {counted(left_out, 'row')} more"


def _short(service: str) -> str:
    return service if len(service) <= _WIDEST else f"{service[: _WIDEST - 1]}…"


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH - 2 else line[: WIDTH - 3] + "…"


def _risk(
    assessment: Assessment | None, findings: Iterable[Finding], style: Style
) -> Iterator[str]:
    """The reasons that count, then what rules say besides."""
    if assessment is not None and assessment.reasons:
        shown, left_out = told(assessment)
        yield ""
        yield f"WHY {assessment.risk.upper()} RISK"
        for reason in shown:
            painted = style(reason.risk.value, _ROLES[reason.risk])
            yield from _wrapped(f"{reason.risk}: {reason.alone}", "  ", painted)
        if left_out:
            yield f"  and {counted(left_out, 'reason')} of low risk"
    others = [finding for finding in findings if finding.risk is None]
    if others:
        yield ""
        yield "FINDINGS"
    for finding in others:
        severity = finding.severity.value
        yield from _wrapped(finding_line(finding), "  ", style(severity, severity))


def _wrapped(text: str, start: str, painted: str = "") -> Iterator[str]:
    """The text in lines that fit; `painted` takes the place of its first word, up to the colon."""
    room = WIDTH - len(start)
    lines = wrap(printable(text), room, break_long_words=False, break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        shown = painted + line[line.index(":") :] if painted and not number else line
        yield (start if not number else " " * len(start)) + shown
