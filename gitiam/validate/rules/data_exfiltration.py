"""Access to read data in bulk, wherever it is.

## What it does
Looks for actions that return what is stored (objects, items, messages, snapshots, decrypted
texts), in all that the file gives, where it is left open which bucket, table or key is meant.

## Why is this bad?
One stolen key then is the loss of everything. An application needs its own buckets and tables.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: ["arn:aws:s3:::*"]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: ["arn:aws:s3:::orders/*"]
```
"""

from __future__ import annotations

from gitiam.risks.actions import RiskClass
from gitiam.validate.harm import HarmRule


class DataExfiltration(HarmRule):
    """Data is opened store by store."""

    id = "data-exfiltration"
    harm = RiskClass.DATA_EXFILTRATION
    says = "read data"
    mend = "name the buckets, tables or keys that are needed"
