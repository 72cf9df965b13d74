"""A role takes tokens of subjects that nobody in the estate decides on.

## What it does
Reads what conditions compare with those claims of an identity provider that say who comes: `:sub`,
or others such as GitHub's `:repository`. All conditions of an entry hold at once, so the narrowest
of them counts. Where it has a wildcard or a variable in the place of the owner (`repo:*`, `r?po:*`,
`*/deploy`), or names no owner, that is an error; in the place of the repository (`repo:acme/*`),
it is a warning. After the repository, wildcards may stand. Likewise with GitLab, Terraform Cloud,
Buildkite, Vercel, CircleCI, Bitbucket and EKS. Of the issuers that AWS knows by itself, `:aud` (an
identity pool of Cognito, a client of Google) or `:app_id` is to be written out; and to let in
guests of a pool, by `:amr`, is a warning.

## Why is this bad?
A wildcard for the owner lets in everybody who has a repository there, or makes an identity pool in
an account of their own. One for the repository lets in whoever can make a repository in the
organisation. A guest is anybody at all.

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
      StringLike: {"token.actions.githubusercontent.com:sub": "repo:*"}
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
      StringEquals: {"token.actions.githubusercontent.com:aud": sts.amazonaws.com}
      StringLike: {"token.actions.githubusercontent.com:sub": "repo:acme/web-shop:*"}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Severity
from gitiam.models import Condition
from gitiam.policy.glob import is_glob, matches
from gitiam.validate.claims import Breadth, Claims, claims_of
from gitiam.validate.context import Context, File
from gitiam.validate.federation import BUILT_IN, COGNITO, GITHUB, Federation, federations_of
from gitiam.validate.operators import operator_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import Steps

_GUESTS = "unauthenticated"


class WideSubject(Rule):
    """Every subject that a role trusts is somebody in particular."""

    id = "wide-subject"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each value that lets in more than one repository, project or application."""
        seen: set[Steps] = set()
        for federation in federations_of(file):
            found = *_wide(federation), *_guests(federation)
            for steps, claim, value, breadth, message in found:
                if steps not in seen:
                    seen.add(steps)
                    severity = Severity.ERROR if breadth is Breadth.ANYBODY else Severity.WARNING
                    fix = _fix(federation.issuer, claim)
                    said = f"{shown(value)} {message}"
                    yield self.finding(file.source.place(*steps), said, fix, severity)


_Wide = tuple[Steps, str, str, Breadth, str]


def _wide(federation: Federation) -> Iterator[_Wide]:
    """The values that let in most, of the conditions that let in least."""
    claims = claims_of(federation.issuer)
    telling = [
        (claim, condition, [_breadth(claims, claim, condition, v) for v in condition.values])
        for claim, condition in federation.limits()
        if claims.tells(claim)
    ]
    least = min((max(each, default=Breadth.NAMED) for _, _, each in telling), default=None)
    if not least:
        return
    for claim, condition, each in telling:
        if max(each, default=Breadth.NAMED) is not least:
            continue
        for number, (value, breadth) in enumerate(zip(condition.values, each, strict=True)):
            if breadth is not Breadth.NAMED:
                message = _message(federation, claims, claim, value, breadth)
                yield _steps(federation, condition, number), claim, value, breadth, message


def _breadth(claims: Claims, claim: str, condition: Condition, value: str) -> Breadth:
    return claims.breadth(claim, value, is_pattern=_is_pattern(condition))


def _guests(federation: Federation) -> Iterator[_Wide]:
    """Where guests of an identity pool are let in on purpose."""
    if federation.issuer != COGNITO:
        return
    for claim, condition in (*federation.limits(), *federation.idle()):
        for number, value in enumerate(condition.values if claim == "amr" else ()):
            is_met = matches(value, _GUESTS) if _is_pattern(condition) else value == _GUESTS
            if is_met:
                message = "lets in guests of the identity pool: anybody, without signing in"
                yield _steps(federation, condition, number), claim, value, Breadth.OWNER, message


def _is_pattern(condition: Condition) -> bool:
    operator = operator_of(condition.operator)
    return operator is not None and operator.name == "StringLike"


def _steps(federation: Federation, condition: Condition, number: int) -> Steps:
    return ("trust", federation.index, "conditions", condition.operator, condition.key, number)


def _message(
    federation: Federation, claims: Claims, claim: str, value: str, breadth: Breadth
) -> str:
    if federation.issuer in BUILT_IN:
        return f"is not one `{claim}` written out; anybody can make one that fits"
    if claims.is_closed:
        everybody = "everybody who has a token of this provider"
        return f"is {everybody if breadth is Breadth.ANYBODY else claims.whole}"
    if not value.strip("*?"):
        return "is everybody who has a token of this provider"
    if breadth is Breadth.OWNER:
        return "is every repository of the owner whose name fits, what is made tomorrow included"
    if not is_glob(value) and "${" not in value:
        return "names no owner: in the whole of the provider, everybody can have such a token"
    return "is every owner whose name fits, in the whole of the provider"


def _fix(issuer: str, claim: str) -> Fix | None:
    if claim == "amr":
        return Fix(f"compare `{issuer}:amr` with `authenticated`")
    if issuer in BUILT_IN:
        return Fix(f"write out the `{issuer}:{BUILT_IN[issuer]}` that is meant")
    if issuer.startswith(GITHUB):
        return Fix("name the owner and the repository, as `repo:OWNER/NAME:*` does")
    return None
