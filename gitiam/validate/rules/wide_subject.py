"""A role takes tokens of subjects that nobody in the estate decides on.

## What it does
Reads what conditions compare with the claim `:sub` of an identity provider. A wildcard in the place
of the owner (`repo:*`, `*`) is an error; one in the place of the repository (`repo:acme/*`) is a
warning. After the repository, wildcards may stand.

## Why is this bad?
A wildcard for the owner lets in everybody who has a repository there. One for the repository lets
in whoever can make a repository in the organisation.

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

import re
from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Severity
from gitiam.policy.glob import is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.federation import GITHUB, federations_of
from gitiam.validate.operators import operator_of
from gitiam.validate.rule import Rule, shown

# Issuers that serve everybody; others serve one cluster or one company.
_SHARED = (GITHUB, "gitlab.com", "app.terraform.io", "agent.buildkite.com", "oidc.circleci.com")
_WORD = re.compile(r"[A-Za-z0-9_]+:")
_REPO = "repo:"
# Claims that name one repository whatever the subject says.
_ALONE = frozenset(["repository", "repository_id", "job_workflow_ref", "project_id"])


class WideSubject(Rule):
    """Every subject that a role trusts is somebody in particular."""

    id = "wide-subject"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each subject with a wildcard for the owner or the repository."""
        seen: set[tuple[int, str]] = set()
        for federation in federations_of(file):
            limits = list(federation.limits())
            if any(claim in _ALONE for claim, _ in limits):
                continue
            for claim, condition in limits:
                operator = operator_of(condition.operator)
                at = (federation.index, condition.operator + condition.key)
                if claim != "sub" or at in seen or operator is None:
                    continue
                seen.add(at)
                if not operator.name.endswith("Like"):
                    continue
                steps = ("trust", federation.index, "conditions", condition.operator, condition.key)
                for number, value in enumerate(condition.values):
                    wide = _wide(value, federation.issuer)
                    if wide is not None:
                        place = file.source.place(*steps, number)
                        fix = Fix("name the owner and the repository, as `repo:OWNER/NAME:*` does")
                        message = f"{shown(value)} is {wide[1]}"
                        is_github = federation.issuer.startswith(GITHUB)
                        yield self.finding(place, message, fix if is_github else None, wide[0])


def _wide(value: str, issuer: str) -> tuple[Severity, str] | None:
    if not value.strip("*?"):
        return Severity.ERROR, "everybody who has a token of this provider"
    if not issuer.startswith(_SHARED):
        return None
    word = _WORD.match(value)
    rest = value[word.end() :] if word else value
    owner, slash, after = rest.partition("/")
    if rest[:1] in ("*", "?") or (value.startswith(_REPO) and is_glob(owner)):
        return Severity.ERROR, "every owner whose name fits, in the whole of the provider"
    repository = after.partition(":")[0]
    if value.startswith(_REPO) and (not slash or is_glob(repository)):
        return Severity.WARNING, f"every repository of {shown(owner)} whose name fits"
    return None
