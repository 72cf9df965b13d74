"""All that is told of one file: what it opens, how risky that is, and what the rules find."""

from __future__ import annotations

from dataclasses import dataclass

from gitiam.explaining.values import Explanation
from gitiam.findings import Finding
from gitiam.risk import Assessment


@dataclass(frozen=True, slots=True)
class Told:
    """One file. `assessment` is None where nobody could say how risky it is."""

    explanation: Explanation
    assessment: Assessment | None = None
    findings: tuple[Finding, ...] = ()
