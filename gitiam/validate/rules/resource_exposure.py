"""Access to change who may reach a resource.

## What it does
Looks for actions that write policies of resources, share them with other accounts or open them to
the world. Where it is left open which resource is meant, that is a warning; on named ones a note.

## Why is this bad?
What is opened that way is in no request: no reviewer sees whom the bucket's new policy lets in.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:PutBucketPolicy]
    resources: ["*"]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:PutObject]
    resources: ["arn:aws:s3:::orders/*"]
```
"""

from __future__ import annotations

from gitiam.risks.actions import RiskClass
from gitiam.validate.harm import HarmRule


class ResourceExposure(HarmRule):
    """Who may reach a resource is not for everybody to say."""

    id = "resource-exposure"
    harm = RiskClass.RESOURCE_EXPOSURE
    says = "open resources to others"
    mend = "leave policies of resources to those who own them, or name the resources"
