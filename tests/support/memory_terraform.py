"""A Terraform in memory that plans and applies contents, on `MemoryIam`.

It refreshes, imports, forgets, replaces and destroys in the order of dependencies, keeps a state in
the store, and ends badly where it is told to: with an error, with a half-made principal, or killed
with its state written or not.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from gitiam.config import LocalStore
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Module
from gitiam.outcomes import Outcome
from gitiam.sync.apply.fate import IMPORT_FILE, OVERRIDE_FILE, REMOVED_FILE, own_address
from gitiam.sync.machine.process import Processes
from gitiam.sync.store.objects import Objects
from gitiam.sync.store.state import state_key
from gitiam.sync.terraform.workspace import (
    StateLockedError,
    Terraform,
    TerraformError,
    Variables,
    Workspace,
)
from tests.support.memory_iam import AwsError, Entity, MemoryIam, spot
from tests.support.objects import Crash, ProcessObjects
from tests.support.terraform import resources_in_state

#: Address → what `terraform import` calls it.
Known = dict[str, str]


@dataclass
class Failure:
    """What happens to one module when so many of its steps are done; `times` how often."""

    how: str
    after: int
    times: int = 1


@dataclass
class Estatewide:
    """What all Terraforms share: live IAM, locks, and what is to go wrong."""

    iam: MemoryIam
    failing: dict[ModuleKey, Failure] = field(default_factory=dict)
    steps: int = 0
    lineages: Iterator[int] = field(default_factory=count)
    locks: dict[ModuleKey, threading.Lock] = field(default_factory=dict)

    @contextmanager
    def locked(self, key: ModuleKey) -> Iterator[None]:
        """Terraform's lock on a state."""
        lock = self.locks.setdefault(key, threading.Lock())
        if not lock.acquire(blocking=False):
            raise StateLockedError("the state is locked by somebody")
        try:
            yield
        finally:
            lock.release()


