"""Access to change what principals may do.

## What it does
Looks for actions that change permissions, trust, keys or passwords of users, groups and roles, or
assignments of IAM Identity Center. On everything that is a warning; on named ones a note. Whatever
a principal may change of itself alone is left to `privilege-escalation`.

## Why is this bad?
Permissions that are changed beside the estate have no reason, no approver and no end; drift will
report them, after they have been used.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [iam:CreatePolicy]
    resources: ["*"]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [iam:ListPolicies]
    resources: ["*"]
```
"""

from __future__ import annotations

from gitiam.risks.actions import RiskClass
from gitiam.validate.harm import HarmRule


class PermissionManagement(HarmRule):
    """Permissions are changed by the estate."""

    id = "permission-management"
    harm = RiskClass.PERMISSION_MANAGEMENT
    says = "change what others may do"
    mend = "change permissions by requests, or name the principals and policies that are meant"
