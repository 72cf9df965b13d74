"""A Terraform in memory: it keeps a state, says what exists, and fails when it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitiam.config import Account, LocalStore
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Module
from gitiam.outcomes import Outcome
from gitiam.sync.apply import IMPORT_FILE, OVERRIDE_FILE, REMOVED_FILE
from gitiam.sync.objects import Objects
from gitiam.sync.process import Processes
from gitiam.sync.terraform import Terraform, TerraformError, Variables, Workspace


@dataclass
class Cloud:
    """Live IAM and Terraform's states.

    `exists` holds the ARNs of entities, and `MODULE ADDRESS` for what hangs on them. `failing` maps
    modules to what happens to them once their first resource has been made.
    """

    objects: Objects
    exists: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    runs: list[tuple[str, list[str]]] = field(default_factory=list)
    failing: dict[str, GitiamError | BaseException] = field(default_factory=dict)
    made: dict[tuple[ModuleKey, str], str] = field(default_factory=dict)

    def existing(self, account: Account, arns: Iterable[str]) -> frozenset[str]:
        """What recovery asks of live IAM."""
        listed = list(arns)
        self.asked += listed
        return frozenset(self.exists.intersection(listed))

    def state(self, key: ModuleKey) -> dict[str, str]:
        """What a module's state knows: address → identity."""
        raw = self.objects.get(f"state/{key}.tfstate")
        return dict(json.loads(raw)["identities"]) if raw else {}

    def save(self, key: ModuleKey, known: Mapping[str, str]) -> None:
        """Write a module's state, in Terraform's form and with the identities."""
        body = {"identities": dict(known), "resources": list(map(_resource, sorted(known)))}
        self.objects.put(f"state/{key}.tfstate", json.dumps(body).encode())


def _resource(address: str) -> dict[str, Any]:
    kind, _, rest = address.partition(".")
    name, bracket, index = rest.partition("[")
    key = {"index_key": json.loads(index[:-1])} if bracket else {}
    return {"type": kind, "name": name, "instances": [key]}


@dataclass(frozen=True)
class FakeWorkspace(Workspace):
    """Applies as Terraform does: imports, creates, destroys, and stops where a name is taken."""

    cloud: Cloud
    extra: Mapping[str, str]

    def apply(self, variables: Variables, targets: Iterable[str] = ()) -> Outcome:
        """Make it so, in the cloud and in the state."""
        key, cloud = self.module.key, self.cloud
        cloud.runs.append((str(key), sorted(self.extra)))
        known = cloud.state(key)
        for block in json.loads(self.extra.get(IMPORT_FILE, '{"import": []}'))["import"]:
            known[block["to"]] = self._identity(block["to"])
        for block in json.loads(self.extra.get(REMOVED_FILE, '{"removed": []}'))["removed"]:
            assert block["lifecycle"] == {"destroy": False}
            known.pop(block["from"], None)
        scope = set(targets) or {*known, *self.module.imports}
        for address in sorted(scope & self.module.imports.keys() - known.keys()):
            known[address] = self._create(address)
            self._fail_if_told(known)
        for address in sorted(scope & known.keys() - self.module.imports.keys()):
            cloud.exists.discard(known.pop(address))
        cloud.save(key, known)
        return Outcome()

    def bring_in(self, address: str, name: str, variables: Variables) -> None:
        """Put what exists into the state."""
        identity = self.cloud.made.get((self.module.key, address))
        if identity in self.cloud.exists:
            self.cloud.save(
                self.module.key, self.cloud.state(self.module.key) | {address: identity}
            )

    def _identity(self, address: str) -> str:
        return self.module.creates.get(address, f"{self.module.key} {address}")

    def _create(self, address: str) -> str:
        identity = self._identity(address)
        if address in self.module.creates and identity in self.cloud.exists:
            raise TerraformError(f"EntityAlreadyExists: {identity}")
        self.cloud.exists.add(identity)
        self.cloud.made[self.module.key, address] = identity
        return identity

    def _fail_if_told(self, known: Mapping[str, str]) -> None:
        failure = self.cloud.failing.get(str(self.module.key))
        if isinstance(failure, GitiamError):
            self.cloud.save(self.module.key, known)
        if failure is not None:
            raise failure  # killed, the state is not written, though AWS has done it


@dataclass(frozen=True)
class FakeTerraform(Terraform):
    """Hands out workspaces that exist in memory alone."""

    cloud: Cloud = field(kw_only=True)

    @contextmanager
    def workspace(
        self, module: Module, extra: Mapping[str, str] | None = None
    ) -> Iterator[Workspace]:
        """A folder that is none."""
        assert set(extra or {}) <= {IMPORT_FILE, OVERRIDE_FILE, REMOVED_FILE}
        yield FakeWorkspace(self, module, Path(), self.cloud, extra or {})


def fake_terraform(cloud: Cloud) -> FakeTerraform:
    """A Terraform for this cloud."""
    return FakeTerraform(Path(), Path(), LocalStore(), Path(), Processes(), cloud=cloud)
