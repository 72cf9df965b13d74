"""`gitiam.yaml` → `Config`: its own schema, its own messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from gitiam.config import (
    AccessAnalyzer,
    Account,
    Config,
    DriftPolicy,
    ForbiddenAccess,
    Limits,
    LocalStore,
    NoNewAccess,
    RequestPolicy,
    Roles,
    S3Store,
    Store,
    TerraformConfig,
)
from gitiam.findings import Finding, Location, Severity, in_order
from gitiam.load.approvals import ApprovalsFile, approval_problems
from gitiam.load.document import Document
from gitiam.load.fields import AccountId, AccountName, NoneOrMany, PolicyText, RuleName, Strict
from gitiam.load.governance import (
    ExpiryByRisk,
    RiskFile,
    RuleEntry,
    Tier,
    contradictions,
    rule_policies,
)
from gitiam.load.names import accounts_nobody_has, tiers_nobody_has
from gitiam.load.notify import NotifyFile
from gitiam.load.problems import RULE, findings_from
from gitiam.models import Kind

_RoleArn = Annotated[str, Field(pattern=r"^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[!-~]+\z")]
_Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]\z")]
_Partition = Literal["aws", "aws-cn", "aws-us-gov"]
_HOME_REGION = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


class _Roles(Strict):
    plan: _RoleArn | None = None
    apply: _RoleArn | None = None
    crawl: _RoleArn | None = None


class _Account(Strict):
    id: AccountId
    partition: _Partition = "aws"
    region: _Region | None = None
    tier: Tier = "standard"
    roles: _Roles = _Roles()


class _LocalStore(Strict):
    folder: Annotated[str, Field(min_length=1)]


class _S3Store(Strict):
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z")]
    region: _Region
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]*\z")] = "gitiam"
    kms_key_id: str | None = None
    endpoint: Annotated[str, Field(pattern=r"^https?://[!-~]+\z")] | None = None
    path_style: bool = False


class _Store(Strict):
    local: _LocalStore | None = None
    s3: _S3Store | None = None

    @model_validator(mode="after")
    def _one(self) -> _Store:
        if (self.local is None) == (self.s3 is None):
            raise ValueError("give either `local` or `s3`")
        return self

    def value(self) -> Store:
        if self.s3 is not None:
            return S3Store(**self.s3.model_dump())
        assert self.local is not None  # noqa: S101  (the validator above saw to it)
        return LocalStore(self.local.folder)


class _Terraform(Strict):
    provider_source: Annotated[str, Field(pattern=r"^[a-z0-9.-]+/[a-z0-9-]+/aws\z")] = (
        TerraformConfig().provider_source
    )
    provider_version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+\z")] = (
        TerraformConfig().provider_version
    )
    lock_file: str | None = None


class _Expiry(Strict):
    max_days: Annotated[int, Field(ge=1, le=3660)] = RequestPolicy().expiry_max_days
    by_risk: ExpiryByRisk = ExpiryByRisk()
    never_tiers: NoneOrMany[str] = []
    never_accounts: NoneOrMany[AccountName] = []


class _Requests(Strict):
    reason_min_length: Annotated[int, Field(ge=1, le=500)] = RequestPolicy().reason_min_length
    ticket: Literal["optional", "required"] = "optional"
    expiry: _Expiry = _Expiry()

    def value(self) -> RequestPolicy:
        return RequestPolicy(
            reason_min_length=self.reason_min_length,
            ticket_required=self.ticket == "required",
            expiry_max_days=self.expiry.max_days,
            expiry_by_risk=self.expiry.by_risk.value(),
            never_tiers=tuple(self.expiry.never_tiers),
            never_accounts=tuple(self.expiry.never_accounts),
        )


class _Limits(Strict):
    managed_policies_per_role: Annotated[int, Field(ge=1, le=25)] = 10
    managed_policies_per_user: Annotated[int, Field(ge=1, le=20)] = 10
    managed_policies_per_group: Annotated[int, Field(ge=1, le=10)] = 10
    trust_policy_size: Annotated[int, Field(ge=2048, le=8192)] = 2048

    def value(self) -> Limits:
        return Limits(
            managed_policies={
                Kind.ROLE: self.managed_policies_per_role,
                Kind.USER: self.managed_policies_per_user,
                Kind.GROUP: self.managed_policies_per_group,
            },
            trust_size=self.trust_policy_size,
        )


class _Drift(Strict):
    unmanaged: Literal["everything", "declared"] = "everything"
    ignore: list[str] = list(DriftPolicy().ignore)


class _ForbiddenAccess(Strict):
    # As many as one call takes: IAM Access Analyzer API Reference, "Access".
    actions: Annotated[NoneOrMany[PolicyText], Field(max_length=100)] = []
    resources: Annotated[NoneOrMany[PolicyText], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _something(self) -> _ForbiddenAccess:
        if not self.actions and not self.resources:
            raise ValueError("give `actions`, `resources` or both")
        return self


class _NoNewAccess(Strict):
    than: Annotated[str, Field(pattern=r"^(before|(\w[\w.-]*/)*\w[\w.-]*\.json)\z")]
    severity: Literal["error", "warning", "note"] | None = None

    def value(self) -> NoNewAccess:
        usual = "note" if self.than == "before" else "error"
        return NoNewAccess(self.than, self.severity or usual)


class _AccessAnalyzer(Strict):
    validate_policy: bool = False
    required: bool = False
    no_new_access: _NoNewAccess | None = None
    not_granted: list[_ForbiddenAccess] = []

    def value(self) -> AccessAnalyzer:
        return AccessAnalyzer(
            validate_policy=self.validate_policy,
            required=self.required,
            no_new_access=self.no_new_access.value() if self.no_new_access else None,
            not_granted=tuple(
                ForbiddenAccess(tuple(one.actions), tuple(one.resources))
                for one in self.not_granted
            ),
        )


class ConfigFile(Strict):
    """The whole of `gitiam.yaml`."""

    accounts: Annotated[dict[AccountName, _Account], Field(min_length=1)]
    store: _Store = _Store(local=_LocalStore(folder=LocalStore().folder))
    terraform: _Terraform = _Terraform()
    requests: _Requests = _Requests()
    limits: _Limits = _Limits()
    drift: _Drift = _Drift()
    rules: dict[RuleName, RuleEntry] = {}
    risk: RiskFile = RiskFile()
    access_analyzer: _AccessAnalyzer = _AccessAnalyzer()
    approvals: ApprovalsFile = ApprovalsFile()
    notify: NotifyFile = NotifyFile()

    def value(self, document: Document) -> Config:
        """The configuration as it travels."""
        return Config(
            accounts={name: _account(name, account) for name, account in self.accounts.items()},
            store=self.store.value(),
            terraform=TerraformConfig(**self.terraform.model_dump()),
            requests=self.requests.value(),
            limits=self.limits.value(),
            drift=DriftPolicy(self.drift.unmanaged, tuple(self.drift.ignore)),
            rules=rule_policies(self.rules, document),
            risk=self.risk.value(),
            access_analyzer=self.access_analyzer.value(),
            approvals=self.approvals.value(),
            slack=self.notify.value(),
        )


def _account(name: str, account: _Account) -> Account:
    return Account(
        name=name,
        id=account.id,
        partition=account.partition,
        region=account.region or _HOME_REGION[account.partition],
        tier=account.tier,
        roles=Roles(**account.roles.model_dump()),
    )


def parse_config(document: Document) -> tuple[Config | None, tuple[Finding, ...]]:
    """The configuration as far as it can be read, and what is wrong with it.

    It may be used only where nothing is wrong.
    """
    found: list[Finding] = []
    try:
        config = ConfigFile.model_validate(document.data)
    except ValidationError as error:
        found += findings_from(error, document, ConfigFile)
        rest = _without(document.data, error)
        if rest is None:
            return None, tuple(found)
        config = rest
    found += _contradictions(config, document)
    if found:
        # Who must approve can only be put together where nothing is wrong.
        config = config.model_copy(update={"approvals": ApprovalsFile()})
    return config.value(document), in_order(found)


def _without(data: Any, error: ValidationError) -> ConfigFile | None:
    """What is left without the parts that are of a wrong shape, for what else is to be said.

    None where the accounts are among them: nothing can be compared with their names then.
    """
    rest = deepcopy(data)
    for detail in error.errors(include_url=False):
        place = detail["loc"]
        if not place or place[0] == "accounts" or not isinstance(rest, dict):
            return None
        node: Any = rest
        for step in place[:-1]:
            below = node.get(step) if isinstance(node, dict) else None
            if not isinstance(below, dict):
                node.pop(step, None)
                break
            node = below
        else:
            node.pop(place[-1], None)
    try:
        return ConfigFile.model_validate(rest)
    except ValidationError:
        return None


def _contradictions(config: ConfigFile, document: Document) -> Iterator[Finding]:
    """What has the right shape and yet cannot be meant."""
    tiers = {name: account.tier for name, account in config.accounts.items()}
    expiry = config.requests.expiry
    yield from _same_id_twice(config, document)
    yield from _unlimited(expiry, tiers, document)
    yield from contradictions(config.risk, expiry.by_risk, expiry.max_days, tiers, document)
    yield from approval_problems(config.approvals, set(tiers.values()), document)


def _unlimited(expiry: _Expiry, tiers: Mapping[str, str], document: Document) -> Iterator[Finding]:
    """Who may have access without an end, and is nobody."""

    def said(key: str, names: list[str]) -> Iterator[tuple[str, Location]]:
        given = document.data["requests"]["expiry"][key] if names else []
        for number, name in enumerate(names):
            steps = (number,) if isinstance(given, list) else ()
            yield name, document.place("requests", "expiry", key, *steps)

    yield from tiers_nobody_has(said("never_tiers", expiry.never_tiers), tiers)
    never = said("never_accounts", expiry.never_accounts)
    yield from accounts_nobody_has(never, tiers)


def _same_id_twice(config: ConfigFile, document: Document) -> list[Finding]:
    seen: dict[str, str] = {}
    findings = []
    for name, account in config.accounts.items():
        first = seen.setdefault(account.id, name)
        if first != name:
            message = f"account `{name}` has the id of `{first}`; one of the two is wrong"
            place = document.place("accounts", name, "id")
            findings.append(Finding(RULE, Severity.ERROR, place, message))
    return findings
