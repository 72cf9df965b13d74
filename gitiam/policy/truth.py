"""What can be said of conditions without a request: they always hold, they never do, or it depends.

A `Domain` says what requests of one kind can carry under one key. From it follows an answer that is
certain; where nothing is certain, it depends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from ipaddress import ip_network
from typing import Any

from gitiam.models import Condition, Conditions
from gitiam.policy.conditions import filled, holds, plain
from gitiam.policy.glob import includes, intersects
from gitiam.policy.operators import ALL, ANY, ONE, Operator, instant, number, operator
from gitiam.policy.resource import VARIABLE, resource_within
from gitiam.policy.statement import PolicyError

_COLONS = 5
#: Values of two conditions that are compared with each other; of more, nothing is concluded.
_MOST = 10_000
_ADDRESSES = frozenset(["aws:sourceip", "aws:vpcsourceip"])
_WITH_WILDCARDS = frozenset(["stringlike", "arnequals", "arnlike"])


class Truth(Enum):
    """What is certain."""

    ALWAYS = "always"
    NEVER = "never"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Domain:
    """What requests can carry under a key.

    `values` are all that it can be, each a text without wildcards; None when that is not known.
    `patterns` are globs, one of which it must match; none: any text. `since` is the instant from
    which a clock can only go on. `single` is whether it never has several values at once.
    """

    present: bool = True
    absent: bool = True
    values: frozenset[str] | None = None
    patterns: tuple[str, ...] = ()
    since: datetime | None = None
    single: bool = True


#: A key of which nothing is known.
ANYTHING = Domain(single=False)
#: A key that no such request carries.
ABSENT = Domain(present=False)

#: Condition key in small letters → what it can be.
Domains = Callable[[str], Domain]


def truth(conditions: Conditions, domains: Domains) -> Truth:
    """Of all of them together. What an operator means that AWS does not have, nobody can say."""
    by_key: defaultdict[str, list[Condition]] = defaultdict(list)
    for condition in conditions:
        by_key[condition.key.lower()].append(condition)
    found = {_of_key(key, blocks, domains) for key, blocks in by_key.items()}
    if Truth.NEVER in found:
        return Truth.NEVER
    return Truth.DEPENDS if Truth.DEPENDS in found else Truth.ALWAYS


def _of_key(key: str, blocks: list[Condition], domains: Domains) -> Truth:
    """Of everything that is said about one key."""
    try:
        return _of_known(key, blocks, domains)
    except PolicyError:
        return Truth.DEPENDS


def _of_known(key: str, blocks: list[Condition], domains: Domains) -> Truth:
    domain = domains(key)
    known = _Known(domains)
    cases = _cases(domain)
    if cases is not None:
        answers = {_in_case(blocks, case, key, known) for case in cases}
        return answers.pop() if len(answers) == 1 else Truth.DEPENDS
    singly = {_alone(block, domain, known) for block in blocks}
    if Truth.NEVER in singly or _contradict(blocks, domain):
        return Truth.NEVER
    return Truth.DEPENDS if Truth.DEPENDS in singly else Truth.ALWAYS


_Case = str | None


def _cases(domain: Domain) -> list[_Case] | None:
    """All that the key can be, with None for its absence; None when they cannot be listed."""
    if not domain.present:
        return [None]
    if domain.values is not None and domain.single:
        return [*sorted(domain.values), *([None] if domain.absent else [])]
    return None


def _in_case(blocks: Iterable[Condition], case: _Case, key: str, known: _Known) -> Truth:
    context = _With(known, key, () if case is None else (case,))
    if any(_is_open(block, known) for block in blocks):
        # A variable whose value is not known: it could be any text.
        return Truth.DEPENDS
    return Truth.ALWAYS if all(holds(block, context) for block in blocks) else Truth.NEVER


def _is_open(block: Condition, known: _Known) -> bool:
    return any("${" in value and filled(value, known) is None for value in block.values)


class _Known(Mapping[str, tuple[str, ...]]):
    """The keys that have one value and no other, as a context for variables."""

    def __init__(self, domains: Domains) -> None:
        self._domains = domains

    def __getitem__(self, key: str) -> tuple[str, ...]:
        domain = self._domains(key)
        if domain.values is not None and len(domain.values) == 1 and not domain.absent:
            return tuple(domain.values)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """None can be listed: a domain is asked for by its key."""
        return iter(())

    def __len__(self) -> int:
        return 0


class _With(_Known):
    """The same, with one key as a case has it: its values, or none for its absence."""

    def __init__(self, known: _Known, key: str, values: tuple[str, ...]) -> None:
        super().__init__(known._domains)
        self._key = key
        self._values = values

    def __getitem__(self, key: str) -> tuple[str, ...]:
        if key != self._key:
            return super().__getitem__(key)
        if not self._values:
            raise KeyError(key)
        return self._values


def _alone(block: Condition, domain: Domain, known: _Known) -> Truth:
    """Of one condition on a key that is present, or may be, with values that cannot be listed."""
    how = operator(block.operator)
    if how.base == "null":
        return _null(block, domain)
    # A key with several values may be there with none of them, which is as good as absent.
    may_lack = domain.absent or not domain.single
    if not block.values and how.quantifier != ALL:
        return Truth.DEPENDS if may_lack or how.negated else Truth.NEVER
    present = _when_present(how, block, domain, known)
    if not may_lack:
        return present
    if how.quantifier == ALL or how.if_exists or (how.negated and how.quantifier != ANY):
        absent = Truth.ALWAYS
    else:
        absent = Truth.NEVER
    return present if present is absent else Truth.DEPENDS


def _null(block: Condition, domain: Domain) -> Truth:
    wants = {value.lower() for value in block.values} & {"true", "false"}
    if not wants:
        return Truth.NEVER
    if wants >= {"true", "false"}:
        return Truth.ALWAYS
    if domain.absent or not domain.single:
        return Truth.DEPENDS
    return Truth.ALWAYS if wants == {"false"} else Truth.NEVER


def _when_present(how: Operator, block: Condition, domain: Domain, known: _Known) -> Truth:
    some = _some_value_fits(how, block, domain, known)
    if not how.negated:
        return some
    return {Truth.ALWAYS: Truth.NEVER, Truth.NEVER: Truth.ALWAYS}.get(some, Truth.DEPENDS)


def _some_value_fits(how: Operator, block: Condition, domain: Domain, known: _Known) -> Truth:
    """Whether what the key is fits one of the values, whatever it is."""
    if how.kind in ("string", "arn"):
        values = [_widest(value, how, known) for value in block.values]
        sure = [value for value in block.values if filled(value, known) is not None]
        if any(value and not value.strip("*") for value in sure) and how.base == "stringlike":
            return Truth.ALWAYS
        holds_arns = block.key.lower().endswith("arn")
        if how.kind == "arn" and holds_arns and any(map(_takes_every_arn, sure)):
            return Truth.ALWAYS
        if domain.patterns:
            return _among(values, sure, how, domain)
    if how.kind == "date" and domain.since is not None:
        return _of_clock(how, block, domain.since)
    if how.kind == "ip" and {"0.0.0.0/0", "::/0"} <= set(block.values):
        holds_addresses = block.key.lower() in _ADDRESSES
        return Truth.ALWAYS if holds_addresses else Truth.DEPENDS
    if how.kind in ("numeric", "ip", "bool") and not any(map(_readable(how), block.values)):
        return Truth.NEVER  # of dates, AWS may read more than we do
    return Truth.DEPENDS


def _widest(value: str, how: Operator, known: _Known) -> str:
    """A pattern of all that the value can become, where a variable of it is not known."""
    text = filled(value, known)
    if text is not None:
        return text if how.base in _WITH_WILDCARDS else plain(text)
    if how.base in _WITH_WILDCARDS:
        return VARIABLE.sub("*", value)
    return "*".join(map(plain, VARIABLE.split(value)))


def _takes_every_arn(value: str) -> bool:
    parts = value.split(":", _COLONS)
    return (
        len(parts) > _COLONS
        and parts[0] in ("arn", "*")
        and not any(p.strip("*") for p in parts[1:])
    )


def _among(values: list[str], sure: list[str], how: Operator, domain: Domain) -> Truth:
    """For a key that matches one of the domain's patterns: whether the values leave any out."""
    if how.base not in _WITH_WILDCARDS:
        sure = [plain(value) for value in sure]
    if how.base == "stringequalsignorecase":
        return Truth.DEPENDS
    if not any(intersects(pattern, value) for pattern in domain.patterns for value in values):
        return Truth.NEVER
    takes = _arn_within if how.kind == "arn" else includes
    covered = all(any(takes(value, pattern) for value in sure) for pattern in domain.patterns)
    return Truth.ALWAYS if covered and how.base != "stringequals" else Truth.DEPENDS


