"""A file gives access to, or a way to become, a principal that is for emergencies.

## What it does
Looks for files about the principals that `gitiam.yaml` names under `risk.break_glass`, and for
leave to assume or change one of them, where the grant is about just that. One may be under a path,
but what ends otherwise than its name, as `role/team-*` does, is not taken for it.

## Why is this bad?
Such a principal may do what nobody should, and is watched for that. A request that widens it, or a
second way into it, weakens the watch; the most senior of reviewers should know.

## Example
```yaml
# gitiam.yaml
accounts:
  prod: {id: "111122223333"}
risk:
  break_glass: [prod/role/emergency]
# requests/x.yaml
account: prod
principal: role/data-pipeline
reason: The pipeline might need it some day
expires: 2027-01-15
grants:
  - assume: arn:aws:iam::111122223333:role/emergency
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

from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Location, Risk, Severity
from gitiam.policy.glob import intersects, matches
from gitiam.policy.reach import Permit
from gitiam.policy.resource import VARIABLE
from gitiam.validate.context import Context, File
from gitiam.validate.names import named
from gitiam.validate.reaching import Holder, holders
from gitiam.validate.rule import Rule, shown
from gitiam.validate.share import share_of

# The first is the one way that leads into another account; IAM's own are for one's own.
_WAYS_IN = (
    *("sts:AssumeRole", "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy"),
    *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"),
    *("iam:AddUserToGroup", "iam:PassRole"),
)
_FIX = Fix("have it approved by those who answer for emergencies")


class BreakGlass(Rule):
    """What is for emergencies is left to them."""

    id = "break-glass"
    severity = Severity.WARNING

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the principal's name, or at the grant that leads to it."""
        globs = context.estate.config.risk.break_glass
        for steps, one in named(file):
            for account in file.accounts:
                if any(matches(glob, f"{account}/{one.kind}/{one.name}") for glob in globs):
                    message = f"`{one.kind}/{one.name}` in {account} is for emergencies"
                    place = file.source.place(*steps)
                    yield Finding(self.id, self.severity, place, message, _FIX, Risk.CRITICAL)
        arns = [arn for glob in globs for arn in _arns(glob, context)]
        for holder in holders(context).of(file) if arns else ():
            yield from self._ways(holder, arns, file, context)

    def _ways(
        self, holder: Holder, arns: list[tuple[str, str]], file: File, context: Context
    ) -> Iterator[Finding]:
        share, told = share_of(file, holder, context), set()
        for at_root, anywhere in arns:
            is_ours = f"::{holder.desired.account.id}:" in at_root
            for action in _WAYS_IN if is_ours else _WAYS_IN[:1]:
                for permit in holder.reach.permits(action, on=(at_root, anywhere)):
                    if permit.is_left_open or not share.brings(permit.piece):
                        continue
                    if permit.target == anywhere and not _ends_like(permit, at_root):
                        continue
                    place = share.place(permit)
                    if (place, at_root) not in told:
                        told.add((place, at_root))
                        yield self._way(place, at_root, holder)

    def _way(self, place: Location, arn: str, holder: Holder) -> Finding:
        message = f"{holder} could become or change {shown(arn)}, which is for emergencies"
        return Finding(self.id, self.severity, place, message, _FIX, Risk.CRITICAL)


def _ends_like(permit: Permit, arn: str) -> bool:
    """Whether what is said ends like the name: `role/team-*` is about teams, not about paths."""
    statement, name = permit.piece.statement, arn.rpartition("/")[2]
    ends = [VARIABLE.sub("*", r).rpartition("/")[2] for r in statement.resources]
    return not ends or any(intersects(end, name) for end in ends)


def _arns(glob: str, context: Context) -> Iterator[tuple[str, str]]:
    """Globs of the ARNs that are meant: at the root, and at any path."""
    name, kind, principal = glob.split("/", 2)
    for account in context.estate.config.accounts.values():
        if matches(name, account.name):
            start = f"arn:{account.partition}:iam::{account.id}:{kind}/"
            yield start + principal, f"{start}*/{principal}"
