"""The rules, in one explicit tuple. A rule that is not here does not run."""

from __future__ import annotations

from gitiam.validate.rule import Rule
from gitiam.validate.rules.already_granted import AlreadyGranted
from gitiam.validate.rules.break_glass import BreakGlass
from gitiam.validate.rules.broad_pass_role import BroadPassRole
from gitiam.validate.rules.clashing_name import ClashingName
from gitiam.validate.rules.credential_exposure import CredentialExposure
from gitiam.validate.rules.cross_account_access import CrossAccountAccess
from gitiam.validate.rules.data_exfiltration import DataExfiltration
from gitiam.validate.rules.destructive_action import DestructiveAction
from gitiam.validate.rules.distant_expiry import DistantExpiry
from gitiam.validate.rules.duplicate_declaration import DuplicateDeclaration
from gitiam.validate.rules.duplicate_grant import DuplicateGrant
from gitiam.validate.rules.foreign_partition import ForeignPartition
from gitiam.validate.rules.full_wildcard import FullWildcard
from gitiam.validate.rules.inapplicable_access import InapplicableAccess
from gitiam.validate.rules.inapplicable_action import InapplicableAction
from gitiam.validate.rules.inapplicable_condition import InapplicableCondition
from gitiam.validate.rules.literal_wildcard import LiteralWildcard
from gitiam.validate.rules.malformed_arn import MalformedArn
from gitiam.validate.rules.malformed_condition import MalformedCondition
from gitiam.validate.rules.malformed_principal import MalformedPrincipal
from gitiam.validate.rules.mismatched_bundle import MismatchedBundle
from gitiam.validate.rules.mismatched_operator import MismatchedOperator
from gitiam.validate.rules.mismatched_set_operator import MismatchedSetOperator
from gitiam.validate.rules.mismatched_trust_action import MismatchedTrustAction
from gitiam.validate.rules.misplaced_variable import MisplacedVariable
from gitiam.validate.rules.missing_claim import MissingClaim
from gitiam.validate.rules.missing_expiry import MissingExpiry
from gitiam.validate.rules.missing_external_id import MissingExternalId
from gitiam.validate.rules.missing_reason import MissingReason
from gitiam.validate.rules.missing_ticket import MissingTicket
from gitiam.validate.rules.own_infrastructure import OwnInfrastructure
from gitiam.validate.rules.own_role import OwnRole
from gitiam.validate.rules.past_expiry import PastExpiry
from gitiam.validate.rules.permission_management import PermissionManagement
from gitiam.validate.rules.privilege_escalation import PrivilegeEscalation
from gitiam.validate.rules.redundant_entry import RedundantEntry
from gitiam.validate.rules.reserved_name import ReservedName
from gitiam.validate.rules.resource_exposure import ResourceExposure
from gitiam.validate.rules.service_wildcard import ServiceWildcard
from gitiam.validate.rules.too_large import TooLarge
from gitiam.validate.rules.unknown_account import UnknownAccount
from gitiam.validate.rules.unknown_action import UnknownAction
from gitiam.validate.rules.unknown_bundle import UnknownBundle
from gitiam.validate.rules.unknown_condition import UnknownCondition
from gitiam.validate.rules.unknown_managed_policy import UnknownManagedPolicy
from gitiam.validate.rules.unknown_placeholder import UnknownPlaceholder
from gitiam.validate.rules.unknown_region import UnknownRegion
from gitiam.validate.rules.unknown_service import UnknownService
from gitiam.validate.rules.unknown_service_principal import UnknownServicePrincipal
from gitiam.validate.rules.unknown_variable import UnknownVariable
from gitiam.validate.rules.unusable_grant import UnusableGrant
from gitiam.validate.rules.unusable_tag import UnusableTag
from gitiam.validate.rules.wide_subject import WideSubject
from gitiam.validate.rules.wildcard_resource import WildcardResource

