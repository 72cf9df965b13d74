"""Conditions in words, where their keys are well known; all others exactly as they are.

Sources: IAM User Guide, "AWS global condition context keys", and the condition keys of each service
in the Service Authorization Reference. A phrase fits behind *only*: `only in us-east-1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gitiam.models import Condition
from gitiam.policy.operators import ALL, ANY, ONE, Operator, operator
from gitiam.policy.statement import PolicyError
from gitiam.report.words.lists import said

#: So many values of a condition are said, and the others counted.
MOST_VALUES = 6
_UNSAID = " (or where the call does not say)"


class _Key(NamedTuple):
    """What a key is about: for some values, and for all others. `{}` stands for the values."""

    some: str
    others: str


_KEYS: Mapping[str, _Key] = {
    "aws:sourceip": _Key("from {}", "from anywhere but {}"),
    "aws:vpcsourceip": _Key("from {} in a VPC", "from anywhere but {} in a VPC"),
    "aws:sourcevpc": _Key("from VPC {}", "from anywhere but VPC {}"),
    "aws:sourcevpce": _Key("through VPC endpoint {}", "not through VPC endpoint {}"),
    "aws:requestedregion": _Key("in {}", "in any region but {}"),
    "aws:principalorgid": _Key("from the organisation {}", "from outside the organisation {}"),
    "aws:principalarn": _Key("for {}", "for anybody but {}"),
    "aws:principalaccount": _Key("from account {}", "from any account but {}"),
    "aws:username": _Key("for the user {}", "for any user but {}"),
    "aws:resourceaccount": _Key("in account {}", "in any account but {}"),
    "aws:resourceorgid": _Key("in the organisation {}", "outside the organisation {}"),
    "aws:sourceaccount": _Key("on behalf of account {}", "on behalf of any account but {}"),
    "aws:sourcearn": _Key("on behalf of {}", "on behalf of anything but {}"),
    "iam:passedtoservice": _Key("when passed to {}", "when passed to anything but {}"),
    "iam:associatedresourcearn": _Key("when passed for {}", "when passed for anything but {}"),
    "iam:awsservicename": _Key("for the service {}", "for any service but {}"),
    "iam:permissionsboundary": _Key(
        "with the permissions boundary {}", "without the permissions boundary {}"
    ),
    "iam:policyarn": _Key("with the policy {}", "with any policy but {}"),
    "kms:viaservice": _Key("through {}", "not through {}"),
    "kms:grantoperations": _Key("for {}", "for anything but {}"),
    "cloudwatch:namespace": _Key("in the namespace {}", "in any namespace but {}"),
    "s3:prefix": _Key("when listing the prefix {}", "when listing another prefix than {}"),
    "s3:x-amz-acl": _Key("with the ACL {}", "with any ACL but {}"),
    "s3:x-amz-server-side-encryption": _Key("encrypted by {}", "not encrypted by {}"),
    "sts:externalid": _Key("with the external id {}", "with any external id but {}"),
    "sts:rolesessionname": _Key("for a session named {}", "for a session not named {}"),
    "ec2:instancetype": _Key("for instance type {}", "for any instance type but {}"),
    "secretsmanager:secretid": _Key("for the secret {}", "for any secret but {}"),
    "dynamodb:leadingkeys": _Key("for items whose key is {}", "for items whose key is not {}"),
    "dynamodb:attributes": _Key("for the attributes {}", "for other attributes than {}"),
    "aws:tagkeys": _Key("with the tags {}", "without the tags {}"),
    "aws:calledvia": _Key("when {} asks for it", "when anybody but {} asks for it"),
    "aws:calledvialast": _Key("when {} asks for it", "when anybody but {} asks for it"),
    "aws:calledviafirst": _Key("when {} began it", "when anybody but {} began it"),
    "ssm:resourcetag": _Key("for resources tagged {}", "for resources not tagged {}"),
}
_TAGS: Mapping[str, _Key] = {
    "aws:resourcetag": _Key("to resources tagged {}", "to resources not tagged {}"),
    "aws:requesttag": _Key("when tagged {}", "when not tagged {}"),
    "aws:principaltag": _Key("for principals tagged {}", "for principals not tagged {}"),
    "ec2:resourcetag": _Key("to resources tagged {}", "to resources not tagged {}"),
    "iam:resourcetag": _Key("to principals tagged {}", "to principals not tagged {}"),
    "ssm:resourcetag": _Key("to resources tagged {}", "to resources not tagged {}"),
    "s3:existingobjecttag": _Key("to objects tagged {}", "to objects not tagged {}"),
    "s3:requestobjecttag": _Key("for objects tagged {}", "for objects not tagged {}"),
    "secretsmanager:resourcetag": _Key("to secrets tagged {}", "to secrets not tagged {}"),
}
_CLAIMS: Mapping[str, _Key] = {
    "aud": _Key("for the audience {}", "for any audience but {}"),
    "sub": _Key("for the subject {}", "for any subject but {}"),
}
_BOOLS: Mapping[str, _Key] = {
    "aws:multifactorauthpresent": _Key("with MFA", "without MFA"),
    "aws:securetransport": _Key("over TLS", "without TLS"),
    "aws:viaawsservice": _Key(
        "when a service of AWS asks for it", "when no service of AWS asks for it"
    ),
    "kms:grantisforawsresource": _Key("for a service of AWS", "not for a service of AWS"),
}
# What ForAnyValue and ForAllValues leave as it is: keys that are lists by nature.
_LISTS = {
    ANY: frozenset({"aws:calledvia"}),
    ALL: frozenset({"aws:tagkeys", "dynamodb:leadingkeys", "dynamodb:attributes"}),
    ONE: frozenset(_KEYS) - {"aws:calledvia", "aws:tagkeys"},
}
_WITH_WILDCARDS = frozenset({"stringlike", "arnlike", "arnequals"})
_ORDERS = {
    "numericlessthan": "less than {}",
    "numericlessthanequals": "{} at most",
    "numericgreaterthan": "more than {}",
    "numericgreaterthanequals": "{} at least",
}


def condition_words(condition: Condition, most: int | None = MOST_VALUES) -> str:
    """`from 10.0.0.0/8`; `if KEY OPERATOR VALUES` where there are no better words.

    Empty where the condition holds for every call.
    """
    try:
        how = operator(condition.operator)
    except PolicyError:
        exact = exactly(condition, most)
        return f"{exact} (nobody can tell what that means: AWS has no such operator)"
    if _is_any_text(condition, how):
        return "" if how.if_exists else f"with any {condition.key}"
    return _known(condition, how, most) or exactly(condition, most)


def exactly(condition: Condition, most: int | None = MOST_VALUES) -> str:
    """The condition as it is written."""
    values = said(condition.values, most, "or") or "nothing"
    return f"if {condition.key} {condition.operator} {values}"


def _known(condition: Condition, how: Operator, most: int | None) -> str | None:
    key = condition.key.lower()
    if not condition.values or (how.base in _WITH_WILDCARDS and _takes_any(condition)):
        return None
    if how.kind == "bool":
        return _bool(condition, how, key)
    if how.kind == "date" and key == "aws:currenttime" and not how.quantifier:
        return _date(condition, how)
    if (
        key == "aws:multifactorauthage"
        and how.base in _ORDERS
        and how == Operator(how.base, negated=False, if_exists=False, quantifier=ONE)
    ):
        seconds = _ORDERS[how.base].format(said(condition.values, most, "or"))
        return f"with MFA of {seconds} seconds ago"
    if how.kind not in ("string", "arn", "ip"):
        return None
    words = _words(condition, how, key, most)
    if words is None:
        return None
    unsaid = how.if_exists or how.quantifier == ALL
    return words + (_UNSAID if unsaid and not how.negated else "")


def _words(condition: Condition, how: Operator, key: str, most: int | None) -> str | None:
    values = said(map(_value, condition.values), most, "or")
    known = _KEYS.get(key) if key in _LISTS[how.quantifier] else None
    if known is None and how.quantifier == ONE:
        start, _, tag = condition.key.partition("/")
        known = _TAGS.get(start.lower()) if tag else None
        values = said((f"{tag}={value}" for value in condition.values), most, "or")
    if known is None and how.quantifier == ONE and "." in key:
        # Claims of OpenID Connect issuers: `token.actions.githubusercontent.com:sub`.
        values = said(condition.values, most, "or")
        known = _CLAIMS.get(key.rpartition(":")[2])
    if known is None:
        return None
    return (known.others if how.negated else known.some).replace("{}", values)


def _value(value: str) -> str:
    return {"0.0.0.0/0": "any IPv4 address", "::/0": "any IPv6 address"}.get(value, value)


def _is_any_text(condition: Condition, how: Operator) -> bool:
    """Whether it holds for every value of a key, which may have to be there."""
    is_plain = how.base == "stringlike" and not how.negated and how.quantifier == ONE
    return is_plain and _takes_any(condition)


def _takes_any(condition: Condition) -> bool:
    """Whether a value takes everything: then the words would hide that nothing is asked."""
    return any(not value.strip("*") for value in condition.values)


def _bool(condition: Condition, how: Operator, key: str) -> str | None:
    known = _BOOLS.get(key)
    value = condition.values[0].lower()
    if (
        known is None
        or how.quantifier
        or len(condition.values) > 1
        or value not in ("true", "false")
    ):
        return None
    words = known.some if value == "true" else known.others
    if not how.if_exists:
        return words
    if key == "aws:multifactorauthpresent" and value == "true":
        # IAM User Guide, "AWS global condition context keys": absent for long-term credentials.
        return f"{words} (or by access key, without any)"
    return words + _UNSAID


def _date(condition: Condition, how: Operator) -> str | None:
    if len(condition.values) != 1 or how.negated or how.if_exists:
        return None
    word = {"datelessthan": "before", "datelessthanequals": "until"}.get(how.base)
    word = word or {"dategreaterthan": "after", "dategreaterthanequals": "from"}.get(how.base)
    return f"{word} {condition.values[0]}" if word else None
