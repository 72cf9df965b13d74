"""`gitiam.yaml`: its defaults, and what is said when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitiam.config import (
    AccessAnalyzer,
    Account,
    Config,
    ForbiddenAccess,
    LocalStore,
    NoNewAccess,
    S3Store,
)
from gitiam.errors import GitiamError
from gitiam.load.estate import ConfigError, load_config
from gitiam.models import Kind

MINIMAL = "accounts: {prod: {id: '111122223333'}}\n"


def load(root: Path, text: str) -> Config:
    (root / "gitiam.yaml").write_text(text)
    return load_config(root)


def test_one_account_is_enough(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL)
    assert config.accounts == {"prod": Account("prod", "111122223333")}
    assert config == Config(config.accounts)


def test_everything_can_be_said(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        """
accounts:
  prod:
    id: 012345678901
    partition: aws-cn
    tier: critical
    roles: {plan: "arn:aws:iam::111122223333:role/plan"}
  dev: {id: "444455556666", region: eu-central-1, tier: free}
store: {s3: {bucket: state, region: us-east-1, path_style: true}}
terraform: {provider_version: 5.99.0}
requests:
  reason_min_length: 20
  ticket: required
  expiry: {max_days: 30, never_tiers: free, never_accounts: [prod]}
limits: {managed_policies_per_role: 20}
drift: {unmanaged: declared, ignore: []}
""",
    )
    prod, dev = config.accounts.values()
    assert (prod.id, prod.region, prod.roles.plan) == (
        "012345678901",
        "cn-north-1",
        "arn:aws:iam::111122223333:role/plan",
    )
    assert config.store == S3Store("state", "us-east-1", path_style=True)
    assert config.requests.ticket_required
    assert config.requests.expiry_max_days == 30
    assert config.requests.allows_never(dev)
    assert config.requests.allows_never(prod)
    assert config.limits.managed_policies[Kind.ROLE] == 20
    assert config.drift.ignore == ()


def test_the_store_is_a_folder_by_default(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL).store == LocalStore()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: the file must be a mapping"),
        ("accounts: {}\n", "1:11: `accounts` is empty"),
        ("accounts: {prod: {id: 12}}\n", "1:23: `accounts.prod.id` has a form"),
        ("accounts: {prod: {id: '111122223333', teir: x}}\n", "did you mean `tier`?"),
        ("accounts: {Prod: {id: '111122223333'}}\n", "has a form that cannot be right"),
        (
            "accounts: {a: {id: '111122223333'}, b: {id: '111122223333'}}\n",
            "1:45: account `b` has the id of `a`",
        ),
        (MINIMAL + "nope: 1\n", "2:1: unknown key `nope`"),
        (MINIMAL + "store: {}\n", "give either `local` or `s3`"),
        (MINIMAL + "store: {s3: {bucket: B!, region: us-east-1}}\n", "2:22: `store.s3.bucket`"),
        (MINIMAL + "requests: {ticket: maybe}\n", "2:20: `requests.ticket` must be"),
        (MINIMAL + "requests: {expiry: {max_days: 0}}\n", "2:31: `requests.expiry.max_days`"),
        (
            MINIMAL + "store: {s3: {bucket: bb, region: us-east-1, path_style: maybe}}\n",
            "true or false",
        ),
        (MINIMAL + "accounts: {}\n", "2:1: the key `accounts` stands here twice"),
        ("a: [\n", "not YAML"),
    ],
)
def test_what_is_wrong_and_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert caught.value.findings
    assert said in str(caught.value)
    assert str(caught.value).startswith("gitiam.yaml cannot be used:\n  gitiam.yaml:")


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "accounts: {prod: {id: x}}\nnope: 1\nlimits: {trust_policy_size: 1}\n")
    assert [f.location.line for f in caught.value.findings] == [1, 3, 2]


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(GitiamError, match=r"there is no gitiam\.yaml in"):
        load_config(tmp_path)
    (tmp_path / "gitiam.yaml").mkdir()
    with pytest.raises(GitiamError, match="cannot be read"):
        load_config(tmp_path)


def test_access_analyzer_is_off_by_default_and_weighs_as_it_should(tmp_path: Path) -> None:
    assert not load(tmp_path, MINIMAL).access_analyzer.is_configured
    said = """
access_analyzer:
  validate_policy: true
  required: true
  no_new_access: {than: %s}
  not_granted:
    - actions: [iam:PassRole, iam:Create*]
    - resources: arn:aws:s3:::secrets/*
"""
    before = load(tmp_path, MINIMAL + said % "before").access_analyzer
    assert before == AccessAnalyzer(
        validate_policy=True,
        required=True,
        no_new_access=NoNewAccess("before", "note"),
        not_granted=(
            ForbiddenAccess(actions=("iam:PassRole", "iam:Create*")),
            ForbiddenAccess(resources=("arn:aws:s3:::secrets/*",)),
        ),
    )
    beside = load(tmp_path, MINIMAL + said % "policies/most.json").access_analyzer
    assert beside.no_new_access == NoNewAccess("policies/most.json", "error")


@pytest.mark.parametrize(
    "than", ["../most.json", "/etc/most.json", "a/../b.json", "after", "x.yaml"]
)
def test_a_measure_lies_in_the_estate(tmp_path: Path, than: str) -> None:
    text = f"{MINIMAL}access_analyzer: {{no_new_access: {{than: {than}}}}}\n"
    with pytest.raises(ConfigError, match="has a form that cannot be right"):
        load(tmp_path, text)


def test_forbidden_access_is_some(tmp_path: Path) -> None:
    text = f"{MINIMAL}access_analyzer: {{not_granted: [{{actions: []}}]}}\n"
    with pytest.raises(ConfigError, match="give `actions`, `resources` or both"):
        load(tmp_path, text)
