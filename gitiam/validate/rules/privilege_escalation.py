"""Access that leads to more access: with it, a principal can give itself what it was not given.

## What it does
Takes all that the principal holds (this request together with every other, managed policies and
groups, and the snapshot where there is one) and looks for every known way up: it may change its own
permissions, become another principal, pass a role to a service that acts for it, or change what
already runs as somebody else. Conditions, scoped resources, Deny statements and the permissions
boundary are weighed as AWS does. The ways and their sources are in `gitiam/data/escalations.yaml`.

## Why is this bad?
Whoever has it has whatever it leads to, often the whole account, whatever the request says. It is
seldom meant: `iam:PassRole` on every role beside `lambda:CreateFunction` looks like a deployment.

## Example
```yaml
account: prod
principal: role/ci
reason: The pipeline deploys functions
expires: 2027-01-15
grants:
  - actions: [iam:PassRole]
    resources: ["*"]
  - actions: [lambda:CreateFunction, lambda:InvokeFunction]
    resources: ["arn:aws:lambda:us-east-1:111122223333:function:*"]
```

## Use instead
```yaml
account: prod
principal: role/ci
reason: The pipeline deploys functions
expires: 2027-01-15
grants:
  - actions: [iam:PassRole]
    resources: ["arn:aws:iam::111122223333:role/orders-function"]
    conditions:
      StringEquals:
        iam:PassedToService: lambda.amazonaws.com
  - actions: [lambda:CreateFunction, lambda:InvokeFunction]
    resources: ["arn:aws:lambda:us-east-1:111122223333:function:orders-*"]
```
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from gitiam.findings import Finding, Fix, Location, Related, Risk
from gitiam.policy.reach import Permit
from gitiam.risks.paths import EscalationPath, Gain, PathClass
from gitiam.validate.context import Context, File
from gitiam.validate.escalation import Escalation, escalations
from gitiam.validate.reaching import Holder, brings, contributors, holders, place_of
from gitiam.validate.rule import Rule, listed

_MENDS = {
    PathClass.SELF_ESCALATION: "leave it to gitiam to change permissions, or name what may change",
    PathClass.BOUNDARY: "leave out what lifts the bounds of the principal itself",
    PathClass.OTHER_PRINCIPAL: "name the principals that may be changed, or leave it out",
    PathClass.GROUP_MEMBERSHIP: "name the group that people may be put into",
    PathClass.TRUST: "name the roles that may be assumed, and leave their trust to gitiam",
    PathClass.IDENTITY_CENTER: "leave assignments to those who answer for IAM Identity Center",
    PathClass.PASS_ROLE: "name the one role that may be passed, with iam:PassedToService",
    PathClass.EXISTING_COMPUTE: "name the resources that may be changed",
}
_OF_OTHERS = frozenset([Gain.PASSED_ROLE, Gain.ATTACHED_ROLE, Gain.HELD_BACK, Gain.POLICY_VERSION])
_MOST_RELATED = 10


class PrivilegeEscalation(Rule):
    """Nobody can give themselves more than they were given."""

    id = "privilege-escalation"
    allowable = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each action by which this file opens a way up, with the ways that it opens."""
        for holder in holders(context).of(file):
            by_place: defaultdict[Location, list[Escalation]] = defaultdict(list)
            for found in context.once(_all)(holder):
                place = _place(found, file, holder, context)
                if place is not None:
                    by_place[place].append(found)
            for place, those in by_place.items():
                yield self._finding(place, those, file, holder, context)

    def _finding(
        self,
        place: Location,
        those: list[Escalation],
        file: File,
        holder: Holder,
        context: Context,
    ) -> Finding:
        gravest = min(those, key=lambda one: -_risk(one.path).rank)
        actions = dict.fromkeys(permit.action for permit in gravest.every)
        message = f"{holder} can get more power by {listed(actions, 4)}. {_said(gravest.path)}"
        others = [one.path.id for one in those if one is not gravest]
        if others:
            message += f" And {len(others)} more way{'s' * (len(others) > 1)}: {listed(others)}"
        return Finding(
            self.id,
            self.severity,
            place,
            message,
            Fix(_MENDS[gravest.path.kind]),
            _risk(gravest.path),
            _related(gravest.every, file, holder, context),
        )


def _risk(path: EscalationPath) -> Risk:
    """Whether it leads to everything, or to whoever is there to be had."""
    return Risk.HIGH if path.gains in _OF_OTHERS else Risk.CRITICAL


def _said(path: EscalationPath) -> str:
    return path.why + (f" (Given: {path.given}.)" if path.given else "")


def _all(context: Context) -> _Known:
    return _Known(context)


class _Known:
    """The escalations of each holder, found once."""

    def __init__(self, _context: Context) -> None:
        self._found: dict[int, tuple[Escalation, ...]] = {}

    def __call__(self, holder: Holder) -> tuple[Escalation, ...]:
        if id(holder) not in self._found:
            self._found[id(holder)] = escalations(holder)
        return self._found[id(holder)]


def _place(found: Escalation, file: File, holder: Holder, context: Context) -> Location | None:
    """Where this file opens the way; None where it has no part in it, or another is to say so."""
    own = [permit for permit in found.every if brings(file, permit.piece, holder, context)]
    if not own:
        return None
    paths = {path for permit in found.every for path in contributors(permit.piece, holder, context)}
    if file.source.path not in context.reporters(paths):
        return None
    return place_of(file, own[0], holder, context)


def _related(
    permits: Iterable[Permit], file: File, holder: Holder, context: Context
) -> tuple[Related, ...]:
    """Where the other parts of the way come from."""
    found: dict[Related, None] = {}
    for permit in permits:
        for path in contributors(permit.piece, holder, context):
            if path != file.source.path:
                place = place_of(context.by_path[path], permit, holder, context)
                found[Related(place, f"gives {permit.action}")] = None
    return tuple(sorted(found)[:_MOST_RELATED])
