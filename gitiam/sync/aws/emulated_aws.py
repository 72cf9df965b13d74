"""The embedded AWS: moto's server, brought nearer to IAM. Run as a program by `sync.aws.emulator`.

It listens on a free port of the loopback interface, prints the port, and ends when its standard
input does, that is when whoever started it closes it or dies.

What moto leaves out and real IAM has, as the IAM API Reference describes it:
- GetAccountAuthorizationDetails comes in pages, by `MaxItems` and `Marker`;
- users have permissions boundaries, in CreateUser, GetUser and the details.

And a shortcut: AWS's own managed policies are parsed once, for the partition `aws` alone, and
not once for each account in each partition, which takes moto a second an account.
"""

from __future__ import annotations

import logging
import os
import sys
from copy import copy
from threading import Lock
from typing import Any

_DEFAULT_PAGE = 100


def main() -> None:
    """Serve until standard input ends."""
    from moto.server import ThreadedMotoServer

    _mend_pages()
    _mend_user_boundaries()
    _share_managed_policies()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.buffer.read()
    # Threads that still answer somebody must not keep the process.
    os._exit(0)


def _mend_pages() -> None:
    from moto.core.responses import ActionResult
    from moto.iam.responses import IamResponse

    def get_account_authorization_details(self: Any) -> Any:
        found = self.backend.get_account_authorization_details(self._get_param("Filter", []))
        lists = {
            "UserDetailList": list(found["users"]),
            "GroupDetailList": list(found["groups"]),
            "RoleDetailList": list(found["roles"]),
            "Policies": list(found["managed_policies"]),
        }
        start = int(self._get_param("Marker") or 0)
        end = start + int(self._get_param("MaxItems") or _DEFAULT_PAGE)
        answer: dict[str, Any] = {}
        for name, entities in lists.items():
            answer[name] = entities[max(start, 0) : max(end, 0)]
            start, end = start - len(entities), end - len(entities)
        answer["IsTruncated"] = end < 0
        if answer["IsTruncated"]:
            answer["Marker"] = str(sum(map(len, lists.values())) + end)
        return ActionResult(answer)

    mended: Any = IamResponse
    mended.get_account_authorization_details = get_account_authorization_details


def _mend_user_boundaries() -> None:
    from moto.core.responses import EmptyResult
    from moto.iam.models import User
    from moto.iam.responses import IamResponse

    def set_boundary(self: Any, arn: str | None) -> None:
        user = self.backend.get_user(self._get_param("UserName"))
        user.permissions_boundary = arn and {
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": arn,
        }

    create_without = IamResponse.create_user

    def create_user(self: Any) -> Any:
        answer = create_without(self)
        set_boundary(self, self._get_param("PermissionsBoundary"))
        return answer

    def put(self: Any) -> Any:
        set_boundary(self, self._get_param("PermissionsBoundary"))
        return EmptyResult()

    def delete(self: Any) -> Any:
        set_boundary(self, None)
        return EmptyResult()

    users: Any = User
    users.permissions_boundary = None
    mended: Any = IamResponse
    mended.create_user = create_user
    mended.put_user_permissions_boundary = put
    mended.delete_user_permissions_boundary = delete


def _share_managed_policies() -> None:
    from moto.iam.models import IAMBackend

    parse = IAMBackend._init_aws_policies
    parsed: list[Any] = []

    def own(policy: Any, account_id: str) -> Any:
        mine = copy(policy)
        mine.account_id = account_id
        return mine

    def init_aws_policies(self: Any) -> list[Any]:
        if self.partition != "aws":
            return []
        with lock:
            if not parsed:
                parsed.extend(parse(self))
        return [own(policy, self.account_id) for policy in parsed]

    lock = Lock()
    mended: Any = IAMBackend
    mended._init_aws_policies = init_aws_policies


if __name__ == "__main__":
    main()
