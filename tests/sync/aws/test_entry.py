"""An account's credentials are looked at once; where they do not serve, nobody waits twice."""

from __future__ import annotations

from collections import Counter

import pytest

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.modules import Change
from gitiam.outcomes import Outcome
from gitiam.sync.apply.schedule import Watch, run_all
from gitiam.sync.faults.causes import Cause, CausedError
from gitiam.sync.faults.retry import Patience
from gitiam.sync.machine.process import Processes
from gitiam.sync.terraform.workspace import TerraformError
from tests.support.modules import change, module

AT_ONCE = Patience(first_wait=0.0)
EXPIRED = TerraformError("iam:CreateRole: ExpiredToken: The security token is expired")


def changes(*keys: str) -> list[Change]:
    found = [change(module(key, key)) for key in keys]
    return sorted(found, key=lambda item: item.module.order)


TWO_ACCOUNTS = changes(*(f"{a}/role/r{n}" for a in ("dev", "prod") for n in range(4)))


class Accounts:
    """Who is asked, and who refuses how."""

    def __init__(self, **refusing: list[GitiamError]) -> None:
        self.refusing = refusing
        self.asked: Counter[str] = Counter()

    def admit(self, account: Account) -> None:
        self.asked[account.name] += 1
        if self.refusing.get(account.name):
            raise self.refusing[account.name].pop(0)


@pytest.mark.parametrize("jobs", [1, 4])
def test_each_account_is_asked_once_before_anything_of_it(jobs: int) -> None:
    accounts = Accounts()
    done: list[str] = []

    def work(item: Change) -> Outcome:
        assert accounts.asked[item.key.account] == 1
        done.append(str(item.key))
        return Outcome()

    run_all(TWO_ACCOUNTS, work, jobs, Processes(), Watch(), admit=accounts.admit)
    assert (len(done), accounts.asked) == (8, {"dev": 1, "prod": 1})


def test_wrong_credentials_stop_an_account_before_anything_moves_and_no_other() -> None:
    wrong = CausedError("prod is another account", hint="Mend it", cause=Cause.CREDENTIALS)
    accounts = Accounts(prod=[wrong])
    done: list[str] = []

    def work(item: Change) -> Outcome:
        done.append(item.key.account)
        return Outcome()

    results = run_all(TWO_ACCOUNTS, work, 4, Processes(), Watch(), admit=accounts.admit)
    assert done == ["dev"] * 4
    told = {str(r.error) for r in results if r.change.key.account == "prod"}
    assert told == {"prod is another account. Mend it"}
    assert accounts.asked["prod"] == 1


def test_credentials_that_expire_on_the_way_are_found_out_once() -> None:
    tried: Counter[str] = Counter()

    def work(item: Change) -> Outcome:
        tried[item.key.account] += 1
        if item.key.account == "prod":
            raise EXPIRED
        return Outcome()

    results = run_all(TWO_ACCOUNTS, work, 1, Processes(), Watch(), patience=AT_ONCE)
    assert tried == {"dev": 4, "prod": 1}
    assert [str(r.error) for r in results if r.error] == [str(EXPIRED)] * 4


def test_what_is_denied_in_one_module_closes_nothing() -> None:
    def work(item: Change) -> Outcome:
        if item.key.name == "r0":
            raise TerraformError("iam:CreateRole: AccessDenied: iam:CreateRole on app is denied")
        return Outcome()

    results = run_all(TWO_ACCOUNTS, work, 1, Processes(), Watch())
    assert [str(r.change.key) for r in results if r.error] == ["dev/role/r0", "prod/role/r0"]


def test_an_account_that_throttles_is_asked_again() -> None:
    accounts = Accounts(prod=[CausedError("slowly", cause=Cause.THROTTLED) for _ in range(2)])
    told: list[str] = []
    watch = Watch(again=lambda item, again: told.append(f"{item.key}: {again}"))
    prod = [item for item in TWO_ACCOUNTS if item.key.account == "prod"]
    results = run_all(
        prod, lambda _: Outcome(), 1, Processes(), watch, admit=accounts.admit, patience=AT_ONCE
    )
    assert not [r for r in results if r.error]
    assert accounts.asked["prod"] == 3
    assert told == [
        "prod/role/r0: AWS is throttling; again at once (2 of 4)",
        "prod/role/r0: AWS is throttling; again at once (3 of 4)",
    ]


def test_a_module_that_fails_in_passing_is_applied_again() -> None:
    tried: Counter[str] = Counter()

    def work(item: Change) -> Outcome:
        tried[str(item.key)] += 1
        if tried[str(item.key)] < 3:
            raise TerraformError("iam:CreateRole: Throttling: Rate exceeded")
        return Outcome()

    results = run_all(TWO_ACCOUNTS, work, 2, Processes(), Watch(), patience=AT_ONCE)
    assert not [r for r in results if r.error]
    assert set(tried.values()) == {3}


def test_an_account_out_of_reach_is_not_waited_for_in_every_module() -> None:
    """Three wait in vain; then each is tried once, and when one ends well there is hope again."""
    many = changes(*(f"prod/role/r{n}" for n in range(8)))
    tried: Counter[str] = Counter()

    def work(item: Change) -> Outcome:
        tried[item.key.name] += 1
        if item.key.name != "r5" and not (item.key.name == "r7" and tried["r7"] > 1):
            raise TerraformError("request send failed: dial tcp: no route to host")
        return Outcome()

    run_all(many, work, 1, Processes(), Watch(), patience=AT_ONCE)
    assert list(tried.values()) == [4, 4, 4, 1, 1, 1, 4, 2]
