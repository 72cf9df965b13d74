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


def grants_of(file: File) -> tuple[Grant, ...]:
    """The grants of a request or policy; a declaration has none."""
    return () if isinstance(file, Declaration) else file.grants


def actions_of(file: File) -> Iterator[tuple[Steps, str]]:
    """Every action that the file itself spells out."""
    for index, grant in enumerate(grants_of(file)):
        if isinstance(grant, ActionsGrant):
            key = "actions" if grant.actions else "not_actions"
            for number, action in enumerate(grant.actions or grant.not_actions):
                yield ("grants", index, key, number), action
    if isinstance(file, Declaration):
        for index, entry in enumerate(file.trust):
            for number, action in enumerate(entry.actions):
                yield ("trust", index, "actions", number), action


def resources_of(file: File) -> Iterator[tuple[Steps, str]]:
    """Every ARN, or pattern of ARNs, that a grant of the file spells out."""
    for index, grant in enumerate(grants_of(file)):
        if isinstance(grant, (GroupGrant, ManagedPolicyGrant)):
            continue
        key, resources = _resources(grant)
        for number, resource in enumerate(resources):
            yield ("grants", index, key, number), resource


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
