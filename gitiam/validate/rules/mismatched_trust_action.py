"""A trust policy has an action that those it trusts cannot take.

## What it does
Knows which action is for whom: `sts:AssumeRole` for accounts, users, roles and AWS's services,
`sts:AssumeRoleWithWebIdentity` for OpenID Connect providers, `sts:AssumeRoleWithSAML` for SAML
providers; `sts:TagSession`, `sts:SetSourceIdentity` and `sts:SetContext` go with all of them.
Other actions are no matter of a trust policy.

## Why is this bad?
AWS refuses the policy, or nobody can assume the role.

## Example
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - service: ec2.amazonaws.com
    actions: [sts:AssumeRoleWithWebIdentity]
```

## Use instead
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - service: ec2.amazonaws.com
    actions: [sts:AssumeRole]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding
from gitiam.models import Declaration, TrustEntry
from gitiam.policy.glob import matches
from gitiam.validate.context import Context, File
from gitiam.validate.federation import WEB_IDENTITY, allows, issuer_of
from gitiam.validate.mends import replaced_value
from gitiam.validate.rule import Rule, listed, shown
from gitiam.validate.walk import TRUST_KEYS

_ASSUME = "sts:AssumeRole"
_SAML = "sts:AssumeRoleWithSAML"
_PROVIDER = ":saml-provider/"
_BESIDE = ("sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext")


class MismatchedTrustAction(Rule):
    """Everybody who is trusted can take an action of the entry."""

    id = "mismatched-trust-action"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each action that nobody of the entry can take, and at whom no action is for."""
        if not isinstance(file, Declaration):
            return
        for index, entry in enumerate(file.trust):
            yield from self._entry(file, index, entry, context)

    def _entry(
        self, file: File, index: int, entry: TrustEntry, context: Context
    ) -> Iterator[Finding]:
        if any(map(_is_unclear, dict(entry.principals).get("Federated", ()))):
            return  # nobody can tell which action it takes, and another rule says why
        needed = list(dict.fromkeys(_needed(entry)))
        fitting = [*(action for action, _ in needed), *_BESIDE]
        is_blamed = False
        for number, pattern in enumerate(entry.actions):
            if any(matches(pattern.lower(), action.lower()) for action in fitting):
                continue
            is_blamed = True
            if not context.catalog.expand(pattern):
                continue  # no action at all, which another rule says
            steps = ("trust", index, "actions", number)
            message = f"{shown(pattern)} is not for those who are trusted here"
            right = needed[0][0] if len({action for action, _ in needed}) == 1 else None
            if right is None or allows(entry, right):
                yield self.finding(file.source.place(*steps), message)
                continue
            fix = replaced_value(file, steps, len(entry.actions), right)
            yield self.finding(file.source.place(*steps), f"{message}; write `{right}`", fix)
        if is_blamed or entry.effect != "Allow":
            return
        for action, kind in needed:
            if not allows(entry, action):
                place = file.source.place("trust", index, TRUST_KEYS[kind])
                given = listed([shown(pattern) for pattern in entry.actions])
                message = f"nobody named here can assume the role with {given}; it takes `{action}`"
                yield self.finding(place, message)


def _needed(entry: TrustEntry) -> Iterator[tuple[str, str]]:
    """The action by which each sort of trusted can assume the role, and the sort."""
    for kind, names in entry.principals:
        for name in names:
            if kind != "Federated":
                yield _ASSUME, kind
            elif _PROVIDER in name:
                yield _SAML, kind
            elif issuer_of(name) is not None:
                yield WEB_IDENTITY, kind


def _is_unclear(name: str) -> bool:
    """Whether an identity provider is named so that its sort cannot be told."""
    return _PROVIDER not in name and issuer_of(name) is None
