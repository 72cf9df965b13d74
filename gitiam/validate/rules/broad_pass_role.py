"""`iam:PassRole` on more roles than are named, or to any service.

## What it does
Looks for leave to pass roles in all that the file gives, Deny and conditions weighed. A pattern
that stands for several roles is of high risk; a role that is named, but may be passed to any
service, is of medium risk.

## Why is this bad?
A role that is passed to a service acts there with all that it may do, for whoever passed it. With
`iam:PassedToService` a role for a function cannot end up on a machine with a shell.

## Example
```yaml
account: prod
principal: role/ci
reason: The pipeline deploys the orders service
expires: 2027-01-15
grants:
  - actions: [iam:PassRole]
    resources: ["arn:aws:iam::111122223333:role/orders"]
```

## Use instead
```yaml
account: prod
principal: role/ci
reason: The pipeline deploys the orders service
expires: 2027-01-15
grants:
  - actions: [iam:PassRole]
    resources: ["arn:aws:iam::111122223333:role/orders"]
    conditions:
      StringEquals:
        iam:PassedToService: ecs-tasks.amazonaws.com
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Risk, Severity
from gitiam.policy.truth import Domain, Truth, truth
from gitiam.validate.context import Context, File
from gitiam.validate.reaching import holders
from gitiam.validate.rule import Rule, shown
from gitiam.validate.share import share_of

_ACTION = "iam:PassRole"
#: A service that no policy would name: whoever lets this pass, lets every service pass.
_ANY_SERVICE = {"iam:passedtoservice": Domain(absent=False, values=frozenset(["any.invalid"]))}


class BroadPassRole(Rule):
    """Roles are passed by name, to the service that is meant."""

    id = "broad-pass-role"
    severity = Severity.WARNING
    allowable = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each grant that lets roles be passed, once for each pattern of roles."""
        for holder in holders(context).of(file):
            share, told = share_of(file, holder, context), set()
            for permit in holder.reach.permits(_ACTION):
                if not share.brings(permit.piece):
                    continue
                conditions = permit.piece.statement.conditions
                to_any = truth(conditions, lambda key: _ANY_SERVICE.get(key, Domain()))
                is_open = to_any is not Truth.NEVER
                if permit.is_named and not is_open:
                    continue
                place = share.place(permit)
                if (place, permit.resource) in told:
                    continue
                told.add((place, permit.resource))
                which = "" if permit.is_named else "every role of "
                whom = "any service" if is_open else "the service that is named"
                message = f"{holder} may pass {which}{shown(permit.resource)} to {whom}"
                fix = Fix("name the role, and the service under iam:PassedToService")
                risk = Risk.MEDIUM if permit.is_named else Risk.HIGH
                yield Finding(self.id, self.severity, place, message, fix, risk)
