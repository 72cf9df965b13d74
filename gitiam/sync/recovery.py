"""What a dead run left behind, and what must not be taken for it.

A run that is killed may have made things in AWS without living to write its state. They are found
again by the marker that it left in the ledger, and put into the state: then Terraform goes on as if
that run had ended in order, makes nothing twice, and takes away what nobody wants any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.modules import Marker, Module, Record
from gitiam.sync.objects import Objects
from gitiam.sync.state import addresses_in_state
from gitiam.sync.terraform import Terraform, Variables


class Live(Protocol):
    """What recovery asks of live IAM."""

    def existing(self, account: Account, arns: Iterable[str]) -> frozenset[str]:
        """Those of these users, groups, roles and policies that exist now."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """Addresses still to be created, and those that a dead run created and did not record."""

    absent: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recovery:
    """Looks, and mends the state."""

    terraform: Terraform
    objects: Objects
    live: Live

    def look(self, module: Module, record: Record | None, marker: Marker | None) -> Found:
        """What the module is about to create, and how much of it is there already.

        GitiamError for an entity that exists and is not gitiam's: it must not be taken over.
        """
        known = record.creates if record else {}
        new = {a: arn for a, arn in module.creates.items() if known.get(a) != arn}
        if not new:
            return Found()
        existing = self.live.existing(module.account, new.values())
        ours = set(marker.absent) if marker else set()
        in_state = addresses_in_state(self.objects, module.key) if existing else frozenset()
        for address, arn in new.items():
            if arn in existing and address not in ours and address not in in_state:
                raise GitiamError(
                    f"{arn} exists already, and was not made by gitiam",
                    hint="Remove it, choose another name, or take its `kind: principal` file out"
                    " and only attach to it",
                )
        return Found(
            absent=tuple(a for a, arn in new.items() if arn not in existing),
            orphans=tuple(a for a, arn in new.items() if arn in existing and a not in in_state),
        )

    def settle(self, module: Module, marker: Marker, variables: Variables) -> None:
        """Bring into the state all that the run of `marker` made, if something else is wanted now.

        Nothing is changed in AWS. What that run did not come to make is passed over. Entities that
        existed before it are not its own, and stay out.
        """
        if marker.digest == module.digest:
            return
        in_state = addresses_in_state(self.objects, module.key)
        foreign = marker.creates.keys() - set(marker.absent)
        missing = {
            address: name
            for address, name in marker.imports.items()
            if address not in in_state and address not in foreign
        }
        if not missing:
            return
        then = Module(module.key, module.account, marker.files, marker.digest)
        with self.terraform.workspace(then) as workspace:
            for address, name in missing.items():
                workspace.bring_in(address, name, variables)
