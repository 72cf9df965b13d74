"""Desired state → what IAM Access Analyzer is asked about it. No I/O.

`ValidatePolicy` is asked about each document as it will be written. The two checks of access are
asked about all that a principal has at once, in one document: its own policies, and those of the
estate's shared policies and groups that reach it; a Deny in one holds against an Allow in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from gitiam.config import AccessAnalyzer, Account, ForbiddenAccess
from gitiam.desired.state import Desired, DesiredState
from gitiam.models import Kind, ModuleKey
from gitiam.policy.statement import Document, Statement, meaning

#: What allows nothing: the other side of what had no policy before. A trust policy names no
#: resource (IAM User Guide, "Grammar of the IAM JSON policy language").
NOTHING: Document = (Statement("Deny", ("*",), ("*",)),)
NO_TRUST: Document = (Statement("Deny", ("sts:*",), principals=(("*", ("*",)),)),)


class Check(StrEnum):
    """An operation of IAM Access Analyzer; `access-analyzer:NAME` is the permission it needs."""

    VALIDATE = "ValidatePolicy"
    NO_NEW_ACCESS = "CheckNoNewAccess"
    NOT_GRANTED = "CheckAccessNotGranted"


@dataclass(frozen=True, slots=True)
class Question:
    """One call: what is asked about which statements, which are sent in this order."""

    check: Check
    account: Account
    statements: Document
    is_trust: bool = False
    existing: Document = ()
    forbidden: ForbiddenAccess | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and every module that it is about: equal documents are asked about once."""

    question: Question
    about: tuple[Desired, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """What `CheckNoNewAccess` compares with: a tree's desired state, or one policy document."""

    state: DesiredState | None = None
    document: Document = ()


def chosen(
    state: DesiredState, proposed: frozenset[str], before: DesiredState | None
) -> list[Desired]:
    """The modules in which a proposed file has a part, or that are not as they were before.

    All of them where nothing is proposed and there is no before.
    """
    if not proposed and before is None:
        return list(state.modules.values())
    return [
        desired
        for desired in state.modules.values()
        if proposed & desired.origins.keys() or _differs(desired, before)
    ]


def _differs(desired: Desired, before: DesiredState | None) -> bool:
    if before is None:
        return False
    old = before.modules.get(desired.key)
    return old is None or dict(old.origins) != dict(desired.origins)


def questions(
    state: DesiredState, modules: Iterable[Desired], wanted: AccessAnalyzer, other: Other | None
) -> tuple[Asked, ...]:
    """Everything to be asked about these modules; `other` is None where nothing is to compare."""
    about: dict[Question, list[Desired]] = {}
    for desired in modules:
        for question in _questions(state, desired, wanted, other):
            about.setdefault(question, []).append(desired)
    return tuple(Asked(question, tuple(them)) for question, them in about.items())


def _questions(
    state: DesiredState, desired: Desired, wanted: AccessAnalyzer, other: Other | None
) -> Iterator[Question]:
    if wanted.validate_policy:
        for document in filter(None, (desired.inline, *(o.document for o in desired.overflow))):
            yield Question(Check.VALIDATE, desired.account, document)
        if desired.trust:
            yield Question(Check.VALIDATE, desired.account, desired.trust, is_trust=True)
    whole = reach(state, desired)
    if wanted.no_new_access is not None and other is not None:
        yield from _compared(desired, whole, other)
    if whole:
        for forbidden in wanted.not_granted:
            yield Question(Check.NOT_GRANTED, desired.account, whole, forbidden=forbidden)


def _compared(desired: Desired, whole: Document, other: Other) -> Iterator[Question]:
    """What stays the same needs no question."""
    if other.state is None:
        if whole:
            yield Question(
                Check.NO_NEW_ACCESS, desired.account, whole, existing=_nameless(other.document)
            )
        return
    old = other.state.modules.get(desired.key)
    given = reach(other.state, old) if old else ()
    trust = old.trust if old else ()
    if whole and meaning(whole) != meaning(given):
        existing = _nameless(given) or NOTHING
        yield Question(Check.NO_NEW_ACCESS, desired.account, whole, existing=existing)
    if desired.trust and meaning(desired.trust) != meaning(trust):
        existing = _nameless(trust) or NO_TRUST
        yield Question(
            Check.NO_NEW_ACCESS, desired.account, desired.trust, is_trust=True, existing=existing
        )


def reach(state: DesiredState, desired: Desired) -> Document:
    """All statements that hold for the principal and that the estate itself writes."""
    found = [*_own(desired)]
    for module in _through(state, desired):
        found += _own(module)
        if module.key.kind is Kind.GROUP:
            found += [s for policy in _through(state, module) for s in _own(policy)]
    return tuple(dict.fromkeys(found))


def unseen(state: DesiredState, desired: Desired) -> tuple[str, ...]:
    """What gives the principal access that no document of the estate shows: ARNs, `group/NAME`."""
    modules = tuple(_through(state, desired))
    known = {module.arn for module in modules} | {module.key.principal for module in modules}
    found = (*(a.arn for a in desired.attachments), *(f"group/{name}" for name in desired.groups))
    return tuple(what for what in found if what not in known)


def _own(desired: Desired) -> Iterator[Statement]:
    yield from desired.inline
    for policy in desired.overflow:
        yield from policy.document


def _through(state: DesiredState, desired: Desired) -> Iterator[Desired]:
    """The estate's shared policies and groups that a principal has."""
    for item in desired.attachments:
        key = ModuleKey(desired.account.name, Kind.POLICY, item.arn.rpartition("/")[2])
        module = state.modules.get(key)
        if module is not None and module.arn == item.arn:
            yield module
    for name in desired.groups:
        module = state.modules.get(ModuleKey(desired.account.name, Kind.GROUP, name))
        if module is not None:
            yield module


def _nameless(statements: Document) -> Document:
    """Without Sids, which may stand once in a document and say nothing about access."""
    return tuple(statement.but(sid="") for statement in statements)
