"""The stage of `gitiam demo`: what lives in the embedded AWS beforehand, and the villain."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gitiam.config import Account
from gitiam.models import Kind, Principal
from gitiam.sync.aws.session import AccountSessions, Purpose
from gitiam.sync.faults.aws_errors import explained

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


class Stage:
    """Live IAM as the demo's people find it and disturb it. For the embedded AWS alone."""

    def __init__(self, sessions: AccountSessions) -> None:
        self.sessions = sessions

    def build(self, account: Account, principals: Iterable[Principal]) -> None:
        """Make the principals that the estate only attaches to, as somebody once did by hand."""
        iam = self._iam(account)
        with explained(f"the stage in {account.name}"):
            for principal in principals:
                match principal.kind:
                    case Kind.ROLE:
                        trust = json.dumps(_TRUST)
                        iam.create_role(RoleName=principal.name, AssumeRolePolicyDocument=trust)
                    case Kind.USER:
                        iam.create_user(UserName=principal.name)
                    case Kind.GROUP:
                        iam.create_group(GroupName=principal.name)

    def tamper(self, account: Account, role: str, user: str, group: str) -> None:
        """What happens in consoles at night: a role made administrator, a user out of a group."""
        iam = self._iam(account)
        with explained(f"the stage in {account.name}"):
            iam.attach_role_policy(RoleName=role, PolicyArn=_ADMINISTRATOR)
            iam.remove_user_from_group(UserName=user, GroupName=group)

    def put_back(self, account: Account, role: str, user: str, group: str) -> None:
        """Undo `tamper`."""
        iam = self._iam(account)
        with explained(f"the stage in {account.name}"):
            iam.detach_role_policy(RoleName=role, PolicyArn=_ADMINISTRATOR)
            iam.add_user_to_group(UserName=user, GroupName=group)

    def _iam(self, account: Account) -> IAMClient:
        return self.sessions.iam(account, Purpose.APPLY)