@dataclass(frozen=True)
class MemoryWorkspace(Workspace):
    """One module, on the accounts in memory."""

    shared: Estatewide
    extra: Mapping[str, str]
    objects: Objects

    def apply(
        self,
        variables: Variables,
        targets: Iterable[str] = (),
        check: Callable[[Any], None] | None = None,
    ) -> Outcome:
        """Refresh, plan, apply; the state is written at the end, whatever the end is."""
        with self.shared.locked(self.module.key):
            failure = self._failure("locked")
            if failure:
                raise StateLockedError("the state is locked by somebody")
            return self._apply(set(targets))

    def bring_in(self, address: str, name: str, variables: Variables) -> None:
        """Put what exists into the state; the configuration must know the address."""
        kind, _, rest = address.partition(".")
        label = rest.partition("[")[0]
        assert f'resource "{kind}" "{label}"' in self.module.files["main.tf"], address
        with self.shared.locked(self.module.key):
            known, tainted = self._read()
            if self._live(address, name):
                self._save(known | {address: name}, tainted)

    def untaint(self, address: str, variables: Variables) -> None:
        """Have it gone on with."""
        with self.shared.locked(self.module.key):
            known, tainted = self._read()
            self._save(known, tainted - {address})

    # -- the state --------------------------------------------------------------------------

    def _read(self) -> tuple[Known, set[str]]:
        raw = self.objects.get(state_key(self.module.key))
        if not raw:
            return {}, set()
        body = json.loads(raw)
        return dict(body["known"]), set(body["tainted"])

    def _save(self, known: Known, tainted: set[str]) -> None:
        """In Terraform's form; one that says the same as before is not written."""
        key = state_key(self.module.key)
        raw = self.objects.get(key)
        before: dict[str, Any] = json.loads(raw) if raw else {"serial": 0}
        said = {"known": known, "tainted": sorted(tainted & known.keys())}
        if all(before.get(name) == value for name, value in said.items()):
            return
        body = {
            "version": 4,
            "lineage": before.get("lineage") or f"lineage-{next(self.shared.lineages)}",
            "serial": before["serial"] + 1,
            "resources": resources_in_state(known, tainted),
            **said,
        }
        self.objects.put(key, json.dumps(body).encode())

    # -- an apply ---------------------------------------------------------------------------

    def _apply(self, targets: set[str]) -> Outcome:
        known, tainted = self._read()
        for block in json.loads(self.extra.get(REMOVED_FILE, '{"removed": []}'))["removed"]:
            assert block["lifecycle"] == {"destroy": False}
            if known.pop(block["from"], None):
                self._iam.released.add(spot(*self._home(self.module.key.name)))
        known = {a: n for a, n in known.items() if self._live(a, n)}
        for block in json.loads(self.extra.get(IMPORT_FILE, '{"import": []}'))["import"]:
            name = self.module.imports[block["to"]]
            if not self._live(block["to"], name):
                raise TerraformError(f"Cannot import non-existent remote object {name}")
            known[block["to"]] = name
        going, coming = self._planned(known, tainted)
        if targets:
            going = [a for a in going if a in targets]
            coming = [a for a in coming if a in targets]
        failure, done = self._failure(), 0
        steps = [(self._destroy, a) for a in going] + [(self._make, a) for a in coming]
        if not set(going) & set(coming):
            steps = steps[len(going) :] + steps[: len(going)]
        try:
            for do, address in steps:
                if failure and done == failure.after:
                    self._fail(failure, known, tainted)
                do(address, known)
                done += 1
                self.shared.steps += 1
                if failure and failure.how == "half" and address.endswith(".this"):
                    tainted.add(address)
                    self._fail(failure, known, tainted)
                tainted.discard(address)
            if failure:
                self._fail(failure, known, tainted)
        except AwsError as error:
            self._save(known, tainted)
            raise TerraformError(str(error)) from error
        self._save(known, tainted)
        return Outcome()

    def _planned(self, known: Known, tainted: set[str]) -> tuple[list[str], list[str]]:
        """What goes and what is made or changed, each in the order of its dependencies."""
        wanted = self.module.imports
        going = {a for a in known if a not in wanted}
        own = own_address(self.module)
        if own in wanted and own in known and (own in tainted or self._is_remade()):
            if OVERRIDE_FILE not in self.extra:
                raise TerraformError(f"Instance cannot be destroyed: {own}")
            going.add(own)
            if "replace_triggered_by" in self.module.files["main.tf"]:
                going |= {a for a in known if a in wanted and not a.startswith("aws_iam_policy.")}
        for address in known.keys() & wanted.keys():
            if known[address] != wanted[address] and "membership" not in address:
                going.add(address)
        coming = sorted((a for a in wanted if a in going or self._differs(a, known)), key=_rank)
        return sorted(going, key=_rank, reverse=True), coming

    def _is_remade(self) -> bool:
        """Whether AWS cannot change it in place: a path, and all but the text of a policy."""
        if self.module.key.kind not in (Kind.ROLE, Kind.POLICY):
            return False
        live = self._iam.get(*self._home(self.module.key.name))
        names = ["path", "description"] if self.module.key.kind is Kind.POLICY else ["path"]
        return any(live.settings.get(n) != self.module.settings.get(n) for n in names)

    def _differs(self, address: str, known: Known) -> bool:
        return known.get(address) != self.module.imports[address] or not self._is_right(address)

    def _failure(self, *hows: str) -> Failure | None:
        failure = self.shared.failing.get(self.module.key)
        if failure is None or bool(hows) != (failure.how == "locked"):
            return None
        failure.times -= 1
        if failure.times <= 0:
            del self.shared.failing[self.module.key]
        return failure

    def _fail(self, failure: Failure, known: Known, tainted: set[str]) -> None:
        if failure.how != "killed":  # the state is not written, though AWS has done it
            self._save(known, tainted)
        if failure.how.startswith("killed"):
            assert isinstance(self.objects, ProcessObjects)
            self.objects.is_dead = True
            raise Crash
        if failure.how == "throttled":
            raise TerraformError("api error Throttling: Rate exceeded")
        raise TerraformError("injected: AWS said no")

    # -- resources --------------------------------------------------------------------------

    @property
    def _iam(self) -> MemoryIam:
        return self.shared.iam

    def _home(self, name: str) -> tuple[str, Kind, str]:
        return (self.module.account.id, self.module.key.kind, name)

    def _principal(self) -> Entity | None:
        return self._iam.find(*self._home(self.module.key.name))

    def _live(self, address: str, name: str) -> bool:
        """Whether it exists, under the name by which it is imported."""
        if address.startswith("aws_iam_policy."):
            return self._iam.policy(name) is not None
        who = self._principal()
        if who is None or address.endswith(".this"):
            return who is not None
        if address.endswith("_policy.inline"):
            return name.partition(":")[2] in who.inline
        if "membership" in address:
            return bool(who.groups & set(name.split("/")[1:]))
        return name.partition("/")[2] in who.attached

    def _is_right(self, address: str) -> bool:
        """Whether live has just the contents that the module gives it."""
        files, name = self.module.files, self.module.imports[address]
        if address.startswith("aws_iam_policy."):
            policy = self._iam.policy(name)
            is_own = address.endswith(".this")
            return (
                policy is not None
                and policy.text == files[_document(address)]
                and (not is_own or policy.settings == self.module.settings)
            )
        who = self._principal()
        if who is None:
            return False
        if address.endswith(".this"):
            trust = files.get("policies/trust.json", "")
            return who.settings == self.module.settings and who.text == trust
        if address.endswith("_policy.inline"):
            return who.inline.get(name.partition(":")[2]) == files[_document(address)]
        if "membership" in address:
            return set(name.split("/")[1:]) <= who.groups
        return name.partition("/")[2] in who.attached

    def _make(self, address: str, known: Known) -> None:
        files, name = self.module.files, self.module.imports[address]
        if address.endswith(".this") or address.startswith("aws_iam_policy."):
            self._make_entity(address, name, is_new=address not in known)
        else:
            who = self._iam.get(*self._home(self.module.key.name))
            if address.endswith("_policy.inline"):
                who.inline[name.partition(":")[2]] = files[_document(address)]
            elif "membership" in address:
                groups = set(name.split("/")[1:])
                who.groups -= set(known.get(address, "").split("/")[1:]) - groups
                self._iam.join(who, groups)
            else:
                self._iam.attach(who, name.partition("/")[2])
        known[address] = name

    def _make_entity(self, address: str, name: str, *, is_new: bool) -> None:
        module, is_own = self.module, address.endswith(".this")
        settings = dict(module.settings) if is_own else {}
        kind = module.key.kind if is_own else Kind.POLICY
        text = module.files.get(
            "policies/trust.json" if kind is not Kind.POLICY else _document(address), ""
        )
        arn = module.creates[address]
        short = module.key.name if is_own else name.rpartition("/")[2]
        if is_new:
            self._iam.create(Entity(arn, kind, short, settings, text))
        else:
            entity = self._iam.get(module.account.id, kind, short)
            entity.arn, entity.settings, entity.text = arn, settings, text

    def _destroy(self, address: str, known: Known) -> None:
        name = known[address]
        who = self._principal()
        if address.startswith("aws_iam_policy."):
            policy = self._iam.policy(name)
            if policy is not None:
                self._iam.delete(policy)
        elif who is not None:
            if address.endswith(".this"):
                self._iam.delete(who)
            elif address.endswith("_policy.inline"):
                who.inline.pop(name.partition(":")[2], None)
            elif "membership" in address:
                who.groups -= set(name.split("/")[1:])
            else:
                who.attached.discard(name.partition("/")[2])
        del known[address]


