"""What `gitiam.yaml` says of rules and of risk: the shapes, and what contradicts itself in them.

Which rules there are is not known here; `gitiam.validate.severity` says what is wrong with names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gitiam.config import RulePolicy
from gitiam.findings import Finding, Risk, Severity
from gitiam.load.document import Document
from gitiam.load.fields import Strict
from gitiam.load.names import accounts_nobody_has, tiers_nobody_has
from gitiam.load.problems import RULE
from gitiam.nearest import nearest_text
from gitiam.risk import DEFAULT_ACCESS, DEFAULT_EXPIRY, RiskPolicy

Tier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*\z")]

_OFF = "off"
_NEVER = "never"
_UNLIMITED = "unlimited"
_Duration = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,3}|never)\z")]

_KINDS = ("role", "user", "group", "*")
_GLOB = r"^[^/\s]+/(role|user|group|\*)/[^/\s]+\z"


def _glob(text: str) -> str:
    """`ACCOUNT/KIND/NAME`, each as it is or with wildcards; ValueError says how it is written."""
    if re.fullmatch(_GLOB.removesuffix(r"\z"), text):
        return text
    parts = text.split("/")
    near = nearest_text(parts[1], _KINDS, 0.6) if len(parts) == 3 else None
    meant = f"; did you mean `{parts[0]}/{near}/{parts[2]}`?" if near and all(parts) else ""
    form = "ACCOUNT/role/NAME, ACCOUNT/user/NAME, ACCOUNT/group/NAME or ACCOUNT/*/NAME"
    raise ValueError(f"`{text}` is not {form}{meant}")


_Glob = Annotated[str, Field(json_schema_extra={"pattern": _GLOB}), AfterValidator(_glob)]


class _LongRuleEntry(Strict):
    severity: Literal["error", "warning", "note", "off"] | None = None
    risk: Risk | None = None
    allowable: bool | None = None


def _long_form(value: Any) -> Any:
    """`missing-ticket: note` is short for `missing-ticket: {severity: note}`."""
    return {"severity": value} if isinstance(value, str) else value


RuleEntry = Annotated[_LongRuleEntry, BeforeValidator(_long_form)]


def rule_policies(
    entries: Mapping[str, _LongRuleEntry], document: Document
) -> dict[str, RulePolicy]:
    """What is said of each rule, with the place where it is."""
    return {
        name: RulePolicy(
            severity=Severity(entry.severity) if entry.severity not in (None, _OFF) else None,
            is_off=entry.severity == _OFF,
            risk=entry.risk,
            allowable=entry.allowable,
            place=document.place_of_key("rules", name),
        )
        for name, entry in entries.items()
    }


class _Access(Strict):
    """By access level; in a tier, what is left out is as for all."""

    list_: Risk | None = Field(default=None, alias="list")
    read: Risk | None = None
    tagging: Risk | None = None
    write: Risk | None = None
    permissions_management: Risk | None = Field(default=None, alias="permissions-management")
    unread: Risk | None = None

    def value(self) -> dict[str, Risk]:
        said: dict[str, Risk | None] = self.model_dump(by_alias=True)
        return {level: risk for level, risk in said.items() if risk is not None}


class _AccessEverywhere(_Access):
    """The same with what holds where nothing is said."""

    list_: Risk = Field(default=DEFAULT_ACCESS["list"], alias="list")
    read: Risk = DEFAULT_ACCESS["read"]
    tagging: Risk = DEFAULT_ACCESS["tagging"]
    write: Risk = DEFAULT_ACCESS["write"]
    permissions_management: Risk = Field(
        default=DEFAULT_ACCESS["permissions-management"], alias="permissions-management"
    )
    unread: Risk = DEFAULT_ACCESS["unread"]


class RiskFile(Strict):
    """How risky access is, by level, tier and length."""

    access: _AccessEverywhere = _AccessEverywhere()
    tiers: dict[Tier, _Access] = {}
    duration: dict[_Duration, Risk] = {
        _NEVER if days is None else str(days): risk for days, risk in RiskPolicy().duration.items()
    }

    break_glass: list[_Glob] = []

    def value(self) -> RiskPolicy:
        """The policy as it travels."""
        return RiskPolicy(
            access=self.access.value(),
            tiers={tier: access.value() for tier, access in self.tiers.items()},
            duration={None if k == _NEVER else int(k): risk for k, risk in self.duration.items()},
            break_glass=tuple(self.break_glass),
        )


def _days(value: Any) -> Any:
    if value is None:
        raise ValueError(f"give a number of days, or `{_UNLIMITED}`")
    return None if value == _UNLIMITED else value


_Days = Annotated[
    Annotated[int, Field(ge=1, le=3660)] | None,
    BeforeValidator(_days),
    Field(json_schema_extra={"unless": _UNLIMITED}),
]


class ExpiryByRisk(Strict):
    """`requests.expiry.by_risk`: None stands for `unlimited`."""

    low: _Days = None
    medium: _Days = None
    high: _Days = DEFAULT_EXPIRY[Risk.HIGH]
    critical: _Days = DEFAULT_EXPIRY[Risk.CRITICAL]

    def value(self) -> dict[Risk, int]:
        """The risks that have a limit."""
        said: dict[str, int | None] = self.model_dump()
        return {Risk(risk): days for risk, days in said.items() if days is not None}


def contradictions(
    risk: RiskFile,
    by_risk: ExpiryByRisk,
    max_days: int,
    tiers: Mapping[str, str],
    document: Document,
) -> Iterator[Finding]:
    """What has the right shape and yet cannot be meant; `tiers` are those of the accounts."""
    own = ((tier, document.place_of_key("risk", "tiers", tier)) for tier in risk.tiers)
    yield from tiers_nobody_has(own, tiers)
    globs = (
        (glob.partition("/")[0], document.place("risk", "break_glass", number))
        for number, glob in enumerate(risk.break_glass)
    )
    yield from accounts_nobody_has(globs, tiers, is_part=True)
    yield from _idle_limits(by_risk, max_days, document)


def _idle_limits(by_risk: ExpiryByRisk, max_days: int, document: Document) -> Iterator[Finding]:
    """Limits that a narrower one makes idle; whoever wrote them believes that they hold."""
    narrowest, whose = max_days, "requests.expiry.max_days"
    for risk, days in by_risk.value().items():
        if risk not in by_risk.model_fields_set:
            continue
        if days > narrowest:
            message = f"{risk} risk access may not last {days} days, as `{whose}` is {narrowest}"
            place = document.place("requests", "expiry", "by_risk", risk.value)
            yield Finding(RULE, Severity.ERROR, place, message)
        else:
            narrowest, whose = days, f"requests.expiry.by_risk.{risk}"
