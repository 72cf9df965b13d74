"""What a pull request opens → the one comment that its reviewers read.

A table says at a glance what there is to decide, the gravest first; all else is folded below it.
What finds no room is cut in the middle, never the table, and is said to be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gitiam.findings import Finding, Risk, Severity
from gitiam.models import ModuleKey
from gitiam.modules import Change
from gitiam.report.changes import as_markdown as changes_as_markdown
from gitiam.report.explanation import TAKEN_AWAY, Block, Line, Page, Section, finding_line
from gitiam.report.explanation_markdown import as_markdown as pages_as_markdown
from gitiam.report.layout import counted, escaped_html, fenced, markdown
from gitiam.report.told import Told
from gitiam.report.words.access import day

#: By this a comment is found again; that its author is the right one is looked at, too.
MARKER = "<!-- gitiam: pull request -->"
#: In characters: GitHub refuses a comment of more than 65,536.
ROOM = 64_000

_SIGNS = {Risk.CRITICAL: "🔴", Risk.HIGH: "🟠", Risk.MEDIUM: "🟡", Risk.LOW: "🟢"}
_UNKNOWN = "⚪ unknown"
_MOST_LINES = 3
_MOST_ROWS = 40
_MOST_FINDINGS = 60
_LONGEST_LINE = 220
#: Roles of sections that say what is opened, rather than what was there before.
_OPENING = frozenset(["error", "warning"])


@dataclass(frozen=True)
class Shown:
    """A pull request as it is told: its files with their pages, and the modules that change.

    `elsewhere` are findings in files that it does not touch. `approvals` says for a path which
    approvals it needs and has; `standing` says so of the whole. `plans` says of modules what
    Terraform would do, and `notes` are sentences to be read before anything is decided.
    """

    files: Sequence[tuple[Told, Page]]
    changes: Sequence[Change] = ()
    elsewhere: Sequence[Finding] = ()
    approvals: dict[str, str] = field(default_factory=dict)
    standing: str = ""
    plans: Mapping[ModuleKey, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def findings(self) -> list[Finding]:
        """All of them, those that block first."""
        found = [finding for told, _ in self.files for finding in told.findings]
        return sorted([*found, *self.elsewhere], key=lambda finding: finding.severity.rank)


def as_comment(shown: Shown, full_text: str | None = None, room: int = ROOM) -> str:
    """The Markdown of the comment. `full_text` is the address of a page that has all of it."""
    if not shown.files:
        return f"{MARKER}\nNo request file differs.\n"
    head = "\n".join([MARKER, *_head(shown), "", *_table(shown), ""])
    folded = list(_folded(shown, room - len(head)))
    said = [_left_out(full_text)] if any(cut for _, cut in folded) else []
    return "\n".join([head, *said, *(text for text, _ in folded)])


# -- at a glance ------------------------------------------------------------------------------


def _head(shown: Shown) -> Iterator[str]:
    files = counted(len(shown.files), "request file")
    gravest = max((told for told, _ in shown.files), key=_rank)
    modules = counted(len(shown.changes), "module")
    yield f"### {_sign(gravest)} risk: {files}, {modules} to change"
    blocking = sum(finding.blocks for finding in shown.findings)
    if blocking:
        yield ""
        yield f"**{counted(blocking, 'error')} to mend before this can be merged.**"
    if shown.standing:
        yield ""
        yield markdown(shown.standing)
    for note in shown.notes:
        yield ""
        yield markdown(note)


def _table(shown: Shown) -> Iterator[str]:
    rows = [
        (told, page, block)
        for told, page in sorted(shown.files, key=lambda one: -_rank(one[0]))
        for block in page.blocks or (None,)
    ]
    with_approvals = bool(shown.approvals)
    yield f"| risk | who | what newly opens | until |{' approvals |' if with_approvals else ''}"
    yield "|---|---|---|---|" + ("---|" if with_approvals else "")
    seen: set[str] = set()
    for told, page, block in rows[:_MOST_ROWS]:
        who = _who(page, block, is_first=page.path not in seen)
        seen.add(page.path)
        cells = [_sign(told), who, _opens(page, block), _until(told)]
        if with_approvals:
            cells.append(markdown(shown.approvals.get(page.path, "")))
        yield f"| {' | '.join(cells)} |"
    if len(rows) > _MOST_ROWS:
        yield ""
        yield f"**and {counted(len(rows) - _MOST_ROWS, 'row')} more, none of them riskier**"


def _who(page: Page, block: Block | None, *, is_first: bool) -> str:
    """The principals; with the first of a file also the file, and what it is for."""
    names = [f"**{markdown(block.title)}**"] if block is not None else []
    reason = [markdown(_short(fact)) for fact in page.facts[:1]]
    return "<br>".join([*names, markdown(page.path), *(reason if is_first else [])])


def _opens(page: Page, block: Block | None) -> str:
    if block is None:
        return "nobody can say"
    sections = block.sections
    new = [_line(one, line) for one in sections if one.role in _OPENING for line in one.lines]
    gone = [_brief(line) for one in sections if one.title == TAKEN_AWAY for line in one.lines]
    if new:
        return "<br>".join([*_first(new), *(["and takes access away"] if gone else [])])
    return "<br>".join(["nothing new; takes away:", *_first(gone)]) if gone else "nothing new"


def _first(lines: Sequence[str]) -> Iterator[str]:
    yield from (markdown(_short(text)) for text in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"and {len(lines) - _MOST_LINES:,} more"


def _line(section: Section, line: Line) -> str:
    """Where it is not simply new, that is said, too."""
    return _brief(line) if section.title == "NEW" else f"{section.title.lower()}: {_brief(line)}"


def _brief(line: Line) -> str:
    return " ".join([line.brief or line.text, *line.below])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 1]}…"


def _until(told: Told) -> str:
    one = told.explanation
    if one.is_gone:
        return "taken away"
    if one.expires is not None:
        return "expired" if one.is_expired else day(one.expires).removeprefix("the end of ")
    return "no end"


def _rank(told: Told) -> int:
    """What nobody could judge is looked at first."""
    risk = told.risk
    return len(Risk) if risk is None else risk.rank


def _sign(told: Told) -> str:
    risk = told.risk
    return _UNKNOWN if risk is None else f"{_SIGNS[risk]} {risk}"


# -- folded below it --------------------------------------------------------------------------


def _folded(shown: Shown, room: int) -> Iterator[tuple[str, bool]]:
    """Each part, and whether something had to be left out of it. Findings go before the rest."""
    findings = shown.findings
    if findings:
        lines = list(_gathered(findings))
        fitting = list(_fitting(lines[:_MOST_FINDINGS], room // 2))
        title = _counts(findings)
        text = _details(title, "\n".join(fitting), is_open=findings[0].severity is Severity.ERROR)
        room -= len(text)
        yield text, len(fitting) < len(lines)
    changes = [change for change in shown.changes if change.key not in shown.plans]
    triples = [(page, told.assessment, ()) for told, page in shown.files]
    text = pages_as_markdown(triples, room // 2 if changes or shown.plans else room)
    part = _details("In words", text)
    room -= len(part)
    yield part, "not explained here" in text
    if shown.plans:
        text, is_cut = _planned(shown, max((room // 2 if changes else room) - 200, 0))
        part = _details(f"What Terraform would do in {counted(len(shown.plans), 'module')}", text)
        room -= len(part)
        yield part, is_cut
    if changes:
        text = changes_as_markdown(changes, None, max(room - 200, 0))
        yield (
            _details("How policies and modules differ", text),
            "Not everything stands here" in text,
        )


def _planned(shown: Shown, room: int) -> tuple[str, bool]:
    """The plan of each module, folded, and whether some found no room."""
    reasons = {change.key: "; ".join(change.reasons) for change in shown.changes}
    parts: list[str] = []
    for key, text in shown.plans.items():
        title = f"{key}: {_short(reasons[key])}" if reasons.get(key) else str(key)
        part = _details(escaped_html(title), fenced(text, "diff"))
        room -= len(part) + 1
        if room < 0:
            break
        parts.append(part)
    more = len(shown.plans) - len(parts)
    parts += [f"**and {counted(more, 'module')} more**"] if more else []
    return "\n".join(parts), more > 0


def _gathered(findings: Iterable[Finding]) -> Iterator[str]:
    """What a rule says at one place of several principals is told of the first, and counted."""
    alike: defaultdict[tuple[str, int, str, Severity], list[Finding]] = defaultdict(list)
    for finding in findings:
        place = finding.location
        alike[place.path, place.line, finding.rule, finding.severity].append(finding)
    for first, *others in alike.values():
        yield _finding(first) + (f"<br>and {len(others):,} more like it" if others else "")


def _finding(finding: Finding) -> str:
    fix = f"<br>fix: {markdown(finding.fix.title)}" if finding.fix is not None else ""
    return f"- {markdown(finding.location.path)}, {markdown(finding_line(finding))}{fix}"


def _counts(findings: Iterable[Finding]) -> str:
    found = list(findings)
    numbers = ((one, sum(f.severity is one for f in found)) for one in Severity)
    return "Findings: " + ", ".join(counted(n, one.value) for one, n in numbers if n)


def _fitting(lines: Sequence[str], room: int) -> Iterator[str]:
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return
        yield line


def _details(title: str, text: str, *, is_open: bool = False) -> str:
    state = " open" if is_open else ""
    return f"<details{state}><summary>{title}</summary>\n\n{text}\n\n</details>\n"


def _left_out(full_text: str | None) -> str:
    where = f" [All of it stands in the run]({full_text})." if full_text else ""
    return f"**Not everything finds room here: some of what is folded is cut.**{where}\n"
