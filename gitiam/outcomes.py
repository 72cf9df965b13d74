"""How plans and applies ended, as values: what sync finds and report tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gitiam.errors import GitiamError
from gitiam.modules import Change


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One line of a plan: `create`, `update`, `delete`, `replace` … and the resource's address."""

    action: str
    address: str
    resource_type: str


@dataclass
class Outcome:
    """What Terraform said during one plan or apply; filled as it speaks."""

    planned: list[ResourceChange] = field(default_factory=list)
    applied: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """How one module ended; `error` is None when it ended well."""

    change: Change
    seconds: float
    error: GitiamError | None = None
    outcome: Outcome = field(default_factory=Outcome)

    def as_json(self) -> dict[str, Any]:
        """The change, with the error where there was one."""
        body = self.change.as_json()
        return body | {"error": str(self.error)} if self.error else body
