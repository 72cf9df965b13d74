"""Files of the estate, as they were and as they become → what an approval must know of the change.

What stands in one version alone counts all the same: neither an account, an owner nor a person
whom it is for gets out of an approval by being changed away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from gitiam.approvals.facts import ChangedRequest, Owned, requesters_of
from gitiam.config import Account
from gitiam.findings import Risk
from gitiam.models import ActionsGrant, Declaration, Principal, Request, SharedPolicy

File = Request | Declaration | SharedPolicy
_KINDS = {Request: "request", Declaration: "principal", SharedPolicy: "policy"}


def changed_request(
    path: str,
    before: File | None,
    after: File | None,
    *,
    declarations: Iterable[Declaration],
    accounts: Mapping[str, Account],
    risk: Risk | None,
    access: frozenset[str] | None,
    now: datetime,
) -> ChangedRequest:
    """One changed file, in its versions; None for one that is absent.

    For a file of which one version cannot be read, give neither: the outcome then weighs the most.
    `declarations` are those of both trees; `access` are the levels of what it gives afterwards.
    """
    files = [file for file in (before, after) if file is not None]
    return ChangedRequest(
        path,
        tiers=tuple(_tiers(files, accounts)),
        risk=risk if files else None,
        owners=owners_of(files, declarations),
        requesters=tuple(_requesters(files)),
        kind=_kind(files),
        access=_access(before, after, access),
        days=_days(after, now),
    )


def owners_of(files: Iterable[File], declarations: Iterable[Declaration]) -> tuple[Owned, ...]:
    """Every principal that the files are about, with each owner that any declaration names.

    Of a shared policy it is not said whose it is: it has no principal.
    """
    files = list(files)
    named: dict[tuple[str, Principal], set[str]] = {}
    for one in (*declarations, *(file for file in files if isinstance(file, Declaration))):
        if one.owner is not None:
            for account in one.accounts:
                named.setdefault((account, one.principal), set()).add(one.owner)
    about = dict.fromkeys(pair for file in files for pair in _principals(file))
    return tuple(
        Owned(f"{account}/{principal}", owner)
        for account, principal in about
        for owner in sorted(named.get((account, principal), ())) or (None,)
    )


def _principals(file: File) -> Iterator[tuple[str, Principal]]:
    if isinstance(file, Request):
        yield from ((account, one) for account in file.accounts for one in file.principals)
    elif isinstance(file, Declaration):
        yield from ((account, file.principal) for account in file.accounts)


def _requesters(files: Iterable[File]) -> Iterator[str]:
    for file in files:
        if isinstance(file, Request):
            yield from requesters_of(file)


def _tiers(files: Iterable[File], accounts: Mapping[str, Account]) -> Iterator[str | None]:
    for name in dict.fromkeys(name for file in files for name in file.accounts):
        yield accounts[name].tier if name in accounts else None


def _kind(files: Iterable[File]) -> str | None:
    """The kind of both versions; None where they differ, or there is none."""
    kinds = {_KINDS[type(file)] for file in files}
    return kinds.pop() if len(kinds) == 1 else None


def _access(
    before: File | None, after: File | None, access: frozenset[str] | None
) -> frozenset[str] | None:
    """Nobody can say by levels what opens when a prohibition goes, or changes."""
    if before is not None and _forbids(before):
        return None
    return access if after is not None else frozenset()


def _forbids(file: File) -> bool:
    grants = () if isinstance(file, Declaration) else file.grants
    return any(isinstance(one, ActionsGrant) and one.effect.lower() == "deny" for one in grants)


def _days(after: File | None, now: datetime) -> int | None:
    """Until access ends, a day that has begun being a whole one; None where it has no end."""
    if not isinstance(after, Request) or after.expires is None:
        return None
    return max(0, -((now - after.expires) // timedelta(days=1)))
