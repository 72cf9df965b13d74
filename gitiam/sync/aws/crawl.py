"""Live IAM → snapshots: a few dozen calls an account, accounts side by side.

`GetAccountAuthorizationDetails` gives users, groups, roles and customer managed policies with all
that is attached; `ListRoles` adds the descriptions and longest sessions that it leaves out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.files import write_atomically
from gitiam.models import Kind
from gitiam.snapshot import (
    LivePolicy,
    LivePrincipal,
    Snapshot,
    Unparsed,
    Unread,
    live_document,
    snapshot_text,
)
from gitiam.sync.aws.session import AccountSessions, Purpose
from gitiam.sync.faults.aws_errors import explained

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

#: Called with an account's name and what has been read of it so far; never twice at the same time.
Progress = Callable[[str, str], None]

MOST_AT_ONCE = 8
_PAGE_SIZE = 1000
_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
#: IAM is eventually consistent: a role younger than this may stand in one answer and not the other.
_SETTLED = timedelta(minutes=5)


def crawl(
    accounts: Iterable[Account],
    sessions: AccountSessions,
    now: datetime,
    progress: Progress = lambda account, text: None,
) -> dict[str, Snapshot | Unread]:
    """Read every account; one that fails is an `Unread` with the reason, and the others go on.

    `now` is the time that the snapshots bear. GitiamError when there is no account to read.
    """
    wanted = list(accounts)
    if not wanted:
        raise GitiamError("there is no account to read", hint="gitiam.yaml lists accounts")
    lock = threading.Lock()

    def say(account: str, text: str) -> None:
        with lock:
            progress(account, text)

    def read(account: Account) -> Snapshot | Unread:
        try:
            snapshot = _read(account, sessions, now, say)
        except GitiamError as error:
            say(account.name, "unread")
            # Who tells of what is unread names the account first.
            return Unread(account.name, str(error).removeprefix(f"account {account.name}: "))
        say(account.name, "done")
        return snapshot

    pool = ThreadPoolExecutor(min(MOST_AT_ONCE, len(wanted)))
    try:
        return dict(zip([a.name for a in wanted], pool.map(read, wanted), strict=True))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def write_snapshots(folder: Path, snapshots: Mapping[str, Snapshot | Unread]) -> None:
    """`ACCOUNT.json` for each: an unread account overwrites what an earlier crawl found there."""
    for name, snapshot in snapshots.items():
        write_atomically(folder / f"{name}.json", snapshot_text(snapshot).encode())


def _read(account: Account, sessions: AccountSessions, now: datetime, say: Progress) -> Snapshot:
    iam = sessions.iam(account, Purpose.CRAWL)
    with explained(f"IAM of {account.name}"):
        details = _details(iam, lambda text: say(account.name, text))
        told = _told_by_list_roles(iam)
    _refuse_gaps(details, told)
    try:
        return Snapshot(
            account=account.name,
            account_id=account.id,
            taken_at=now,
            users=tuple(_principal(Kind.USER, user) for user in details.lists["UserDetailList"]),
            groups=tuple(_principal(Kind.GROUP, g) for g in details.lists["GroupDetailList"]),
            roles=tuple(
                _principal(Kind.ROLE, role, told.get(role["RoleName"], {}))
                for role in details.lists["RoleDetailList"]
            ),
            policies=tuple(map(_policy, details.lists["Policies"])),
        )
    except KeyError as error:
        raise GitiamError(f"AWS's answer about {account.name} lacks {error}") from error
    except ValueError as error:
        raise GitiamError(f"AWS's answer about {account.name} is inconsistent: {error}") from error


@dataclass
class _Details:
    """All pages of GetAccountAuthorizationDetails; `asked_at` by AWS's clock, where it told."""

    lists: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _LISTS})
    asked_at: datetime | None = None


