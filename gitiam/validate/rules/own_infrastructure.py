"""Access to what gitiam itself stands on: its roles, and the bucket of its states and ledger.

## What it does
Looks, in all that the file gives, for leave to assume, change or pass a role that `gitiam.yaml`
names under `roles`, and to write into the bucket of `store`. Where the grant is about just that, it
is an error; where it comes with access to everything, a warning. Requests for those roles
themselves are refused by `own-role`.

## Why is this bad?
Whoever has the role that applies has every account, without a review. Whoever writes the ledger
decides what was approved.

## Example
```yaml
# gitiam.yaml
accounts:
  prod:
    id: "111122223333"
    roles:
      apply: arn:aws:iam::111122223333:role/gitiam-apply
# requests/x.yaml
account: prod
principal: role/data-pipeline
reason: The pipeline wants to apply by itself
expires: 2027-01-15
grants:
  - assume: arn:aws:iam::111122223333:role/gitiam-apply
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: The pipeline reads what is audited
expires: 2027-01-15
grants:
  - assume: arn:aws:iam::111122223333:role/audit
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.config import Config, S3Store
from gitiam.findings import Finding, Fix, Location, Risk, Severity
from gitiam.policy.reach import Permit
from gitiam.validate.context import Context, File
from gitiam.validate.reaching import Holder, brings, holders, is_left_open, place_of
from gitiam.validate.rule import Rule, listed

_ON_ROLES = (
    *("sts:AssumeRole", "iam:PassRole", "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"),
    *("iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:DeleteRole"),
    *("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"),
)
_ON_BUCKET = ("s3:PutBucketPolicy", "s3:DeleteBucket", "s3:PutBucketVersioning")
_ON_OBJECTS = ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion")


class OwnInfrastructure(Rule):
    """Nobody lays hands on what applies and records."""

    id = "own-infrastructure"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each grant that reaches there."""
        config = context.estate.config
        for holder in holders(context).of(file):
            found: dict[tuple[Location, str, bool], list[str]] = {}
            for arn, permit in _permits(holder, config):
                if brings(file, permit.piece, holder, context):
                    place = place_of(file, permit, holder, context)
                    found.setdefault((place, arn, is_left_open(permit)), []).append(permit.action)
            for (place, arn, is_broad), actions in found.items():
                message = f"{holder} could lay hands on gitiam's own `{arn}` ({listed(actions)})"
                fix = Fix("leave gitiam's roles and bucket out, or forbid them beside this grant")
                severity = Severity.WARNING if is_broad else self.severity
                yield Finding(self.id, severity, place, message, fix, Risk.CRITICAL)


def _permits(holder: Holder, config: Config) -> Iterator[tuple[str, Permit]]:
    """What the holder may do to each thing that is gitiam's own."""
    for account in config.accounts.values():
        roles = (account.roles.plan, account.roles.apply, account.roles.crawl)
        for arn in dict.fromkeys(filter(None, roles)):
            is_ours = f"::{holder.desired.account.id}:" in arn
            for action in _ON_ROLES if is_ours else _ON_ROLES[:1]:
                yield from ((arn, p) for p in holder.reach.permits(action, on=(arn,)))
    if isinstance(config.store, S3Store):
        bucket = f"arn:{holder.desired.account.partition}:s3:::{config.store.bucket}"
        objects = f"{bucket}/{config.store.prefix}/*"
        for actions, arn in ((_ON_BUCKET, bucket), (_ON_OBJECTS, objects)):
            for action in actions:
                yield from ((arn, p) for p in holder.reach.permits(action, on=(arn,)))
