"""A grant is of a form that this principal, or a shared policy, cannot take.

## What it does
Knows which principals can take which grants: only users can be members of a group, a shared
policy holds statements alone, and a managed policy can be attached only in the account it belongs
to.

## Why is this bad?
AWS would refuse the grant when it is applied.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - group: analysts
```

## Use instead
```yaml
account: prod
principal: user/alice
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - group: analysts
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.config import Account
from gitiam.desired.grants import fill_in
from gitiam.findings import Finding, Fix
from gitiam.models import GroupGrant, Kind, ManagedPolicyGrant, Request, SharedPolicy
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, listed, shown
from gitiam.validate.walk import grants_of, managed_policies_of


class UnusableGrant(Rule):
    """Every principal can take what it is granted."""

    id = "unusable-grant"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each grant that cannot be taken."""
        yield from self._foreign(file, context)
        for index, grant in enumerate(grants_of(file)):
            match file, grant:
                case Request(), GroupGrant():
                    yield from self._group(file, index, grant)
                case SharedPolicy(), GroupGrant():
                    place = file.source.place("grants", index, "group")
                    yield self.finding(place, "a policy cannot be a member of a group")
                case SharedPolicy(), ManagedPolicyGrant():
                    place = file.source.place("grants", index, "managed_policy")
                    fix = Fix("attach that policy to the principals themselves, in a request")
                    yield self.finding(place, "a policy cannot hold another policy", fix)

    def _group(self, file: Request, index: int, grant: GroupGrant) -> Iterator[Finding]:
        others = [str(p) for p in file.principals if p.kind is not Kind.USER]
        if not others:
            return
        message = f"{listed(others)} cannot be a member of a group; only users can"
        fix = Fix(f"give the same grants as `{grant.group}` has, or name a user")
        yield self.finding(file.source.place("grants", index, "group"), message, fix)

    def _foreign(self, file: File, context: Context) -> Iterator[Finding]:
        """Managed policies by ARN, of another account or another partition."""
        for steps, policy in managed_policies_of(file):
            if not policy.startswith("arn:"):
                continue
            accounts = context.accounts_of(file)
            others = [a.name for a in accounts if not _is_usable(fill_in(policy, a), a)]
            if others:
                message = (
                    f"{shown(policy)} belongs to another account than {listed(others)}; a managed"
                    " policy can be used only in its own account"
                )
                fix = Fix("write `{account_id}` in the ARN, and have the policy in each account")
                yield self.finding(file.source.place(*steps), message, fix)


def _is_usable(arn: str, account: Account) -> bool:
    """Whether the policy is the account's own, or one of AWS's in the account's partition."""
    segments = arn.split(":", 5)
    return segments[1:2] == [account.partition] and segments[4:5] in ([account.id], ["aws"])
