"""Which lines of the audit are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gitiam.auditing.values import Permission
from gitiam.policy.resource import resources_meet


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for; None asks for all. Where it is not certain, a line is shown.

    `since` and `until` ask for what stood, or was asked for, at some time between them.
    """

    principal: str | None = None
    account: str | None = None
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    resource: str | None = None

    def of(self, permissions: Iterable[Permission]) -> tuple[Permission, ...]:
        """Those that are asked for, in their order."""
        return tuple(one for one in permissions if self.holds(one))

    def holds(self, one: Permission) -> bool:
        """Whether this line is asked for."""
        return (
            self.principal in (None, one.principal or self.principal)
            and self.account in (None, one.account or self.account)
            and self._is_by(one)
            and self._is_of_the_time(one)
            and self._is_on(one)
        )

    def _is_by(self, one: Permission) -> bool:
        if self.person is None:
            return True
        wanted = self.person.removeprefix("@").casefold()
        return any(person.casefold() == wanted for person in one.people)

    def _is_of_the_time(self, one: Permission) -> bool:
        begins = [datetime.fromisoformat(one.applied.at)] if one.applied else []
        begins += [one.commit.at] if one.commit else []
        if self.until is not None and begins and min(begins) >= self.until:
            return False
        ended = datetime.fromisoformat(one.ended_at) if one.ended_at else None
        return self.since is None or ended is None or ended >= self.since

    def _is_on(self, one: Permission) -> bool:
        if self.resource is None or one.given is None or one.given.is_open:
            return True
        return any(resources_meet(pattern, self.resource) for pattern in one.given.resources)
