"""Who may assume a role, in words.

Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gitiam.policy.statement import Statement
from gitiam.report.words.conditions import condition_words
from gitiam.report.words.lists import said, short

_ACCOUNT = re.compile(r"(?:arn:[a-z-]+:iam::)?([0-9]{12})(?::root)?")
_ENTITY = re.compile(
    r"arn:[a-z-]+:(?:iam|sts)::([0-9]{12}):(role|user|assumed-role)/(.+)", re.DOTALL
)
_PROVIDER = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:(?:oidc|saml)-provider/(.+)", re.DOTALL)
_USUAL = frozenset({"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})


def trust_words(statement: Statement, own: str, names: Mapping[str, str]) -> str:
    """`the service lambda.amazonaws.com`, with the conditions; of a Deny, what is forbidden."""
    who = said(_who(statement.principals, own, names), word="or") or "nobody"
    if statement.not_principals:
        who = f"anybody but {said(_who(statement.not_principals, own, names), word='or')}"
    more = [a for a in statement.actions if a.lower() not in _USUAL]
    if not any(a.lower() in _USUAL or "*" in a or "?" in a for a in statement.actions):
        who += f", for {said(more)} alone"
    elif more:
        who += f" (with {said(more)})"
    if words := [*filter(None, map(condition_words, statement.conditions))]:
        who += f", but only {' and '.join(words)}"
    return who if statement.effect == "Allow" else f"refused: {who}"


def _who(
    principals: tuple[tuple[str, tuple[str, ...]], ...], own: str, names: Mapping[str, str]
) -> Iterator[str]:
    for kind, those in principals:
        for one in those:
            yield _one(kind, one, own, names)


def _one(kind: str, name: str, own: str, names: Mapping[str, str]) -> str:
    if name == "*":
        return "anybody in any AWS account" if kind != "Service" else "any service of AWS"
    match kind:
        case "AWS":
            return _aws(name, own, names)
        case "Service":
            return f"the service {name}"
        case "Federated":
            provider = _PROVIDER.fullmatch(name)
            return f"whoever signs in with {short(provider[1] if provider else name)}"
        case _:
            return f"{kind} {short(name)}"


def _aws(name: str, own: str, names: Mapping[str, str]) -> str:
    account = _ACCOUNT.fullmatch(name)
    if account is not None:
        return f"whomever {_place(account[1], own, names)} lets"
    entity = _ENTITY.fullmatch(name)
    if entity is None:
        return short(name)
    where = "" if entity[1] == own else f" in {_place(entity[1], own, names)}"
    kind = "the session" if entity[2] == "assumed-role" else f"the {entity[2]}"
    return f"{kind} {short(entity[3])}{where}"


def _place(account: str, own: str, names: Mapping[str, str]) -> str:
    if account == own:
        return "this account"
    known = names.get(account)
    return f"account {account} ({known or 'not of this estate'})"
