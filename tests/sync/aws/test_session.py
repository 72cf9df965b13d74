"""Sessions: the right role, in the right account, and errors that say what to do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from gitiam.config import Account, Roles
from gitiam.errors import GitiamError
from gitiam.sync.aws.emulator import Emulator
from gitiam.sync.aws.session import AccountSessions, Purpose
from gitiam.sync.faults.aws_errors import explained
from tests.support.emulator import use


def account(account_id: str, **roles: str) -> Account:
    named = {purpose: f"arn:aws:iam::{owner}:role/gitiam" for purpose, owner in roles.items()}
    return Account("prod", account_id, roles=Roles(**named))


def identity(sessions: AccountSessions, of: Account, purpose: Purpose) -> str:
    sts = sessions.session(of, purpose).client("sts", region_name="us-east-1")
    return sts.get_caller_identity()["Arn"]


def test_credentials_at_hand_serve_where_no_role_is_named(
    emulator: Emulator, fresh_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch, fresh_account)
    found = identity(AccountSessions(), account(fresh_account), Purpose.APPLY)
    assert f":{fresh_account}:" in found


def test_the_role_of_the_purpose_is_assumed_and_the_run_is_named(
    emulator: Emulator, fresh_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    of = account(fresh_account, crawl=fresh_account)
    found = identity(AccountSessions(run="42/1 é"), of, Purpose.CRAWL)
    assert found.startswith(f"arn:aws:sts::{fresh_account}:assumed-role/gitiam/")
    assert found.endswith("/gitiam-crawl-42-1--")


def test_the_wrong_account_stops_before_anything_is_done(
    emulator: Emulator, fresh_account: str, other_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    of = account(fresh_account, plan=other_account)
    with pytest.raises(GitiamError) as stopped:
        AccountSessions().session(of, Purpose.PLAN)
    assert fresh_account in stopped.value.message
    assert other_account in stopped.value.message
    assert "roles.plan" in str(stopped.value.hint)


def test_a_subprocess_gets_the_verified_credentials(
    emulator: Emulator, fresh_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    env = AccountSessions().credentials_env(
        account(fresh_account, apply=fresh_account), Purpose.APPLY
    )
    assert set(env) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    key, secret, token = env.values()
    theirs = boto3.Session(key, secret, token).client("sts", region_name="us-east-1")
    assert theirs.get_caller_identity()["Account"] == fresh_account


def test_credentials_at_hand_may_have_no_token(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    env = AccountSessions().credentials_env(account("123456789012"), Purpose.APPLY)
    assert set(env) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def test_a_session_is_made_once_for_all_threads_and_anew_when_it_runs_out(
    emulator: Emulator, fresh_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    of = account(fresh_account, crawl=fresh_account)
    now = [datetime.now(UTC)]
    sessions = AccountSessions(clock=lambda: now[0])
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: id(sessions.session(of, Purpose.CRAWL)), range(16)))
    assert len(made) == 1
    first = sessions.session(of, Purpose.CRAWL)
    now[0] += timedelta(minutes=40)
    assert sessions.session(of, Purpose.CRAWL) is first
    now[0] += timedelta(minutes=6)
    assert sessions.session(of, Purpose.CRAWL) is not first


def test_no_credentials_says_how_to_get_some(
    emulator: Emulator, fresh_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(GitiamError, match="no AWS credentials"):
        AccountSessions().session(account(fresh_account), Purpose.CRAWL)


def test_a_malformed_endpoint_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(GitiamError, match="nonsense") as stopped:
        AccountSessions().session(account("111122223333"), Purpose.CRAWL)
    assert "AWS_ENDPOINT_URL" in str(stopped.value.hint)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:99999"),
        ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:port"),
        ("AWS_ENDPOINT_URL", "http://[::1"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "soon"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(GitiamError, match=f"prod: {name} cannot be used") as stopped:
        AccountSessions().session(account("111122223333"), Purpose.CRAWL)
    assert stopped.value.hint == f"Mend {name}, or unset it"


def test_a_setting_of_the_profile_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nmetadata_service_timeout = soon\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(GitiamError, match=r"a setting cannot be used .*soon") as stopped:
        AccountSessions().session(account("111122223333"), Purpose.CRAWL)
    assert "~/.aws/config" in str(stopped.value.hint)


def test_a_mistake_of_our_own_is_no_setting() -> None:
    with pytest.raises(ValueError, match="invalid literal"), explained("x"):
        int("endpoint")


def answered(code: str, message: str = "", operation: str = "ListRoles") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


DENIED = (
    "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: iam:ListRoles on resource:"
    " arn:aws:iam::1:role/ because no identity-based policy allows the iam:ListRoles action"
)


@pytest.mark.parametrize(
    ("error", "said", "hint"),
    [
        (answered("ExpiredToken"), "have expired", "sso login"),
        (answered("InvalidClientTokenId"), "does not accept the credentials", "AWS_PROFILE"),
        (answered("AccessDenied", DENIED), "iam:ListRoles is denied", "Allow iam:ListRoles"),
        (answered("AccessDenied"), "ListRoles is denied", "Allow ListRoles"),
        (
            answered("AccessDenied", DENIED.split(" because")[0] + " with an explicit deny in a x"),
            "denied explicitly",
            "no grant cures",
        ),
        (answered("AccessDenied", operation="AssumeRole"), "AssumeRole is denied", "trust policy"),
        (answered("Throttling"), "throttles", "later"),
        (answered("ServiceFailure", "Oh no\nline 2"), "AWS answered ServiceFailure: Oh no", ""),
        (NoCredentialsError(), "no AWS credentials", "AWS_PROFILE"),
        (
            EndpointConnectionError(endpoint_url="http://x/"),
            "cannot be reached",
            "AWS_ENDPOINT_URL",
        ),
        (ReadTimeoutError(endpoint_url="http://x/"), "cannot be reached", "proxy"),
        (BotoCoreError(), "unspecified error", ""),
    ],
)
def test_every_error_says_what_happened_and_what_to_do(
    error: Exception, said: str, hint: str
) -> None:
    with pytest.raises(GitiamError) as stopped, explained("IAM of prod"):
        raise error
    assert stopped.value.message.startswith("IAM of prod: ")
    assert said in stopped.value.message
    assert "\n" not in stopped.value.message
    assert hint in (stopped.value.hint or "")


def test_no_secret_is_repeated() -> None:
    text = "The Canonical String should have been 'x-amz-security-token:SECRET'"
    with pytest.raises(GitiamError) as stopped, explained("IAM of prod"):
        raise answered("SignatureDoesNotMatch", text)
    assert "SECRET" not in str(stopped.value)


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(ValueError, match="something else"), explained("IAM of prod"):
        raise ValueError("something else")
