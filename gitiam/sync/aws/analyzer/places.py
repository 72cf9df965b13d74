"""Where in a request something stands that AWS found in a policy document. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from gitiam.catalog import Catalog
from gitiam.config import Account
from gitiam.desired.compute import resolver_of, sid_of
from gitiam.desired.grants import GrantError, Resolver, fill_in
from gitiam.desired.state import Desired
from gitiam.findings import Location
from gitiam.load.estate import Estate
from gitiam.models import (
    AssumeGrant,
    Declaration,
    Grant,
    GroupGrant,
    ManagedPolicyGrant,
    Request,
    SharedPolicy,
    Step,
)
from gitiam.policy.statement import Statement
from gitiam.sync.aws.analyzer.calls import Path

File = Request | Declaration | SharedPolicy

#: An element of a statement → the keys of a grant that may spell its values.
_SPELLED = {
    "Action": ("actions",),
    "NotAction": ("not_actions",),
    "Resource": ("resources", "roles"),
    "NotResource": ("not_resources",),
}
_TRUSTED = {
    "AWS": "aws",
    "CanonicalUser": "canonical",
    "Federated": "federated",
    "Service": "service",
}
_CLOCK = "aws:currenttime"


@dataclass(frozen=True)
class Places:
    """Finds the files and lines of one estate."""

    estate: Estate
    catalog: Catalog

    @cached_property
    def files(self) -> Mapping[str, File]:
        """Every file that gives access, by path."""
        estate = self.estate
        every: tuple[File, ...] = (*estate.requests, *estate.declarations, *estate.policies)
        return {file.source.path: file for file in every}

    @cached_property
    def _sids(self) -> Mapping[str, str]:
        """The Sid of every file's statements: they may come by way of a group or shared policy."""
        return {sid_of(path): path for path in self.files}

    @cached_property
    def _resolver(self) -> Resolver:
        return resolver_of(self.estate, self.catalog)

    def file_of(self, statement: Statement) -> File | None:
        """The file that asked for a statement, by its Sid; the second of a Sid ends in `n2`."""
        sid = statement.sid
        path = self._sids.get(sid) or self._sids.get(sid.rpartition("n")[0])
        return self.files.get(path) if path else None

    def of_statement(
        self, file: File, statement: Statement, account: Account, path: Path = ()
    ) -> Location:
        """The line in the file for the statement, or for the part of it that a path leads to.

        `path` begins in the statement. What no line of the file spells, as what a bundle gives, is
        at the grant that it comes from; what several grants give, at `grants`.
        """
        if isinstance(file, Declaration):
            return file.source.place("trust")
        values = list(_values(statement, path))
        grants = list(self._grants(file, statement, account))
        for index, grant in grants:
            for value in values:
                steps = _spelled(grant, str(path[0]), value, account)
                if steps:
                    return file.source.place("grants", index, *steps)
            if path[:1] == ("Condition",) and _has_condition(grant, path):
                return file.source.place("grants", index, "conditions", *path[1:4])
        givers = [i for i, grant in grants if self._gives(file, i, account, path, values)]
        if len(givers) == 1 or (givers and values):
            return file.source.place("grants", givers[0])
        return file.source.place("grants")

    def of_trust(self, declaration: Declaration, index: int, path: Path) -> Location:
        """The line for a statement of a trust policy, which stand in the order of its entries."""
        steps: list[Step] = ["trust"]
        if not 0 <= index < len(declaration.trust):
            return declaration.source.place(*steps)
        steps.append(index)
        if path[:1] == ("Action",):
            steps += ["actions", *path[1:2]]
        elif path[:1] == ("Principal",) and len(path) > 1:
            steps += [_TRUSTED.get(str(path[1]), ""), *path[2:3]]
        elif path[:1] == ("Condition",):
            steps += ["conditions", *path[1:4]]
        return declaration.source.place(*steps)

    def of_attached(self, desired: Desired, what: str) -> Iterator[Location]:
        """Where files name this managed policy (an ARN) or group (`group/NAME`) for the module."""
        for file in (self.files[path] for path in desired.origins if path in self.files):
            for index, grant in enumerate(_grants_of(file)):
                if isinstance(grant, GroupGrant) and f"group/{grant.group}" == what:
                    yield file.source.place("grants", index, "group")
                elif (
                    isinstance(grant, ManagedPolicyGrant)
                    and self._arn(grant, desired.account) == what
                ):
                    yield file.source.place("grants", index, "managed_policy")

    def _arn(self, grant: ManagedPolicyGrant, account: Account) -> str | None:
        try:
            return self._resolver.policy_arn(grant.policy, account).arn
        except GrantError:
            return None

    def _grants(
        self, file: File, statement: Statement, account: Account
    ) -> Iterator[tuple[int, Grant]]:
        """The grants that have a part in the statement."""
        for index, grant in enumerate(_grants_of(file)):
            if any(_overlap(own, statement) for own in self._access(file, index, account)):
                yield index, grant

    def _gives(
        self, file: File, index: int, account: Account, path: Path, values: list[str]
    ) -> bool:
        if not values:
            return True
        element = str(path[0])
        return any(
            value in _list(own, element)
            for own in self._access(file, index, account)
            for value in values
        )

    def _access(self, file: File, index: int, account: Account) -> tuple[Statement, ...]:
        try:
            access = self._resolver.access(_grants_of(file)[index : index + 1], account)
        except GrantError:
            return ()
        return access.statements


