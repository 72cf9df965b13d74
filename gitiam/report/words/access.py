"""Permissions in a sentence: `read and list access to DynamoDB: table orders (18 actions)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gitiam.catalog import Catalog
from gitiam.config import Account
from gitiam.explaining.values import EVERY, UNKNOWN, Part, ServiceAccess, is_whole
from gitiam.models import Condition
from gitiam.policy.glob import is_glob
from gitiam.report.layout import counted
from gitiam.report.words.conditions import MOST_VALUES, condition_words, exactly
from gitiam.report.words.lists import said, short
from gitiam.report.words.resources import Home, resource_words
from gitiam.report.words.services import LEVELS, service_name

_MOST_RESOURCES = 4
_MOST_SERVICES = 4
_MOST_NAMES = 3
_MOST_PATTERNS = 3
#: Not among the levels: names that no pattern may hide behind.
_BECOMING = frozenset({"sts:assumerole"})
_PASSING = frozenset({"iam:passrole"})


@dataclass(frozen=True)
class Speaker:
    """Says things about one account. `everything`: all names, however many."""

    catalog: Catalog
    account: Account
    accounts: Mapping[str, str] = field(default_factory=dict)
    everything: bool = False
    usual_end: datetime | None = None

    @property
    def _home(self) -> Home:
        return Home(self.account.id, self.account.partition, self.accounts)

    def _most(self, number: int) -> int | None:
        return None if self.everything else number

    def service(self, prefix: str) -> str:
        """A service's usual name."""
        return service_name(prefix, self.catalog)

    def resource(self, arn: str) -> str:
        """One resource, or pattern of them."""
        return resource_words(arn, self._home)

    def resources(self, arns: Sequence[str], most: int = _MOST_RESOURCES) -> str:
        """Several; where they are many, those that reach furthest."""
        ordered = sorted(arns, key=self._reach)
        return said(dict.fromkeys(map(self.resource, ordered)), self._most(most))

    def _reach(self, arn: str) -> tuple[bool, bool, str]:
        """Sorts what leaves open which resource is meant, and what belongs to others, first."""
        owner = arn.split(":", 5)[4:5]
        return (not is_glob(arn), owner in ([], [""], [self.account.id]), arn)

    # -- a part -----------------------------------------------------------------------------

    def sentence(self, part: Part) -> str:
        """The whole of a part: what, on what, under which conditions, until when."""
        tail = self._conditions(part)
        if part.until is not None and part.until != self.usual_end:
            tail += f", until {day(part.until)}"
        return self._head(part) + tail

    def _head(self, part: Part) -> str:
        names = frozenset(p.lower() for s in part.services for p in s.patterns)
        if names and names <= _BECOMING and part.effect == "Allow" and not part.but_resources:
            return f"may become {self._roles(part)}"
        if names and names <= _PASSING and part.effect == "Allow" and not part.but_resources:
            return f"may pass {self._roles(part)} to a service, which then acts as it"
        return f"{self._what(part)}{self._where(part)}{self._detail(part)}"

    def _roles(self, part: Part) -> str:
        if any(not resource.strip("*") for resource in part.resources):
            return "every role there is"
        return self.resources(part.resources)

    def _what(self, part: Part) -> str:
        if part.but_actions:
            left_out = said(map(self._pattern, part.but_actions), self._most(_MOST_PATTERNS))
            return f"every action of every service but {left_out}, and those that AWS adds later"
        if part.services and part.services[0].service == EVERY:
            return "every action of every service, and those that AWS adds later"
        services = self._services(part.services)
        if any(map(is_whole, part.services)):
            return f"every action of {services}, and those that AWS adds later"
        levels = {level.name for access in part.services for level in access.levels}
        known = said(level for level in LEVELS if level in levels and level != UNKNOWN)
        if UNKNOWN in levels:
            unheard = f"actions of {services} that AWS's catalogue does not know"
            return f"{known} access to {services}, and {unheard}" if known else unheard
        return f"{known} access to {services}" if known else f"access to {services}"

    def _services(self, those: Iterable[ServiceAccess]) -> str:
        ordered = sorted(those, key=lambda one: one.service not in _LEADING)
        return said((self.service(s.service) for s in ordered), self._most(_MOST_SERVICES))

    def _pattern(self, pattern: str) -> str:
        service, _, name = pattern.partition(":")
        return f"those of {self.service(service)}" if name == "*" else short(pattern)

    def _where(self, part: Part) -> str:
        if part.but_resources:
            return f": every resource but {self.resources(part.but_resources)}"
        if all(not resource.strip("*") for resource in part.resources):
            return ", on every resource" if self._has_resources(part) else ""
        return f": {self.resources(part.resources)}"

    def _has_resources(self, part: Part) -> bool:
        """Whether some of the actions work on resources at all."""
        names = [n for s in part.services for level in s.levels for n in level.actions]
        found = map(self.catalog.action, names)
        return not names or any(action is None or action.resource_types for action in found)

    def _detail(self, part: Part) -> str:
        """How many actions, or which; and which patterns let AWS add to them."""
        names = [n for s in part.services for level in s.levels for n in level.actions]
        patterns = [p for s in part.services for p in s.patterns if is_glob(p)]
        if part.but_actions or any(is_whole(s) or s.service == EVERY for s in part.services):
            return ""
        if patterns:
            how = said(map(_name, patterns), self._most(_MOST_PATTERNS))
            matching = "those that AWS adds later under these names"
            if not names:
                return f" ({how}: no action of today; {matching})"
            if self.everything:
                return f" ({said(map(_name, names))}; by {how}, and {matching})"
            return f" ({counted(len(names), 'action')}: {how}, and {matching})"
        if self.everything or len(names) <= _MOST_NAMES:
            return f" ({said(map(_name, names))})"
        return f" ({counted(len(names), 'action')})"

    def _conditions(self, part: Part) -> str:
        words = [*filter(None, map(self._condition, part.conditions))]
        return f", but only {' and '.join(words)}" if words else ""

    def _condition(self, condition: Condition) -> str:
        most = self._most(MOST_VALUES)
        words, exact = condition_words(condition, most), exactly(condition, most)
        if not self.everything or exact in words:
            return words
        if not words:
            return f"always ({exact.removeprefix('if ')})"
        return f"{words} ({exact.removeprefix('if ')})"


