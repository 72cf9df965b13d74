"""The pages of files for a pull request: Markdown in which no text of a file can do anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitiam.findings import Finding
from gitiam.report.changes import ROOM
from gitiam.report.explanation import LEVELS, Block, Page, Row, Section, finding_line, told
from gitiam.report.layout import counted, markdown
from gitiam.risk import Assessment

_HEADS = ("", "service", *(level.value.partition("-")[0] for level in LEVELS), "on")


def as_markdown(
    pages: Sequence[tuple[Page, Assessment | None, Sequence[Finding]]], room: int = ROOM
) -> str:
    """A section for each file; those that find no room are counted at the top.

    `room` is in bytes: GitHub takes 1 MiB for a step's summary and 65,536 characters for a comment.
    """
    if not pages:
        return "No file differs.\n"
    texts = ["\n".join(_page(*page)) + "\n" for page in pages]
    shown: list[str] = []
    for text in texts:
        room -= len(text.encode()) + 1
        if room < 0:
            break
        shown.append(text)
    missing = [page.path for page, *_ in pages[len(shown) :]]
    if missing:
        names = ", ".join(map(markdown, missing[:20]))
        more = f" and {len(missing) - 20:,} more" if len(missing) > 20 else ""
        shown.insert(
            0,
            f"**{counted(len(missing), 'file')} not explained here, for want of room:"
            f" {names}{more}. `gitiam explain FILE` explains one.**\n",
        )
    return "\n".join(shown)


def _page(page: Page, assessment: Assessment | None, findings: Sequence[Finding]) -> Iterator[str]:
    risk = f": {assessment.risk} risk" if assessment is not None else ""
    yield f"### {markdown(page.path)}{risk}"
    yield ""
    yield "<br>".join(map(markdown, page.facts))
    for block in page.blocks:
        yield from _block(block)
    if page.left_out:
        yield ""
        yield f"**{markdown(page.left_out)}**"
    yield from _risk(assessment, findings)


def _block(block: Block) -> Iterator[str]:
    yield ""
    yield f"#### {markdown(block.title)}"
    if block.notes:
        yield ""
        yield "<br>".join(map(markdown, block.notes))
    for section in block.sections:
        yield from _section(section)
    yield from _table(block.rows, block.rows_left_out)


def _section(section: Section) -> Iterator[str]:
    yield ""
    yield f"**{markdown(section.title)}**"
    yield ""
    for line in section.lines:
        yield f"- {markdown(line.text)}"
        yield from (f"  - {markdown(text)}" for text in line.below)


def _table(rows: Sequence[Row], left_out: int) -> Iterator[str]:
    if len(rows) < 2:
        return
    body = [[row.standing, row.service, *row.counts, row.where] for row in rows]
    used = [i for i in range(len(_HEADS)) if any(row[i] for row in body)]
    yield ""
    yield f"| {' | '.join(_HEADS[i] for i in used)} |"
    yield f"|{'---|' * len(used)}"
    for row in body:
        yield f"| {' | '.join(markdown(row[i]) for i in used)} |"
    if left_out:
        yield ""
        yield f"and {counted(left_out, 'row')} more"


def _risk(assessment: Assessment | None, findings: Sequence[Finding]) -> Iterator[str]:
    if assessment is not None and assessment.reasons:
        shown, left_out = told(assessment)
        yield ""
        yield f"**WHY {assessment.risk.upper()} RISK**"
        yield ""
        yield from (f"- {reason.risk}: {markdown(reason.alone)}" for reason in shown)
        if left_out:
            yield f"- and {counted(left_out, 'reason')} of low risk"
    others = [finding for finding in findings if finding.risk is None]
    if others:
        yield ""
        yield "**FINDINGS**"
        yield ""
        yield from (f"- {markdown(finding_line(finding))}" for finding in others)
