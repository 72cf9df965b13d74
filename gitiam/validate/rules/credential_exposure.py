"""Access that hands out secrets or credentials, wherever they are.

## What it does
Looks for actions that return passwords, tokens, keys or the values of secrets, in all that the
file gives, where it is left open which secret or database is meant.

## Why is this bad?
Whoever can read every secret has whatever those secrets open, in AWS and outside, and no policy
says what that is.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [secretsmanager:GetSecretValue]
    resources: ["*"]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [secretsmanager:GetSecretValue]
    resources: ["arn:aws:secretsmanager:us-east-1:111122223333:secret:orders-db-*"]
```
"""

from __future__ import annotations

from gitiam.risks.actions import RiskClass
from gitiam.validate.harm import HarmRule


class CredentialExposure(HarmRule):
    """Secrets are given one by one."""

    id = "credential-exposure"
    harm = RiskClass.CREDENTIAL_EXPOSURE
    says = "get hold of secrets or credentials"
    mend = "name the secrets, parameters or databases that are needed"
