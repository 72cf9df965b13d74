"""Terraform's plugin protocol, versions 5 and 6, as far as the relay has to know it.

The messages and services are published as `tfplugin5.proto` and `tfplugin6.proto` in Terraform's
documentation of its plugin protocol. Both versions name the same things differently.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from gitiam.sync.terraform.provider.wire import Field, UnfamiliarError, fields, only_field

# GetSchema.Response and GetProviderSchema.Response: the provider's own schema, its meta schema and
# its capabilities are kept; of the resource schemas those that are used; diagnostics are unheard
# of; every other field is a map of things that no module of gitiam has.
_RESOURCES, _DIAGNOSTICS = 2, 4
_KEPT = {1, 5, 6}
_IDENTITIES = 1

# Configure.Request
_VERSION, _CONFIG, _CAPABILITIES = 1, 2, 3
#: `deferral_allowed` and `write_only_attributes_allowed`; plan and apply differ in the first.
_KNOWN_CAPABILITIES = {1, 2}

_ERROR = 1


@dataclass(frozen=True, slots=True)
class Protocol:
    """The names of one version's service and calls."""

    version: int
    schema: str
    check: str
    configure: str
    stop: str
    passed_on: frozenset[str]

    def path(self, call: str) -> str:
        """The name of a call as gRPC spells it."""
        return f"/tfplugin{self.version}.Provider/{call}"

    def call(self, path: str) -> str | None:
        """The call that gRPC spells so; None for a service that is not this one."""
        service, _, name = path.rpartition("/")
        return name if service == f"/tfplugin{self.version}.Provider" else None


_BOTH = {
    "GetMetadata",
    "GetFunctions",
    "UpgradeResourceState",
    "UpgradeResourceIdentity",
    "ReadResource",
    "PlanResourceChange",
    "ApplyResourceChange",
    "ImportResourceState",
    "MoveResourceState",
}
IDENTITIES = "GetResourceIdentitySchemas"

PROTOCOLS: Mapping[int, Protocol] = {
    5: Protocol(
        version=5,
        schema="GetSchema",
        check="PrepareProviderConfig",
        configure="Configure",
        stop="Stop",
        passed_on=frozenset({*_BOTH, "ValidateResourceTypeConfig"}),
    ),
    6: Protocol(
        version=6,
        schema="GetProviderSchema",
        check="ValidateProviderConfig",
        configure="ConfigureProvider",
        stop="StopProvider",
        passed_on=frozenset({*_BOTH, "ValidateResourceConfig"}),
    ),
}


@dataclass(frozen=True)
class Pruned:
    """A provider's schema without the resources that no module uses."""

    text: bytes = field(repr=False)
    resources: frozenset[str]


def prune(schema: bytes, prefix: str) -> Pruned:
    """Keep the resource types of this prefix, in the order of their names."""
    kept: list[bytes] = []
    resources: dict[str, bytes] = {}
    for part in fields(schema):
        if part.number == _DIAGNOSTICS:
            raise UnfamiliarError("a schema with diagnostics")
        if part.number in _KEPT:
            kept.append(part.raw)
        elif part.number == _RESOURCES and (name := _name(part)).startswith(prefix):
            resources[name] = part.raw
    if not resources or not kept:
        raise UnfamiliarError(f"a schema without any {prefix} resource")
    body = [*kept, *(resources[name] for name in sorted(resources))]
    return Pruned(b"".join(body), frozenset(resources))


def pruned(text: bytes) -> Pruned:
    """What `prune` made, read again."""
    names = (_name(part) for part in fields(text) if part.number == _RESOURCES)
    return Pruned(text, frozenset(names))


def prune_identities(answer: bytes, resources: Collection[str]) -> bytes:
    """The identity schemas of these resources alone."""
    return b"".join(
        part.raw
        for part in fields(answer)
        if part.number != _IDENTITIES or _name(part) in resources
    )


def configuration(request: bytes) -> bytes:
    """What a provider is configured with: the part of the request that says so.

    What Terraform can do beside that bears on resources, and comes with each call about them.
    UnfamiliarError for a field or capability that is not known to be so.
    """
    for part in fields(request):
        is_known = part.number in (_VERSION, _CONFIG) or (
            part.number == _CAPABILITIES
            and {inner.number for inner in fields(part.body)} <= _KNOWN_CAPABILITIES
        )
        if not is_known:
            raise UnfamiliarError("a configuration with something that gitiam does not know")
    return only_field(request, _CONFIG)


def has_error(answer: bytes, diagnostics: int) -> bool:
    """Whether one of the diagnostics, in the field of this number, is an error."""
    return any(severity == _ERROR for severity in _severities(answer, diagnostics))


def _severities(answer: bytes, diagnostics: int) -> Iterator[int]:
    for part in fields(answer):
        if part.number == diagnostics:
            yield from (inner.value for inner in fields(part.body) if inner.number == 1)


def _name(entry: Field) -> str:
    """The key of a map's entry."""
    try:
        return only_field(entry.body, 1).decode()
    except UnicodeDecodeError:
        raise UnfamiliarError("a name that is no text") from None
