"""Actions and ARNs: what is wrong with the text of one, where something is."""

from __future__ import annotations

import re

_COLONS = 5
_VENDOR = re.compile(r"[A-Za-z0-9.-]+")
_ACTION = re.compile(r"[A-Za-z0-9*?]+")
#: What STS can be asked for with a role (Service Authorization Reference, "AWS STS"). A trust
#: policy takes these alone, in this spelling, and no wildcard.
_TRUST_ACTIONS = frozenset(
    f"sts:{name}"
    for name in (
        *("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"),
        *("SetContext", "SetSourceIdentity", "TagSession"),
    )
)

# IAM User Guide, "Amazon Resource Names"; the last five are for customers with a need of their own.
_PARTITIONS = frozenset(["aws", "aws-cn", "aws-us-gov", "*"]) | frozenset(
    ["aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"]
)
_SERVICE = re.compile(r"[a-z0-9-]+")
_REGION = re.compile(r"[a-z0-9*?-]*")
_ACCOUNT = re.compile(r"(?:[0-9]{12})?|[0-9?]*\*[0-9*?]*|[0-9]*\?[0-9?]*|[a-z-]+")

#: What an ARN of IAM begins with after its account (Service Authorization Reference, "AWS IAM");
#: `root` and `report/` stand in policies that AWS itself publishes or has published.
_IAM = (
    *("access-report/", "assumed-role/", "delegation-request/", "federated-user/", "group/"),
    *("instance-profile/", "mfa/", "oidc-provider/", "policy/", "report/", "role/"),
    *("role-template/", "saml-provider/", "server-certificate/", "sms-mfa/", "user/"),
)
_IAM_WHOLE = frozenset(["*", "root"])
#: What belongs to a region in S3 (the same reference, "Amazon S3"); buckets and objects do not.
_S3_REGIONAL = (
    *("access-grants/", "accesspoint/", "async-request/", "job/"),
    *("storage-lens/", "storage-lens-group/"),
)


def action_problem(action: str) -> str | None:
    """What keeps IAM from taking it as an action: `*`, or one vendor, a colon and a name."""
    if action == "*":
        return None
    vendor, colon, name = action.partition(":")
    if not colon:
        return "an action begins with the service, as in `s3:GetObject`"
    if ":" in name:
        return "an action has one colon"
    if vendor != "*" and not _VENDOR.fullmatch(vendor):
        return "this is no service; letters, digits, `-` and `.` may stand in one"
    if vendor == "*" and name.strip("*"):
        return "a wildcard cannot stand for the service"
    if not _ACTION.fullmatch(name):
        return "the name of an action has letters, digits and wildcards"
    return None


def trust_action_problem(action: str) -> str | None:
    """What keeps it out of a trust policy."""
    if action in _TRUST_ACTIONS:
        return None
    return f"a trust policy takes these actions alone: {', '.join(sorted(_TRUST_ACTIONS))}"


def arn_problem(arn: str) -> str | None:
    """What keeps IAM from taking it as a resource: `*` or an ARN with all its parts."""
    if arn == "*":
        return None
    parts = arn.split(":", _COLONS)
    if parts[0] != "arn":
        return "a resource is `*` or an ARN"
    before, variable, _ = arn.partition("${")
    if variable and before.count(":") < _COLONS:
        # IAM User Guide, "IAM policy elements: Variables and tags".
        return "a policy variable may stand in an ARN after its fifth colon alone"
    if len(parts) <= _COLONS:
        return f"an ARN has {_COLONS + 1} parts, arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"
    return _parts_problem(*parts[1:])


def _parts_problem(
    partition: str, service: str, region: str, account: str, resource: str
) -> str | None:
    if partition not in _PARTITIONS:
        return "there is no such partition"
    if not _SERVICE.fullmatch(service):
        return "the service has lower-case letters, digits and `-`, and no wildcard"
    if not _REGION.fullmatch(region):
        return "this is no region"
    if not _ACCOUNT.fullmatch(account):
        return "an account's id has 12 digits"
    if not resource:
        return "it ends before it says which resource"
    if service == "iam":
        return _iam_problem(region, resource)
    if service == "s3" and region and not resource.startswith(_S3_REGIONAL):
        return "buckets and objects have no region in their ARN"
    return None


def _iam_problem(region: str, resource: str) -> str | None:
    if region:
        return "IAM has no region in its ARNs"
    if resource in _IAM_WHOLE or resource.startswith(_IAM):
        return None
    return "IAM has no such resources; names come after `role/`, `user/`, `policy/` and the like"
