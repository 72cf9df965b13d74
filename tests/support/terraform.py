"""A Terraform in memory: it keeps a state, says what exists, and fails when it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from gitiam.config import Account, LocalStore
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Module
from gitiam.outcomes import Outcome
from gitiam.sync.apply.fate import IMPORT_FILE, OVERRIDE_FILE, REMOVED_FILE
from gitiam.sync.machine.process import Processes
from gitiam.sync.store.objects import Objects
from gitiam.sync.terraform.workspace import (
    StateLockedError,
    Terraform,
    TerraformError,
    Variables,
    Workspace,
)
from tests.support.objects import Crash, ProcessObjects


@dataclass
class Cloud:
    """Live IAM and Terraform's states.

    `exists` holds the ARNs of entities, and `MODULE ADDRESS` for what hangs on them. `failing` maps
    modules to what happens to them once their first resource has been made. `twice` is what was to
    be made though it was there.
    """

    objects: Objects
    exists: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    runs: list[tuple[str, list[str]]] = field(default_factory=list)
    failing: dict[str, GitiamError | BaseException] = field(default_factory=dict)
    made: dict[tuple[ModuleKey, str], str] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    brought_in: list[str] = field(default_factory=list)
    lineages: Iterator[int] = field(default_factory=count)
    locks: dict[ModuleKey, threading.Lock] = field(default_factory=dict)

    def existing(self, account: Account, arns: Iterable[str]) -> frozenset[str]:
        """What recovery asks of live IAM."""
        listed = list(arns)
        self.asked += listed
        return frozenset(self.exists.intersection(listed))

    def state(self, key: ModuleKey, objects: Objects | None = None) -> dict[str, str]:
        """What a module's state knows: address → identity."""
        raw = (objects or self.objects).get(f"state/{key}.tfstate")
        return dict(json.loads(raw)["identities"]) if raw else {}

    def save(
        self, key: ModuleKey, known: Mapping[str, str], objects: Objects | None = None
    ) -> None:
        """Write a module's state, in Terraform's form and with the identities."""
        store = objects or self.objects
        raw = store.get(f"state/{key}.tfstate")
        before: dict[str, Any] = json.loads(raw) if raw else {"serial": 0}
        body = {
            "version": 4,
            "lineage": before.get("lineage") or f"lineage-{next(self.lineages)}",
            "serial": before["serial"] + 1,
            "identities": dict(known),
            "resources": resources_in_state(known),
        }
        store.put(f"state/{key}.tfstate", json.dumps(body).encode())

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


def resources_in_state(known: Iterable[str], tainted: Collection[str] = ()) -> list[dict[str, Any]]:
    """These addresses as a state holds them: a resource once, with all its instances."""
    found: dict[str, list[dict[str, Any]]] = {}
    for address in sorted(known):
        home, bracket, index = address.partition("[")
        instance: dict[str, Any] = {"attributes": {}}
        if bracket:
            instance["index_key"] = json.loads(index[:-1])
        if address in tainted:
            instance["status"] = "tainted"
        found.setdefault(home, []).append(instance)
    return [
        {"type": kind, "name": name, "instances": instances}
        for (kind, _, name), instances in ((h.partition("."), i) for h, i in found.items())
    ]


@dataclass(frozen=True)
class FakeWorkspace(Workspace):
    """Applies as Terraform does: imports, creates, destroys, and stops where a name is taken."""

    cloud: Cloud
    extra: Mapping[str, str]
    objects: Objects

    def apply(
        self,
        variables: Variables,
        targets: Iterable[str] = (),
        check: Callable[[Any], None] | None = None,
    ) -> Outcome:
        """Make it so, in the cloud and in the state."""
        with self.cloud.locked(self.module.key):
            if check is not None:
                check(None)
            return self._apply(targets)

    def bring_in(self, address: str, name: str, variables: Variables) -> None:
        """Put what exists into the state."""
        key, identity = self.module.key, self.cloud.made.get((self.module.key, address))
        with self.cloud.locked(key):
            self.cloud.brought_in.append(f"{address} {name}")
            if identity in self.cloud.exists:
                known = self.cloud.state(key, self.objects) | {address: identity}
                self.cloud.save(key, known, self.objects)

    def _apply(self, targets: Iterable[str]) -> Outcome:
        key, cloud = self.module.key, self.cloud
        cloud.runs.append((str(key), sorted(self.extra)))
        state = cloud.state(key, self.objects)
        known = {a: identity for a, identity in state.items() if identity in cloud.exists}
        for block in json.loads(self.extra.get(IMPORT_FILE, '{"import": []}'))["import"]:
            identity = self._identity(block["to"])
            if identity not in cloud.exists:
                raise TerraformError(f"Cannot import non-existent remote object {identity}")
            known[block["to"]] = identity
        for block in json.loads(self.extra.get(REMOVED_FILE, '{"removed": []}'))["removed"]:
            assert block["lifecycle"] == {"destroy": False}
            known.pop(block["from"], None)
        scope = set(targets) or {*known, *self.module.imports}
        for address in sorted(scope & self.module.imports.keys() - known.keys()):
            known[address] = self._create(address)
            self._fail_if_told(known)
        for address in sorted(scope & known.keys() - self.module.imports.keys()):
            cloud.exists.discard(known.pop(address))
        cloud.save(key, known, self.objects)
        return Outcome()

    def _identity(self, address: str) -> str:
        return self.module.creates.get(address, f"{self.module.key} {address}")

    def _create(self, address: str) -> str:
        identity = self._identity(address)
        if address in self.module.creates and identity in self.cloud.exists:
            self.cloud.twice.append(identity)
            raise TerraformError(f"EntityAlreadyExists: {identity}")
        self.cloud.exists.add(identity)
        self.cloud.made[self.module.key, address] = identity
        return identity

    def _fail_if_told(self, known: Mapping[str, str]) -> None:
        failure = self.cloud.failing.get(str(self.module.key))
        if isinstance(failure, GitiamError):
            self.cloud.save(self.module.key, known, self.objects)
        if isinstance(failure, Crash) and isinstance(self.objects, ProcessObjects):
            self.objects.is_dead = True
        if failure is not None:
            raise failure  # killed, the state is not written, though AWS has done it


@dataclass(frozen=True)
class FakeTerraform(Terraform):
    """Hands out workspaces that exist in memory alone."""

    cloud: Cloud = field(kw_only=True)
    objects: Objects = field(kw_only=True)

    @contextmanager
    def workspace(
        self, module: Module, extra: Mapping[str, str] | None = None
    ) -> Iterator[Workspace]:
        """A folder that is none."""
        assert set(extra or {}) <= {IMPORT_FILE, OVERRIDE_FILE, REMOVED_FILE}
        yield FakeWorkspace(self, module, Path(), self.cloud, extra or {}, self.objects)


def fake_terraform(cloud: Cloud, objects: Objects | None = None) -> FakeTerraform:
    """A Terraform for this cloud, that sees the store as its process does."""
    view = objects or cloud.objects
    processes = Processes()
    return FakeTerraform(Path(), Path(), LocalStore(), Path(), processes, cloud=cloud, objects=view)
