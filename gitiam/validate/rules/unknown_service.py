"""An action belongs to a service that AWS does not have.

## What it does
Compares the part before the colon of every action with AWS's Service Authorization Reference.

## Why is this bad?
IAM takes such an action without a word, and it gives nothing: the person comes back for more.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [dynamo:GetItem]
    resources: [arn:aws:dynamodb:us-east-1:111122223333:table/orders]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [dynamodb:GetItem]
    resources: [arn:aws:dynamodb:us-east-1:111122223333:table/orders]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding
from gitiam.policy.glob import is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, replaced, shown
from gitiam.validate.walk import actions_of


class UnknownService(Rule):
    """The service of every action must exist."""

    id = "unknown-service"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each action whose service does not exist, or is a pattern."""
        for steps, action in actions_of(file):
            service, colon, name = action.partition(":")
            if not colon or service == "*" or context.catalog.service_exists(service):
                continue
            place = file.source.place(*steps)
            if is_glob(service):
                message = (
                    f"no wildcard may stand in the service of an action, as in {shown(action)}"
                )
                yield self.finding(place, f"{message}; name the services one by one")
                continue
            fix = _fix(service, name, context)
            hint = f"; did you mean `{fix}`?" if fix else ""
            message = f"AWS has no service {shown(service)}{hint}"
            yield self.finding(place, message, replaced(place, fix) if fix else None)


def _fix(service: str, name: str, context: Context) -> str | None:
    """The whole action with the service that was probably meant, if it exists there."""
    catalog = context.catalog
    near = catalog.suggest_service(service)
    if near is None:
        return None
    meant = f"{near}:{name}"
    found = catalog.expand(meant)
    return (meant if is_glob(name) else found[0]) if found else None
