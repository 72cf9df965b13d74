"""What `gitiam.yaml` says, as values. Every field has the default that the file may leave out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitiam.approvals.policy import ApprovalPolicy
from gitiam.chat import SlackPolicy
from gitiam.findings import Location, Risk, Severity
from gitiam.models import Kind
from gitiam.risk import DEFAULT_EXPIRY, RiskPolicy

PROVIDER_SOURCE = "registry.terraform.io/hashicorp/aws"
PROVIDER_VERSION = "5.100.0"


#: So begin the names of the roles that runs become first, as `gitiam init` has them.
PIPELINE = "gitiam-pipeline-"


@dataclass(frozen=True, slots=True)
class Roles:
    """The AWS roles that gitiam assumes in an account; none means the credentials at hand."""

    plan: str | None = None
    apply: str | None = None
    crawl: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One AWS account under the short name that requests use."""

    name: str
    id: str
    partition: str = "aws"
    region: str = "us-east-1"
    tier: str = "standard"
    roles: Roles = field(default_factory=Roles)

    def own_roles(self) -> tuple[str, ...]:
        """The ARNs of what gitiam runs as: what is named above, and what a run becomes before."""
        roles = (self.roles.apply, self.roles.plan, self.roles.crawl)
        named = [role for role in roles if role is not None]
        if not named:
            return ()
        before = (
            f"arn:{self.partition}:iam::{self.id}:role/{PIPELINE}{purpose}"
            for purpose in ("apply", "plan", "crawl")
        )
        return tuple(dict.fromkeys((*named, *before)))

    def variables(self) -> dict[str, str]:
        """What `{account_id}`, `{account}`, `{partition}` and `{region}` stand for here."""
        return {
            "account_id": self.id,
            "account": self.name,
            "partition": self.partition,
            "region": self.region,
        }


@dataclass(frozen=True, slots=True)
class LocalStore:
    """A folder for state and ledger, relative to the estate."""

    folder: str = ".gitiam/store"


@dataclass(frozen=True, slots=True)
class S3Store:
    """A bucket for state and ledger; `endpoint` and `path_style` are for S3 look-alikes."""

    bucket: str
    region: str
    prefix: str = "gitiam"
    kms_key_id: str | None = None
    endpoint: str | None = None
    path_style: bool = False


Store = LocalStore | S3Store


@dataclass(frozen=True, slots=True)
class TerraformConfig:
    """Which provider the modules use. The lock file is a path in the estate; None: gitiam's own."""

    provider_source: str = PROVIDER_SOURCE
    provider_version: str = PROVIDER_VERSION
    lock_file: str | None = None


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """What a request must carry. Days are counted from the moment of judgement.

    `expiry_by_risk` says how many days access of a risk may last; what is said of a lower risk
    holds for every higher one, too, and `expiry_max_days` for all.
    """

    reason_min_length: int = 10
    ticket_required: bool = False
    expiry_max_days: int = 366
    expiry_by_risk: Mapping[Risk, int] = field(default_factory=lambda: dict(DEFAULT_EXPIRY))
    never_tiers: tuple[str, ...] = ()
    never_accounts: tuple[str, ...] = ()

    def allows_never(self, account: Account) -> bool:
        """Whether `expires: never` may stand in a request for this account."""
        return account.name in self.never_accounts or account.tier in self.never_tiers

    def most_days(self, risk: Risk) -> int | None:
        """How many days access of this risk may last for its risk alone; None: any number."""
        given = (days for at, days in self.expiry_by_risk.items() if at.rank <= risk.rank)
        return min(given, default=None)


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """What the estate makes of one rule; None leaves it as the rule itself has it.

    `allowable` is whether a file's `allow:` may silence it. `place` is where `gitiam.yaml` says so.
    """

    severity: Severity | None = None
    is_off: bool = False
    risk: Risk | None = None
    allowable: bool | None = None
    place: Location = field(default=Location("gitiam.yaml"), compare=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """AWS's quotas, in characters without white space and in pieces.

    The defaults are those of a new account (IAM User Guide, "IAM and AWS STS quotas"); the number
    of managed policies a principal may be raised there, and then here.
    """

    managed_policies: Mapping[Kind, int] = field(
        default_factory=lambda: {Kind.ROLE: 10, Kind.USER: 10, Kind.GROUP: 10}
    )
    inline_size: Mapping[Kind, int] = field(
        default_factory=lambda: {Kind.ROLE: 10_240, Kind.USER: 2_048, Kind.GROUP: 5_120}
    )
    managed_size: int = 6_144
    trust_size: int = 2_048
    groups_per_user: int = 10


@dataclass(frozen=True, slots=True)
class DriftPolicy:
    """What the comparison with live IAM reports.

    `unmanaged` is `everything`, or `declared` for an estate that does not own its accounts yet:
    then only principals that the estate declares are searched for what nobody asked for.
    `ignore` holds globs over `ACCOUNT/KIND/PATH+NAME`, such as `*/role/aws-service-role/*`.
    """

    unmanaged: str = "everything"
    ignore: tuple[str, ...] = ("*/role/aws-service-role/*", "*/role/aws-reserved/*")


@dataclass(frozen=True, slots=True)
class ForbiddenAccess:
    """Access that no request may give: any of these actions on any of these resources.

    Without actions it is any action, without resources any resource; never both.
    """

    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoNewAccess:
    """What the access of a principal must stay within.

    `than` is `before`, for what the other tree of a comparison gives, or the path of a policy
    document in the estate. `severity` is that of what goes beyond: `error`, `warning` or `note`.
    """

    than: str
    severity: str


@dataclass(frozen=True, slots=True)
class AccessAnalyzer:
    """What AWS's IAM Access Analyzer is asked about, when it is asked.

    `required` makes an error of what could not be asked.
    """

    validate_policy: bool = False
    required: bool = False
    no_new_access: NoNewAccess | None = None
    not_granted: tuple[ForbiddenAccess, ...] = ()

    @property
    def is_configured(self) -> bool:
        """Whether there is anything to ask."""
        return self.validate_policy or self.no_new_access is not None or bool(self.not_granted)


@dataclass(frozen=True, slots=True)
class Config:
    """All of `gitiam.yaml`. `slack` is None where Slack is not told of anything."""

    accounts: Mapping[str, Account]
    store: Store = field(default_factory=LocalStore)
    terraform: TerraformConfig = field(default_factory=TerraformConfig)
    requests: RequestPolicy = field(default_factory=RequestPolicy)
    limits: Limits = field(default_factory=Limits)
    drift: DriftPolicy = field(default_factory=DriftPolicy)
    rules: Mapping[str, RulePolicy] = field(default_factory=dict)
    risk: RiskPolicy = field(default_factory=RiskPolicy)
    access_analyzer: AccessAnalyzer = field(default_factory=AccessAnalyzer)
    approvals: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    slack: SlackPolicy | None = None