RULES: tuple[Rule, ...] = (
    # who
    UnknownAccount(),
    ClashingName(),
    DuplicateDeclaration(),
    ReservedName(),
    OwnRole(),
    MalformedPrincipal(),
    UnknownServicePrincipal(),
    MismatchedTrustAction(),
    MissingClaim(),
    WideSubject(),
    MissingExternalId(),
    UnusableTag(),
    # why, and until when
    MissingReason(),
    MissingTicket(),
    MissingExpiry(),
    PastExpiry(),
    DistantExpiry(),
    # what
    UnknownBundle(),
    MismatchedBundle(),
    UnknownService(),
    UnknownAction(),
    MalformedArn(),
    UnknownPlaceholder(),
    UnknownRegion(),
    ForeignPartition(),
    InapplicableAction(),
    InapplicableAccess(),
    UnknownCondition(),
    MismatchedOperator(),
    MismatchedSetOperator(),
    MalformedCondition(),
    LiteralWildcard(),
    UnknownVariable(),
    MisplacedVariable(),
    InapplicableCondition(),
    UnknownManagedPolicy(),
    UnusableGrant(),
    # how much
    FullWildcard(),
    TooLarge(),
    DuplicateGrant(),
    RedundantEntry(),
    AlreadyGranted(),
    # how dangerous
    PrivilegeEscalation(),
    OwnInfrastructure(),
    BreakGlass(),
    PermissionManagement(),
    CredentialExposure(),
    DataExfiltration(),
    ResourceExposure(),
    DestructiveAction(),
    BroadPassRole(),
    CrossAccountAccess(),
    ServiceWildcard(),
    WildcardResource(),
)

#: What no rule finds, but reading the files and computing the desired state do.
MALFORMED = "malformed-yaml"
SCHEMA = "schema"
UNRESOLVED = "unresolved-grant"
CRASHED = "rule-crashed"
TOO_MANY = "too-many-findings"
TOO_LARGE = TooLarge.id

LASTING = "lasting-risk"
FORBIDDEN = "forbidden-allowance"
UNUSED = "unused-allowance"
#: `gitiam.sync.aws.analyzer` makes these; no rule can, as they need AWS.
ACCESS_ANALYZER = "access-analyzer"

OTHERS = {
    MALFORMED: "The file is not YAML that gitiam reads: wrong syntax, a tag, a key that stands"
    " twice, aliases without bound, several documents, not UTF-8, too large, or no plain file.",
    SCHEMA: "The file is YAML, but not of the shape that a request, principal or policy has: a key"
    " that is unknown or missing, or a value that cannot be right.",
    UNRESOLVED: "A grant cannot be turned into access, and no other rule says why.",
    ACCESS_ANALYZER: "AWS's IAM Access Analyzer says so, or could not be asked. The latter is a"
    " note, unless `access_analyzer.required` in `gitiam.yaml` makes it an error. Asked with"
    " `--access-analyzer`; AWS's errors are errors, its suggestions notes, the rest warnings.",
    CRASHED: "A rule failed. That is a bug in gitiam; what could not be checked blocks.",
    TOO_MANY: "A rule finds more in one file than anybody would read. What comes after was not"
    " looked at, and so blocks.",
    LASTING: "A proposed request gives access for longer than `requests.expiry.by_risk` lets access"
    " of its risk last. The risk follows from the access levels, the tiers of the accounts and what"
    " other rules find, also where that is allowed; what stands already was judged when it came.",
    FORBIDDEN: "An entry of `allow:` names a rule that does not exist, or one that a request may"
    " not silence in this estate.",
    UNUSED: "An entry of `allow:` silences nothing: the rule looked at the file and found nothing."
    " Take the entry out, lest it hide what comes later. A warning.",
}

#: Those of them whose severity an estate may choose; the others stand as they are.
ADJUSTABLE_OTHERS = frozenset([LASTING, UNUSED])
