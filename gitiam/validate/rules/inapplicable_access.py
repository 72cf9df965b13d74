"""Access levels are asked for on a resource that has no action of these levels.

## What it does
Looks for at least one action of the access levels that works on the type of each resource.

## Why is this bad?
Nothing would be given, and a typing error in the ARN is the usual cause.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - access: read
    resources: [arn:aws:dynamodb:us-east-1:111122223333:tables/orders]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - access: read
    resources: [arn:aws:dynamodb:us-east-1:111122223333:table/orders]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.catalog import Catalog
from gitiam.desired.grants import fill_in
from gitiam.findings import Finding, Fix
from gitiam.models import AccessGrant, AccessLevel
from gitiam.validate.context import Context, File
from gitiam.validate.resources import problem_of
from gitiam.validate.rule import Rule, nearest, shown
from gitiam.validate.walk import Steps, grants_of


class InapplicableAccess(Rule):
    """Each resource has an action of the access levels that are asked for."""

    id = "inapplicable-access"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each resource without one."""
        if not context.may_not_resolve(file):
            return
        for index, grant in enumerate(grants_of(file)):
            if isinstance(grant, AccessGrant):
                yield from self._grant(("grants", index), grant, file, context)

    def _grant(
        self, steps: Steps, grant: AccessGrant, file: File, context: Context
    ) -> Iterator[Finding]:
        for number, resource in enumerate(grant.resources):
            if problem_of(resource, context.estate.config):
                continue
            filled = [fill_in(resource, account) for account in context.accounts_of(file)]
            missing = [a for a in filled if not context.catalog.actions_for(grant.levels, a)]
            if missing:
                place = file.source.place(*steps, "resources", number)
                yield self.finding(place, *_words(missing[0], grant.levels, context.catalog))


def _words(arn: str, levels: tuple[AccessLevel, ...], catalog: Catalog) -> tuple[str, Fix | None]:
    wanted = " or ".join(levels)
    if arn == "*":
        message = f"`*` has no type, so no {wanted} action can be chosen for it"
        return message, Fix("give the ARNs, or the actions one by one under `actions`")
    there = [level for level in AccessLevel if catalog.actions_for([level], arn)]
    if there:
        message = f"no {wanted} action works on {shown(arn)}; it has {' and '.join(there)} ones"
        return message, None
    return f"AWS has no type of resource like {shown(arn)}{_hint(arn, catalog)}", None


def _hint(arn: str, catalog: Catalog) -> str:
    """The pattern of the service whose type is the nearest to the ARN's."""
    service, resource = arn.split(":", 5)[2::3]
    head = resource.replace(":", "/").partition("/")[0]
    patterns = [p for ps in catalog.resource_types(service).values() for p in ps.split(", ")]
    heads = {p.split(":", 5)[-1].replace(":", "/").partition("/")[0]: p for p in patterns}
    near = nearest(head, [h for h in heads if h and "$" not in h])
    return f"; did you mean `{heads[near]}`?" if near else ""
