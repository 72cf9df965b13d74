"""Access to what gitiam itself stands on: its roles, and the bucket of its states and ledger.

## What it does
Looks, in all that the file gives, for leave to assume, change or pass a role that `gitiam.yaml`
names under `roles`, or that a run becomes first (`gitiam-pipeline-…`, as `gitiam init` makes them),
and to write into the bucket of `store`. Where the grant is about just that, it
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

from collections import defaultdict
from collections.abc import Iterator

from gitiam.config import Config, S3Store
from gitiam.findings import Finding, Fix, Location, Risk, Severity
from gitiam.policy.reach import Permit
from gitiam.validate.context import Context, File
from gitiam.validate.reaching import Holder, holders
from gitiam.validate.rule import Rule, listed
from gitiam.validate.share import share_of

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
            share = share_of(file, holder, context)
            found: defaultdict[Location, list[tuple[str, Permit]]] = defaultdict(list)
            for arn, permit in _permits(holder, config):
                if share.brings(permit.piece):
                    found[share.place(permit)].append((arn, permit))
            for place, those in found.items():
                yield self._finding(place, those, holder)

    def _finding(self, place: Location, those: list[tuple[str, Permit]], holder: Holder) -> Finding:
        """An error where a grant is about just that, and not about everything of the kind."""
        things = listed(dict.fromkeys(f"`{arn}`" for arn, _ in those), 1)
        actions = listed(dict.fromkeys(permit.action for _, permit in those))
        message = f"{holder} could lay hands on gitiam's own {things} ({actions})"
        fix = Fix("leave gitiam's roles and bucket out, or forbid them beside this grant")
        is_by_the_way = all(permit.is_left_open for _, permit in those)
        severity = Severity.WARNING if is_by_the_way else self.severity
        return Finding(self.id, severity, place, message, fix, Risk.CRITICAL)


def _permits(holder: Holder, config: Config) -> Iterator[tuple[str, Permit]]:
    """What the holder may do to each thing that is gitiam's own."""
    for account in config.accounts.values():
        for arn in account.own_roles():
            is_ours = f"::{holder.desired.account.id}:" in arn
            for action in _ON_ROLES if is_ours else _ON_ROLES[:1]:
                yield from ((arn, p) for p in holder.reach.permits(action, on=(arn,)))
    if isinstance(config.store, S3Store):
        bucket = f"arn:{holder.desired.account.partition}:s3:::{config.store.bucket}"
        objects = f"{bucket}/{config.store.prefix}/*"
        for actions, arn in ((_ON_BUCKET, bucket), (_ON_OBJECTS, objects)):
            for action in actions:
                yield from ((arn, p) for p in holder.reach.permits(action, on=(arn,)))
