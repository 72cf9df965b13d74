"""Terraform's own objects beside the ledger: the state of a module, and the lock on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.sync.objects import Objects


def addresses_in_state(objects: Objects, key: ModuleKey) -> frozenset[str]:
    """The Terraform addresses that the module's state knows; GitiamError when it cannot be read."""
    raw = objects.get(f"state/{key}.tfstate")
    if not raw:
        return frozenset()
    try:
        return frozenset(_addresses(json.loads(raw)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GitiamError(f"the state of {key} cannot be read: {error}") from error


def lock_in_bucket(objects: Objects, key: ModuleKey) -> str | None:
    """The id of the lock on the module's state, where the S3 backend has put one beside it.

    The lock of a local state is the operating system's, and ends with the process that holds it.
    """
    raw = objects.get(f"state/{key}.tfstate.tflock")
    if raw is None:
        return None
    try:
        return str(json.loads(raw)["ID"])
    except (ValueError, KeyError, TypeError) as error:
        raise GitiamError(
            f"the lock on the state of {key} cannot be read: {error}",
            hint=f"When no run is alive, delete the object state/{key}.tfstate.tflock",
        ) from error


def _addresses(state: Any) -> Iterator[str]:
    for resource in state.get("resources", []):
        for instance in resource["instances"]:
            index = instance.get("index_key")
            suffix = "" if index is None else f"[{json.dumps(index)}]"
            yield f"{resource['type']}.{resource['name']}{suffix}"
