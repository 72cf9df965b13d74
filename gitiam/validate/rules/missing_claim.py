"""A role takes tokens of an identity provider without saying whose.

## What it does
Looks at each OpenID Connect provider that a role trusts for a condition on the provider's claim
`:sub`, or on another claim that says who comes, such as GitHub's `:repository`. Where there is
none on `:aud`, that is a warning. Of the issuers that AWS knows by itself, the claim that says
which application is meant must be compared: `:aud` of Cognito and Google, `:app_id` of others.
A condition that is met without the claim, as with `IfExists` and `ForAllValues:`, counts only where
`Null` demands the claim. What the values let in is for `wide-subject` to say.

## Why is this bad?
Whoever can get a token of that provider may assume the role: with GitHub's, every workflow of
every repository in the world.

## Example
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - federated: arn:aws:iam::{account_id}:oidc-provider/token.actions.githubusercontent.com
    conditions:
      StringEquals: {"token.actions.githubusercontent.com:aud": sts.amazonaws.com}
```

## Use instead
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - federated: arn:aws:iam::{account_id}:oidc-provider/token.actions.githubusercontent.com
    conditions:
      StringEquals:
        "token.actions.githubusercontent.com:aud": sts.amazonaws.com
        "token.actions.githubusercontent.com:sub": repo:acme/web-shop:environment:production
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Severity
from gitiam.validate.claims import claims_of, is_any
from gitiam.validate.context import Context, File
from gitiam.validate.federation import BUILT_IN, Federation, federations_of
from gitiam.validate.rule import Rule, shown


class MissingClaim(Rule):
    """Every trusted provider is trusted for somebody in particular."""

    id = "missing-claim"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each provider that is trusted for anybody."""
        for federation in federations_of(file):
            place = file.source.place(*federation.steps)
            issuer = federation.issuer
            needed = BUILT_IN.get(issuer, "sub")
            if not _names_somebody(federation):
                idle = dict(federation.idle()).get(needed)
                who = f"everybody who has a token of {shown(issuer)}"
                if issuer in BUILT_IN:
                    who = f"every application that {shown(issuer)} knows"
                message = f"{who} may assume this role"
                fix = Fix(f"add a condition on `{issuer}:{needed}`")
                if idle is not None:
                    message += f"; {shown(idle.operator)} holds without the claim"
                    fix = Fix("leave out `IfExists` and `ForAllValues:`")
                yield self.finding(place, message, fix)
            if issuer not in BUILT_IN and not _is_for_us(federation):
                message = f"tokens of {shown(issuer)} that were made for somebody else count, too"
                fix = Fix(f"add a condition on `{issuer}:aud`, usually `sts.amazonaws.com`")
                yield self.finding(place, message, fix, Severity.WARNING)


def _names_somebody(federation: Federation) -> bool:
    claims = claims_of(federation.issuer)
    return any(claims.tells(claim) for claim, _ in federation.limits())


def _is_for_us(federation: Federation) -> bool:
    return any(claim == "aud" and not is_any(found) for claim, found in federation.limits())
