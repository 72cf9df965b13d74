"""All that is told of one file: what it opens, how risky that is, and what the rules find."""

from __future__ import annotations

from dataclasses import dataclass

from gitiam.explaining.values import Explanation
from gitiam.findings import Finding, Risk
from gitiam.risk import Assessment


@dataclass(frozen=True, slots=True)
class Told:
    """One file. `assessment` is None where nobody could say how risky it is."""

    explanation: Explanation
    assessment: Assessment | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def risk(self) -> Risk | None:
        """None where nobody could say; a file that goes away opens what it alone forbade."""
        if self.assessment is not None:
            return self.assessment.risk
        one = self.explanation
        frees = any(effect.freed or effect.unresolved for effect in one.effects)
        return Risk.LOW if one.is_gone and not frees else None
