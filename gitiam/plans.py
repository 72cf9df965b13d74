"""What Terraform would do in one module, as a value: read from its JSON, compared by a digest.

The format is documented at "JSON Output Format" in Terraform's internals. What gitiam's modules
never hold, and what this reader does not know, is refused: nothing is passed over in silence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from gitiam.canonical import SHADOWS, Values, canonical, strict_json
from gitiam.errors import GitiamError

#: Every list of actions that Terraform and OpenTofu give, as of 1.11.
ACTIONS = frozenset(
    {
        *(("no-op",), ("create",), ("read",), ("update",), ("delete",), ("forget",)),
        *(("delete", "create"), ("create", "delete")),
    }
)

_FORMAT = "gitiam-plan-1"
#: What gitiam reads, what only repeats it, and what says nothing of changes in AWS: outputs stand
#: in the state alone, and what has drifted is the `before` of the resource itself.
_KNOWN = frozenset(
    {
        *("format_version", "terraform_version", "variables", "planned_values", "resource_drift"),
        *("resource_changes", "output_changes", "prior_state", "configuration", "checks"),
        *("relevant_attributes", "timestamp", "applyable", "complete", "errored"),
    }
)
_KNOWN_OF_RESOURCE = frozenset(
    {
        *("address", "previous_address", "module_address", "mode", "type", "name", "index"),
        *("provider_name", "deposed", "change", "action_reason"),
    }
)
#: What a provider may be told: where it works, for which account and as whom, and its patience.
#: Anything else could lead it elsewhere, or have it add what the plan does not show.
_KNOWN_OF_PROVIDER = frozenset(
    {"region", "allowed_account_ids", "max_retries", "retry_mode", "assume_role"}
)
_KNOWN_OF_CHANGE = frozenset(
    {
        *("actions", "before", "after", "after_unknown", "before_sensitive", "after_sensitive"),
        *("replace_paths", "importing", "before_identity", "after_identity"),
    }
)


@dataclass(frozen=True, slots=True)
class PlannedResource:
    """One entry of a plan's `resource_changes`.

    `unknown` names the attributes that are known only after the apply. `imports` is the id by which
    it is brought into the state, and `moved_from` the address that it had there.
    """

    address: str
    type: str
    actions: tuple[str, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    unknown: frozenset[str] = frozenset()
    imports: str | None = None
    moved_from: str | None = None
    reason: str = ""

    @property
    def is_change(self) -> bool:
        """Whether an apply does anything about it in AWS or forgets it."""
        return self.actions != ("no-op",)

    @property
    def is_gone(self) -> bool:
        """Whether what there is now is deleted, be it to be made anew."""
        return "delete" in self.actions

    @property
    def action(self) -> str:
        """One word for people."""
        return "replace" if len(self.actions) > 1 else self.actions[0]

    def canonical(self) -> PlannedResource:
        """The same without noise: what two plans of the same thing have in common."""
        before, after, unknown = canonical(self.before, self.after, self.unknown)
        return PlannedResource(self.address, self.type, self.actions, before, after, unknown)

    def as_json(self) -> dict[str, Any]:
        """The canonical form, for digests and records."""
        plain = self.canonical()
        return {
            "address": plain.address,
            "type": plain.type,
            "actions": list(plain.actions),
            "before": plain.before,
            "after": plain.after,
            "unknown": sorted(plain.unknown),
        }

    @classmethod
    def from_json(cls, body: Any) -> PlannedResource:
        """Read what `as_json` wrote; ValueError when it is something else."""
        if not isinstance(body, dict) or body.keys() != _RECORDED:
            raise ValueError("a resource of a plan has other keys than gitiam writes")
        actions = tuple(_texts(body["actions"]))
        if actions not in ACTIONS:
            raise ValueError(f"nobody knows the actions {actions}")
        found = cls(
            address=_text(body["address"]),
            type=_text(body["type"]),
            actions=actions,
            before=_recorded(body["before"]),
            after=_recorded(body["after"]),
            unknown=frozenset(_texts(body["unknown"])),
        )
        if found.as_json() != body:
            raise ValueError(f"{found.address} is not in the form that gitiam writes")
        return found


_RECORDED = frozenset({"address", "type", "actions", "before", "after", "unknown"})
#: Attributes whose parts gitiam looks at one by one: each has the shape that the provider gives it.
_LISTS = frozenset({"groups", "users", "roles"})
_NUMBER = "max_session_duration"


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """All that Terraform would do in one module.

    `accounts` are those that its one provider accepts. `is_complete` is false when only some
    resources were planned.
    """

    resources: tuple[PlannedResource, ...]
    accounts: tuple[str, ...] = ()
    is_complete: bool = True

    @property
    def changes(self) -> tuple[PlannedResource, ...]:
        """The resources that something happens to."""
        return tuple(resource for resource in self.resources if resource.is_change)

    def digest(self) -> str:
        """SHA-256 over addresses, actions and canonical values; what stays as it is has no part."""
        bodies = [r.as_json() for r in sorted(self.changes, key=_order)]
        text = json.dumps([_FORMAT, bodies], sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """For a record. What stays as it is stands there too: it says what else is in force."""
        ordered = sorted(self.resources, key=_order)
        return {"digest": self.digest(), "resources": [r.as_json() for r in ordered]}

    @classmethod
    def from_json(cls, body: Any) -> ModulePlan:
        """Read what `as_json` wrote; ValueError when it is something else, or says a wrong sum."""
        try:
            plan = cls(tuple(PlannedResource.from_json(part) for part in body["resources"]))
            stated = _text(body["digest"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a recorded plan: {error}") from error
        if len({r.address for r in plan.resources}) < len(plan.resources):
            raise ValueError("an address stands twice in a recorded plan")
        if plan.digest() != stated:
            raise ValueError("a recorded plan has another digest than it says")
        return plan


def read_plan(show_json: str) -> ModulePlan:
    """What `terraform show -json PLANFILE` says; GitiamError for anything unfamiliar."""
    try:
        body = strict_json(show_json)
        if not str(body["format_version"]).startswith("1."):
            raise _refused(f"its format is {body['format_version']}")
        _no_strangers(body, _KNOWN, "the plan")
        if body.get("errored"):
            raise _refused("planning it ended with an error")
        for check in body.get("checks", []):
            if check["status"] not in ("pass", "unknown"):
                raise _refused(f"the check {check['address']['to_display']} says {check['status']}")
        return ModulePlan(
            resources=tuple(map(_resource, body.get("resource_changes", []))),
            accounts=_accounts(body["configuration"]),
            is_complete=body.get("complete", True) is True,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _refused(f"{type(error).__name__}: {error}") from error


def _resource(body: Mapping[str, Any]) -> PlannedResource:
    address = _text(body["address"])
    _no_strangers(body, _KNOWN_OF_RESOURCE, address)
    if "deposed" in body:
        # The rest of a replacement that failed: at this address stands something else by now.
        address = f"{address} (deposed {_text(body['deposed'])})"
    change = body["change"]
    _no_strangers(change, _KNOWN_OF_CHANGE, address)
    actions = tuple(_texts(change["actions"]))
    if actions not in ACTIONS:
        raise _refused(f"nobody knows what to {' and '.join(actions)} {address} means")
    unknown = change.get("after_unknown") or {}
    if unknown is True:
        raise _refused("a whole resource is known only after the apply")
    if _is_anywhere(change.get("before_sensitive")) or _is_anywhere(change.get("after_sensitive")):
        raise _refused(f"{address} has values that are marked as secret, and nobody could see them")
    partly = [name for name in SHADOWS & unknown.keys() if unknown[name] not in (True, False, [])]
    if partly:
        # What nobody has set is unknown as a whole.
        raise _refused(f"{min(partly)} of {address} has parts that are known only after the apply")
    importing = change.get("importing")
    return PlannedResource(
        address=address,
        type=_text(body["type"]),
        actions=actions,
        before=_values(change["before"]),
        after=_values(change["after"]),
        unknown=frozenset(name for name, value in unknown.items() if _is_anywhere(value)),
        imports=None if importing is None else str(importing.get("id", "")),
        moved_from=body.get("previous_address"),
        reason=str(body.get("action_reason", "")),
    )


def _accounts(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    """The accounts of the one provider; GitiamError where there is more than that to reckon with.

    A second provider could reach another account, and a provisioner runs a program.
    """
    root = configuration["root_module"]
    providers = configuration.get("provider_config", {})
    if root.get("module_calls"):
        raise _refused("its template calls other modules")
    for resource in root.get("resources", []):
        _check_configured(resource)
    if len(providers) > 1:
        raise _refused(f"its template has {len(providers)} providers: {', '.join(providers)}")
    for provider in providers.values():
        expressions = provider.get("expressions", {})
        strange = sorted(expressions.keys() - _KNOWN_OF_PROVIDER)
        if strange:
            raise _refused(f"its template sets {strange[0]} of the provider")
        allowed = expressions.get("allowed_account_ids", {})
        return tuple(_texts(allowed.get("constant_value", [])))
    return ()


def _check_configured(resource: Mapping[str, Any]) -> None:
    """What a resource says of a role's shadows is all that shall hang on it, whoever hung it."""
    if resource.get("provisioners"):
        raise _refused("its template has a provisioner, which would run a program")
    named = sorted(SHADOWS & resource.get("expressions", {}).keys())
    if named:
        raise _refused(f"its template sets {named[0]} of {resource.get('address')}")


