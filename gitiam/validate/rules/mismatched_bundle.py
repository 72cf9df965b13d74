"""A bundle is given resources or parameters that it does not take.

## What it does
Compares the `resources` and `parameters` of a grant with what its bundle declares. `gitiam
explain BUNDLE` shows what that is.

## Why is this bad?
A bundle knows how to turn one kind of ARN into statements, such as that of a bucket into the
bucket and the objects in it. From another kind it would make statements that give nothing, or
something else.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - bundle: s3-read
    resources: [arn:aws:sqs:us-east-1:111122223333:orders]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - bundle: s3-read
    resources: [arn:aws:s3:::orders]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.bundles import BundleError, expand_bundle
from gitiam.findings import Finding
from gitiam.models import BundleGrant
from gitiam.validate.context import Context, File
from gitiam.validate.resources import problem_of
from gitiam.validate.rule import Rule
from gitiam.validate.walk import Steps, grants_of


class MismatchedBundle(Rule):
    """A bundle takes only the resources and parameters that it declares."""

    id = "mismatched-bundle"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the first thing in each grant that its bundle does not take."""
        if not context.may_not_resolve(file):
            return
        for index, grant in enumerate(grants_of(file)):
            if isinstance(grant, BundleGrant) and grant.bundle in context.estate.bundles:
                yield from self._grant(("grants", index), grant, file, context)

    def _grant(
        self, steps: Steps, grant: BundleGrant, file: File, context: Context
    ) -> Iterator[Finding]:
        if any(problem_of(resource, context.estate.config) for resource in grant.resources):
            return  # the ARN itself is wrong, and other rules say so
        bundle = context.estate.bundles[grant.bundle]
        for account in context.accounts_of(file):
            try:
                expand_bundle(bundle, grant.resources, grant.parameters, account.variables())
            except BundleError as error:
                place = file.source.place(*steps, *error.steps)
                yield self.finding(place, error.message)
                return
