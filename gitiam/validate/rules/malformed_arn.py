"""A resource is not an ARN, or one that AWS would refuse.

## What it does
Checks that every resource is `*` or `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, with a
partition that exists, a service without wildcards, and an account of 12 digits, a wildcard, or
nothing where the service has none (S3 buckets, IAM's region).

## Why is this bad?
AWS refuses the whole policy, or takes it and the resource matches nothing.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:ListBucket]
    resources: [arn:aws:s3:orders]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:ListBucket]
    resources: [arn:aws:s3:::orders]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Location
from gitiam.models import Declaration
from gitiam.validate.context import Context, File
from gitiam.validate.resources import Problem, problem_of
from gitiam.validate.rule import Rule, replaced
from gitiam.validate.walk import Steps, lists_of_trusted_arns, managed_policies_of, resources_of


class MalformedArn(Rule):
    """Every resource must be an ARN in form."""

    id = "malformed-arn"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each resource, managed policy and trusted principal whose ARN is none."""
        for steps, text in arns_of(file):
            problem = problem_of(text, context.estate.config)
            if problem is not None and not problem.placeholder:
                yield self.finding(*placed(file, steps, problem))


def placed(file: File, steps: Steps, problem: Problem) -> tuple[Location, str, Fix | None]:
    """Place, message and fix of a problem."""
    place = file.source.place(*steps)
    if problem.instead is None:
        return place, problem.message, None
    return place, problem.message, replaced(place, problem.instead, safe=problem.safe)


def arns_of(file: File) -> Iterator[tuple[Steps, str]]:
    """Everything in a file that must be an ARN."""
    yield from resources_of(file)
    for steps, policy in managed_policies_of(file):
        if policy.startswith("arn:"):
            yield steps, policy
    if isinstance(file, Declaration) and file.trust:
        yield from _trusted(file)


def _trusted(file: Declaration) -> Iterator[tuple[Steps, str]]:
    """ARNs that a trust policy names; what is none there, `malformed-principal` reads."""
    for steps, names in lists_of_trusted_arns(file):
        for number, name in enumerate(names):
            if name.startswith("arn:"):
                yield (*steps, number), name
