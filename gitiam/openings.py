"""What a plan opens: access after it that was not there before, as far as can be told from it.

Whatever is not certain counts as opened. A managed policy or a group counts as access that is
given: what it forbids is not seen here, but for AWS's own policies that do nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gitiam.canonical import DOCUMENTS, OLD_VERSION, SHADOWS, read_document
from gitiam.models import Condition
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.policy.coverage import has_ended, is_end, uncovered
from gitiam.policy.statement import Document, PolicyError, Statement

_ITSELF = re.compile(r"aws_iam_(role|user|group|policy)\.this")
_OVERFLOW = re.compile(r"aws_iam_policy\.overflow(\[.*\])")
_ATTACHED_OVERFLOW = re.compile(r"aws_iam_\w+_policy_attachment\.overflow(\[.*\])")
_FORBIDDING = re.compile(r"arn:[^:]+:iam::aws:policy/(AWSDenyAll|AWSCompromisedKeyQuarantine\w*)")
_TRUST = "assume_role_policy"
_UNKNOWN = "a policy that is known only after the apply"
_BOUNDARY = "permissions_boundary"


@dataclass(frozen=True, slots=True)
class Side:
    """What is in force on one side of a plan. `unread` names policies that cannot be understood."""

    allows: Document
    denies: Document
    trust_allows: Document
    trust_denies: Document
    attached: frozenset[str]
    groups: frozenset[str]
    settings: frozenset[tuple[str, str]]
    unread: frozenset[str]

    @property
    def boundary(self) -> str | None:
        """The permissions boundary of the principal, where the module makes the principal."""
        return dict(self.settings).get(_BOUNDARY)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a plan opens: permissions gained, prohibitions lost, and so on."""

    allows: Document = ()
    denies: Document = ()
    trust_allows: Document = ()
    trust_denies: Document = ()
    attached: frozenset[str] = frozenset()
    forbidding: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    settings: frozenset[tuple[str, str]] = frozenset()
    unread: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything is opened at all."""
        return any(getattr(self, name) for name in self.__slots__)

    def beyond(self, shown: Iterable[Opening]) -> Opening:
        """What of it lies within none of those."""
        pool = list(shown)

        def _all(name: str) -> Iterator[Any]:
            return (item for opening in pool for item in getattr(opening, name))

        return Opening(
            uncovered(self.allows, _all("allows")),
            uncovered(self.denies, _all("denies")),
            uncovered(self.trust_allows, _all("trust_allows")),
            uncovered(self.trust_denies, _all("trust_denies")),
            self.attached.difference(_all("attached")),
            self.forbidding.difference(_all("forbidding")),
            self.groups.difference(_all("groups")),
            self.settings.difference(_all("settings")),
            self.unread.difference(_all("unread")),
        )

    def words(self) -> Iterator[str]:
        """A line for each thing."""
        yield from (in_words(statement) for statement in self.allows)
        yield from (f"no longer {in_words(statement)}" for statement in self.denies)
        yield from (f"let itself be assumed: {in_words(s)}" for s in self.trust_allows)
        yield from (f"when assumed, no longer {in_words(s)}" for s in self.trust_denies)
        yield from (f"attach {arn}" for arn in sorted(self.attached))
        yield from (f"detach {arn}, which forbids" for arn in sorted(self.forbidding))
        yield from (f"join the group {group}" for group in sorted(self.groups))
        yield from (f"set {name} to {text}" for name, text in sorted(self.settings))
        yield from (f"change {place}, which cannot be read" for place in sorted(self.unread))


def opening(plan: ModulePlan, now: datetime) -> Opening:
    """What comes with the plan and was not there before it. What has ended opens nothing."""
    before, after = side_before(plan, now), side_after(plan, now)
    return Opening(
        allows=uncovered(after.allows, before.allows),
        denies=uncovered(before.denies, after.denies),
        trust_allows=uncovered(after.trust_allows, before.trust_allows),
        trust_denies=uncovered(before.trust_denies, after.trust_denies),
        attached=after.attached - before.attached,
        forbidding=frozenset(filter(_FORBIDDING.fullmatch, before.attached - after.attached)),
        groups=after.groups - before.groups,
        settings=_new_settings(plan),
        unread=before.unread | after.unread,
    )


def side_before(plan: ModulePlan, now: datetime) -> Side:
    """What was in force. A policy that is attached to nothing gives nothing, yet may forbid."""
    return _side(plan, now, is_after=False)


def side_after(plan: ModulePlan, now: datetime) -> Side:
    """What will be in force. A policy that is attached to nothing forbids nothing."""
    return _side(plan, now, is_after=True)


def in_words(statement: Statement) -> str:
    """One permission on one line."""
    actions = ", ".join(statement.actions) or f"all but {', '.join(statement.not_actions)}"
    parts = [statement.effect.lower(), actions]
    if statement.resources:
        parts += ["on", ", ".join(statement.resources)]
    if statement.not_resources:
        parts += ["on all but", ", ".join(statement.not_resources)]
    for kind, names in statement.principals:
        parts += [f"to {kind}", ", ".join(names)]
    for kind, names in statement.not_principals:
        parts += [f"to all but {kind}", ", ".join(names)]
    parts += map(_condition, statement.conditions)
    return " ".join(parts)


def _condition(condition: Condition) -> str:
    values = " or ".join(condition.values)
    if is_end(condition):
        return f"until {values}"
    return f"if {condition.key} {condition.operator} {values}"


def _side(plan: ModulePlan, now: datetime, *, is_after: bool) -> Side:
    resources = [(r, v) for r in plan.resources if (v := _values(r, is_after)) is not None]
    hung = {m[1] for r, _ in resources if (m := _ATTACHED_OVERFLOW.fullmatch(r.address))}
    identity, trust, unread = _documents(plan, is_after, now)
    attached = [v.get("policy_arn", _UNKNOWN) for r, v in resources if _is_attachment(r)]
    itself: Any = next((v for r, v in resources if _ITSELF.fullmatch(r.address)), {})
    return Side(
        allows=_those("Allow", identity, None if is_after else hung),
        denies=_those("Deny", identity, hung if is_after else None),
        trust_allows=_those("Allow", trust, None),
        trust_denies=_those("Deny", trust, None),
        attached=frozenset(map(str, attached)),
        groups=frozenset(str(g) for _, values in resources for g in values.get("groups", ())),
        settings=frozenset(_settings(itself)),
        unread=frozenset(unread),
    )


#: A policy's place, its number among the overflow, and its statements.
_Found = tuple[str | None, Statement]


def _documents(
    plan: ModulePlan, is_after: bool, now: datetime
) -> tuple[list[_Found], list[_Found], list[str]]:
    identity: list[_Found] = []
    trust: list[_Found] = []
    unread = []
    for resource in plan.resources:
        values = _values(resource, is_after) or {}
        if is_after and DOCUMENTS & resource.unknown:
            unread.append(resource.address)
        overflow = _OVERFLOW.fullmatch(resource.address)
        for name in sorted(DOCUMENTS & values.keys()):
            try:
                version, statements = read_document(values[name])
            except PolicyError:
                unread.append(resource.address)
                continue
            home = trust if name == _TRUST else identity
            home += [
                (overflow[1] if overflow else None, _in_todays_words(version, statement))
                for statement in statements
                if not has_ended(statement, now) and not _is_vague(version, statement, is_after)
            ]
    return identity, trust, unread


def _in_todays_words(version: str, statement: Statement) -> Statement:
    """The same in the version of today, where what was plain text must not read as a variable."""
    if version != OLD_VERSION:
        return statement
    return replace(
        statement,
        resources=_plain(statement.resources),
        not_resources=_plain(statement.not_resources),
        conditions=tuple(replace(c, values=_plain(c.values)) for c in statement.conditions),
    )


def _plain(texts: tuple[str, ...]) -> tuple[str, ...]:
    """`${$}` is how a policy writes a dollar sign."""
    return tuple(text.replace("${", "${$}{") for text in texts)


def _is_vague(version: str, statement: Statement, is_after: bool) -> bool:
    """Whether what it gave before is uncertain: a variable was plain text in the old version."""
    is_old = version == OLD_VERSION and "${" in repr(statement)
    return is_old and (statement.effect == "Deny" if is_after else statement.effect == "Allow")


def _those(effect: str, found: list[_Found], hung: set[str] | None) -> Document:
    """With `hung`, overflow policies count only where they are attached."""
    return tuple(
        statement
        for place, statement in found
        if statement.effect == effect and (hung is None or place is None or place in hung)
    )


def _new_settings(plan: ModulePlan) -> frozenset[tuple[str, str]]:
    """How the principal or policy itself changes; a session that becomes shorter opens nothing."""
    for resource in plan.resources:
        if not _ITSELF.fullmatch(resource.address) or not resource.is_change:
            continue
        before, after = (_values(resource, side) for side in (False, True))
        if after is None:
            return frozenset()
        old, new = dict(_settings(before or {})), dict(_settings(after))
        changed = {(name, new.get(name, "nothing")) for name in {*old, *new}}
        changed -= {(name, old.get(name, "nothing")) for name in {*old, *new}}
        name = "max_session_duration"
        if old.get(name, "").isdigit() and new.get(name, "").isdigit():
            changed -= {(name, new[name])} if int(new[name]) < int(old[name]) else set()
        return frozenset(changed)
    return frozenset()


def _settings(values: Any) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if name == "tags":
            yield from ((f"the tag {tag}", text) for tag, text in value.items())
        elif name not in DOCUMENTS and name not in SHADOWS:
            yield name, value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _is_attachment(resource: PlannedResource) -> bool:
    is_own = _ATTACHED_OVERFLOW.fullmatch(resource.address)
    return resource.type.endswith("_policy_attachment") and not is_own


def _values(resource: PlannedResource, is_after: bool) -> Any:
    """Of a resource that is forgotten, everything stays in force."""
    plain = resource.canonical()
    if is_after and resource.actions != ("forget",):
        return plain.after
    return plain.before
