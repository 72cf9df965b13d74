"""Condition keys: which there are, what sort of value each has, and which was probably meant.

The types are those of the Service Authorization Reference, and for global keys of the IAM User
Guide's "AWS global condition context keys". A key is compared without regard to case, as AWS does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from gitiam.catalog_sources import IamData, data_lines
from gitiam.nearest import nearest_alike, nearest_service

_TEMPLATE_VARIABLE = re.compile(r"\$\{[^}]*\}")
_ISSUER_CLAIM = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/[^:]*)?:[^:]+")
_MANY = "ArrayOf"
_NEAR = 0.8
# Services that list keys under another prefix than their own, where that has no page of its own.
_FOSTERED = {
    "catalog": ("aws-marketplace",),
    "cognito-identity-auth": ("cognito-identity",),
    "cognito-identity-unauth": ("cognito-identity",),
    "connect": ("cases",),
    "ec2": ("ssm",),
    "elasticloadbalancing": ("arc-zonal-shift",),
    "identitycenter": ("sso",),
    "identitystore": ("q",),
    "iot": ("iotjobsdata",),
    "ssm": ("ssmmessages", "ec2messages"),
}


@dataclass(frozen=True, slots=True)
class ConditionKey:
    """A key as AWS spells it, its variable part as `${…}`.

    `types` are among String, ARN, Bool, Numeric, Date, IPAddress and Binary; none means that they
    are not known. `is_many`: a request can carry several values of it at once; None if unknown.
    """

    name: str
    types: frozenset[str] = frozenset()
    is_many: bool | None = None

    @property
    def is_template(self) -> bool:
        """Whether a part of the key is the reader's to fill, as that of `aws:PrincipalTag/…`."""
        return "${" in self.name


class ConditionKeys:
    """The keys of all services; a service's are read when the first of them is asked for."""

    def __init__(self, source: IamData) -> None:
        self._source = source
        self._known: dict[str, _Keys] = {}
        self.find = lru_cache(8192)(self._find)
        self.suggest = lru_cache(1024)(self._suggest)

    def _find(self, service: str | None, key: str) -> ConditionKey | None:
        """The key, if requests to this service (None: to any) can carry it.

        Keys of OpenID Connect issuers, such as `token.actions.githubusercontent.com:sub`, are the
        issuer's own claims: any may stand in a trust policy, and is known to `sts`.
        """
        lower = key.lower()
        for owner in self._owners(service, lower):
            found = self._keys_of(owner).find(lower)
            if found is not None:
                # Issuers' claims are listed as text; some of them, such as `amr`, are lists.
                is_claim = found.is_many is False and _ISSUER_CLAIM.fullmatch(lower)
                return replace(found, is_many=None) if is_claim else found
        if service in (None, "sts") and _ISSUER_CLAIM.fullmatch(lower):
            return ConditionKey(key)
        return None

    def is_global(self, key: str) -> bool:
        """Whether a request to any service may carry the key."""
        return self._keys_of("").find(key.lower()) is not None

    def _suggest(self, key: str) -> str | None:
        """The key that was probably meant, in AWS's spelling and with the reader's own part."""
        lower = key.lower()
        prefix, colon, rest = key.partition(":")
        known: dict[str, str] = {}
        for owner in self._owners(None, lower):
            known |= self._keys_of(owner).spelled(key)
        near = nearest_alike(lower, known, _NEAR)
        if near:
            return known[near[0]] if len(near) == 1 else None
        service = nearest_service(prefix, [*self._source.services, "aws"]) if colon else None
        if service is None or service == prefix.lower():
            return None
        meant = f"{service}:{rest}"
        found = self.find(None, meant)
        if found is None:
            return None
        return meant if found.is_template else found.name

    def _owners(self, service: str | None, lower: str) -> tuple[str, ...]:
        if service is not None:
            return ("", service.lower())
        prefix = lower.partition(":")[0]
        return ("", prefix, *_FOSTERED.get(prefix, ()), "sts")

    def _keys_of(self, owner: str) -> _Keys:
        """Those of a service; of no service, the global ones."""
        if owner not in self._known:
            self._known[owner] = _Keys(dict(self._types(owner)))
        return self._known[owner]

    def _types(self, owner: str) -> Iterator[tuple[str, str]]:
        if not owner:
            for line in data_lines("global_condition_keys.txt"):
                key, _, kind = line.partition(" ")
                yield key, kind
        elif owner in self._source.services:
            yield from self._source.condition_keys(owner).items()


class _Keys:
    """The keys of one owner."""

    def __init__(self, types: Mapping[str, str]) -> None:
        keys = [_key(name, kind) for name, kind in sorted(types.items())]
        self._exact = {key.name.lower(): key for key in keys if not key.is_template}
        self._templates = [key for key in keys if key.is_template]

    def find(self, lower: str) -> ConditionKey | None:
        found = self._exact.get(lower)
        if found is not None:
            return found
        if self._any_template.fullmatch(lower) is None:
            return None
        fitting = (k for k in self._templates if _pattern_of(k.name).fullmatch(lower))
        return next(fitting, None)

    @cached_property
    def _any_template(self) -> re.Pattern[str]:
        return _pattern(key.name for key in self._templates)

    def spelled(self, key: str) -> dict[str, str]:
        """Every key as it would be with the reader's own part, by its lower-case form."""
        names = [known.name for known in self._exact.values()]
        names += filter(None, (_with_tail(template.name, key) for template in self._templates))
        return {name.lower(): name for name in names}


def _with_tail(template: str, key: str) -> str | None:
    """`aws:PrincipalTag/${TagKey}` and `aws:PrincipleTag/team` → `aws:PrincipalTag/team`."""
    head, _, after = template.partition("${")
    if after.partition("}")[2] or not head:
        return None
    mark = head[-1]
    parts = key.split(mark, head.count(mark))
    return head + parts[-1] if len(parts) > head.count(mark) and parts[-1] else None


def _key(name: str, kind: str) -> ConditionKey:
    types = frozenset(kind.removeprefix(_MANY).split("|"))
    return ConditionKey(name, types, kind.startswith(_MANY))


def _pattern(templates: Iterable[str]) -> re.Pattern[str]:
    keys = (
        ".+".join(map(re.escape, _TEMPLATE_VARIABLE.split(template.lower())))
        for template in sorted(templates)
    )
    return re.compile("|".join(keys) or r"(?!)", re.DOTALL)


@lru_cache(4096)
def _pattern_of(template: str) -> re.Pattern[str]:
    return _pattern([template])
