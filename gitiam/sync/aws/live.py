"""Single questions to live IAM, asked before an apply creates anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gitiam.config import Account
from gitiam.sync.aws.session import AccountSessions, Purpose
from gitiam.sync.faults.aws_errors import explained

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


class LiveIam:
    """Live IAM, seen with the role that applies."""

    def __init__(self, sessions: AccountSessions) -> None:
        self.sessions = sessions

    def existing(self, account: Account, arns: Iterable[str]) -> frozenset[str]:
        """Those of these users, groups, roles and policies that exist now.

        Users, groups and roles are found by name, whatever their path: names are unique without it.
        """
        iam = self.sessions.iam(account, Purpose.APPLY)
        with explained(f"IAM of {account.name}"):
            return frozenset(arn for arn in arns if _exists(iam, arn))


def _exists(iam: IAMClient, arn: str) -> bool:
    kind = arn.split(":", 5)[5].split("/", 1)[0]
    name = arn.rsplit("/", 1)[-1]
    ask: dict[str, Callable[[], Any]] = {
        "role": lambda: iam.get_role(RoleName=name),
        "user": lambda: iam.get_user(UserName=name),
        "group": lambda: iam.get_group(GroupName=name, MaxItems=1),
        "policy": lambda: iam.get_policy(PolicyArn=arn),
    }
    try:
        ask[kind]()
    except iam.exceptions.NoSuchEntityException:
        return False
    return True
