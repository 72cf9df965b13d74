"""An action does not exist in its service.

## What it does
Looks every action up in AWS's Service Authorization Reference. A pattern such as `s3:Get*` must
match at least one action.

## Why is this bad?
IAM takes such an action without a word, and it gives nothing: the person comes back for more.
Often the name of an API call was written where its permission has another name.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObjects]
    resources: [arn:aws:s3:::orders/*]
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
from collections.abc import Iterator

from gitiam.catalog import Catalog
from gitiam.findings import Finding
from gitiam.policy.glob import is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, instead, shown
from gitiam.validate.walk import actions_of

# A service and a name with something else than one colon between them.
_LOOSE = re.compile(r" *([A-Za-z0-9-]+) *(?:[:.]|::|/) *([A-Za-z0-9][A-Za-z0-9 _-]*)")


class UnknownAction(Rule):
    """Every action must exist, and every pattern of actions match one."""

    id = "unknown-action"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each action that does not exist in a service that does."""
        catalog = context.catalog
        for steps, action in actions_of(file):
            problem = _problem(action, catalog)
            if problem is None:
                continue
            place = file.source.place(*steps)
            near = _respelled(action, catalog) or catalog.suggest_action(action)
            hint, fix = instead(place, near, action)
            yield self.finding(place, f"{problem}{hint}", fix)


def _respelled(action: str, catalog: Catalog) -> str | None:
    """`s3.GetObject` and `s3: get-object` as AWS writes them; None when that is no action."""
    found = _LOOSE.fullmatch(action)
    known = found and catalog.action(f"{found[1]}:{re.sub('[ _-]', '', found[2])}")
    return known.full_name if known else None


def _problem(action: str, catalog: Catalog) -> str | None:
    service, colon, name = action.partition(":")
    if not colon:
        return (
            None
            if action == "*"
            else f"{shown(action)} is not an action of the form `s3:GetObject`"
        )
    if service == "*":
        return None if not name.strip("*") else f"{shown(action)} names no service"
    if not catalog.service_exists(service):
        return None  # unknown-service says so
    if not is_glob(name):
        return None if catalog.action(action) else f"AWS has no action {shown(action)}"
    return None if catalog.expand(action) else f"{shown(action)} matches no action of `{service}`"
