"""What `gitiam validate` has found and mended, printed in the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import click

from gitiam import __version__

if TYPE_CHECKING:
    from gitiam.findings import Finding
    from gitiam.validate.run import Judgement

_COLOURS = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan", "bold": True},
    "risk": {"fg": "magenta", "bold": True},
    "place": {"bold": True},
    "rule": {"dim": True},
    "caret": {"fg": "red"},
    "from": {"dim": True},
    "fix": {"fg": "green"},
    "fixed": {"fg": "green", "bold": True},
    "added": {"fg": "green"},
    "removed": {"fg": "red"},
    "hunk": {"fg": "cyan"},
}

Texts = Callable[[str], str | None]


@dataclass(frozen=True)
class Outcome:
    """What there is to say, and of how many files; `checks` says what was not run.

    Where fixes were asked for, `before` are the findings without them, `fixed` those that are gone
    by them, `taken_back` those that remained all the same, and `changed` the files that differ.
    """

    judgement: Judgement
    files: int
    before: tuple[Finding, ...] | None = None
    fixed: tuple[Finding, ...] = ()
    changed: Mapping[str, bytes] = field(default_factory=dict)
    taken_back: frozenset[Finding] = frozenset()
    checks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that are there now."""
        return self.judgement.findings

    def with_findings(self, more: tuple[Finding, ...], checks: Mapping[str, Any]) -> Outcome:
        """The same with what others than the rules have found."""
        from gitiam.findings import in_order

        judgement = replace(self.judgement, findings=in_order([*self.findings, *more]))
        return replace(self, judgement=judgement, checks=checks)

    def remark(self, finding: Finding) -> str:
        """What is to be said behind a fix that a machine can make."""
        if self.before is None:
            return " (--fix does it)"
        back = finding in self.taken_back
        return " (tried, and taken back: another error shows up)" if back else ""


def printed(
    outcome: Outcome, format_: str, texts: Texts, old: Mapping[str, bytes] | None = None
) -> str:
    """The whole report. With `old`, the files as they are, it says what would be different."""
    if format_ == "json":
        from gitiam.report.findings.data import findings_as_json
        from gitiam.report.risk import risks_as_json

        risks = risks_as_json(outcome.judgement.assessments)
        return findings_as_json(
            outcome.findings, outcome.files, outcome.checks, risks, outcome.fixed
        )
    if format_ == "sarif":
        from gitiam.report.findings.sarif import findings_as_sarif
        from gitiam.validate.reference import rule_texts

        return findings_as_sarif(outcome.findings, rule_texts(), __version__, texts)
    if format_ == "github":
        from gitiam.report.findings.annotations import find_room, findings_as_annotations

        # What is annotated is not said again; where something is not, the log has it all.
        brief = find_room(outcome.findings)
        return findings_as_annotations(outcome.findings) + _text(outcome, texts, old, brief=brief)
    return _text(outcome, texts, old)


def _text(
    outcome: Outcome, texts: Texts, old: Mapping[str, bytes] | None, *, brief: bool = False
) -> str:
    """The text for people; `brief` leaves out all but what was changed, and the summary."""
    from gitiam.report.findings.fixed import diff_as_text, fixed_as_text
    from gitiam.report.findings.text import findings_as_text
    from gitiam.report.risk import risks_as_text

    if old is None:
        changes = fixed_as_text(outcome.fixed, _paint)
    else:
        changes = "".join(
            diff_as_text(path, old[path].decode("utf-8"), raw.decode("utf-8"), _paint)
            for path, raw in sorted(outcome.changed.items())
        )
    mended = _mended(outcome, written=old is None)
    rest = findings_as_text(
        outcome.findings,
        outcome.files,
        texts,
        _paint,
        remark=outcome.remark,
        mended=mended,
        rest=_to_choose(outcome),
        brief=brief,
    )
    rest += "" if brief else risks_as_text(outcome.judgement.assessments, _paint)
    return f"{changes}\n{rest}" if changes else rest


def _mended(outcome: Outcome, *, written: bool) -> str:
    if not outcome.fixed and (outcome.before is None or not outcome.findings):
        return ""
    return f"{len(outcome.fixed):,} {'fixed' if written else 'to fix'}"


def _to_choose(outcome: Outcome) -> str:
    """What `--fix` was asked for and leaves: fixes that somebody has to look at."""
    if outcome.before is None:
        return ""
    number = sum(f.fix is not None and f.fix.is_exact and not f.fix.safe for f in outcome.findings)
    verb = "has" if number == 1 else "have"
    return f"{number:,} {verb} a fix that needs you to choose" if number else ""


def _paint(text: str, role: str) -> str:
    return click.style(text, **_COLOURS[role])  # type: ignore[arg-type]
