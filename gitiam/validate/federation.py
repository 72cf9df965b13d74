"""Whom a trust policy trusts through identity providers: issuers, and conditions on their claims.

Source: IAM User Guide, "Create a role for OpenID Connect federation" and "Available keys for AWS
OIDC federation".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitiam.models import Condition, Declaration, TrustEntry
from gitiam.policy.glob import matches
from gitiam.validate.claims import comparing
from gitiam.validate.context import File
from gitiam.validate.walk import Steps

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
GITHUB = "token.actions.githubusercontent.com"
COGNITO = "cognito-identity.amazonaws.com"
#: Issuers that AWS itself knows, with the claim that says whose tokens are meant.
BUILT_IN = {
    "accounts.google.com": "aud",
    COGNITO: "aud",
    "graph.facebook.com": "app_id",
    "www.amazon.com": "app_id",
}
_PROVIDER = ":oidc-provider/"


@dataclass(frozen=True, slots=True)
class Federation:
    """An entry that lets in who has a token of an issuer; `steps` lead to the issuer's name."""

    index: int
    steps: Steps
    issuer: str
    entry: TrustEntry

    def limits(self) -> Iterator[tuple[str, Condition]]:
        """The issuer's claims that a token must have with a certain value, in small letters."""
        yield from (found for found in self._compared() if self._counts(*found))

    def idle(self) -> Iterator[tuple[str, Condition]]:
        """Those that would count, if only a token without the claim did not pass."""
        for claim, condition in self._compared():
            if not self._counts(claim, condition) and comparing(condition, is_present=True):
                yield claim, condition

    def _counts(self, claim: str, condition: Condition) -> bool:
        return comparing(condition, is_present=claim in self._demanded()) is not None

    def _compared(self) -> Iterator[tuple[str, Condition]]:
        prefix = f"{self.issuer}:".lower()
        for condition in self.entry.conditions:
            if condition.key.lower().startswith(prefix):
                yield condition.key[len(prefix) :].lower(), condition

    def _demanded(self) -> frozenset[str]:
        """Claims that `Null` says must be there."""
        return frozenset(
            claim
            for claim, condition in self._compared()
            if condition.operator.lower() == "null"
            and all(value.lower() == "false" for value in condition.values)
        )


def federations_of(file: File) -> Iterator[Federation]:
    """Every issuer whose tokens a role takes."""
    if not isinstance(file, Declaration):
        return
    for index, entry in enumerate(file.trust):
        if entry.effect != "Allow" or not allows(entry, WEB_IDENTITY):
            continue
        names = dict(entry.principals).get("Federated", ())
        for number, name in enumerate(names):
            issuer = issuer_of(name)
            if issuer is not None:
                steps = ("trust", index, "federated", number)
                yield Federation(index, steps, issuer, entry)


def issuer_of(name: str) -> str | None:
    """The issuer of an OpenID Connect provider; None for providers of another sort."""
    if name.lower() in BUILT_IN:
        return name.lower()
    before, mark, issuer = name.partition(_PROVIDER)
    return issuer if mark and before.startswith("arn:") else None


def allows(entry: TrustEntry, action: str) -> bool:
    """Whether one of the entry's actions is, or stands for, this one."""
    return any(matches(pattern.lower(), action.lower()) for pattern in entry.actions)
