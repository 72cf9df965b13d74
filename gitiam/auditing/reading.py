"""A version of a file → what it gives, principal by principal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gitiam.auditing.values import FileStep, Given
from gitiam.config import Account, Config
from gitiam.desired.compute import fingerprint_in
from gitiam.desired.grants import Resolver
from gitiam.load.estate import File, parse_file
from gitiam.models import (
    AccessGrant,
    ActionsGrant,
    AssumeGrant,
    BundleGrant,
    Declaration,
    Grant,
    GroupGrant,
    ManagedPolicyGrant,
    Request,
)


@dataclass(frozen=True)
class Reader:
    """Reads versions as the estate of today would, and remembers those that are alike."""

    config: Config
    resolver: Resolver
    _read: dict[tuple[str, bytes], tuple[Given, ...] | str] = field(
        default_factory=dict, init=False
    )

    def given(self, step: FileStep) -> tuple[Given, ...] | str:
        """What it gives; a sentence where it cannot be understood."""
        if step.raw is None:
            return step.problem or "its content is not known"
        if (step.path, step.raw) not in self._read:
            self._read[step.path, step.raw] = self._understood(step.path, step.raw)
        return self._read[step.path, step.raw]

    def _understood(self, path: str, raw: bytes) -> tuple[Given, ...] | str:
        found = parse_file(path, raw)
        if isinstance(found, tuple):
            return "; ".join(f"{one.location}: {one.message}" for one in found)
        given = tuple(self._each(found))
        return given or "it names no account, or no principal"

    def _each(self, file: File) -> Iterator[Given]:
        grants = () if isinstance(file, Declaration) else file.grants
        for name in dict.fromkeys(file.accounts):
            account = self.config.accounts.get(name)
            opened = self._opened(grants, account) if account else None
            for principal in _principals(file):
                yield Given(
                    account=name,
                    principal=principal,
                    reason=file.reason,
                    ticket=(file.ticket or "") if isinstance(file, Request) else "",
                    expires=file.expires if isinstance(file, Request) else None,
                    grants=tuple(map(_words, grants)) or ("the principal itself",),
                    resources=opened or (),
                    is_open=opened is None,
                    outlasts=any(isinstance(g, ManagedPolicyGrant | GroupGrant) for g in grants),
                    fingerprint=fingerprint_in(file, account, self.resolver) if account else None,
                )

    def _opened(self, grants: tuple[Grant, ...], account: Account) -> tuple[str, ...] | None:
        """The resources that these grants open; None where that is not certain."""
        access, errors = self.resolver.access_of_known(grants, account, None)
        allowed = [one for one in access.statements if one.effect == "Allow"]
        others = any(one.not_resources for one in allowed)
        if errors or access.attachments or access.groups or others:
            return None
        return tuple(dict.fromkeys(r for one in allowed for r in one.resources))


def _principals(file: File) -> tuple[str, ...]:
    match file:
        case Request():
            return tuple(dict.fromkeys(map(str, file.principals)))
        case Declaration():
            return (str(file.principal),)
        case _:
            return (f"policy/{file.name}",)


def _words(grant: Grant) -> str:
    """A grant in a line."""
    match grant:
        case BundleGrant():
            what, where = f"bundle {grant.bundle}", grant.resources
        case AccessGrant():
            what, where = f"access {', '.join(grant.levels)}", grant.resources
        case ActionsGrant():
            denied = "deny " if grant.effect == "Deny" else ""
            what = denied + (", ".join(grant.actions) or f"all but {', '.join(grant.not_actions)}")
            excepted = tuple(f"all but {name}" for name in grant.not_resources)
            where = grant.resources or excepted
        case ManagedPolicyGrant():
            return f"managed policy {grant.policy}"
        case GroupGrant():
            return f"member of {grant.group}"
        case AssumeGrant():
            what, where = "assume", grant.roles
    return f"{what} on {', '.join(where)}" if where else what
