"""A condition asks for a key that no action of its grant carries.

## What it does
Looks the keys of services up in AWS's Service Authorization Reference, which says for each action,
and for each type of resource that it works on, which keys come with a request. It speaks only where
no action of the grant comes with the key. Global keys, such as `aws:SourceIp`, may come with any.

## Why is this bad?
The request never holds the key. So the condition never holds and the grant gives nothing; or, with
`IfExists` or an operator with `Not`, it always holds and limits nothing.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
    conditions: {StringLike: {s3:prefix: 2026/*}}
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:ListBucket]
    resources: [arn:aws:s3:::orders]
    conditions: {StringLike: {s3:prefix: 2026/*}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.desired.grants import GrantError
from gitiam.findings import Finding, Fix, Severity
from gitiam.models import ActionsGrant, Condition
from gitiam.validate.context import Context, File
from gitiam.validate.operators import operator_of
from gitiam.validate.rule import Rule, listed, shown
from gitiam.validate.walk import Steps, conditions_of, grants_of


class InapplicableCondition(Rule):
    """Every condition asks for what some action of its grant carries."""

    id = "inapplicable-condition"
    severity = Severity.WARNING

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each key that no action carries."""
        for steps, conditions in conditions_of(file):
            if steps[0] != "grants" or not isinstance(steps[1], int):
                continue
            suspects = [c for c in conditions if _is_of_a_service(c, context)]
            if suspects:
                yield from self._grant(file, steps, suspects, context)

    def _grant(
        self, file: File, steps: Steps, suspects: list[Condition], context: Context
    ) -> Iterator[Finding]:
        actions = _actions(file, steps, context)
        if not actions:
            return
        for condition in suspects:
            if any(context.catalog.carries(action, condition.key) for action in actions):
                continue
            place = file.source.place_of_key(*steps, condition.operator, condition.key)
            names = listed([f"`{action}`" for action in actions])
            message = f"{names}: no request carries {shown(condition.key)}, so {_effect(condition)}"
            yield self.finding(place, message, Fix("take the condition out, or give other actions"))


def _is_of_a_service(condition: Condition, context: Context) -> bool:
    """Whether the key exists, and does so for some actions alone."""
    operator = operator_of(condition.operator)
    known = context.catalog.condition_key(None, condition.key) is not None
    return operator is not None and known and not context.catalog.is_global_key(condition.key)


def _actions(file: File, steps: Steps, context: Context) -> tuple[str, ...]:
    """The actions that the grant gives, in AWS's spelling; () where that cannot be said."""
    grant = grants_of(file)[int(steps[1])]
    if isinstance(grant, ActionsGrant):
        patterns = grant.actions
    else:
        accounts = context.accounts_of(file)
        try:
            access = context.resolver.access([grant], accounts[0]) if accounts else None
        except GrantError:
            return ()
        patterns = tuple(a for s in access.statements for a in s.actions) if access else ()
    return tuple(dict.fromkeys(a for pattern in patterns for a in context.catalog.expand(pattern)))


def _effect(condition: Condition) -> str:
    operator = operator_of(condition.operator)
    is_absence = operator is not None and operator.name == "Null" and "true" in condition.values
    if operator is not None and (operator.holds_without_key or is_absence):
        return "the condition always holds, and limits nothing"
    return "the condition never holds"
