"""Two spellings of one name differ in letter case alone.

## What it does
Compares the names of roles, users, groups and policies in one account without regard to case.

## Why is this bad?
IAM knows no two names that differ in case alone. What were two principals here would be one
there, or fail to be made.

## Example
```yaml
# requests/a.yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - managed_policy: AmazonSQSReadOnlyAccess
# requests/b.yaml
account: prod
principal: role/Data-Pipeline
reason: Look into the bill of the data team
expires: 2027-01-15
grants:
  - managed_policy: AWSBillingReadOnlyAccess
```

## Use instead
```yaml
# requests/a.yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - managed_policy: AmazonSQSReadOnlyAccess
# requests/b.yaml
account: prod
principal: role/data-pipeline
reason: Look into the bill of the data team
expires: 2027-01-15
grants:
  - managed_policy: AWSBillingReadOnlyAccess
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitiam.findings import Finding
from gitiam.models import GroupGrant, Kind, Request
from gitiam.validate.context import Context, File
from gitiam.validate.names import Named, named
from gitiam.validate.rule import Rule, replaced
from gitiam.validate.walk import Steps, grants_of

_Key = tuple[str, Kind, str]


class ClashingName(Rule):
    """One name, one spelling, in each account."""

    id = "clashing-name"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each name that is spelled otherwise than where it is declared, or first used."""
        spellings = context.once(_spellings)
        for steps, one in _names(file):
            lower = one.name.lower()
            for account in file.accounts:
                right = spellings.get((account, one.kind, lower))
                if right is None or right[0] == one.name:
                    continue
                place = file.source.place(*steps)
                text = right[0] if steps[-1] in ("group", "policy") else f"{one.kind}/{right[0]}"
                message = (
                    f"`{one.name}` is spelled `{right[0]}` in {right[1]}; IAM takes the two for one"
                )
                # Who gives a name is asked; who only uses it meant that one.
                safe = isinstance(file, Request)
                yield self.finding(place, message, replaced(place, text, safe=safe))
                break


def _names(file: File) -> Iterator[tuple[Steps, Named]]:
    yield from named(file)
    if isinstance(file, Request):
        for index, grant in enumerate(grants_of(file)):
            if isinstance(grant, GroupGrant):
                yield ("grants", index, "group"), Named(Kind.GROUP, grant.group)


def _spellings(context: Context) -> Mapping[_Key, tuple[str, str]]:
    """The right spelling of each name, and the file it stands in: a declaration before a request.

    Memberships of groups do not count: who merely mentions a group does not say how it is spelled.
    """
    spellings: dict[_Key, tuple[str, str]] = {}
    files = sorted(context.files, key=lambda file: _rank(file, context))
    for file in files:
        if not context.is_judged(file):
            continue
        for _, one in named(file):
            lower = one.name.lower()
            for account in file.accounts:
                spellings.setdefault((account, one.kind, lower), (one.name, file.source.path))
    return spellings


def _rank(file: File, context: Context) -> tuple[bool, bool, str]:
    return (isinstance(file, Request), *context.precedence(file.source.path))