def _is_anywhere(value: Any) -> bool:
    """Whether `true` stands somewhere in it."""
    if isinstance(value, Mapping):
        return any(map(_is_anywhere, value.values()))
    if isinstance(value, list):
        return any(map(_is_anywhere, value))
    return value is True


def _no_strangers(body: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    strange = sorted(name for name in body.keys() - known if body[name] not in (None, [], {}, ""))
    if strange:
        raise _refused(f"{where} has {strange[0]!r}, which gitiam does not know")


def _refused(why: str) -> GitiamError:
    return GitiamError(
        f"Terraform's plan cannot be judged, so it is not applied: {why}",
        hint="gitiam's own templates with Terraform 1.10 or 1.11 make plans that it understands;"
        " an estate's own are in templates/terraform",
    )


def _order(resource: PlannedResource) -> tuple[str, tuple[str, ...]]:
    return resource.address, resource.actions


def _values(value: Any) -> Values | None:
    if value is not None and not isinstance(value, dict):
        raise TypeError(f"expected an object, found {type(value).__name__}")
    return value


def _recorded(value: Any) -> Values | None:
    """The attributes of a recorded resource; TypeError where one has not the shape of a real one.

    Whoever reads a record later goes by these shapes.
    """
    values = _values(value) or {}
    for name in sorted(_LISTS & values.keys()):
        if values[name] is not None:
            _texts(values[name])
    for tag in (_values(values.get("tags")) or {}).values():
        if tag is not None:
            _text(tag)
    number = values.get(_NUMBER)
    if number is not None and type(number) is not int:
        raise TypeError(f"expected a number, found {type(number).__name__}")
    return _values(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {type(value).__name__}")
    return value


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list):
        raise TypeError(f"expected a list, found {type(values).__name__}")
    return [_text(value) for value in values]