def _name(action: str) -> str:
    return action.partition(":")[2] or action


def _gravest(levels: Iterable[str]) -> int:
    return min((LEVELS.index(level) for level in levels), default=len(LEVELS))


# -- how grave ----------------------------------------------------------------------------------

# What leads to other access, whatever its level is called.
_LEADING = frozenset({"iam", "sts", "organizations", "sso", "identitystore"})
_BECOME_OR_PASS = _BECOMING | _PASSING


def danger(part: Part) -> tuple[int, int, int, int]:
    """Sorts parts with the most dangerous first: by level, leading further, breadth and number.

    An order for reading, no judgement: that is for the rules.
    """
    everything = bool(part.but_actions) or any(s.service == EVERY for s in part.services)
    names = {p.lower() for s in part.services for p in s.patterns}
    grave = min((_gravest(level.name for level in s.levels) for s in part.services), default=0)
    if everything:
        grave = -2
    elif names & _BECOME_OR_PASS or any(is_whole(s) for s in part.services):
        grave = -1
    leads = any(s.service in _LEADING for s in part.services)
    broad = bool(part.but_resources) or any(not r.strip("*") for r in part.resources)
    count = sum(s.count for s in part.services)
    return (grave, not leads, not broad, -count)


def day(moment: datetime) -> str:
    """`the end of 2027-01-15` for the first instant of the next day; other instants in full."""
    if moment.time() == moment.min.time():
        return f"the end of {(moment - timedelta(days=1)).date().isoformat()}"
    return f"{moment.replace(tzinfo=None).isoformat(timespec='minutes').replace('T', ' ')} UTC"
