"""What IAM decides about one request of a principal, from its identity-based policies.

Source: IAM User Guide, "Policy evaluation logic": an explicit Deny wins wherever it stands; then
the permissions boundary must allow, where there is one; then a policy of the principal must. What
SCPs, session policies and policies of resources say besides is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from gitiam.policy.actions import names_action
from gitiam.policy.conditions import Context, filled, hold, plain
from gitiam.policy.resource import resource_matches
from gitiam.policy.statement import Statement


class Decision(StrEnum):
    """As IAM's policy simulator names them."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


def evaluate(
    statements: Iterable[Statement],
    action: str,
    resource: str,
    context: Context,
    boundary: Iterable[Statement] | None = None,
) -> Decision:
    """The decision on `service:Name` on one ARN (or `*`, for actions that have no resource).

    `boundary` is the document of the permissions boundary; None: there is none. PolicyError when a
    statement that may matter cannot be understood.
    """
    found = tuple(statements)
    limits = None if boundary is None else tuple(boundary)
    if any(_says("Deny", s, action, resource, context) for s in (*found, *(limits or ()))):
        return Decision.EXPLICIT_DENY
    if limits is not None and not _allow(limits, action, resource, context):
        return Decision.IMPLICIT_DENY
    return Decision.ALLOWED if _allow(found, action, resource, context) else Decision.IMPLICIT_DENY


def _allow(statements: Iterable[Statement], action: str, resource: str, context: Context) -> bool:
    return any(_says("Allow", s, action, resource, context) for s in statements)


def _says(effect: str, statement: Statement, action: str, resource: str, context: Context) -> bool:
    return (
        statement.effect == effect
        and names_action(statement, action)
        and _names_resource(statement, resource, context)
        and hold(statement.conditions, context)
    )


def _names_resource(statement: Statement, resource: str, context: Context) -> bool:
    text = plain(resource)
    if statement.not_resources:
        return not _any(statement.not_resources, text, context)
    # A policy of a resource may leave it out: it means the resource that the policy is on.
    return not statement.resources or _any(statement.resources, text, context)


def _any(patterns: Iterable[str], text: str, context: Context) -> bool:
    known = (filled(pattern, context) for pattern in patterns)
    return any(pattern is not None and resource_matches(pattern, text) for pattern in known)