def is_gitiams_own(file: File | None, path: Path) -> bool:
    """Whether a path in a document leads to what gitiam writes there by itself.

    That is `Version`, the Sids, and the end of the access as a condition on the clock, where no
    grant of the file has a condition on the clock of its own.
    """
    if path[:1] in (("Version",), ("Id",)):
        return True
    inner = path[2:] if path[:1] == ("Statement",) else path
    if inner[:1] == ("Sid",):
        return True
    if inner[:1] != ("Condition",) or len(inner) < 2 or str(inner[1]).lower() != "datelessthan":
        return False
    if len(inner) > 2 and str(inner[2]).lower() != _CLOCK:
        return False
    conditions = (c for grant in _grants_of(file) for c in getattr(grant, "conditions", ()))
    return not any(c.operator.lower() == "datelessthan" for c in conditions)


def _grants_of(file: File | None) -> tuple[Grant, ...]:
    return () if file is None or isinstance(file, Declaration) else file.grants


def _list(statement: Statement, element: str) -> tuple[str, ...]:
    return {
        "Action": statement.actions,
        "NotAction": statement.not_actions,
        "Resource": statement.resources,
        "NotResource": statement.not_resources,
    }.get(element, ())


def _values(statement: Statement, path: Path) -> Iterator[str]:
    """The texts at the path: one of a list, or the one that stands without a list."""
    if not path:
        return
    values = _list(statement, str(path[0]))
    if len(path) > 1 and isinstance(path[1], int):
        yield from values[path[1] : path[1] + 1] if path[1] >= 0 else ()
    elif len(values) == 1:
        yield values[0]


def _spelled(grant: Grant, element: str, value: str, account: Account) -> tuple[Step, ...]:
    """The steps below the grant to where it spells the value; none where it does not."""
    if isinstance(grant, (GroupGrant, ManagedPolicyGrant)):
        return ()
    for name in _SPELLED.get(element, ()):
        for number, text in enumerate(getattr(grant, name, ())):
            if fill_in(text, account) == value:
                return ("assume" if isinstance(grant, AssumeGrant) else name, number)
    return ()


def _has_condition(grant: Grant, path: Path) -> bool:
    operator = str(path[1]) if len(path) > 1 else ""
    return any(c.operator == operator for c in getattr(grant, "conditions", ()))


def _overlap(own: Statement, statement: Statement) -> bool:
    """Whether the statement may have come of `own`: something of each of its lists is in it."""
    return own.effect == statement.effect and all(
        not set(_list(statement, element)).isdisjoint(_list(own, element))
        if _list(own, element)
        else not _list(statement, element)
        for element in _SPELLED
    )
