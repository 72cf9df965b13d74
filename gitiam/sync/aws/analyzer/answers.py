"""AWS's answers → findings, at the lines of the requests that they come from. No I/O.

What AWS says of the parts that gitiam writes by itself (Sids, the version, the end of the access)
is nobody's fault. A suggestion or warning about them is left out; an error would make the apply
fail, and is told as what it is, a bug in gitiam.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gitiam.config import AccessAnalyzer, ForbiddenAccess
from gitiam.desired.state import Desired
from gitiam.findings import Finding, Fix, Location, Related, Risk, Severity
from gitiam.models import Declaration, ModuleKey
from gitiam.policy.statement import Document, Statement
from gitiam.sync.aws.analyzer.calls import Answer, AwsFinding, Path, Verdict
from gitiam.sync.aws.analyzer.places import Places, is_gitiams_own
from gitiam.sync.aws.analyzer.questions import Asked, Check, Question

RULE = "access-analyzer"

#: What AWS's types weigh here. Only an error is sure to do harm: that part of the policy does not
#: work. The types are those of "ValidatePolicyFinding" in the API reference; one that is new to
#: gitiam is a warning.
_SEVERITIES = {
    "ERROR": Severity.ERROR,
    "SECURITY_WARNING": Severity.WARNING,
    "WARNING": Severity.WARNING,
    "SUGGESTION": Severity.NOTE,
}
_LONGEST = 600
_MOST = 3


@dataclass(frozen=True)
class Translator:
    """Turns answers into findings. `proposed` are the files that are being proposed, if any."""

    places: Places
    wanted: AccessAnalyzer
    proposed: frozenset[str] = frozenset()

    def findings(self, answers: Iterable[tuple[Asked, Answer]]) -> Iterator[Finding]:
        """Each thing that AWS says of a place once, whatever number of modules it is true of."""
        found: dict[Finding, list[ModuleKey]] = {}
        for asked, answer in answers:
            for desired in asked.about:
                for finding in self._of(asked.question, answer, desired):
                    found.setdefault(finding, []).append(desired.key)
        for finding, keys in found.items():
            yield replace(finding, message=f"AWS says of {named(keys)}: {finding.message}")

    def _of(self, question: Question, answer: Answer, desired: Desired) -> Iterator[Finding]:
        if isinstance(answer, Verdict):
            if not answer.passed:
                yield self._failed(question, answer, desired)
            return
        for finding in answer:
            yield from self._validated(question, finding, desired)

    # -- ValidatePolicy ------------------------------------------------------------------------

    def _validated(
        self, question: Question, finding: AwsFinding, desired: Desired
    ) -> Iterator[Finding]:
        severity = _SEVERITIES.get(finding.type, Severity.WARNING)
        spots = [self._spot(question, path, desired) for path in finding.paths]
        theirs = [spot for spot in spots if not spot.is_own]
        details = f"{_short(finding.details)} ({_short(finding.code)})"
        if spots and not theirs:
            if severity is not Severity.ERROR:
                return
            details += "; gitiam itself wrote that part: this is a bug in gitiam, please report it"
        places = self._proposed_first(spot.place for spot in theirs or spots)
        place, *others = places or [self._of_module(question, desired)]
        if not self._is_proposed(place):
            # It stands already, and was judged when it came; yet an apply may stumble over it.
            if severity is not Severity.ERROR:
                return
            severity = Severity.NOTE
        link = finding.link if finding.link.startswith("https://") else ""
        yield Finding(
            RULE,
            severity,
            place,
            details,
            Fix(f"read {_short(link)}") if link else None,
            Risk.HIGH if finding.type == "SECURITY_WARNING" else None,
            tuple(Related(other, "this has a part in it") for other in others),
        )

    def _spot(self, question: Question, path: Path, desired: Desired) -> _Spot:
        index, inner = _split(path)
        if question.is_trust:
            declaration = desired.declaration
            if declaration is None:
                return _Spot(self._of_module(question, desired), False)
            return _Spot(
                self.places.of_trust(declaration, index, inner), is_gitiams_own(None, path[:1])
            )
        statement = _at(question.statements, index)
        file = self.places.file_of(statement) if statement else None
        if statement is None or file is None:
            return _Spot(self._of_module(question, desired), is_gitiams_own(None, path))
        place = self.places.of_statement(file, statement, desired.account, inner)
        return _Spot(place, is_gitiams_own(file, path))

    # -- CheckNoNewAccess and CheckAccessNotGranted --------------------------------------------

    def _failed(self, question: Question, verdict: Verdict, desired: Desired) -> Finding:
        """At the statement that AWS blames, if that is proposed; else at what is proposed.

        A statement that stood already may give new access, when a Deny beside it is taken away.
        """
        blamed = self._proposed_first(self._blamed(question, verdict, desired))
        module = self._of_module(question, desired)
        place = next(filter(self._is_proposed, blamed), module)
        others = [Related(one, "this gives it") for one in blamed if one != place]
        if question.check is Check.NOT_GRANTED:
            message = f"it grants some of {_access(question.forbidden)}, which no request may give"
            severity, risk = Severity.ERROR, Risk.HIGH
        else:
            rule = self.wanted.no_new_access
            than = rule.than if rule else "before"
            what = "opens access that was not there before" if than == "before" else ""
            message = f"it {what or f'gives access beyond {than}'}"
            severity, risk = Severity(rule.severity) if rule else Severity.ERROR, None
        said = f" ({question.check}: {_short(verdict.message)})" if verdict.message else ""
        return Finding(RULE, severity, place, f"{message}{said}", risk=risk, related=tuple(others))

    def _blamed(self, question: Question, verdict: Verdict, desired: Desired) -> Iterator[Location]:
        for index in verdict.reasons:
            statement = _at(question.statements, index)
            if statement is None:
                continue
            if question.is_trust:
                if desired.declaration is not None:
                    yield self.places.of_trust(desired.declaration, index, ())
                continue
            file = self.places.file_of(statement)
            if file is not None:
                yield self.places.of_statement(file, statement, desired.account)

    # -- places --------------------------------------------------------------------------------

    def _of_module(self, question: Question, desired: Desired) -> Location:
        """Where to speak of a module as a whole: a file with a part in it, a proposed one first."""
        if question.is_trust and desired.declaration is not None:
            return desired.declaration.source.place("trust")
        paths = [*(p for p in desired.origins if p in self.proposed), *desired.origins]
        file = next((self.places.files[p] for p in paths if p in self.places.files), None)
        if file is None:
            return Location(paths[0] if paths else "gitiam.yaml")
        return file.source.place("trust" if isinstance(file, Declaration) else "grants")

    def _proposed_first(self, places: Iterable[Location]) -> list[Location]:
        return sorted(dict.fromkeys(places), key=lambda place: not self._is_proposed(place))

    def _is_proposed(self, place: Location) -> bool:
        return not self.proposed or place.path in self.proposed


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in a file, and whether it stands for something that gitiam wrote by itself."""

    place: Location
    is_own: bool


def named(keys: Iterable[ModuleKey]) -> str:
    """`prod/role/a, prod/role/b and 7 more`."""
    names = sorted({str(key) for key in keys})
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _split(path: Path) -> tuple[int, Path]:
    """The statement's index (-1 where there is none), and the steps within the statement."""
    if path[:1] != ("Statement",):
        return -1, ()
    if len(path) > 1 and isinstance(path[1], int):
        return path[1], path[2:]
    return -1, ()


def _at(statements: Document, index: int) -> Statement | None:
    return statements[index] if 0 <= index < len(statements) else None


def _access(forbidden: ForbiddenAccess | None) -> str:
    actions, resources = (forbidden.actions, forbidden.resources) if forbidden else ((), ())
    parts = [_few(actions) or "all actions", f"on {_few(resources)}" if resources else ""]
    return " ".join(filter(None, parts))


def _few(texts: tuple[str, ...]) -> str:
    more = f" and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
    return ", ".join(f"`{_short(text)}`" for text in texts[:_MOST]) + more


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
