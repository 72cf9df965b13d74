"""A principal would exceed what AWS lets it hold.

## What it does
Adds up everything that a principal has from all its requests, and compares it with AWS's quotas:
the characters of its policies, the number of its managed policies, the groups of a user, the size
of a role's trust policy. Quotas that AWS can raise are set under `limits` in `gitiam.yaml`.

## Why is this bad?
AWS would refuse the change when it is applied.

## Example
```yaml
account: prod
principal: user/alice
reason: Alice works with every team
expires: 2027-01-15
grants: [{group: g1}, {group: g2}, {group: g3}, {group: g4}, {group: g5}, {group: g6},
  {group: g7}, {group: g8}, {group: g9}, {group: g10}, {group: g11}]
```

## Use instead
```yaml
account: prod
principal: user/alice
reason: Alice works with every team
expires: 2027-01-15
grants:
  - group: everyone
```
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitiam.config import Limits
from gitiam.desired.state import Desired, Unfit
from gitiam.findings import Finding, Fix
from gitiam.models import Kind
from gitiam.policy.statement import document_size
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, listed
from gitiam.validate.walk import Steps

_POLICY_NAME = 128  # IAM and AWS STS quotas, "IAM entity character limits"


@dataclass(frozen=True, slots=True)
class _Excess:
    steps: Steps
    message: str
    fix: str


class TooLarge(Rule):
    """No principal holds more than AWS allows."""

    id = "too-large"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the proposed files that add to the excess; where there are none, at the first file."""
        for excess in context.once(_excesses).get(file.source.path, ()):
            place = file.source.place(*excess.steps)
            yield self.finding(place, excess.message, Fix(excess.fix))


def _excesses(context: Context) -> Mapping[str, list[_Excess]]:
    limits = context.estate.config.limits
    found: defaultdict[str, list[_Excess]] = defaultdict(list)
    for unfit in context.state.unfit:
        for path in context.reporters(unfit.origins):
            found[path].append(_unfit(unfit, limits))
    for desired in context.state.modules.values():
        if desired.trust:
            _trust(desired, limits, found)
        for excess in _counts(desired, limits):
            for path in context.reporters(desired.origins):
                found[path].append(excess)
    return found


def _unfit(unfit: Unfit, limits: Limits) -> _Excess:
    key = unfit.key
    message = (
        f"{key.principal} in {key.account} would need {unfit.size:,} characters of policy;"
        f" AWS lets it hold {unfit.room:,} ({_room(key.kind, limits)})."
        f" They come from {listed(unfit.origins)}"
    )
    return _Excess(
        ("grants",), message, "use fewer actions or wildcards in the resources, or divide the work"
    )


def _room(kind: Kind, limits: Limits) -> str:
    if kind is Kind.POLICY:
        return "one managed policy"
    return (
        f"{limits.inline_size[kind]:,} inline, and at most {limits.managed_policies[kind]} managed"
        f" policies of {limits.managed_size:,}, of which attached ones take their part"
    )


def _counts(desired: Desired, limits: Limits) -> Iterator[_Excess]:
    key = desired.key
    who = f"{key.principal} in {key.account}"
    most = limits.managed_policies.get(key.kind)
    policies = len(desired.attachments) + len(desired.overflow)
    if most is not None and policies > most:
        yield _Excess(
            ("grants",),
            f"{who} would have {policies} managed policies; {most} are the most",
            "put what several of them give into one policy (`kind: policy`), or use fewer",
        )
    if len(desired.groups) > limits.groups_per_user:
        yield _Excess(
            ("grants",),
            f"{who} would be in {len(desired.groups)} groups;"
            f" {limits.groups_per_user} are the most",
            "take the user out of a group, or give the access in a request of its own",
        )
    if any(len(policy.name) > _POLICY_NAME for policy in desired.overflow):
        yield _Excess(
            ("grants",),
            f"{who} has a name too long for the policies that hold what exceeds its inline policy",
            "ask for less, so that everything finds room in the inline policy",
        )


def _trust(desired: Desired, limits: Limits, found: defaultdict[str, list[_Excess]]) -> None:
    size = document_size(desired.trust)
    if size <= limits.trust_size or desired.declaration is None:
        return
    message = (
        f"the trust policy of {desired.key.principal} in {desired.key.account} has {size:,}"
        f" characters; {limits.trust_size:,} are the most"
    )
    fix = "trust fewer principals, or a whole account with a condition"
    found[desired.declaration.source.path].append(_Excess(("trust",), message, fix))
