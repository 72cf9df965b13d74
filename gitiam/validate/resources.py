"""What can be wrong with the text of an ARN, whatever the actions on it are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from gitiam.config import Config
from gitiam.spelling import same_letters
from gitiam.validate.rule import nearest, shown

VARIABLES = ("account_id", "account", "partition", "region")

_SHAPE = "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"
_SEGMENTS = 6
_PARTITIONS = (
    *("aws", "aws-cn", "aws-us-gov", "aws-eusc"),
    *("aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"),
)
_POLICY_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_SERVICE = re.compile(r"[a-z0-9-]+")
_REGION = re.compile(r"[a-z0-9*?-]*")
_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
# Some ARNs belong to AWS itself and carry a word where the account would be.
_OWNERS = frozenset(["aws", "aws-managed", "amazon", "cloudfront", "third-party"])


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, the text that would be right, and whether a `{placeholder}` is to blame.

    `safe` says that the text which would be right is no guess.
    """

    message: str
    instead: str | None = None
    placeholder: bool = False
    safe: bool = False


def problem_of(resource: str, config: Config) -> Problem | None:
    """What is wrong with an ARN or pattern of ARNs; None for `*` and all that may pass."""
    return _problem_of(resource, tuple((a.name, a.id) for a in config.accounts.values()))


@lru_cache(32_768)
def _problem_of(resource: str, accounts: tuple[tuple[str, str], ...]) -> Problem | None:
    if resource == "*":
        return None
    # Policy variables are AWS's, and hold colons of their own.
    text = _POLICY_VARIABLE.sub("*", resource)
    return _placeholders(resource, text) or _segments(resource, text, dict(accounts))


def _placeholders(resource: str, text: str) -> Problem | None:
    for found in _TEMPLATE.finditer(text):
        if found[1] in VARIABLES:
            continue
        if ":" in found[1]:
            meant = f"${found[0]}"
            message = f"nothing is known as {shown(found[0])}; did you mean `{meant}`?"
            return Problem(message, resource.replace(found[0], meant), placeholder=True)
        same = [name for name in VARIABLES if same_letters(name, found[1])]
        near = same[0] if same else nearest(found[1], VARIABLES)
        known = ", ".join(f"{{{name}}}" for name in VARIABLES)
        hint = f"did you mean `{{{near}}}`?" if near else f"known are {known}"
        fixed = resource.replace(found[0], f"{{{near}}}") if near else None
        message = f"nothing is known as {shown(found[0])}; {hint}"
        return Problem(message, fixed, placeholder=True, safe=bool(same))
    return None


def _segments(resource: str, text: str, accounts: dict[str, str]) -> Problem | None:
    text = _TEMPLATE.sub("{}", text)
    segments = text.split(":", _SEGMENTS - 1)
    if segments[0] != "arn":
        message = f"{shown(resource)} is not an ARN ({_SHAPE}), nor `*`"
        return Problem(message, _guess(resource), safe=True)
    if len(segments) < _SEGMENTS:
        message = f"{shown(resource)} has {len(segments)} of an ARN's {_SEGMENTS} parts ({_SHAPE})"
        return Problem(message, _with_missing_colons(resource), safe=True)
    _, partition, service, region, account, name = segments
    if partition not in (*_PARTITIONS, "*", "{}"):
        return Problem(f"{shown(partition)} is no partition of AWS in {shown(resource)}; use `aws`")
    if not _SERVICE.fullmatch(service):
        what = f"{shown(service)} is no service" if service else "the service is missing"
        return Problem(f"{what} in {shown(resource)}; no wildcard may stand there")
    if region != "{}" and not _REGION.fullmatch(region):
        return Problem(f"{shown(region)} is no region in {shown(resource)}")
    if not name:
        return Problem(f"{shown(resource)} ends before it says which resource; `*` is all of them")
    return _account(resource, account, accounts)


def _account(resource: str, account: str, accounts: dict[str, str]) -> Problem | None:
    loose = account.replace("{}", "*")
    if "*" in loose or "?" in loose:
        fine = re.fullmatch(r"[0-9*?]*", loose)
    else:
        fine = re.fullmatch(r"(?:[0-9]{12})?", loose)
    if fine or account in _OWNERS:
        return None
    digits = account.replace("-", "").replace(" ", "")
    right = accounts.get(account) or (digits if re.fullmatch(r"[0-9]{12}", digits) else None)
    fixed = _with_account(resource, right) if right else None
    message = f"{shown(account)} is no account in {shown(resource)}; an account's id has 12 digits"
    return Problem(message, fixed, safe=True)


def _with_account(resource: str, account: str) -> str | None:
    if "${" in resource:
        return None
    segments = resource.split(":", _SEGMENTS - 1)
    return ":".join([*segments[:4], account, segments[5]])


def _with_missing_colons(resource: str) -> str | None:
    """The most usual slip: `arn:aws:s3:orders` and `arn:aws:s3::orders`."""
    found = re.fullmatch(rf"arn:(aws[a-z-]*):s3:{{1,2}}({_BUCKET}(?:/.*)?)", resource)
    return f"arn:{found[1]}:s3:::{found[2]}" if found else None


def _guess(resource: str) -> str | None:
    """The ARN of what is given as `s3://bucket/key`."""
    found = re.fullmatch(rf"s3://({_BUCKET})(/.+)?/?", resource)
    return f"arn:aws:s3:::{found[1]}{found[2] or ''}" if found else None
