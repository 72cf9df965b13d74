"""How risky proposed files are → text for people, values for JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gitiam.findings import Risk
from gitiam.report.findings.text import Style, plain, printable
from gitiam.report.words.lists import said
from gitiam.risk import LEVELS, Access, Assessment

#: Of more services it is said how many they are.
_MANY = 8

#: As the roles of a style go: the graver, the louder.
_ROLES = {Risk.LOW: "note", Risk.MEDIUM: "note", Risk.HIGH: "warning", Risk.CRITICAL: "error"}


def risks_as_text(assessments: Iterable[Assessment], style: Style = plain) -> str:
    """`requests/x.yaml: high risk`, and below it each reason with how risky it is alone."""
    return "".join(_block(assessment, style) for assessment in assessments)


def _block(assessment: Assessment, style: Style) -> str:
    place = style(printable(assessment.path), "place")
    head = f"{place}: {style(f'{assessment.risk} risk', _ROLES[assessment.risk])}\n"
    return head + "".join(f"  {risk}: {printable(text)}\n" for risk, text in _briefly(assessment))


def _briefly(assessment: Assessment) -> Iterator[tuple[Risk, str]]:
    """Each reason in few words; access that weighs less than what decides is one for each weight.

    `where` keeps apart what is weighed by another table.
    """
    gathered: defaultdict[tuple[Risk, str], list[Access]] = defaultdict(list)
    for reason in assessment.reasons:
        if reason.access is not None and reason.risk is not assessment.risk:
            gathered[reason.risk, reason.access.where].append(reason.access)
    for reason in assessment.reasons:
        if reason.access is None or reason.risk is assessment.risk:
            yield reason.risk, reason.beside_findings
            continue
        those = gathered.pop((reason.risk, reason.access.where), [])
        if len(those) == 1:
            yield reason.risk, reason.beside_findings
        elif those:
            yield reason.risk, _together(those)


def _together(those: Sequence[Access]) -> str:
    """`list, read and tagging access to 433 services in prod`."""
    given = {level for one in those for level in one.levels}
    levels = [level for level in LEVELS if level in given]
    services = sorted({service for one in those for service in one.services})
    many = f"{len(services):,} services" if len(services) > _MANY else said(services)
    return f"{said(levels)} access to {many} {those[0].where}"


def risks_as_json(assessments: Sequence[Assessment]) -> list[dict[str, Any]]:
    """`[{path, risk, reasons: [{risk, message}]}]`, in the order of the paths."""
    return [
        {
            "path": assessment.path,
            "risk": assessment.risk.value,
            "reasons": [
                {"risk": reason.risk.value, "message": reason.text} for reason in assessment.reasons
            ],
        }
        for assessment in assessments
    ]
