"""Field types that the file schemas share: names, ARNs, dates, one-or-many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gitiam.models import (
    ACCOUNT_NAME,
    Allowance,
    Condition,
    Conditions,
    Kind,
    Principal,
    check_name,
)
from gitiam.nearest import nearest_text

# What an IAM policy document may hold: tab, line feed, carriage return, U+0020 to U+00FF.
_NOT_POLICY_TEXT = re.compile(r"[^\t\n\r\u0020-\u00ff]")
# IAM API Reference, "CreateRole": the pattern of `Description`.
_NOT_DESCRIPTION = re.compile(r"[^\t\n\r\u0020-\u007e\u00a1-\u00ff]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})"
)

#: Of one role, user or policy.
MAX_TAGS = 50

T = TypeVar("T")


class Strict(BaseModel):
    """The base of all file schemas: nothing unknown, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=4096)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


OneOrMany = Annotated[list[T], BeforeValidator(_as_list), Field(min_length=1, max_length=1000)]
NoneOrMany = Annotated[list[T], BeforeValidator(_as_list), Field(max_length=1000)]
#: For accounts and principals, whose numbers multiply.
OneOrFew = Annotated[list[T], BeforeValidator(_as_list), Field(min_length=1, max_length=100)]


def parse_principal(text: str) -> Principal:
    """`role/NAME`, `user/NAME` or `group/NAME`; ValueError otherwise."""
    kind, slash, name = text.partition("/")
    if not slash or kind not in ("role", "user", "group"):
        near = meant_principal(text)
        hint = f"; did you mean `{near}`?" if near else ""
        raise ValueError(f"`{text}` is not role/NAME, user/NAME or group/NAME{hint}")
    if "/" in name:
        raise ValueError(f"`{text}` has a path; write the name alone: {kind}/{name.split('/')[-1]}")
    return Principal(Kind(kind), check_name(Kind(kind), name))


def meant_principal(text: str) -> str | None:
    """What `roles/app` most likely means; None where it is right, or nothing is near."""
    kind, slash, name = text.partition("/")
    known = ("role", "user", "group")
    near = nearest_text(kind.lower(), known, 0.6) if slash and name else None
    return f"{near}/{name}" if near and kind not in known else None


def parse_expiry(text: str) -> datetime | None:
    """The first instant without access; None for `never`; ValueError otherwise.

    A date means that access ends when that day ends in UTC: the instant is the next midnight.
    """
    if text == "never":
        return None
    try:
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=1)
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"`{text}` is not a date that exists") from None
    raise ValueError(f"`{text}` is not a date; write 2027-01-15, 2027-01-15T18:00:00Z or never")


def _check_expiry(text: str) -> str:
    parse_expiry(text)
    return text


def check_condition_value(text: str) -> str:
    """Text that may stand in an IAM policy document, or none; ValueError otherwise."""
    bad = _NOT_POLICY_TEXT.search(text)
    if bad:
        raise ValueError(
            f"the character U+{ord(bad[0]):04X} cannot stand in an IAM policy;"
            " tab, line ends and U+0020 to U+00FF can"
        )
    return text


def check_role_description(text: str) -> str:
    """What IAM takes as the description of a role, unchanged; ValueError otherwise."""
    bad = _NOT_DESCRIPTION.search(text)
    if bad:
        raise ValueError(f"the character U+{ord(bad[0]):04X} cannot stand in a role's description")
    return text


def check_policy_text(text: str) -> str:
    """Text that may stand in an IAM policy document, unchanged; ValueError otherwise."""
    if not text:
        raise ValueError("empty text")
    return check_condition_value(text)


PolicyText = Annotated[str, AfterValidator(check_policy_text)]
RoleDescription = Annotated[str, Field(max_length=1000), AfterValidator(check_role_description)]
PrincipalText = Annotated[str, AfterValidator(lambda text: str(parse_principal(text)))]
ExpiryText = Annotated[str, AfterValidator(_check_expiry)]
AccountName = Annotated[str, Field(pattern=rf"^{ACCOUNT_NAME}\z")]
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}\z")]
IamPath = Annotated[str, Field(pattern=r"^/([\x21-\x2e\x30-\x7e]+/)*\z", max_length=512)]
Reason = Annotated[str, Field(max_length=2000)]
Tags = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=128)], Annotated[str, Field(max_length=256)]
    ],
    Field(max_length=MAX_TAGS),
]
ConditionValue = Annotated[str, AfterValidator(check_condition_value)]
RuleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}\z")]
_Conditions = dict[PolicyText, dict[PolicyText, OneOrMany[ConditionValue]]]


def _check_block(block: _Conditions) -> _Conditions:
    """No part is empty: what limits nothing must not look as if it did.

    Operators and keys are the same to AWS in any case; of two, it might heed one.
    """
    empty = [operator for operator, keys in block.items() if not keys]
    if empty:
        raise ValueError(f"`{empty[0]}` has no key to compare; take it out, or say what it limits")
    blocks: tuple[Iterable[str], ...] = (block, *block.values())
    for names in blocks:
        seen: dict[str, str] = {}
        for name in names:
            twin = seen.setdefault(name.lower(), name)
            if twin != name:
                raise ValueError(f"`{twin}` and `{name}` are one to AWS; put their values together")
    return block


ConditionBlock = Annotated[_Conditions, AfterValidator(_check_block)]


def conditions_from(block: Mapping[str, Mapping[str, list[str]]]) -> Conditions:
    """AWS's `{operator: {key: values}}` as values, in the order of operators and keys."""
    return tuple(
        Condition(operator, key, tuple(values))
        for operator, keys in sorted(block.items())
        for key, values in sorted(keys.items())
    )


class AllowEntry(Strict):
    """One entry of a file's `allow:`."""

    rule: RuleName
    reason: Reason


Allow = Annotated[list[AllowEntry], Field(max_length=50)]


def allowances_from(entries: Iterable[AllowEntry]) -> tuple[Allowance, ...]:
    """The entries as they travel."""
    return tuple(Allowance(entry.rule, entry.reason.strip()) for entry in entries)
