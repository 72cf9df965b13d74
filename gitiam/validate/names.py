"""The principals and policies that a file is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitiam.models import Declaration, Kind, ModuleKey, Request
from gitiam.validate.context import File
from gitiam.validate.walk import Steps


@dataclass(frozen=True, slots=True)
class Named:
    """A kind of IAM entity and a name as it is spelled."""

    kind: Kind
    name: str


def named(file: File) -> Iterator[tuple[Steps, Named]]:
    """The principals of a request, the principal of a declaration, the name of a policy."""
    if isinstance(file, Request):
        for index, principal in enumerate(file.principals):
            yield ("principal", index), Named(principal.kind, principal.name)
    elif isinstance(file, Declaration):
        yield ("principal",), Named(file.principal.kind, file.principal.name)
    else:
        yield ("policy",), Named(Kind.POLICY, file.name)


def module_keys(file: File) -> tuple[ModuleKey, ...]:
    """The modules that the file has a part in, each once."""
    names = dict.fromkeys(one for _, one in named(file))
    accounts = dict.fromkeys(file.accounts)
    return tuple(ModuleKey(a, one.kind, one.name) for a in accounts for one in names)
