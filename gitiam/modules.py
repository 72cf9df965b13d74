"""Modules, changes and what the ledger holds, as values: what render makes and sync applies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey

#: The reason of a change that no request file explains.
SURROUNDINGS = "template, provider, account or catalogue changed"

#: `aws_iam_policy.overflow["1"]`: what is read from the store becomes an argument of Terraform's.
_ADDRESS = re.compile(r'[^\W\d][\w-]*\.[^\W\d][\w-]*(\[(\d+|"[^\x00-\x1f\x7f]*")\])?')
#: `policies/inline.json`: or a file, below the module's own folder.
_PATH = re.compile(r"(?!\.\.?(/|$))[\w.-]+(/(?!\.\.?(/|$))[\w.-]+)*")


@dataclass(frozen=True, slots=True)
class Module:
    """The Terraform root of one principal or shared policy.

    `files` maps relative paths to text; `digest` covers every byte of them, and so everything that
    decides what the module does. `origins` maps each file of the estate that has a part in it to a
    fingerprint of that part; `creates` maps the Terraform address of each IAM entity that it brings
    into being to the entity's ARN. `settings` holds the attributes, as Terraform names them, of the
    principal or policy itself, where the module makes it.
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
    settings: Mapping[str, Any] = field(default_factory=dict)

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

    `previous` is the digest that was last applied, where that is certain; `record` is what the
    ledger tells of the last apply that ended well, if that can be read; `is_new` says that there
    was none. `destroys` is the ARN of the principal or policy that would go, itself and not only
    its access; `blocked` says why nothing can be done. `approvals` holds, for each request file
    that differs from what was applied, who approved it, where that was asked.
    """

    module: Module
    previous: str | None
    reasons: tuple[str, ...]
    destroys: str | None = None
    blocked: GitiamError | None = None
    record: Record | None = None
    is_new: bool = False
    approvals: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> ModuleKey:
        """Which module."""
        return self.module.key

    @property
    def files(self) -> list[str]:
        """The request files whose part in the module is another than what was applied."""
        before = self.record.origins if self.record is not None else {}
        now = self.module.origins
        return sorted(
            path
            for path in before.keys() | now.keys()
            if before.get(path) != now.get(path) and path.startswith("requests/")
        )

    def as_json(self) -> dict[str, Any]:
        """What `changes`, `plan` and `apply` print for machines."""
        return {
            "account": self.key.account,
            "principal": self.key.principal,
            "reasons": list(self.reasons),
            "files": self.files,
            "digest": self.module.digest,
            "previous": self.previous,
            "empties": self.module.is_empty,
            "destroys": self.destroys,
        }


@dataclass(frozen=True, slots=True)
class StateVersion:
    """Which Terraform state: the history that it belongs to, and how far in it."""

    lineage: str
    serial: int

    def __str__(self) -> str:
        return f"serial {self.serial} of {self.lineage}"


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger keeps of one successful apply. Times are RFC 3339 in UTC.

    `state` is the Terraform state right after it; None where the module left none. `files` and
    `imports` are those of the module, but for the files that are the same in every module: with
    them a state that was lost can be made anew. Records that are older than these have neither.
    `passed` names the rule by which it was let through though reviewers had been shown otherwise.
    `approvals` are those of the request files that had changed (`gitiam.approvals.record`).
    """

    digest: str
    origins: Mapping[str, str]
    creates: Mapping[str, str]
    applied_at: str
    run: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    state: StateVersion | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    passed: str = ""
    approvals: Mapping[str, str] = field(default_factory=dict)

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
                creates=_addressed(body["creates"]),
                applied_at=_moment(body["applied_at"]),
                run=_texts(body.get("run", {})),
                reasons=tuple(map(_text, body.get("reasons", []))),
                state=_state_version(body.get("state")),
                files=_files(body.get("files", {})),
                imports=_addressed(body.get("imports", {})),
                passed=_text(body.get("passed", "")),
                approvals=_texts(body.get("approvals", {})),
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a ledger record: {error}") from error


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that applies a module. `machine` is empty where it cannot be told for certain.

    `started` tells it from another process that has been given the same `pid` later, and `token`
    one apply from another in the same process.
    """

    host: str
    machine: str
    pid: int
    started: str
    token: str


@dataclass(frozen=True, slots=True)
class Marker:
    """Says that an apply began; it stays until one ends well. It is journal and lock in one.

    `files` and `imports` are those of the module that was being applied. `absent` holds the
    addresses of entities that did not exist when the first of these applies
    began: what exists there now was made by an apply that did not live to write its state.
    `holder` is at it now, and says so again at `renewed_at`; None when nobody is. `reviewed` is the
    digest of the module when reviewers had been shown all that it holds. `kept` is the ARN of a
    principal that has lost all its access in this apply, and waits for somebody to say whether it
    is to be destroyed: nothing else is left to do, and nothing went wrong. `state` is the Terraform
    state with which the last of these applies began, where recovery had looked after it: from then
    on that is the one to go on with, and not the one that the record tells of.
    """

    digest: str
    absent: tuple[str, ...]
    creates: Mapping[str, str]
    imports: Mapping[str, str]
    files: Mapping[str, str]
    started_at: str
    run: Mapping[str, str] = field(default_factory=dict)
    holder: Holder | None = None
    renewed_at: str = ""
    reviewed: str = ""
    kept: str = ""
    state: StateVersion | None = None

    @property
    def who(self) -> str:
        """Whose apply it is, for people: the actor, the machine, and the run's address."""
        host = self.holder.host if self.holder else self.run.get("host", "")
        name = " on ".join(part for part in (self.run.get("actor", ""), host) if part)
        where = self.run.get("url", "")
        return f"{name or 'another run'} ({where})" if where else name or "another run"

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
                creates=_addressed(body["creates"]),
                imports=_addressed(body["imports"]),
                files=_files(body["files"]),
                started_at=_text(body["started_at"]),
                run=_texts(body.get("run", {})),
                holder=_holder(body.get("holder")),
                renewed_at=_text(body.get("renewed_at", "")),
                reviewed=_text(body.get("reviewed", "")),
                kept=_text(body.get("kept", "")),
                state=_state_version(body.get("state")),
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
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


def _addressed(body: Any) -> dict[str, str]:
    """Terraform addresses, and what is there."""
    found = _texts(body)
    for address, what in found.items():
        if not _ADDRESS.fullmatch(address) or not what.isprintable():
            raise ValueError(f"no address of a resource, or none that it can have: {address!r}")
    return found


def _files(body: Any) -> dict[str, str]:
    found = _texts(body)
    for path in found:
        if not _PATH.fullmatch(path):
            raise ValueError(f"no file of a module: {path!r}")
    return found


def _moment(value: Any) -> str:
    """An instant in the one form that compares as text; ValueError for one that is none in UTC."""
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    try:
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError as error:
        raise ValueError(f"a time that does not exist in UTC: {error}") from error


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected a number, found {type(value).__name__}")
    return value


def _state_version(body: Any) -> StateVersion | None:
    if body is None:
        return None
    return StateVersion(_text(body["lineage"]), _number(body["serial"]))


def _holder(body: Any) -> Holder | None:
    if body is None:
        return None
    names = ("host", "machine", "started", "token")
    texts = {name: _text(body[name]) for name in names}
    return Holder(pid=_number(body["pid"]), **texts)
