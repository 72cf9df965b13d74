"""Modules, changes and what the ledger holds, as values: what render makes and sync applies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey


@dataclass(frozen=True, slots=True)
class Module:
    """The Terraform root of one principal or shared policy.

    `files` maps relative paths to text; `digest` covers every byte of them, and so everything that
    decides what the module does. `origins` maps each file of the estate that has a part in it to a
    fingerprint of that part; `creates` maps the Terraform address of each IAM entity that it brings
    into being to the entity's ARN.
    A module without resources takes away what it made before.
    """

    key: ModuleKey
    account: Account
    files: Mapping[str, str]
    digest: str
    origins: Mapping[str, str] = field(default_factory=dict)
    creates: Mapping[str, str] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    is_empty: bool = False

    @property
    def owns(self) -> str | None:
        """The ARN of the principal or shared policy itself, where this module makes it."""
        return owned(self.creates)

    @property
    def order(self) -> tuple[int, str, str]:
        """Policies, groups, roles, users; then, where access is taken away, the other way round."""
        rank, account, name = self.key.order
        return (7 - rank if self.is_empty else rank, account, name)


def owned(creates: Mapping[str, str]) -> str | None:
    """The ARN of the entity that a module is about, among all that it creates."""
    return next((arn for address, arn in creates.items() if address.endswith(".this")), None)


@dataclass(frozen=True, slots=True)
class Change:
    """A module that is pending, and why.

    `destroys` is the ARN of the principal or policy that would go, itself and not only its access;
    `blocked` says why nothing can be done.
    """

    module: Module
    previous: str | None
    reasons: tuple[str, ...]
    destroys: str | None = None
    blocked: GitiamError | None = None

    @property
    def key(self) -> ModuleKey:
        """Which module."""
        return self.module.key

    def as_json(self) -> dict[str, Any]:
        """What `changes`, `plan` and `apply` print for machines."""
        return {
            "account": self.key.account,
            "principal": self.key.principal,
            "reasons": list(self.reasons),
            "digest": self.module.digest,
            "previous": self.previous,
            "empties": self.module.is_empty,
            "destroys": self.destroys,
        }


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger keeps of one successful apply. Times are RFC 3339 in UTC."""

    digest: str
    origins: Mapping[str, str]
    creates: Mapping[str, str]
    applied_at: str
    run: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()

    def as_text(self) -> str:
        """JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True, indent=2) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Record:
        """Read what `as_text` wrote; ValueError when it is something else."""
        try:
            body = json.loads(text)
            return cls(
                digest=_text(body["digest"]),
                origins=_texts(body["origins"]),
                creates=_texts(body["creates"]),
                applied_at=_text(body["applied_at"]),
                run=_texts(body.get("run", {})),
                reasons=tuple(map(_text, body.get("reasons", []))),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a ledger record: {error}") from error


@dataclass(frozen=True, slots=True)
class Marker:
    """Says that an apply began; it stays until one ends well.

    `files` and `imports` are those of the module that was being applied. `absent` holds the
    addresses of entities that did not exist when the first of these applies
    began: what exists there now was made by an apply that did not live to write its state.
    """

    digest: str
    absent: tuple[str, ...]
    creates: Mapping[str, str]
    imports: Mapping[str, str]
    files: Mapping[str, str]
    started_at: str
    run: Mapping[str, str] = field(default_factory=dict)

    def as_text(self) -> str:
        """JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True, indent=2) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Marker:
        """Read what `as_text` wrote; ValueError when it is something else."""
        try:
            body = json.loads(text)
            return cls(
                digest=_text(body["digest"]),
                absent=tuple(map(_text, body["absent"])),
                creates=_texts(body["creates"]),
                imports=_texts(body["imports"]),
                files=_texts(body["files"]),
                started_at=_text(body["started_at"]),
                run=_texts(body.get("run", {})),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not an apply marker: {error}") from error


@dataclass(frozen=True, slots=True)
class Standing:
    """What one listing of the ledger tells about a module, without reading any object.

    Not exactly one digest, or an apply that began and did not end, means that what is live is not
    known: such a module is pending whatever its digest.
    """

    digests: tuple[str, ...] = ()
    unfinished: bool = False

    @property
    def digest(self) -> str | None:
        """The digest that was last applied, where that is certain."""
        return self.digests[0] if len(self.digests) == 1 and not self.unfinished else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {type(value).__name__}")
    return value


def _texts(body: Any) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in body.items()}
