"""Who holds a policy, and what that says of the condition keys in the requests that they make.

Sources: IAM User Guide, "AWS global condition context keys" and "IAM policy elements: Variables and
tags" (which principals have which keys). Nothing is concluded that is not certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from gitiam.models import Kind
from gitiam.policy.truth import ABSENT, ANYTHING, Domain

# Their endpoints answer by TLS alone (AWS General Reference, "Service endpoints and quotas").
_TLS_ALONE = frozenset(["iam", "sts", "lambda", "kms", "secretsmanager", "ssm"])
# Keys of calls that a service makes in its own name; a policy on a principal never sees one.
_OF_SERVICES = frozenset(
    f"aws:{key}"
    for key in (
        "sourcearn",
        "sourceaccount",
        "sourceorgid",
        "sourceorgpaths",
        "principalservicename",
        "principalservicenameslist",
    )
)
_MULTIVALUED = frozenset(
    [
        *("aws:calledvia", "aws:tagkeys"),
        *("aws:principalorgpaths", "aws:resourceorgpaths", "aws:vpceorgpaths"),
    ]
)
_KINDS = {Kind.ROLE: "AssumedRole", Kind.USER: "User", Kind.GROUP: "User"}


def _exactly(*values: str) -> Domain:
    return Domain(absent=False, values=frozenset(values))


@dataclass(frozen=True)
class Subject:
    """A principal, or a policy that anybody in the account may have (`Kind.POLICY`).

    `path` is None where the principal is not the estate's own: then it may be any.
    """

    kind: Kind
    name: str
    account: str
    partition: str
    now: datetime
    path: str | None = None

    @property
    def arn_patterns(self) -> tuple[str, ...]:
        """What its ARN matches: itself, where the path is known."""
        start = f"arn:{self.partition}:iam::{self.account}"
        match self.kind:
            case Kind.POLICY:
                return (f"{start}:role/*", f"{start}:user/*")
            case Kind.GROUP:
                return (f"{start}:user/*",)
            case _ if self.path is not None:
                return (f"{start}:{self.kind}{self.path}{self.name}",)
            case _:
                return (f"{start}:{self.kind}/{self.name}", f"{start}:{self.kind}/*/{self.name}")

    def domain(self, service: str, key: str) -> Domain:
        """What requests of this principal to a service can carry under a key in small letters."""
        known = self._known.get(key)
        if known is not None:
            return known
        if key == "aws:securetransport":
            return _exactly("true") if service in _TLS_ALONE else _exactly("true", "false")
        if key in _OF_SERVICES or _belongs_elsewhere(service, key):
            return ABSENT
        if key in _MULTIVALUED or not key.startswith("aws:"):
            return ANYTHING
        return Domain()

    @cached_property
    def _known(self) -> Mapping[str, Domain]:
        whose = Domain(absent=False, patterns=self.arn_patterns)
        if self.path is not None and self.kind in (Kind.ROLE, Kind.USER):
            whose = _exactly(*self.arn_patterns)
        found = {
            "aws:currenttime": Domain(absent=False, since=self.now),
            "aws:epochtime": Domain(absent=False, since=self.now),
            "aws:principalarn": whose,
            "aws:principalaccount": _exactly(self.account),
            "aws:principalisawsservice": _exactly("false"),
            "aws:userid": Domain(absent=False),
            "aws:requestedregion": Domain(absent=False),
        }
        if self.kind in _KINDS:
            found["aws:principaltype"] = _exactly(_KINDS[self.kind])
        if self.kind is Kind.USER:
            found["aws:username"] = _exactly(self.name)
        elif self.kind is Kind.GROUP:
            found["aws:username"] = Domain(absent=False)
        elif self.kind is Kind.ROLE:
            found["aws:username"] = ABSENT
        return found


def _belongs_elsewhere(service: str, key: str) -> bool:
    """Whether the key is another service's own: requests to this one never carry it."""
    owner = key.partition(":")[0]
    return owner in _KEPT_TO_THEMSELVES and not service.startswith(owner)


# Services whose keys are in requests to themselves and their like (`s3-outposts`) alone. Others
# have keys that are met elsewhere, such as `ec2:SourceInstanceArn` and `iam:ResourceTag`.
_KEPT_TO_THEMSELVES = frozenset(["s3", "dynamodb", "sqs", "sns", "kms", "secretsmanager", "logs"])
