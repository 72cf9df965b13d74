"""Actions that could be given on named resources are given on all of them.

## What it does
Looks at each raw grant on `*` (or on everything of a service in an account) and names its actions
that AWS can limit to resources, by the Service Authorization Reference. Actions that change
something are a warning, those that only look are a note. Bundles and access levels are not judged:
the first were reviewed, the second take no `*`. What a condition limits in the service's own words,
or by the resource's tag, passes.

## Why is this bad?
Everything that is ever made of that kind is within reach, in the account and, where a policy of the
resource lets it in, beyond.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [sqs:SendMessage]
    resources: ["*"]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [sqs:SendMessage]
    resources: ["arn:aws:sqs:us-east-1:111122223333:orders"]
```
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gitiam.catalog import Action, Catalog
from gitiam.config import Account
from gitiam.desired.grants import fill_in
from gitiam.findings import Finding, Fix, Risk, Severity
from gitiam.models import AccessLevel, ActionsGrant, Condition
from gitiam.policy.glob import includes, is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.narrowing import narrows
from gitiam.validate.reaching import targets_of
from gitiam.validate.rule import Rule, listed, shown
from gitiam.validate.walk import grants_of

_COLONS = 5
# IAM User Guide, "Allows MFA-authenticated IAM users to manage their own MFA device": the name of a
# virtual device is free, so nobody can say it beforehand.
_OF_FREE_NAMES = frozenset(["iam:CreateVirtualMFADevice"])
# Rules of their own say of these what they are.
_TOLD_BY_OTHERS = frozenset(["sts:AssumeRole", "iam:PassRole"])
_LOOKS = frozenset([AccessLevel.LIST, AccessLevel.READ])


class WildcardResource(Rule):
    """Resources are named where they can be."""

    id = "wildcard-resource"
    severity = Severity.WARNING
    allowable = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the `*` of each such grant."""
        for account in context.accounts_of(file)[:1]:
            for index, grant in enumerate(grants_of(file)):
                if not isinstance(grant, ActionsGrant) or grant.effect != "Allow":
                    continue
                if not any(map(_limits, grant.conditions)):
                    yield from self._grant(index, grant, account, file, context)

    def _grant(
        self, index: int, grant: ActionsGrant, account: Account, file: File, context: Context
    ) -> Iterator[Finding]:
        for number, resource in enumerate(grant.resources or ("*",)):
            if not is_glob(resource):
                continue
            filled = fill_in(resource, account)
            changing, looking = _limitable(
                grant.actions, grant.not_actions, filled, account, context.catalog
            )
            if not (changing or looking):
                continue
            steps = ("resources", number) if grant.resources else ("not_resources",)
            place = file.source.place("grants", index, *steps)
            everything = "everything"
            if resource.strip("*"):
                everything += f" that {shown(resource)} takes"
            message = f"on {everything}, although it could be named: {listed(changing or looking)}"
            severity = self.severity if changing else Severity.NOTE
            fix = Fix("name the resources by their ARNs, in a grant of their own")
            risk = Risk.MEDIUM if changing else Risk.LOW
            yield Finding(self.id, severity, place, message, fix, risk)
            return


def _limits(condition: Condition) -> bool:
    """Whether a condition says which resource is meant: by its tag, or in a service's own words."""
    key = condition.key.lower()
    return ("resourcetag/" in key or not key.startswith("aws:")) and narrows(condition)


@lru_cache(4096)
def _limitable(
    patterns: tuple[str, ...],
    excepted: tuple[str, ...],
    resource: str,
    account: Account,
    catalog: Catalog,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the actions that the resource leaves unlimited: those that change something, the rest."""
    named = _named(patterns, excepted, account, catalog)
    left_open = sorted(named.left_open_by(resource))
    changing = tuple(a.full_name for a in left_open if a.access_level not in _LOOKS)
    return changing, tuple(a.full_name for a in left_open if a.access_level in _LOOKS)


@dataclass(frozen=True)
class _Named:
    """The actions of a grant whose resources can be named.

    `by_segment` has them by the service of the ARNs that they work on, each with what stands after
    the account there: a grant can have thousands of actions and hundreds of resources.
    """

    every: frozenset[Action]
    by_segment: Mapping[str, Sequence[tuple[Action, str]]]

    def left_open_by(self, resource: str) -> set[Action]:
        """Those for which the resource takes everything of a type on which they work."""
        if not resource.strip("*"):
            return set(self.every)
        parts = resource.split(":", _COLONS)
        if len(parts) <= _COLONS:
            return set()
        alike = self.by_segment.get(parts[2], ())
        return {action for action, kind in alike if includes(parts[_COLONS], kind)}


@lru_cache(256)
def _named(
    patterns: tuple[str, ...], excepted: tuple[str, ...], account: Account, catalog: Catalog
) -> _Named:
    names = {name for pattern in patterns or ("*",) for name in catalog.expand(pattern)}
    names -= (_OF_FREE_NAMES | _TOLD_BY_OTHERS).union(
        n for pattern in excepted for n in catalog.expand(pattern)
    )
    actions = [a for a in map(catalog.action, names) if a is not None and a.resource_types]
    found: defaultdict[str, list[tuple[Action, str]]] = defaultdict(list)
    for action in actions:
        for arn in targets_of(action.full_name, account.partition, account.id, catalog):
            parts = arn.split(":", _COLONS)
            if len(parts) > _COLONS:
                found[parts[2]].append((action, parts[_COLONS]))
    return _Named(frozenset(actions), found)
