"""What a person asks for, before it is a file. A form is one way to say it; others may come."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gitiam.forms.emit import yaml_text
from gitiam.models import (
    AssumeGrant,
    BundleGrant,
    GroupGrant,
    ManagedPolicyGrant,
    Principal,
)

#: The folder of files for more than one account.
SHARED = "shared"
#: Every path that is made here matches this.
PATH = re.compile(r"requests/[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9-]{0,63}-[1-9][0-9]{0,9}\.yaml")

_LONGEST_SLUG = 64
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_NAMED_ACCOUNTS = 3

DraftGrant = BundleGrant | ManagedPolicyGrant | GroupGrant | AssumeGrant


@dataclass(frozen=True, slots=True)
class Draft:
    """Who needs what, why and until when; `expires` is a date, or `never`."""

    accounts: tuple[str, ...]
    principal: Principal
    reason: str
    expires: str
    grants: tuple[DraftGrant, ...]
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A file to be put into an estate, and what its branch and its pull request are called.

    Of what people write, only names that were checked stand in `path`, `branch` and `title`.
    """

    draft: Draft
    path: str
    text: str
    branch: str
    title: str


def drafted(draft: Draft, *, number: int, author: str) -> Drafted:
    """The file of a draft that this person asked for in the issue of this number."""
    path = _path(draft, number)
    if not PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path of a request")
    head = f"# Asked for by {author} in issue {number}, with the form.\n"
    return Drafted(draft, path, head + yaml_text(_data(draft)), branch_of(number), _title(draft))


def branch_of(number: int) -> str:
    """The branch of what the issue of this number asks for."""
    return f"gitiam/request-{number}"


def _path(draft: Draft, number: int) -> str:
    folder = draft.accounts[0] if len(draft.accounts) == 1 else SHARED
    slug = _NOT_SLUG.sub("-", draft.principal.name.lower())[:_LONGEST_SLUG].strip("-")
    return f"requests/{folder}/{slug or draft.principal.kind}-{number}.yaml"


def _title(draft: Draft) -> str:
    accounts = draft.accounts
    several = f"{len(accounts)} accounts"
    where = ", ".join(accounts) if len(accounts) <= _NAMED_ACCOUNTS else several
    until = "for good" if draft.expires == "never" else f"until {draft.expires}"
    return f"Access for {draft.principal} in {where}, {until}"


def _data(draft: Draft) -> dict[str, Any]:
    ticket = {} if draft.ticket is None else {"ticket": draft.ticket}
    return {
        "account": _one_or_many(draft.accounts),
        "principal": str(draft.principal),
        "reason": draft.reason,
        **ticket,
        "expires": draft.expires,
        "grants": [_grant(grant) for grant in draft.grants],
    }


def _grant(grant: DraftGrant) -> dict[str, Any]:
    match grant:
        case BundleGrant():
            resources = {"resources": list(grant.resources)} if grant.resources else {}
            parameters = {"parameters": dict(grant.parameters)} if grant.parameters else {}
            return {"bundle": grant.bundle, **resources, **parameters}
        case ManagedPolicyGrant():
            return {"managed_policy": grant.policy}
        case GroupGrant():
            return {"group": grant.group}
        case AssumeGrant():
            return {"assume": _one_or_many(grant.roles)}


def _one_or_many(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
