"""The shapes of the files under `requests/`, and how they become values.

The pydantic models live only for the moment of parsing; what travels are `gitiam.models`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from gitiam.load.fields import (
    MAX_TAGS,
    AccountName,
    Allow,
    ConditionBlock,
    ExpiryText,
    IamPath,
    OneOrFew,
    OneOrMany,
    PolicyText,
    PrincipalText,
    Reason,
    RoleDescription,
    Strict,
    Tags,
    allowances_from,
    conditions_from,
    parse_expiry,
    parse_principal,
)
from gitiam.models import (
    AccessGrant,
    AccessLevel,
    ActionsGrant,
    AssumeGrant,
    BundleGrant,
    Declaration,
    Grant,
    GroupGrant,
    Kind,
    ManagedPolicyGrant,
    Request,
    SharedPolicy,
    Source,
    TrustEntry,
    check_name,
)

GRANT_KEYS = ("bundle", "access", "actions", "not_actions", "managed_policy", "group", "assume")
_GRANT_TAGS = {key: f"{key}-grant" for key in GRANT_KEYS} | {"not_actions": "actions-grant"}

#: Steps that pydantic puts into an error's location though the file does not hold them.
UNION_TAGS = frozenset(_GRANT_TAGS.values())


class _BundleGrant(Strict):
    bundle: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*\z", max_length=64)]
    resources: OneOrMany[PolicyText] = []
    parameters: dict[str, PolicyText] = {}
    conditions: ConditionBlock = {}

    def value(self) -> BundleGrant:
        return BundleGrant(
            self.bundle, tuple(self.resources), self.parameters, conditions_from(self.conditions)
        )


class _AccessGrant(Strict):
    access: OneOrMany[AccessLevel]
    resources: OneOrMany[PolicyText]
    conditions: ConditionBlock = {}

    def value(self) -> AccessGrant:
        return AccessGrant(
            tuple(self.access), tuple(self.resources), conditions_from(self.conditions)
        )


class _ActionsGrant(Strict):
    effect: Literal["allow", "deny"] = "allow"
    actions: OneOrMany[PolicyText] = []
    not_actions: OneOrMany[PolicyText] = []
    resources: OneOrMany[PolicyText] = []
    not_resources: OneOrMany[PolicyText] = []
    conditions: ConditionBlock = {}

    @model_validator(mode="after")
    def _one_of_each(self) -> _ActionsGrant:
        if bool(self.actions) == bool(self.not_actions):
            raise ValueError("give either `actions` or `not_actions`, not both")
        if bool(self.resources) == bool(self.not_resources):
            raise ValueError("give `resources` (or `not_resources`, but not both)")
        return self

    def value(self) -> ActionsGrant:
        return ActionsGrant(
            actions=tuple(self.actions),
            resources=tuple(self.resources),
            effect=self.effect.capitalize(),
            not_actions=tuple(self.not_actions),
            not_resources=tuple(self.not_resources),
            conditions=conditions_from(self.conditions),
        )


class _ManagedPolicyGrant(Strict):
    managed_policy: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@:/{}-]+\z", max_length=700)]

    def value(self) -> ManagedPolicyGrant:
        return ManagedPolicyGrant(self.managed_policy)


class _GroupGrant(Strict):
    group: str

    @field_validator("group")
    @classmethod
    def _name(cls, name: str) -> str:
        return check_name(Kind.GROUP, name)

    def value(self) -> GroupGrant:
        return GroupGrant(self.group)


class _AssumeGrant(Strict):
    assume: OneOrMany[PolicyText]
    conditions: ConditionBlock = {}

    def value(self) -> AssumeGrant:
        return AssumeGrant(tuple(self.assume), conditions_from(self.conditions))


def _grant_tag(data: Any) -> str | None:
    """Which form a grant has: that of the one key that names a form."""
    if not isinstance(data, dict):
        return None
    return next((_GRANT_TAGS[key] for key in GRANT_KEYS if key in data), None)


_Grant = Annotated[
    Annotated[_BundleGrant, Tag("bundle-grant")]
    | Annotated[_AccessGrant, Tag("access-grant")]
    | Annotated[_ActionsGrant, Tag("actions-grant")]
    | Annotated[_ManagedPolicyGrant, Tag("managed_policy-grant")]
    | Annotated[_GroupGrant, Tag("group-grant")]
    | Annotated[_AssumeGrant, Tag("assume-grant")],
    Discriminator(_grant_tag),
]
_Grants = Annotated[list[_Grant], Field(min_length=1, max_length=100)]


def _grants(grants: list[Any]) -> tuple[Grant, ...]:
    return tuple(grant.value() for grant in grants)


class RequestFile(Strict):
    """`kind: request`, which is the default."""

    kind: Literal["request"] = "request"
    account: OneOrFew[AccountName]
    principal: OneOrFew[PrincipalText]
    reason: Reason = ""
    ticket: Annotated[str, Field(max_length=200)] | None = None
    expires: ExpiryText | None = None
    grants: _Grants
    allow: Allow = []

    def value(self, source: Source) -> Request:
        """The request as it travels."""
        return Request(
            source=source,
            accounts=tuple(self.account),
            principals=tuple(map(parse_principal, self.principal)),
            reason=self.reason.strip(),
            grants=_grants(self.grants),
            expires=parse_expiry(self.expires) if self.expires else None,
            never_expires=self.expires == "never",
            ticket=self.ticket,
            allow=allowances_from(self.allow),
        )


class _TrustEntry(Strict):
    effect: Literal["allow", "deny"] = "allow"
    aws: OneOrMany[PolicyText] = []
    service: OneOrMany[PolicyText] = []
    federated: OneOrMany[PolicyText] = []
    canonical: OneOrMany[PolicyText] = []
    actions: OneOrMany[PolicyText] = []
    conditions: ConditionBlock = {}

    @model_validator(mode="after")
    def _somebody(self) -> _TrustEntry:
        if not (self.aws or self.service or self.federated or self.canonical):
            raise ValueError("say who is trusted: `service`, `aws`, `federated` or `canonical`")
        return self

    def value(self) -> TrustEntry:
        named = {
            "AWS": self.aws,
            "CanonicalUser": self.canonical,
            "Federated": self.federated,
            "Service": self.service,
        }
        return TrustEntry(
            principals=tuple((kind, tuple(who)) for kind, who in named.items() if who),
            actions=tuple(self.actions) or self._usual_actions(),
            conditions=conditions_from(self.conditions),
            effect=self.effect.capitalize(),
        )

    def _usual_actions(self) -> tuple[str, ...]:
        if not self.federated:
            return ("sts:AssumeRole",)
        saml = any(":saml-provider/" in provider for provider in self.federated)
        return ("sts:AssumeRoleWithSAML",) if saml else ("sts:AssumeRoleWithWebIdentity",)


class PrincipalFile(Strict):
    """`kind: principal`: a principal that the estate owns."""

    kind: Literal["principal"]
    account: OneOrFew[AccountName]
    principal: PrincipalText
    reason: Reason = ""
    path: IamPath = "/"
    description: RoleDescription = ""
    trust: list[_TrustEntry] = []
    permissions_boundary: Annotated[str, Field(max_length=700)] | None = None
    max_session: Annotated[int, Field(ge=3600, le=43200)] | None = None
    tags: Tags = {}
    owner: Annotated[str, Field(max_length=256)] | None = None
    allow: Allow = []

    @model_validator(mode="after")
    def _kind_can_have_it(self) -> PrincipalFile:
        kind = self.principal.split("/")[0]
        if len({*self.tags, *(["owner"] if self.owner else [])}) > MAX_TAGS:
            raise ValueError(f"more than {MAX_TAGS} tags, `owner` being one of them")
        given = {
            name
            for name in type(self).model_fields
            if getattr(self, name) not in (None, "", [], {})
        }
        role_only = given & {"trust", "max_session", "description"} if kind != "role" else set()
        if role_only:
            raise ValueError(
                f"a {kind} has no {' and no '.join(sorted(role_only))}; only roles have"
            )
        group_none = given & {"tags", "permissions_boundary"} if kind == "group" else set()
        if group_none:
            raise ValueError(f"a group has no {' and no '.join(sorted(group_none))}")
        if kind == "role" and not self.trust:
            raise ValueError("a role needs `trust`: who may assume it")
        return self

    def value(self, source: Source) -> Declaration:
        """The declaration as it travels."""
        return Declaration(
            source=source,
            accounts=tuple(self.account),
            principal=parse_principal(self.principal),
            reason=self.reason.strip(),
            path=self.path,
            description=self.description,
            trust=tuple(entry.value() for entry in self.trust),
            permissions_boundary=self.permissions_boundary,
            max_session=self.max_session,
            tags={"owner": self.owner, **self.tags} if self.owner else self.tags,
            owner=self.owner,
            allow=allowances_from(self.allow),
        )


class PolicyFile(Strict):
    """`kind: policy`: a customer managed policy that several principals share."""

    kind: Literal["policy"]
    account: OneOrFew[AccountName]
    policy: str
    reason: Reason = ""
    path: IamPath = "/"
    description: Annotated[str, Field(max_length=1000)] = ""
    tags: Tags = {}
    grants: _Grants
    allow: Allow = []

    @field_validator("policy")
    @classmethod
    def _name(cls, name: str) -> str:
        return check_name(Kind.POLICY, name)

    def value(self, source: Source) -> SharedPolicy:
        """The policy as it travels."""
        return SharedPolicy(
            source=source,
            accounts=tuple(self.account),
            name=self.policy,
            reason=self.reason.strip(),
            grants=_grants(self.grants),
            path=self.path,
            description=self.description,
            tags=self.tags,
            allow=allowances_from(self.allow),
        )


FILE_KINDS: dict[str, type[RequestFile] | type[PrincipalFile] | type[PolicyFile]] = {
    "request": RequestFile,
    "principal": PrincipalFile,
    "policy": PolicyFile,
}