def _arn_within(outer: str, inner: str) -> bool:
    """Operators of ARNs take an ARN of six parts alone, not even a bare `*`."""
    return outer.count(":") >= _COLONS and resource_within(outer, inner)


def _of_clock(how: Operator, block: Condition, since: datetime) -> Truth:
    """A clock stands at `since` or later."""
    ends = []
    for value in block.values:
        try:
            ends.append(instant(value))
        except ValueError:
            continue
    match how.base:
        case "datelessthan" | "dateequals" | "datelessthanequals":
            strict = how.base == "datelessthan"
            over = all(end <= since if strict else end < since for end in ends)
            return Truth.NEVER if over and ends else Truth.DEPENDS
        case _:
            strict = how.base == "dategreaterthan"
            begun = any(end < since if strict else end <= since for end in ends)
            if begun:
                return Truth.ALWAYS
            return Truth.DEPENDS


def _readable(how: Operator) -> Callable[[str], bool]:
    def fits_something(value: str) -> bool:
        try:
            match how.kind:
                case "numeric":
                    number(value)
                case "date":
                    instant(value)
                case "bool":
                    return value.lower() in ("true", "false")
                case _:
                    ip_network(value, strict=False)
        except ValueError:
            return False
        return True

    return fits_something


def _contradict(blocks: list[Condition], domain: Domain) -> bool:
    """Whether no value and no absence can meet all of these conditions on one key."""
    hows = [(operator(block.operator), block) for block in blocks]
    needed = [(h, b) for h, b in hows if h.quantifier == ONE and h.base != "null"]
    asks_presence = [(h, b) for h, b in needed if not h.if_exists and not h.negated]
    if not asks_presence or not domain.single:
        return False
    if any(h.base == "null" and {v.lower() for v in b.values} == {"true"} for h, b in hows):
        return True
    return (
        _no_literal(asks_presence, needed)
        or _no_text(asks_presence)
        or _no_range(asks_presence, "numeric", number)
        or _no_range(asks_presence, "date", instant)
    )


