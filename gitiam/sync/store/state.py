"""Terraform's own objects beside the ledger: the state of a module, and the lock on it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Marker, Record, StateVersion
from gitiam.sync.store.objects import Objects

#: The format of a state since Terraform 0.12, and the only one that Terraform writes.
_FORMAT = 4
#: A type or a name in Terraform's language: these become arguments of a command.
_IDENTIFIER = re.compile(r"[^\W\d][\w-]*")
#: Terraform draws a UUID; it becomes an argument, too.
_LOCK_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")


@dataclass(frozen=True)
class State:
    """A module's state, as far as gitiam reads it: its version, and the addresses it knows.

    `version` is None where there is no state, and where it cannot be read, which `broken` tells.
    `tainted` is what was made, and not to the end: Terraform would make it anew.
    """

    version: StateVersion | None = None
    addresses: frozenset[str] = frozenset()
    broken: str | None = None
    tainted: frozenset[str] = frozenset()

    @property
    def is_absent(self) -> bool:
        """Whether there is none: not so much as something that cannot be read."""
        return self.version is None and self.broken is None

    def damage(self, record: Record | None, marker: Marker | None = None) -> str | None:
        """What has happened to it since record or marker were written; None when nothing has.

        The marker's word goes first: an apply that did not end well may have made the state anew.

        A serial that is higher is none: every refresh may write.
        """
        if self.broken:
            return f"cannot be read ({self.broken})"
        then = record.state if record else None
        if marker is not None and marker.state is not None:
            then = marker.state
        if self.version is None:
            # A record that is older than the remembering of versions tells at least what was made.
            return "is gone" if then or (record and record.creates) else None
        if then is None:
            return None
        if self.version.lineage != then.lineage:
            return "is another one than gitiam left behind"
        if self.version.serial < then.serial:
            return f"is an old one: serial {self.version.serial} instead of {then.serial}"
        return None

    def missing(self, record: Record | None) -> tuple[str, ...]:
        """What the record says was made, and the state knows nothing of."""
        return tuple(sorted(record.imports.keys() - self.addresses)) if record else ()


@dataclass(frozen=True)
class Lock:
    """The lock that Terraform's S3 backend puts beside a state. `id` is what breaks it."""

    id: str
    who: str = ""
    since: str = ""

    def is_since(self, moment: datetime) -> bool:
        """Whether it was made by somebody of this machine, and no earlier."""
        try:
            made = datetime.fromisoformat(self.since)
        except ValueError:
            return False
        here = self.who.rpartition("@")[2] == socket.gethostname()
        return here and made.tzinfo is not None and made >= moment


@dataclass(frozen=True)
class ModuleState:
    """Where the state of one module lies."""

    objects: Objects
    key: ModuleKey

    def read(self) -> State:
        """The state as it is now."""
        return read_state(self.objects.get(state_key(self.key)))

    def set_aside(self) -> None:
        """Keep the bytes under `broken/`, and take them out of Terraform's way.

        GitiamError while Terraform is at work on it: what looks broken may be half written.
        """
        key = state_key(self.key)
        lock = lock_in_bucket(self.objects, self.key)
        if lock or self.objects.is_busy(key):
            raise GitiamError(
                f"the state of {self.key} is locked{f' by {lock.who}' if lock else ''}",
                hint="Wait for that run to end; when it is dead: gitiam apply --break-lock"
                f" {self.key}",
            )
        set_aside(self.objects, key)


def set_aside(objects: Objects, key: str) -> str | None:
    """Move an object below `broken/`, under its name and the time; says where it lies now."""
    raw = objects.get(key)
    if raw is None:
        return None
    kept = keep_broken(objects, key, raw)
    objects.delete(key)
    return kept


def keep_broken(objects: Objects, key: str, raw: bytes) -> str:
    """Keep these bytes below `broken/`; says where."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    kept = f"broken/{key}.{moment}"
    objects.put(kept, raw)
    return kept


def state_key(key: ModuleKey) -> str:
    """Where a module's state lies in the store."""
    return f"state/{key}.tfstate"


def read_state(raw: bytes | None) -> State:
    """What these bytes say; an empty file is what Terraform locks before there is a state."""
    if not raw:
        return State()
    try:
        body = json.loads(raw)
        lineage, serial = body["lineage"], body["serial"]
        if not isinstance(lineage, str) or type(serial) is not int or serial < 0:
            raise TypeError("lineage and serial")
        if type(body["version"]) is not int or body["version"] != _FORMAT:
            raise ValueError(f"its format is not {_FORMAT}")
        instances = dict(_instances(body))
        tainted = (a for a, instance in instances.items() if instance.get("status") == "tainted")
        version = StateVersion(lineage, serial)
        return State(version, frozenset(instances), tainted=frozenset(tainted))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return State(broken=f"{type(error).__name__}: {error}")


def lock_in_bucket(objects: Objects, key: ModuleKey) -> Lock | None:
    """The lock on the module's state, where the S3 backend has put one beside it.

    The lock of a local state is the operating system's, and ends with the process that holds it.
    """
    raw = objects.get(f"{state_key(key)}.tflock")
    if raw is None:
        return None
    try:
        body = json.loads(raw)
        if not _LOCK_ID.fullmatch(body["ID"]):
            raise ValueError("its ID is none")
        return Lock(body["ID"], str(body.get("Who", "")), str(body.get("Created", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise GitiamError(
            f"the lock on the state of {key} cannot be read: {error}",
            hint=f"When no run is alive, delete the object {state_key(key)}.tflock",
        ) from error


def _instances(state: Any) -> Iterator[tuple[str, Any]]:
    """Each resource's address, and what the state holds of it; ValueError for what is damaged.

    Terraform itself would pass over some of it in silence, and forget what it made.
    """
    found = set()
    for resource in _list(state["resources"]):
        mode = resource.get("mode", "managed")
        home = f"{_identifier(resource['type'])}.{_identifier(resource['name'])}"
        if mode not in ("managed", "data"):
            raise ValueError(f"{home} is of no known mode")
        if resource.get("module") is not None:
            raise ValueError(f"{home} belongs to a module inside of the module")
        if (mode, home) in found:
            raise ValueError(f"{home} stands in it twice")
        found.add((mode, home))
        instances = list(_of_resource(home, _list(resource["instances"])))
        yield from instances if mode == "managed" else ()


def _of_resource(home: str, instances: list[Any]) -> Iterator[tuple[str, Any]]:
    found = set()
    for instance in instances:
        index = instance.get("index_key")
        if type(index) not in (str, int, type(None)):
            raise TypeError(f"an index of {home}")
        address = home if index is None else f"{home}[{json.dumps(index)}]"
        if not isinstance(instance["attributes"], dict):
            raise TypeError(f"the attributes of {address}")
        # What is to go when its successor is there stands beside it, under a name of its own.
        if (address, instance.get("deposed")) in found:
            raise ValueError(f"{address} stands in it twice")
        found.add((address, instance.get("deposed")))
        yield address, instance


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a {type(value).__name__} where a list must be")
    return value


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise ValueError("a type or name that is none")
    return value
