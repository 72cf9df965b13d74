"""How risky proposed files are → text for people, values for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gitiam.findings import Risk
from gitiam.report.findings.text import Style, plain, printable
from gitiam.risk import Assessment

#: As the roles of a style go: the graver, the louder.
_ROLES = {Risk.LOW: "note", Risk.MEDIUM: "note", Risk.HIGH: "warning", Risk.CRITICAL: "error"}


def risks_as_text(assessments: Iterable[Assessment], style: Style = plain) -> str:
    """`requests/x.yaml: high risk`, and below it each reason with how risky it is alone."""
    return "".join(_block(assessment, style) for assessment in assessments)


def _block(assessment: Assessment, style: Style) -> str:
    place = style(printable(assessment.path), "place")
    head = f"{place}: {style(f'{assessment.risk} risk', _ROLES[assessment.risk])}\n"
    return head + "".join(
        f"  {reason.risk}: {printable(reason.text)}\n" for reason in assessment.reasons
    )


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