_Blocks = list[tuple[Operator, Condition]]


def _no_literal(asks: _Blocks, needed: _Blocks) -> bool:
    """An equality lists all that the value can be: whether none of them meets the rest."""
    for how, block in asks:
        if how.base != "stringequals" or any("${" in v for _, b in needed for v in b.values):
            continue
        if len(block.values) * sum(len(b.values) for _, b in needed) > _MOST:
            continue
        context = [{block.key.lower(): (value,)} for value in block.values]
        if not any(all(holds(b, c) for _, b in needed) for c in context):
            return True
    return False


def _no_text(asks: _Blocks) -> bool:
    """Whether two lists of patterns have no text in common."""
    likes = [
        [VARIABLE.sub("*", v) for v in b.values]
        for h, b in asks
        if h.base in ("stringlike", "arnlike", "arnequals")
    ]
    return any(
        len(first) * len(second) <= _MOST
        and not any(intersects(one, other) for one in first for other in second)
        for number_, first in enumerate(likes)
        for second in likes[number_ + 1 :]
    )


def _no_range(asks: _Blocks, kind: str, read: Callable[[str], Decimal | datetime]) -> bool:
    """Whether a lower bound lies above an upper one; of several values the widest counts."""
    low: Any = None
    high: Any = None
    for how, block in asks:
        if how.kind != kind or how.base.endswith(f"{kind}equals") or not block.values:
            continue
        try:
            values = [read(value) for value in block.values]
        except ValueError:
            continue
        if not values:
            continue
        if "less" in how.base:
            high = max(values) if high is None else min(high, max(values))
        else:
            low = min(values) if low is None else max(low, min(values))
    return low is not None and high is not None and bool(low > high)
