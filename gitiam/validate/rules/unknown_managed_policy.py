"""A managed policy exists neither in the estate nor among AWS's own.

## What it does
Looks `managed_policy` and `permissions_boundary` up among the policies that the estate declares
for the account, and among those that AWS keeps. A policy that stands in the account but not in
the estate can be named by its ARN.

## Why is this bad?
AWS would refuse to attach it.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - managed_policy: ReadOnlyAcess
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - managed_policy: AmazonSQSReadOnlyAccess
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitiam.catalog import Catalog
from gitiam.findings import Finding, Severity
from gitiam.validate.context import Context, File
from gitiam.validate.resources import problem_of
from gitiam.validate.rule import Rule, instead, listed, nearest, replaced, shown
from gitiam.validate.walk import Steps, managed_policies_of

_POLICY_ARN = re.compile(r"arn:[^:]*:iam::[^:]*:policy/.+")
_OF_AWS = re.compile(r"(arn:[^:]*:iam::aws:policy/)(.+)")


class UnknownManagedPolicy(Rule):
    """Every managed policy that is named must exist."""

    id = "unknown-managed-policy"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each name that is unknown in an account of the file."""
        for steps, policy in managed_policies_of(file):
            if not policy.startswith("arn:"):
                yield from self._by_name(steps, policy, file, context)
            elif not problem_of(policy, context.estate.config):
                yield from self._by_arn(steps, policy, file, context.catalog)

    def _by_name(
        self, steps: Steps, policy: str, file: File, context: Context
    ) -> Iterator[Finding]:
        if context.catalog.aws_managed_policy(policy) is not None:
            return
        ours = context.resolver.policies
        accounts = context.accounts_of(file)
        missing = [a.name for a in accounts if (a.name, policy) not in ours]
        if not missing:
            return
        place = file.source.place(*steps)
        declared = [name for account, name in ours if account in missing]
        near = nearest(policy, declared) or context.catalog.suggest_managed_policy(policy)
        hint, fix = instead(place, near)
        where = f"declared for {listed(missing)}, nor one of AWS's own"
        yield self.finding(place, f"there is no policy {shown(policy)} {where}{hint}", fix)

    def _by_arn(self, steps: Steps, policy: str, file: File, catalog: Catalog) -> Iterator[Finding]:
        place = file.source.place(*steps)
        if not _POLICY_ARN.fullmatch(policy):
            message = (
                f"{shown(policy)} is not the ARN of a policy (arn:aws:iam::ACCOUNT:policy/NAME)"
            )
            yield self.finding(place, message)
            return
        found = _OF_AWS.fullmatch(policy)
        if found is None or catalog.aws_managed_policy(found[2]) is not None:
            return
        # AWS adds policies every week: an ARN is taken at its word, with a warning.
        near = catalog.suggest_managed_policy(found[2])
        fix = replaced(place, found[1] + near) if near else None
        hint = f"; did you mean `{near}`?" if near else ""
        message = f"AWS is not known to have a policy `{found[2]}`{hint}"
        yield self.finding(place, message, fix, Severity.WARNING)
