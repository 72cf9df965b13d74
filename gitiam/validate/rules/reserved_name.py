"""A shared policy takes a name that gitiam or AWS has for its own.

## What it does
Refuses policies called `gitiam`, or anything that begins with `gitiam-`, and policies called like
one of AWS's own, such as `ReadOnlyAccess`.

## Why is this bad?
gitiam makes policies of its names itself, for what a principal's inline policy has no room for.
Two modules would then fight over one policy. And where a request says `managed_policy:
ReadOnlyAccess`, nobody should have to ask whose that is: the estate's policy would take the place
of AWS's in every request that names it.

## Example
```yaml
kind: policy
account: prod
policy: gitiam-readers
reason: What every analyst may read
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::reports/*]
```

## Use instead
```yaml
kind: policy
account: prod
policy: report-readers
reason: What every analyst may read
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::reports/*]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.desired.state import INLINE_NAME
from gitiam.findings import Finding, Fix
from gitiam.models import SharedPolicy
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule


class ReservedName(Rule):
    """No policy takes the name of one of gitiam's own, or of AWS's."""

    id = "reserved-name"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the policy's name."""
        if not isinstance(file, SharedPolicy):
            return
        lower = file.name.lower()
        if lower == INLINE_NAME or lower.startswith(f"{INLINE_NAME}-"):
            message = f"gitiam keeps names such as `{file.name}` for policies that it makes itself"
            yield self.finding(file.source.place("policy"), message, Fix("choose another name"))
        elif context.catalog.aws_managed_policy(file.name) is not None:
            message = f"AWS has a policy `{file.name}` of its own, and requests by name mean that"
            yield self.finding(file.source.place("policy"), message, Fix("choose another name"))
