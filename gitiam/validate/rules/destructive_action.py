"""Access to destroy data, keys, backups or the audit trail.

## What it does
Looks for actions that cannot be undone, or that blind whoever watches. Where it is left open which
resource is meant, that is a warning; on named ones a note.

## Why is this bad?
A slip, or a stolen key, then is a loss that no backup mends, as the backups are among what can be
deleted.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [dynamodb:DeleteTable]
    resources: ["*"]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [dynamodb:PutItem, dynamodb:DeleteItem]
    resources: ["arn:aws:dynamodb:us-east-1:111122223333:table/orders"]
```
"""

from __future__ import annotations

from gitiam.risks.actions import RiskClass
from gitiam.validate.harm import HarmRule


class DestructiveAction(HarmRule):
    """What cannot be undone is not given by the way."""

    id = "destructive-action"
    harm = RiskClass.DESTRUCTIVE
    says = "destroy for good"
    mend = "name the resources that may be destroyed, or leave it out"
