"""The embedded AWS for tests: one server a test process, and accounts that no other test uses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import boto3
import pytest
from mypy_boto3_iam import IAMClient

from gitiam.sync.aws.emulator import Emulator

_numbers = count(100_000_000_001)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """A running embedded AWS. Nothing is ever reset: every test takes accounts of its own."""
    with Emulator() as running:
        yield running


@pytest.fixture
def fresh_account() -> str:
    """The id of an account that is empty."""
    return str(next(_numbers))


@pytest.fixture
def other_account() -> str:
    """Another one."""
    return str(next(_numbers))


def fresh_accounts(number: int) -> list[str]:
    """The ids of so many accounts that are empty."""
    return [str(next(_numbers)) for _ in range(number)]


def iam_of(emulator: Emulator, account_id: str, region: str = "us-east-1") -> IAMClient:
    """A client with credentials of that account; the region says which partition is meant."""
    env = emulator.environment(account_id)
    return boto3.client(
        "iam",
        endpoint_url=emulator.url,
        region_name=region,
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=env["AWS_SESSION_TOKEN"],
    )


def use(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, account_id: str | None = None) -> None:
    """Lay the emulator's settings over this process's environment."""
    for name, value in emulator.environment(account_id).items():
        monkeypatch.setenv(name, value)