def _details(iam: IAMClient, say: Callable[[str], None]) -> _Details:
    found = _Details()
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["User", "Group", "Role", "LocalManagedPolicy"],
        PaginationConfig={"PageSize": _PAGE_SIZE},
    )
    last: Mapping[str, Any] = {"IsTruncated": True}
    page: Any
    for page in pages:
        last = page
        if not any(name in page for name in _LISTS):
            raise GitiamError("a page of GetAccountAuthorizationDetails holds no list at all")
        for name in _LISTS:
            found.lists[name] += page.get(name, [])
        found.asked_at = found.asked_at or _date_of(page)
        say(f"{sum(map(len, found.lists.values())):,} entities")
    _refuse_truncation(last, "GetAccountAuthorizationDetails")
    return found


def _told_by_list_roles(iam: IAMClient) -> dict[str, Mapping[str, Any]]:
    """By role, what ListRoles says of it."""
    told: dict[str, Mapping[str, Any]] = {}
    last: Mapping[str, Any] = {"IsTruncated": True}
    pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": _PAGE_SIZE})
    for page in pages:
        last = page
        told |= {role["RoleName"]: role for role in page["Roles"]}
    _refuse_truncation(last, "ListRoles")
    return told


def _refuse_truncation(last: Mapping[str, Any], operation: str) -> None:
    """A last page that announces more would make what follows look deleted."""
    if last.get("IsTruncated"):
        raise GitiamError(f"{operation} ended before its last page")


def _refuse_gaps(details: _Details, told: Mapping[str, Mapping[str, Any]]) -> None:
    """What ListRoles names and the details, asked for earlier, do not: read in part alone."""
    if details.asked_at is None:
        return
    seen = {role["RoleName"] for role in details.lists["RoleDetailList"]}
    for name in sorted(told.keys() - seen):
        if told[name]["CreateDate"] < details.asked_at - _SETTLED:
            raise GitiamError(f"GetAccountAuthorizationDetails left out role/{name}, which exists")


def _date_of(page: Any) -> datetime | None:
    text = page["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(text) if text else None


def _principal(kind: Kind, detail: Any, told: Mapping[str, Any] | None = None) -> LivePrincipal:
    """A UserDetail, GroupDetail or RoleDetail, with what ListRoles told of a role.

    Their fields bear the kind in their names: `UserName`, `UserPolicyList`. ListRoles leaves an
    empty description out; a role that it did not name at all has no description that is known.
    """
    word = kind.capitalize()
    boundary = detail.get("PermissionsBoundary") or {}
    return LivePrincipal(
        kind=kind,
        name=detail[f"{word}Name"],
        path=detail["Path"],
        arn=detail["Arn"],
        inline={
            policy["PolicyName"]: live_document(policy["PolicyDocument"])
            for policy in detail.get(f"{word}PolicyList", [])
        },
        attached=tuple(sorted(p["PolicyArn"] for p in detail.get("AttachedManagedPolicies", []))),
        groups=tuple(sorted(detail.get("GroupList", []))),
        boundary=boundary.get("PermissionsBoundaryArn"),
        tags={tag["Key"]: tag["Value"] for tag in detail.get("Tags", [])},
        description=told.get("Description", "") if told else None,
        max_session=told.get("MaxSessionDuration") if told else None,
        trust=live_document(detail["AssumeRolePolicyDocument"]) if kind is Kind.ROLE else None,
    )


def _policy(detail: Any) -> LivePolicy:
    """A ManagedPolicyDetail. The ARN names it; of its versions only the default one holds."""
    versions = detail.get("PolicyVersionList", [])
    default = next((v for v in versions if v.get("IsDefaultVersion")), None)
    return LivePolicy(
        name=detail["Arn"].rpartition("/")[2],
        path=detail["Path"],
        arn=detail["Arn"],
        document=live_document(default["Document"])
        if default
        else Unparsed("", "AWS told no default version"),
        description=detail.get("Description"),
    )
