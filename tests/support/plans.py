"""Plans as Terraform makes them, from one module to another, with the noise of the provider."""

from __future__ import annotations

import json
from typing import Any

from gitiam.models import Kind
from gitiam.modules import Module
from gitiam.plans import ModulePlan, PlannedResource

#: Address → what AWS and the provider say of the resource.
State = dict[str, dict[str, Any]]


def state_of(module: Module | None) -> State:
    """What the state holds when the module has been applied."""
    return {} if module is None else {a: _values(module, a) for a in module.imports}


def plan_of(module: Module, before: Module | State | None = None) -> ModulePlan:
    """What Terraform would do to get from there to the module."""
    old = state_of(before) if before is None or isinstance(before, Module) else before
    return plan_between(old, state_of(module), module.account.id)


def plan_between(old: State, new: State, account: str) -> ModulePlan:
    """What Terraform would do to get from one state to the other."""
    addresses = sorted({*old, *new})
    found = tuple(_change(a, old.get(a), new.get(a)) for a in addresses)
    return ModulePlan(found, (account,))


def _change(
    address: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> PlannedResource:
    unknown: frozenset[str] = frozenset()
    if before is None and after is not None:
        actions: tuple[str, ...] = ("create",)
        unknown = frozenset({"id", "arn"} & after.keys())
        after = {name: value for name, value in after.items() if name not in unknown}
    elif after is None:
        actions = ("delete",)
    else:
        actions = ("no-op",) if before == after else ("update",)
    return PlannedResource(address, address.split(".")[0], actions, before, after, unknown)


def _values(module: Module, address: str) -> dict[str, Any]:
    kind, name, identity = module.key.kind, module.key.name, module.imports[address]
    home, _, index = address.partition("[")
    if home.endswith(".this"):
        return _itself(module, identity)
    if home == "aws_iam_policy.overflow":
        path, _, policy = identity.partition(":policy")[2].rpartition("/")
        values: dict[str, Any] = {"name": policy, "path": f"{path}/", "arn": identity}
        return values | _document(module, "policy", f"overflow-{json.loads(index[:-1])}")
    if home.endswith("_policy.inline"):
        values = {"id": identity, "name": "gitiam", "name_prefix": "", str(kind): name}
        return values | _document(module, "policy", "inline")
    if home.endswith("_policy_attachment.overflow") or home.endswith(".managed"):
        return {"id": "made-up", str(kind): name, "policy_arn": identity.partition("/")[2]}
    return {"id": "made-up", "user": name, "groups": identity.split("/")[1:]}


def _itself(module: Module, identity: str) -> dict[str, Any]:
    kind = module.key.kind
    values = {**module.settings, "id": identity, "arn": module.owns}
    if kind is not Kind.GROUP:
        values["tags_all"] = values["tags"]
    if kind is Kind.ROLE:
        values |= {"force_detach_policies": False, "inline_policy": [], "managed_policy_arns": []}
        return values | _document(module, "assume_role_policy", "trust")
    return values | (_document(module, "policy", "inline") if kind is Kind.POLICY else {})


def _document(module: Module, attribute: str, name: str) -> dict[str, Any]:
    """Written otherwise than in the file, as the provider does."""
    return {attribute: json.dumps(json.loads(module.files[f"policies/{name}.json"]), indent=3)}
