"""A role takes tokens of an identity provider without saying whose.

## What it does
Looks at each OpenID Connect provider that a role trusts for a condition on the provider's claim
`:sub`, or on another claim that says who comes, such as GitHub's `:repository`. Where there is
none on `:aud`, that is a warning. Of the issuers that AWS knows by itself, the claim that says
which application is meant must be compared: `:aud` of Cognito and Google, `:app_id` of others.

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
from gitiam.validate.context import Context, File
from gitiam.validate.federation import BUILT_IN, GITHUB, Federation, federations_of
from gitiam.validate.rule import Rule, shown

# Claims that name one repository or workflow, each enough by itself.
_OF_GITHUB = frozenset(["sub", "repository", "repository_id", "job_workflow_ref"])
# Claims that say what a token is for, or how it came to be, and not whose it is.
_NOBODY = frozenset(["aud", "azp", "oaud", "amr", "iss"])


class MissingClaim(Rule):
    """Every trusted provider is trusted for somebody in particular."""

    id = "missing-claim"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each provider that is trusted for anybody."""
        for federation in federations_of(file):
            claims = {claim for claim, _ in federation.limits()}
            place = file.source.place(*federation.steps)
            issuer = federation.issuer
            needed = BUILT_IN.get(issuer)
            if needed is not None:
                if not claims & {needed, "sub"}:
                    message = f"every application that {shown(issuer)} knows may assume this role"
                    fix = Fix(f"add a condition on `{issuer}:{needed}`")
                    yield self.finding(place, message, fix)
                continue
            if not _names_somebody(federation, claims):
                message = f"everybody who has a token of {shown(issuer)} may assume this role"
                fix = Fix(f"add a condition on `{issuer}:sub`")
                yield self.finding(place, message, fix)
            if "aud" not in claims:
                message = f"tokens of {shown(issuer)} that were made for somebody else count, too"
                fix = Fix(f"add a condition on `{issuer}:aud`, usually `sts.amazonaws.com`")
                yield self.finding(place, message, fix, Severity.WARNING)


def _names_somebody(federation: Federation, claims: set[str]) -> bool:
    if federation.issuer == GITHUB or federation.issuer.startswith(f"{GITHUB}/"):
        return bool(claims & _OF_GITHUB)
    return bool(claims - _NOBODY)
