"""An action cannot work on any of the resources it is given on.

## What it does
Compares the types of resource that each action works on, by AWS's Service Authorization
Reference, with the ARNs of the grant. It speaks only where no ARN can be of such a type. Where
the reference knows no type at all for an action, which then belongs on `*`, that is a warning.

## Why is this bad?
IAM takes such a grant without a word, and it gives nothing. The usual case is S3: listing works
on the bucket, `arn:aws:s3:::orders`, but reading and writing on the objects in it,
`arn:aws:s3:::orders/*`.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from gitiam.catalog import Action, Catalog
from gitiam.config import Account
from gitiam.desired.grants import fill_in, fill_in_all
from gitiam.findings import Finding, Fix, Severity
from gitiam.models import ActionsGrant, AssumeGrant
from gitiam.policy.glob import is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.layout import added_beside
from gitiam.validate.resources import problem_of
from gitiam.validate.rule import Rule, replaced, shown
from gitiam.validate.walk import Steps, grants_of

_ASSUME = "sts:AssumeRole"
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class InapplicableAction(Rule):
    """Every action works on at least one resource of its grant."""

    id = "inapplicable-action"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each action that works on none; at each role to assume that is no role."""
        accounts = context.accounts_of(file)
        if not accounts:
            return
        for index, grant in enumerate(grants_of(file)):
            steps = ("grants", index)
            if isinstance(grant, AssumeGrant):
                yield from self._roles(steps, grant, file, context)
            elif isinstance(grant, ActionsGrant) and grant.actions and grant.resources:
                yield from self._actions(steps, grant, file, context)

    def _actions(
        self, steps: Steps, grant: ActionsGrant, file: File, context: Context
    ) -> Iterator[Finding]:
        accounts = context.accounts_of(file)
        resources = _filled(grant.resources, accounts)
        if "*" in resources or any(problem_of(r, context.estate.config) for r in grant.resources):
            return
        for number, pattern in enumerate(grant.actions):
            if _applies(pattern, resources, context.catalog) is not False:
                continue
            place = file.source.place(*steps, "actions", number)
            message = _message(pattern, accounts[0], context.catalog)
            fix = _fix(pattern, steps, grant, file, context)
            severity = None if _has_types(pattern, context.catalog) else Severity.WARNING
            yield self.finding(place, message, fix, severity)

    def _roles(
        self, steps: Steps, grant: AssumeGrant, file: File, context: Context
    ) -> Iterator[Finding]:
        for number, role in enumerate(grant.roles):
            if problem_of(role, context.estate.config):
                continue
            filled = _filled([role], context.accounts_of(file))
            if _applies(_ASSUME, filled, context.catalog) is False:
                place = file.source.place(*steps, "assume", number)
                message = f"{shown(role)} is not the ARN of a role, and only a role can be assumed"
                hint = "write it as `arn:aws:iam::ACCOUNT:role/NAME`"
                yield self.finding(place, message, Fix(hint))


def _filled(resources: Sequence[str], accounts: Sequence[Account]) -> tuple[str, ...]:
    """The ARNs with the placeholders filled for every account; each once."""
    if not any("{" in resource for resource in resources):
        return tuple(resources)
    return tuple(dict.fromkeys(fill_in(r, a) for a in accounts for r in resources))


def _applies(pattern: str, resources: Sequence[str], catalog: Catalog) -> bool | None:
    """Whether an action of the pattern may work on a resource; None: there is no action."""
    actions = _actions_of(pattern, catalog)
    if not actions:
        return None
    return any(catalog.may_apply(action, resource) for action in actions for resource in resources)


def _actions_of(pattern: str, catalog: Catalog) -> tuple[Action, ...]:
    """The actions of a pattern; of those that work on the same types of resource, the first."""
    if not is_glob(pattern):
        action = catalog.action(pattern)
        return () if action is None else (action,)
    return _by_types(pattern.lower(), catalog)


@lru_cache(1024)
def _by_types(pattern: str, catalog: Catalog) -> tuple[Action, ...]:
    found: dict[tuple[str, ...], Action] = {}
    for action in filter(None, map(catalog.action, catalog.expand(pattern))):
        found.setdefault((action.service, *action.resource_types), action)
    return tuple(found.values())


def _has_types(pattern: str, catalog: Catalog) -> bool:
    return any(action.resource_types for action in _actions_of(pattern, catalog))


def _message(pattern: str, account: Account, catalog: Catalog) -> str:
    action = _actions_of(pattern, catalog)[0]
    if is_glob(pattern):
        return f"no action that {shown(pattern)} stands for can work on a resource given here"
    if not action.resource_types:
        return (
            f"{shown(pattern)} works on no resource in particular, so it gives nothing on those"
            " given here"
        )
    types = catalog.resource_types(action.service)
    needed = [
        f"{kind} (`{_example(types[kind], account)}`)"
        for kind in action.resource_types
        if kind in types
    ]
    return (
        f"{shown(pattern)} cannot work on any resource given here: it needs the ARN of"
        f" {' or '.join(needed[:3])}"
    )


def _example(patterns: str, account: Account) -> str:
    """AWS's pattern in the words of this account: `arn:aws:s3:::BUCKET_NAME/OBJECT_NAME`."""
    known = {"Partition": account.partition, "Region": account.region, "Account": account.id}
    return _VARIABLE.sub(
        lambda found: known.get(found[1]) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", found[1]).upper(),
        patterns.split(", ")[0],
    )


def _fix(
    pattern: str, steps: Steps, grant: ActionsGrant, file: File, context: Context
) -> Fix | None:
    """The same resource with or without `/*` or `:*`, where the action works on that."""
    accounts = context.accounts_of(file)
    catalog = context.catalog
    first = _actions_of(pattern, catalog)[0]
    if not is_glob(pattern) and not first.resource_types:
        return Fix("put it into a grant of its own with `resources: '*'`")
    for number, resource in enumerate(grant.resources):
        for candidate in _neighbours(resource):
            filled = fill_in_all([candidate], accounts[0])
            if not _applies(pattern, filled, catalog):
                continue
            if all(_applies(other, filled, catalog) for other in grant.actions):
                place = file.source.place(*steps, "resources", number)
                return replaced(place, candidate)
            title = f"add `{candidate}` to the resources"
            where = (*steps, "resources", number)
            return added_beside(file.source, where, candidate, title) or Fix(title)
    return None


def _neighbours(resource: str) -> Iterator[str]:
    for tail in ("/*", ":*"):
        if resource.endswith(tail):
            yield resource.removesuffix(tail)
        else:
            yield resource + tail
    if "/" in resource:
        yield resource.partition("/")[0]
