"""A trust policy names somebody in a form that AWS refuses.

## What it does
Reads whom a role trusts: under `aws` an account's 12 digits, `*`, or the ARN of an account's
root, of a user, a role or a session; under `federated` the ARN of an OpenID Connect or SAML
provider, or an issuer that AWS knows; under `canonical` 64 hexadecimal digits. No wildcard and no
variable may stand in them.

## Why is this bad?
AWS refuses the policy when it is applied.

## Example
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - aws: arn:aws:iam::444455556666:role/ci-*
```

## Use instead
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - aws: arn:aws:iam::444455556666:root
    conditions: {ArnLike: {aws:PrincipalArn: arn:aws:iam::444455556666:role/ci-*}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitiam.config import Config
from gitiam.findings import Finding, Fix
from gitiam.policy.glob import is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.federation import BUILT_IN
from gitiam.validate.mends import replaced_value
from gitiam.validate.resources import problem_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import trusted_of

_ACCOUNT_ID = re.compile(r"[0-9]{12}|\{account_id\}")
_ARN = re.compile(r"arn:[^:]+:(iam|sts)::([0-9]{12}|\{account_id\}):(.+)")
_NAME = r"[A-Za-z0-9_+=,.@{}-]+"
# IAM User Guide, "AWS JSON policy elements: Principal".
_WHO = {
    "iam": re.compile(rf"root|(?:user|role)/(?:[!-~]+/)?{_NAME}"),
    "sts": re.compile(rf"assumed-role/{_NAME}/{_NAME}|federated-user/{_NAME}|self"),
}
_PROVIDER = re.compile(r"(?:oidc-provider|saml-provider)/[!-~]+")
_HOST = re.compile(r"(?:https://)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9._~/-]*)?)")
_CANONICAL = re.compile(r"[0-9a-f]{64}")
_SCHEME = ":oidc-provider/https://"
_FORMS = "an account's id, or the ARN of an account's root, a user, a role or a session"

_Wrong = tuple[str, str | None]


class MalformedPrincipal(Rule):
    """Everybody whom a role trusts is named in a form that AWS takes."""

    id = "malformed-principal"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each name of another form."""
        config = context.estate.config
        for steps, kind, names in trusted_of(file):
            for number, name in enumerate(names):
                wrong = _wrong(kind, name, config)
                if wrong is None:
                    continue
                at = (*steps, number)
                message, right = wrong
                place = file.source.place(*at)
                if right is None:
                    hint = _hint(kind, name)
                    yield self.finding(place, message, Fix(hint) if hint else None)
                    continue
                # What gave another sort of trust in the right form is the reader's to see.
                fix = replaced_value(file, at, len(names), right)
                yield self.finding(place, f"{message}; did you mean `{right}`?", fix)


def _wrong(kind: str, name: str, config: Config) -> _Wrong | None:
    if "${" in name:
        return f"{shown(name)}: no variable may stand among those who are trusted", None
    if kind == "AWS":
        return _aws(name, config)
    if kind == "Federated":
        return _federated(name, config)
    if kind == "CanonicalUser" and not _CANONICAL.fullmatch(name):
        return f"{shown(name)} is not a canonical user id, which has 64 hexadecimal digits", None
    return None


def _aws(name: str, config: Config) -> _Wrong | None:
    if name == "*" or _ACCOUNT_ID.fullmatch(name):
        return None
    if not name.startswith("arn:"):
        named = config.accounts.get(name)
        digits = re.sub(r"[- ]", "", name)
        right = named.id if named else digits if re.fullmatch(r"[0-9]{12}", digits) else None
        return f"{shown(name)} is not {_FORMS}", right
    if problem_of(name, config):
        return None  # not even an ARN, which another rule says
    if is_glob(name):
        return f"{shown(name)}: no wildcard may stand among those who are trusted", None
    found = _ARN.fullmatch(name)
    if found is None or not _WHO[found[1]].fullmatch(found[3]):
        if found and found[3].startswith("group/"):
            return f"{shown(name)} is a group, and a group cannot assume a role", None
        return f"{shown(name)} is not {_FORMS}", None
    return None


def _federated(name: str, config: Config) -> _Wrong | None:
    if name in BUILT_IN:
        return None
    if not name.startswith("arn:"):
        host = _HOST.fullmatch(name)
        right = f"arn:{{partition}}:iam::{{account_id}}:oidc-provider/{host[1]}" if host else None
        return f"{shown(name)} is not the ARN of an identity provider", right
    if problem_of(name, config):
        return None
    if _SCHEME in name:
        right = name.replace(_SCHEME, _SCHEME.removesuffix("https://"))
        return f"{shown(name)}: AWS names providers without `https://`", right
    found = _ARN.fullmatch(name)
    if found is None or found[1] != "iam" or not _PROVIDER.fullmatch(found[3]) or is_glob(name):
        return f"{shown(name)} is not the ARN of an identity provider", None
    return None


def _hint(kind: str, name: str) -> str | None:
    if kind != "AWS":
        return None
    if is_glob(name):
        return "trust the account, with a condition of `ArnLike` on `aws:PrincipalArn`"
    return "name the users or roles one by one" if ":group/" in name else None
