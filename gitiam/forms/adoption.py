"""What is live and nobody asked for → a request that asks for just that, for people to review.

It is written only where it is sure to give neither more nor less; else there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitiam.catalog import Catalog
from gitiam.config import Account
from gitiam.desired.grants import GrantError, Resolver
from gitiam.desired.state import OVERFLOW_PATH
from gitiam.drift import Aspect, DriftItem, DriftKind
from gitiam.forms.emit import yaml_text
from gitiam.forms.seen import unseen
from gitiam.load.estate import parse_file
from gitiam.models import Request
from gitiam.policy.statement import Document, Statement, meaning

#: What stands in its place until somebody says why.
REASON = "Say here what it is needed for, and by whom"
_MOST_GRANTS = 100
_POLICIES = frozenset({Aspect.INLINE, Aspect.POLICY, Aspect.ATTACHMENT})
_UNMANAGED = frozenset({DriftKind.UNMANAGED, DriftKind.CHANGED})
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Adoption:
    """A request file: where to put it, and what it says."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the file has to give, and nothing else."""

    statements: Document = ()
    attachments: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def adoption_for(
    items: Iterable[DriftItem], account: Account, catalog: Catalog, expires: str
) -> tuple[Adoption | None, tuple[DriftItem, ...]]:
    """The request for as many of these as one can ask for, and which those are."""
    able = tuple(
        item
        for item in items
        if not item.pending and adoption_of([item], account, catalog, expires) is not None
    )
    found = adoption_of(able, account, catalog, expires)
    return found, able if found else ()


def adoption_of(
    items: Sequence[DriftItem], account: Account, catalog: Catalog, expires: str
) -> Adoption | None:
    """The request for all of these, which are of one principal of the account.

    None where one of them cannot be asked for, or not exactly so. That the file says just that is
    tried, by reading it as any other, and not argued.
    """
    parts = [_wanted(item) for item in items]
    known = [part for part in parts if part is not None]
    if not items or len(known) != len(parts) or len({item.principal for item in items}) != 1:
        return None
    wanted = _Wanted(
        tuple(dict.fromkeys(s.but(sid="") for part in known for s in part.statements)),
        tuple(dict.fromkeys(arn for part in known for arn in part.attachments)),
        tuple(dict.fromkeys(name for part in known for name in part.groups)),
    )
    principal = items[0].principal
    grants = list(_grants(wanted))
    if len(grants) > _MOST_GRANTS:
        return None
    path = f"requests/{account.name}/{_slug(principal)}-adopted.yaml"
    head = {"account": account.name, "principal": principal, "reason": REASON, "expires": expires}
    text = yaml_text({**head, "grants": grants})
    if unseen(text) is not None:
        return None  # copied from where it is shown, it would say something else
    is_right = _gives(parse_file(path, text.encode()), principal, wanted, account, catalog)
    return Adoption(path, text) if is_right else None


def _wanted(item: DriftItem) -> _Wanted | None:
    """None for what no request can ask for: principals, their attributes, shared policies."""
    if item.kind not in _UNMANAGED or item.principal.startswith("policy/"):
        return None
    if item.aspect in _POLICIES and item.extra:
        return _Wanted(statements=item.extra)
    if item.kind is not DriftKind.UNMANAGED:
        return None
    if item.aspect is Aspect.ATTACHMENT and f":policy{OVERFLOW_PATH}" not in item.name:
        return _Wanted(attachments=(item.name,))
    if item.aspect is Aspect.MEMBERSHIP and item.principal.startswith("user/"):
        return _Wanted(groups=(item.name,))
    return None


def _grants(wanted: _Wanted) -> Iterable[dict[str, Any]]:
    yield from map(_grant, wanted.statements)
    yield from ({"managed_policy": arn} for arn in wanted.attachments)
    yield from ({"group": name} for name in wanted.groups)


def _grant(statement: Statement) -> dict[str, Any]:
    lists: Mapping[str, tuple[str, ...]] = {
        "actions": statement.actions,
        "not_actions": statement.not_actions,
        "resources": statement.resources,
        "not_resources": statement.not_resources,
    }
    conditions: dict[str, dict[str, list[str]]] = {}
    for one in statement.conditions:
        conditions.setdefault(one.operator, {})[one.key] = list(one.values)
    return {
        **({"effect": "deny"} if statement.effect == "Deny" else {}),
        **{key: list(values) for key, values in lists.items() if values},
        **({"conditions": conditions} if conditions else {}),
    }


def _gives(
    read: object, principal: str, wanted: _Wanted, account: Account, catalog: Catalog
) -> bool:
    """Whether what was read asks for just that; the date that ends it is left aside."""
    if not isinstance(read, Request) or [str(one) for one in read.principals] != [principal]:
        return False
    try:
        access = Resolver({}, {}, catalog).access(read.grants, account)
    except GrantError:
        return False
    return (
        meaning(access.statements) == meaning(wanted.statements)
        and {one.arn for one in access.attachments} == set(wanted.attachments)
        and set(access.groups) == set(wanted.groups)
        and read.accounts == (account.name,)
    )


def _slug(principal: str) -> str:
    kind, _, name = principal.partition("/")
    return _NOT_SLUG.sub("-", name.lower())[:64].strip("-") or kind
