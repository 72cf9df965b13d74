"""`rules:`, `risk:` and `requests.expiry.by_risk` in `gitiam.yaml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitiam.config import Config, RulePolicy
from gitiam.findings import Risk, Severity
from gitiam.load.estate import ConfigError, load_config
from gitiam.risk import LEVELS, RiskPolicy

ACCOUNTS = "accounts: {prod: {id: '111122223333', tier: critical}}\n"


def load(root: Path, text: str = "") -> Config:
    (root / "gitiam.yaml").write_text(ACCOUNTS + text)
    return load_config(root)


def test_what_holds_where_nothing_is_said(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert config.rules == {}
    assert config.risk == RiskPolicy()
    assert set(config.risk.access) == set(LEVELS)
    assert [config.requests.most_days(risk) for risk in Risk] == [None, None, 90, 30]


def test_a_rule_in_short_and_at_length(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        "rules:\n"
        "  distant-expiry: note\n"
        "  already-granted: off\n"
        "  full-wildcard: {severity: error, risk: critical, allowable: true}\n",
    )
    assert config.rules == {
        "distant-expiry": RulePolicy(Severity.NOTE),
        "already-granted": RulePolicy(is_off=True),
        "full-wildcard": RulePolicy(Severity.ERROR, risk=Risk.CRITICAL, allowable=True),
    }
    places = [policy.place for policy in config.rules.values()]
    assert [(place.line, place.column) for place in places] == [(3, 3), (4, 3), (5, 3)]


def test_what_is_said_of_some_levels_leaves_the_others(tmp_path: Path) -> None:
    risk = load(
        tmp_path,
        "risk:\n"
        "  access: {read: medium, permissions-management: critical}\n"
        "  tiers: {critical: {list: high}}\n"
        "  duration: {30: medium, never: high}\n",
    ).risk
    assert risk.weight("read", "free") is Risk.MEDIUM
    assert risk.weight("permissions-management", "critical") is Risk.CRITICAL
    assert risk.weight("write", "critical") is Risk.MEDIUM
    assert risk.weight("list", "critical") is Risk.HIGH
    assert risk.weight("list", "free") is Risk.LOW
    assert [risk.of_duration(days) for days in (30, 31, None)] == ["low", "medium", "high"]


def test_length_can_count_for_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "risk: {duration: {}}\n").risk.of_duration(None) is Risk.LOW


def test_how_long_by_risk(tmp_path: Path) -> None:
    text = "requests: {expiry: {by_risk: {medium: 60, critical: unlimited}}}\n"
    requests = load(tmp_path, text).requests
    # What holds for a lower risk holds for a higher one, too, whatever that says itself.
    assert [requests.most_days(risk) for risk in Risk] == [None, 60, 60, 60]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: {distant-expiry: loud}", "2:25: `rules.distant-expiry.severity` must be 'error'"),
        ("rules: {distant-expiry: {allowed: true}}", "did you mean `allowable`?"),
        ("rules: {distant-expiry: }", "`rules.distant-expiry` must be a mapping"),
        ("rules: {Distant_Expiry: off}", "has a form that cannot be right"),
        ("risk: {tiers: {critcal: {write: high}}}", "2:16: no account is of the tier `critcal`"),
        ("risk: {tiers: {critcal: {write: high}}}", "did you mean `critical`?"),
        ("risk: {tiers: {other: {write: high}}}", "there are critical"),
        ("risk: {tiers: {critical: {wriet: high}}}", "did you mean `write`?"),
        ("risk: {access: {list_: high}}", "unknown key `list_`; did you mean `list`?"),
        ("risk: {access: {permission-management: high}}", "did you mean `permissions-management`?"),
        ("risk: {access: {write: hgih}}", "must be 'low', 'medium', 'high' or 'critical'"),
        ("risk: {access: {write: }}", "`risk.access.write` must be"),
        (
            "risk: {break_glass: [prod/roles/emergency]}",
            "`prod/roles/emergency` is not ACCOUNT/role/NAME, ACCOUNT/user/NAME, ACCOUNT/group/NAME"
            " or ACCOUNT/*/NAME; did you mean `prod/role/emergency`?",
        ),
        (
            "risk: {break_glass: ['*/role/*', 'prd/role/*']}",
            "2:34: there is no account `prd`; did you mean `prod`?",
        ),
        (
            "requests: {expiry: {never_accounts: prd}}",
            "2:37: there is no account `prd`; did you mean `prod`?",
        ),
        (
            "requests: {expiry: {never_tiers: [critical, sandbx]}}",
            "2:45: no account is of the tier `sandbx`; there are critical",
        ),
        ("risk: {duration: {180d: medium}}", "has a form that cannot be right: `180d`"),
        ("requests: {expiry: {by_risk: {hihg: 3}}}", "did you mean `high`?"),
        ("requests: {expiry: {by_risk: {high: 0}}}", "`requests.expiry.by_risk.high`"),
        ("requests: {expiry: {by_risk: {high: }}}", "give a number of days, or `unlimited`"),
        ("requests: {expiry: {by_risk: {high: never}}}", "must be a whole number, not `never`"),
        (
            "requests: {expiry: {by_risk: {medium: 30, high: 60}}}",
            "2:49: high risk access may not last 60 days, as `requests.expiry.by_risk.medium`",
        ),
        (
            "requests: {expiry: {max_days: 30, by_risk: {high: 60}}}",
            "high risk access may not last 60 days, as `requests.expiry.max_days` is 30",
        ),
    ],
)
def test_what_is_wrong_and_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text + "\n")
    assert said in str(caught.value)


def test_few_days_for_all_do_not_contradict_what_was_not_said(tmp_path: Path) -> None:
    assert load(tmp_path, "requests: {expiry: {max_days: 14}}\n").requests.expiry_max_days == 14


def test_what_is_half_readable_is_looked_at_altogether(tmp_path: Path) -> None:
    text = "risk: {break_glass: [nobody], tiers: {critcal: {}}}\nlimit: {}\n"
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text + "requests: {expiry: {never_accounts: prd}}\n")
    assert [f.message.partition(";")[2] for f in caught.value.findings] == [
        "",
        " did you mean `critical`?",
        " did you mean `limits`?",
        " did you mean `prod`?",
    ]


def test_nothing_is_compared_with_accounts_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "gitiam.yaml").write_text(
        "accounts: {prod: {id: 1}, dev: {id: '111122223333'}}\nrisk: {break_glass: [prod/role/a]}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)
    assert [f.location.line for f in caught.value.findings] == [1]
