"""A list says something twice.

## What it does
Looks within each list of a file (actions, resources, accounts, principals, the values of
conditions) for entries that stand there twice, and for actions and resources that a pattern in the
same list already covers.

## Why is this bad?
Whoever takes one of the two away believes that the access is gone. And a narrow entry beside a wide
one makes the list look narrower than it is.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:Get*, s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gitiam.findings import Finding, Severity
from gitiam.models import AccessGrant, ActionsGrant, AssumeGrant, Request
from gitiam.policy.glob import includes, is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.mends import removed_entry
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import (
    Steps,
    conditions_of,
    grants_of,
    lists_of_actions,
    lists_of_resources,
    trusted_of,
)

# More pairs than that are not compared: the time grows with the square of a hostile list.
_MOST_PAIRS = 20_000
_PARTS = 6

_Within = Callable[[str, str], bool]


class RedundantEntry(Rule):
    """No list says a thing twice."""

    id = "redundant-entry"
    severity = Severity.WARNING

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each entry without which the list would say the same."""
        for steps, values in _plain_lists(file):
            yield from self._list(file, steps, values, None)
        for steps, values in lists_of_actions(file):
            yield from self._list(
                file, steps, [v.lower() for v in values], _is_action_within, values
            )
        for steps, values in lists_of_resources(file):
            # Of an ARN, bundles and access levels make statements of its own kind.
            grant = grants_of(file)[int(steps[1])]
            is_plain = isinstance(grant, (ActionsGrant, AssumeGrant))
            yield from self._list(file, steps, values, _is_resource_within if is_plain else None)

    def _list(
        self,
        file: File,
        steps: Steps,
        values: Sequence[str],
        within: _Within | None,
        spelled: Sequence[str] | None = None,
    ) -> Iterator[Finding]:
        if len(values) < 2:
            return
        spelled = spelled or values
        first: dict[str, int] = {}
        patterns = [value for value in dict.fromkeys(values) if within and is_glob(value)]
        if len(patterns) * len(values) > _MOST_PAIRS:
            patterns = []
        for number, value in enumerate(values):
            twin = first.setdefault(value, number)
            if twin != number:
                message = f"{shown(spelled[number])} stands twice in this list"
                yield self._at(file, (*steps, number), spelled[number], message)
                continue
            for pattern in patterns:
                if within and pattern != value and within(pattern, value):
                    wide = spelled[values.index(pattern)]
                    message = (
                        f"{shown(wide)} in the same list already covers {shown(spelled[number])}"
                    )
                    yield self._at(file, (*steps, number), spelled[number], message)
                    break

    def _at(self, file: File, steps: Steps, entry: str, message: str) -> Finding:
        return self.finding(file.source.place(*steps), message, removed_entry(file, steps, entry))


def _plain_lists(file: File) -> Iterator[tuple[Steps, Sequence[str]]]:
    """Lists in which only the same thing can stand twice."""
    yield ("account",), file.accounts
    if isinstance(file, Request):
        yield ("principal",), [str(principal) for principal in file.principals]
    for index, grant in enumerate(grants_of(file)):
        if isinstance(grant, AccessGrant):
            yield ("grants", index, "access"), grant.levels
    for steps, _, names in trusted_of(file):
        yield steps, names
    for steps, conditions in conditions_of(file):
        for condition in conditions:
            yield (*steps, condition.operator, condition.key), condition.values


def _is_action_within(outer: str, inner: str) -> bool:
    """Of two patterns that say the same in two ways, the longer one."""
    if outer in ("*", "*:*"):
        return True
    service, _, name = outer.partition(":")
    inner_service, _, inner_name = inner.partition(":")
    if service != inner_service or not includes(name, inner_name):
        return False
    return not includes(inner_name, name) or (len(outer), outer) < (len(inner), inner)


def _is_resource_within(outer: str, inner: str) -> bool:
    """Part by part, as a wildcard may not reach across the colons; a variable is only itself."""
    if "${" in outer or "${" in inner:
        return outer == "*"
    if outer == "*":
        return True
    outers, inners = outer.split(":", _PARTS - 1), inner.split(":", _PARTS - 1)
    if len(outers) != _PARTS or len(inners) != _PARTS or not all(map(includes, outers, inners)):
        return False
    return not all(map(includes, inners, outers)) or (len(outer), outer) < (len(inner), inner)
