"""Walks over the parts of a file that rules ask for, each with the steps that lead to it."""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.models import (
    AccessGrant,
    ActionsGrant,
    AssumeGrant,
    BundleGrant,
    Conditions,
    Declaration,
    Grant,
    GroupGrant,
    ManagedPolicyGrant,
    Step,
)
from gitiam.validate.context import File

Steps = tuple[Step, ...]

#: Type of principal → the key of a trust entry under which a file names them.
TRUST_KEYS = {
    "AWS": "aws",
    "CanonicalUser": "canonical",
    "Federated": "federated",
    "Service": "service",
}


def grants_of(file: File) -> tuple[Grant, ...]:
    """The grants of a request or policy; a declaration has none."""
    return () if isinstance(file, Declaration) else file.grants


def actions_of(file: File) -> Iterator[tuple[Steps, str]]:
    """Every action that the file itself spells out."""
    for steps, actions in lists_of_actions(file):
        for number, action in enumerate(actions):
            yield (*steps, number), action


def lists_of_actions(file: File) -> Iterator[tuple[Steps, tuple[str, ...]]]:
    """The same, list by list."""
    for index, grant in enumerate(grants_of(file)):
        if isinstance(grant, ActionsGrant):
            key = "actions" if grant.actions else "not_actions"
            yield ("grants", index, key), grant.actions or grant.not_actions
    if isinstance(file, Declaration):
        for index, entry in enumerate(file.trust):
            yield ("trust", index, "actions"), entry.actions


def resources_of(file: File) -> Iterator[tuple[Steps, str]]:
    """Every ARN, or pattern of ARNs, that a grant of the file spells out."""
    for steps, resources in lists_of_resources(file):
        for number, resource in enumerate(resources):
            yield (*steps, number), resource


def lists_of_resources(file: File) -> Iterator[tuple[Steps, tuple[str, ...]]]:
    """The same, list by list."""
    for index, grant in enumerate(grants_of(file)):
        if not isinstance(grant, (GroupGrant, ManagedPolicyGrant)):
            key, resources = _resources(grant)
            yield ("grants", index, key), resources


def trusted_of(file: File) -> Iterator[tuple[Steps, str, tuple[str, ...]]]:
    """Whom the entries of a trust policy name: steps, type (`AWS`, `Service`, …) and names."""
    if isinstance(file, Declaration):
        for index, entry in enumerate(file.trust):
            for kind, names in entry.principals:
                yield ("trust", index, TRUST_KEYS[kind]), kind, names


def lists_of_arns(file: File) -> Iterator[tuple[Steps, tuple[str, ...]]]:
    """Resources, and the ARNs that a trust policy names; other texts may stand among these."""
    yield from lists_of_resources(file)
    yield from lists_of_trusted_arns(file)


def lists_of_trusted_arns(file: File) -> Iterator[tuple[Steps, tuple[str, ...]]]:
    """Of those whom a trust policy names, the lists in which ARNs can stand."""
    for steps, kind, names in trusted_of(file):
        if kind in ("AWS", "Federated"):
            yield steps, names


def _resources(
    grant: BundleGrant | AccessGrant | ActionsGrant | AssumeGrant,
) -> tuple[str, tuple[str, ...]]:
    if isinstance(grant, AssumeGrant):
        return "assume", grant.roles
    if isinstance(grant, ActionsGrant) and grant.not_resources:
        return "not_resources", grant.not_resources
    return "resources", grant.resources


def managed_policies_of(file: File) -> Iterator[tuple[Steps, str]]:
    """Every managed policy that the file names, as a grant or as a permissions boundary."""
    for index, grant in enumerate(grants_of(file)):
        if isinstance(grant, ManagedPolicyGrant):
            yield ("grants", index, "managed_policy"), grant.policy
    if isinstance(file, Declaration) and file.permissions_boundary is not None:
        yield ("permissions_boundary",), file.permissions_boundary


def conditions_of(file: File) -> Iterator[tuple[Steps, Conditions]]:
    """Every block of conditions that is not empty."""
    for index, grant in enumerate(grants_of(file)):
        if not isinstance(grant, (GroupGrant, ManagedPolicyGrant)) and grant.conditions:
            yield ("grants", index, "conditions"), grant.conditions
    if isinstance(file, Declaration):
        for index, entry in enumerate(file.trust):
            if entry.conditions:
                yield ("trust", index, "conditions"), entry.conditions
