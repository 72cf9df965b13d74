"""How plans and applies ended, as values: what sync finds and report tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gitiam.errors import GitiamError
from gitiam.modules import Change
from gitiam.plans import ModulePlan


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One line of a plan: `create`, `update`, `delete`, `replace` … and the resource's address."""

    action: str
    address: str
    resource_type: str


@dataclass
class Outcome:
    """What Terraform said during one plan or apply; filled as it speaks.

    `by_another` is true where nothing was left to do: another run had just applied the same.
    `kept` is the ARN of a principal that stays behind without its access until --allow-destroy:
    then an apply does all else, and does not end well.
    `notes` say what was found out and mended on the way; `passed` is the rule by which it was let
    pass where it was held against what reviewers were shown.
    """

    planned: list[ResourceChange] = field(default_factory=list)
    applied: int = 0
    errors: list[str] = field(default_factory=list)
    by_another: bool = False
    kept: str | None = None
    notes: list[str] = field(default_factory=list)
    plan: ModulePlan | None = None
    passed: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How one module ended; `error` is None when it ended well."""

    change: Change
    seconds: float
    error: GitiamError | None = None
    outcome: Outcome = field(default_factory=Outcome)

    def as_json(self) -> dict[str, Any]:
        """The change, with the error where there was one, and what else is to be said of it."""
        body = self.change.as_json()
        if self.outcome.by_another:
            body["by_another_run"] = True
        if self.outcome.notes:
            body["notes"] = list(self.outcome.notes)
        if self.outcome.passed:
            body["passed"] = self.outcome.passed
        return body | {"error": str(self.error)} if self.error else body