def _document(address: str) -> str:
    """The file that holds a policy's text."""
    if '.overflow["' in address:
        return f"policies/overflow-{json.loads(address.partition('[')[2][:-1])}.json"
    return "policies/inline.json"


def _rank(address: str) -> tuple[int, str]:
    """Principals, then their managed policies, then what attaches these, then the rest."""
    if address.endswith(".this"):
        return (0, address)
    if address.startswith("aws_iam_policy."):
        return (1, address)
    return (2 if ".overflow[" in address else 3, address)


class Hasty(Processes):
    """Waits for nothing."""

    def pause(self, seconds: float) -> None:
        """Not at all."""


@dataclass(frozen=True)
class MemoryTerraform(Terraform):
    """Hands out workspaces that exist in memory alone."""

    shared: Estatewide = field(kw_only=True)
    objects: Objects = field(kw_only=True)

    @contextmanager
    def workspace(
        self, module: Module, extra: Mapping[str, str] | None = None
    ) -> Iterator[Workspace]:
        """A folder that is none."""
        assert set(extra or {}) <= {IMPORT_FILE, OVERRIDE_FILE, REMOVED_FILE}
        yield MemoryWorkspace(self, module, Path(), self.shared, extra or {}, self.objects)


def memory_terraform(shared: Estatewide, objects: Objects) -> MemoryTerraform:
    """A Terraform that sees the store as its process does."""
    nowhere = Path()
    return MemoryTerraform(
        nowhere, nowhere, LocalStore(), nowhere, Hasty(), shared=shared, objects=objects
    )
