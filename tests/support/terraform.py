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
from gitiam.modules import Module
from gitiam.outcomes import Outcome
from gitiam.sync.apply import IMPORT_FILE, OVERRIDE_FILE
from gitiam.sync.objects import Objects
from gitiam.sync.process import Processes
from gitiam.sync.terraform import Terraform, TerraformError, Workspace


@dataclass
class Cloud:
    """Live IAM and Terraform's states; the ARNs of `exists` are there."""

    objects: Objects
    exists: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    runs: list[tuple[str, list[str]]] = field(default_factory=list)
    failing: dict[str, GitiamError | BaseException] = field(default_factory=dict)

    def existing(self, account: Account, arns: Iterable[str]) -> frozenset[str]:
        """`gitiam.sync.apply.Live`."""
        listed = list(arns)
        self.asked += listed
        return frozenset(self.exists.intersection(listed))

    def state(self, module: Module) -> set[str]:
        """The addresses in the module's state."""
        raw = self.objects.get(f"state/{module.key}.tfstate")
        return set(json.loads(raw)["addresses"]) if raw else set()

    def save(self, module: Module, addresses: set[str]) -> None:
        """Write the module's state, in Terraform's form and in a shorter one."""
        body = {
            "addresses": sorted(addresses),
            "resources": [_resource(address) for address in sorted(addresses)],
        }
        self.objects.put(f"state/{module.key}.tfstate", json.dumps(body).encode())


def _resource(address: str) -> dict[str, Any]:
    kind, _, rest = address.partition(".")
    name, bracket, index = rest.partition("[")
    key = {"index_key": json.loads(index[:-1])} if bracket else {}
    return {"type": kind, "name": name, "instances": [key]}


@dataclass(frozen=True)
class FakeWorkspace(Workspace):
    """Applies like Terraform: creates, destroys, imports, and guards what may not be destroyed."""

    cloud: Cloud
    extra: Mapping[str, str]

    def apply(self, variables: Mapping[str, str]) -> Outcome:
        """Make it so, in the cloud and in the state."""
        module, cloud = self.module, self.cloud
        cloud.runs.append((str(module.key), sorted(self.extra)))
        addresses = cloud.state(module)
        imports = json.loads(self.extra.get(IMPORT_FILE, '{"import": []}'))["import"]
        addresses.update(block["to"] for block in imports)
        for address, arn in module.creates.items():
            if address not in addresses:
                if arn in cloud.exists:
                    raise TerraformError(f"EntityAlreadyExists: {arn}")
                cloud.exists.add(arn)
            addresses.add(address)
            failure = cloud.failing.get(str(module.key))
            if failure is not None:
                # Killed or failed when AWS had done it: the state may not have been written.
                if isinstance(failure, GitiamError):
                    cloud.save(module, addresses)
                raise failure
        cloud.save(module, addresses & set(module.creates))
        return Outcome(applied=len(module.creates))


@dataclass(frozen=True)
class FakeTerraform(Terraform):
    """Hands out workspaces that exist in memory alone."""

    cloud: Cloud

    @contextmanager
    def workspace(
        self, module: Module, extra: Mapping[str, str] | None = None
    ) -> Iterator[Workspace]:
        """A folder that is none."""
        for name in extra or {}:
            assert name in (IMPORT_FILE, OVERRIDE_FILE)
        yield FakeWorkspace(self, module, Path(), self.cloud, extra or {})


def fake_terraform(cloud: Cloud) -> FakeTerraform:
    """A Terraform for this cloud."""
    return FakeTerraform(Path(), Path(), LocalStore(), Path(), Processes(), cloud=cloud)
