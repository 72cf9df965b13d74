"""What a dead run left behind, and what must not be taken for it.

A run that is killed may have made things in AWS without living to write its state. They are found
again by the marker that it left in the ledger, and put into the state: then Terraform goes on as if
that run had ended in order, makes nothing twice, and takes away what nobody wants any more. A state
that was lost, damaged or replaced is made anew in the same way, from the ledger's record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.modules import Marker, Module, Record
from gitiam.sync.apply.stubs import stubs
from gitiam.sync.store.state import ModuleState
from gitiam.sync.terraform.workspace import Terraform, Variables


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
    """Looks, and mends the state. `is_doubtful`: it may lack what the record says was made.

    `adopts`: what exists already, and was made by others, is to be gitiam's from now on.
    """

    terraform: Terraform
    live: Live
    module: Module
    state: ModuleState
    record: Record | None = None
    is_doubtful: bool = False
    adopts: bool = False

    def look(self, marker: Marker | None) -> Found:
        """What the module is about to create, and how much of it is there already.

        GitiamError for an entity that exists and is not gitiam's, unless it is to be adopted: it
        must not be taken over unasked.
        """
        module = self.module
        known = self.record.creates if self.record else {}
        recorded = {a for a, arn in module.creates.items() if known.get(a) == arn}
        doubted = {
            a: arn for a, arn in module.creates.items() if self.is_doubtful or a not in recorded
        }
        if not doubted:
            return Found()
        existing = self.live.existing(module.account, doubted.values())
        ours = recorded | set(marker.absent if marker else ())
        in_state = self.state.read().addresses if existing else frozenset()
        for address, arn in doubted.items():
            is_foreign = arn in existing and address not in ours and address not in in_state
            if is_foreign and not self.adopts:
                raise GitiamError(
                    f"{arn} exists already, and was not made by gitiam",
                    hint="If it is to be gitiam's from now on, apply it with"
                    f" --adopt {module.key}. Otherwise remove it, choose another name, or take its"
                    " `kind: principal` file out and only attach to it",
                )
        there = {a for a, arn in doubted.items() if arn in existing}
        return Found(
            absent=tuple(a for a in doubted if a not in there),
            orphans=tuple(a for a in doubted if a in there and a not in in_state),
        )

    def settle(self, marker: Marker, variables: Variables) -> None:
        """Bring into the state all that the run of `marker` made, if something else is wanted now.

        Nothing is changed in AWS. What that run did not come to make is passed over. Entities that
        existed before it are not its own, and stay out, unless the record says otherwise.
        """
        if marker.digest == self.module.digest:
            return
        known = self.record.creates if self.record else {}
        foreign = {
            address
            for address, arn in marker.creates.items()
            if address not in marker.absent and known.get(address) != arn
        }
        wanted = {a: name for a, name in marker.imports.items() if a not in foreign}
        self._bring_in(wanted, marker.digest, variables)

    def rebuild(self, variables: Variables) -> None:
        """Bring into a state what the record says was made, and is wanted otherwise now.

        What is still wanted just so is not brought in here: entities are imported when it is
        applied, and for what hangs on them AWS takes a second making for the first.
        """
        if self.record is None:
            return
        own, made, makes = self.module.imports, self.record.creates, self.module.creates
        changed = {
            a: name
            for a, name in self.record.imports.items()
            # A role is imported by its name, and so looks the same when it is to move.
            if own.get(a) != name or made.get(a) != makes.get(a)
        }
        self._bring_in(changed, self.record.digest, variables)

    def untaint(self, variables: Variables) -> None:
        """Go on with what an interrupted run made, and not to the end.

        Terraform would destroy it and make it anew: a principal would lose its keys and its trust,
        and its guard forbids it. Whatever is missing on it, the next plan finds.
        """
        tainted = self.state.read().tainted & self.module.imports.keys()
        if tainted:
            with self.terraform.workspace(self.module) as workspace:
                for address in sorted(tainted):
                    workspace.untaint(address, variables)

    def _bring_in(
        self,
        wanted: Mapping[str, str],
        digest: str,
        variables: Variables,
    ) -> None:
        in_state = self.state.read().addresses
        missing = {a: name for a, name in wanted.items() if a not in in_state}
        if not missing:
            return
        # What is the same in every module comes from the one of today: where the state lies, and
        # which provider there is. Of what the ledger remembers nothing is run, but addresses.
        module = self.module
        own = kept_files(module.files)
        everywhere = {path: text for path, text in module.files.items() if path not in own}
        bare = {"main.tf": stubs(missing)}
        then = Module(module.key, module.account, {**bare, **everywhere}, digest)
        with self.terraform.workspace(then) as workspace:
            for address, name in missing.items():
                workspace.bring_in(address, name, variables)


def kept_files(files: Mapping[str, str]) -> dict[str, str]:
    """Those files of a module that are its own, and not the same in every module."""
    return {p: t for p, t in files.items() if p == "main.tf" or p.startswith("policies/")}
