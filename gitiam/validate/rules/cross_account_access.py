"""Access that leaves the estate's accounts, or lets somebody in from elsewhere.

## What it does
Looks for roles of other accounts that may be assumed, for ARNs of other accounts in grants, and for
principals of other accounts in the trust of a role. Other accounts are those that `gitiam.yaml`
does not name, and any where the account is left open; AWS's own do not count. A role that everybody
may assume is told by `full-wildcard`.

## Why is this bad?
What an unknown account does with it, or holds ready there, no reviewer can see here. An account id
with a slip in it belongs to somebody.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - assume: arn:aws:iam::777788889999:role/audit
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - assume: arn:aws:iam::111122223333:role/audit
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Location, Risk, Severity
from gitiam.models import ActionsGrant, AssumeGrant, Declaration, Grant
from gitiam.policy.actions import action_matches
from gitiam.policy.glob import is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import grants_of, resources_of

_ID = re.compile(r"[0-9]{12}")
_ACCOUNT_PART = 4


class CrossAccountAccess(Rule):
    """Nobody reaches beyond the estate's accounts unseen."""

    id = "cross-account-access"
    severity = Severity.WARNING
    allowable = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each ARN of an account that the estate does not know."""
        known = {account.id for account in context.estate.config.accounts.values()}
        grants = grants_of(file)
        for steps, resource in resources_of(file):
            grant = grants[int(steps[1])]
            if isinstance(grant, ActionsGrant) and grant.effect != "Allow":
                continue
            said = _of_resource(resource, known, assumes=_assumes(grant))
            if said is not None:
                yield self._of(file.source.place(*steps), *said)
        if isinstance(file, Declaration):
            yield from self._trust(file, known)

    def _trust(self, file: Declaration, known: set[str]) -> Iterator[Finding]:
        for index, entry in enumerate(file.trust):
            names = dict(entry.principals).get("AWS", ())
            for number, name in enumerate(names if entry.effect == "Allow" else ()):
                account = name if _ID.fullmatch(name) else _account_of(name)
                if account is None or account in known:
                    continue
                place = file.source.place("trust", index, "aws", number)
                message = f"{account}, an account unknown here, may assume this role"
                yield self._of(place, message, Risk.HIGH)

    def _of(self, place: Location, message: str, risk: Risk) -> Finding:
        fix = Fix("write an account of the estate, or put this one into gitiam.yaml")
        return Finding(self.id, self.severity, place, message, fix, risk)


def _of_resource(resource: str, known: set[str], *, assumes: bool) -> tuple[str, Risk] | None:
    account = _account_of(resource)
    if account is None and assumes and _leaves_account_open(resource):
        return f"{shown(resource)} is a role of any account that trusts this one", Risk.HIGH
    if account is None or account in known:
        return None
    if assumes:
        what = "is a role of an account that the estate does not know"
        return f"{shown(resource)} {what}", Risk.HIGH
    return f"{shown(resource)} is in an account that the estate does not know", Risk.MEDIUM


def _assumes(grant: Grant) -> bool:
    if isinstance(grant, ActionsGrant) and grant.effect == "Allow" and not grant.not_resources:
        return any(action_matches(action, "sts:AssumeRole") for action in grant.actions)
    return isinstance(grant, AssumeGrant)


def _leaves_account_open(resource: str) -> bool:
    parts = resource.split(":", _ACCOUNT_PART + 1)
    return len(parts) <= _ACCOUNT_PART or is_glob(parts[_ACCOUNT_PART])


def _account_of(arn: str) -> str | None:
    """The account in an ARN, where one is written out."""
    parts = arn.split(":", _ACCOUNT_PART + 1)
    found = parts[_ACCOUNT_PART] if len(parts) > _ACCOUNT_PART + 1 else ""
    return found if _ID.fullmatch(found) else None
