"""AWS sessions per account and purpose: the right role, and proof that it is the right account."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gitiam import __version__
from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.sync.faults.aws_errors import explained
from gitiam.sync.faults.causes import Cause, CausedError

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.config import Config as ClientConfig
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

#: Credentials with less time left than this are not handed out again: one apply must fit in.
_TIME_LEFT = timedelta(minutes=15)
#: What AWS does not take in the name of a role session.
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_+=,.@-]")


class Purpose(StrEnum):
    """What the session is for: which of the account's roles it assumes."""

    PLAN = "plan"
    APPLY = "apply"
    CRAWL = "crawl"


@dataclass(frozen=True)
class _Verified:
    """A session whose credentials belong to the account; `ends` is None for those at hand."""

    session: Session = field(repr=False)
    ends: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        return self.ends is None or self.ends - now > _TIME_LEFT


def session_name(purpose: Purpose, run: str = "") -> str:
    """How CloudTrail names what is done: `gitiam-apply-TRAIL`, in what STS takes as a name.

    `run` is what `gitiam.sync.apply.run.trail` makes of a run; STS takes 64 characters.
    """
    suffix = f"-{_NOT_IN_NAMES.sub('-', run)}" if run else ""
    return f"gitiam-{purpose}{suffix}"[:64]


class AccountSessions:
    """Sessions for the estate's accounts, each made once and shared until it runs out.

    May be used from several threads. `run` names the run in CloudTrail, beside the purpose.
    `clock` tells when credentials run out: the wall's time, never the instant that is judged.
    """

    def __init__(
        self, *, run: str = "", clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._run = run
        self._clock = clock
        self._verified: dict[tuple[str, Purpose], _Verified] = {}
        self._locks: dict[tuple[str, Purpose], threading.Lock] = {}
        self._lock = threading.Lock()
        # boto3 makes sessions and clients from shared loaders, which are not safe under threads.
        self._making_clients = threading.Lock()

    def session(self, account: Account, purpose: Purpose) -> Session:
        """A session of this account; GitiamError when the credentials are another account's.

        Nothing but `sts:AssumeRole` and `sts:GetCallerIdentity` has been called when it returns.
        """
        key = (account.name, purpose)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            known = self._verified.get(key)
            if known is None or not known.is_fresh(self._clock()):
                known = self._verified[key] = self._make(account, purpose)
        return known.session

    def iam(self, account: Account, purpose: Purpose) -> IAMClient:
        """A client for IAM in this account, with bounded retries and timeouts."""
        session = self.session(account, purpose)
        with explained(f"IAM of {account.name}"), self._making_clients:
            return session.client("iam", region_name=account.region, config=client_config())

    def access_analyzer(self, account: Account, purpose: Purpose) -> Any:
        """A client for IAM Access Analyzer in the account's region, likewise bounded."""
        session = self.session(account, purpose)
        doing = f"IAM Access Analyzer of {account.name}"
        with explained(doing), self._making_clients:
            known = session.get_available_regions("accessanalyzer", account.partition)
            if account.region not in known:
                raise GitiamError(
                    f"{doing}: it is not known to be in {account.region}",
                    hint=f"`accounts.{account.name}.region` in gitiam.yaml names the region",
                )
            return session.client(
                "accessanalyzer", region_name=account.region, config=client_config(attempts=5)
            )

    def credentials_env(self, account: Account, purpose: Purpose) -> dict[str, str]:
        """The verified credentials as a subprocess takes them; never to be printed."""
        doing = f"credentials for {account.name}"
        with explained(doing):
            found = self.session(account, purpose).get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        if frozen is None or not frozen.access_key or not frozen.secret_key:
            raise GitiamError(f"{doing}: there are none")
        env = {"AWS_ACCESS_KEY_ID": frozen.access_key, "AWS_SECRET_ACCESS_KEY": frozen.secret_key}
        if frozen.token:
            env["AWS_SESSION_TOKEN"] = frozen.token
        return env

    def _make(self, account: Account, purpose: Purpose) -> _Verified:
        role = _role(account, purpose)
        with explained(f"account {account.name}"):
            made = self._assume(account, purpose, role) if role else self._at_hand()
            found = self._sts(made.session, account).get_caller_identity()["Account"]
        if found != account.id:
            raise CausedError(
                f"the credentials for {account.name} ({purpose}) belong to account {found},"
                f" but gitiam.yaml says {account.id}; nothing was done",
                hint=f"Mend the id or roles.{purpose} of `{account.name}`, or use its credentials",
                cause=Cause.CREDENTIALS,
            )
        return made

    def _assume(self, account: Account, purpose: Purpose, role: str) -> _Verified:
        from boto3 import Session

        with explained(f"{role} for account {account.name}"):
            sts = self._sts(self._at_hand().session, account)
            given = sts.assume_role(RoleArn=role, RoleSessionName=session_name(purpose, self._run))
        credentials = given["Credentials"]
        session = Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )
        return _Verified(session, credentials["Expiration"])

    def _at_hand(self) -> _Verified:
        """What the environment, profile or machine offers."""
        from boto3 import Session

        with self._making_clients:
            return _Verified(Session())

    def _sts(self, session: Session, account: Account) -> STSClient:
        with self._making_clients:
            config = client_config(attempts=3)
            return session.client("sts", region_name=account.region, config=config)


def _role(account: Account, purpose: Purpose) -> str | None:
    match purpose:
        case Purpose.PLAN:
            return account.roles.plan
        case Purpose.APPLY:
            return account.roles.apply
        case Purpose.CRAWL:
            return account.roles.crawl


def client_config(attempts: int = 8) -> ClientConfig:
    """How every client of gitiam calls AWS: it repeats, slows down when throttled, and gives up."""
    from botocore.config import Config as ClientConfig

    return ClientConfig(
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "adaptive", "total_max_attempts": attempts},
        user_agent_extra=f"gitiam/{__version__}",
    )
