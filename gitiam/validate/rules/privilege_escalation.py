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
from gitiam.validate.escalation import Escalation, Escalations
from gitiam.validate.reaching import holders
from gitiam.validate.rule import Rule, listed
from gitiam.validate.share import Share, contributors, share_of

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
        known = context.once(Escalations)
        for holder in holders(context).of(file):
            share = share_of(file, holder, context)
            by_place: defaultdict[Location, list[Escalation]] = defaultdict(list)
            for found in known.of(holder):
                place = _place(found, share, context)
                if place is not None:
                    by_place[place].append(found)
            for place, those in by_place.items():
                yield self._finding(place, sorted(those, key=_importance), share)

    def _finding(self, place: Location, those: list[Escalation], share: Share) -> Finding:
        """One for each place, which tells the first way and counts the others."""
        first, *others = those
        actions = dict.fromkeys(permits[0].action for permits in first.permits)
        holder = share.holder
        message = f"{holder} can get more power by {listed(actions, 4)}. {_said(first.path)}"
        if others:
            message += f" And {len(others)} more way{'s' * (len(others) > 1)}."
        return Finding(
            self.id,
            self.severity,
            place,
            message,
            Fix(_MENDS[first.path.kind]),
            _risk(first.path),
            _related(first.every, share),
        )


def _risk(path: EscalationPath) -> Risk:
    """Whether it leads to everything, or to whoever is there to be had."""
    return Risk.HIGH if path.gains in _OF_OTHERS else Risk.CRITICAL


def _importance(one: Escalation) -> tuple[int, int]:
    """The gravest first; of those, what most catalogues know."""
    return (-_risk(one.path).rank, -len(one.path.aka))


def _said(path: EscalationPath) -> str:
    return path.why + (f" (Given: {path.given}.)" if path.given else "")


def _place(found: Escalation, share: Share, context: Context) -> Location | None:
    """Where this file opens the way; None where it has no part in it, or another is to say so."""
    own = [permit for permit in found.every if share.brings(permit.piece)]
    if not own:
        return None
    others = {s.path for p in found.every for s in contributors(p.piece, share.holder, context)}
    return share.place(own[0]) if share.path in context.reporters(others) else None


def _related(permits: Iterable[Permit], share: Share) -> tuple[Related, ...]:
    """Where the other parts of the way come from."""
    found = {
        Related(other.place(permit), f"gives {permit.action}")
        for permit in permits
        for other in contributors(permit.piece, share.holder, share.context)
        if other is not share
    }
    return tuple(sorted(found)[:_MOST_RELATED])
