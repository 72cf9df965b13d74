"""Access that lasts longer than its risk allows, and until when it might."""

from __future__ import annotations

import pytest

from gitiam.findings import Finding
from tests.support.estates import CONFIG, findings_of, mended, request

PATH = "requests/x.yaml"
MANAGE = "- actions: iam:PutRolePolicy\n  resources: arn:aws:iam::111122223333:role/x\n"
WRITE = "- access: write\n  resources: arn:aws:dynamodb:us-east-1:111122223333:table/orders\n"
READ = "- access: read\n  resources: arn:aws:dynamodb:us-east-1:111122223333:table/orders\n"
LIMITS = "  expiry: {never_tiers: [free], by_risk: {medium: 60, high: 30}}\n"


def judged(text: str, config: str = "", *, limits: str = LIMITS) -> tuple[Finding, ...]:
    base = CONFIG.replace("  expiry: {never_tiers: [free]}\n", limits)
    return findings_of({"gitiam.yaml": base + config, PATH: text}, PATH, rule="lasting-risk")


def test_what_is_risky_ends_sooner() -> None:
    text = request(MANAGE, expires="2027-01-15")
    (found,) = judged(text)
    assert found.message == (
        "high risk access may last 30 days at most; this lasts 53 days"
        " (high by permissions-management access)"
    )
    assert found.blocks
    assert (found.location.line, found.location.column) == (4, 10)
    assert "expires: 2026-12-23\n" in mended(text, found)
    assert judged(mended(text, found)) == ()


@pytest.mark.parametrize(
    ("grants", "expires", "is_found"),
    [
        (MANAGE, "2026-12-23", False),
        (MANAGE, "2026-12-24", True),
        (MANAGE, "2026-12-24T00:00:00Z", False),
        (WRITE, "2027-01-22", False),
        (WRITE, "2027-01-23", True),
        (READ, "2027-11-01", False),
    ],
)
def test_the_last_day_that_is_allowed(grants: str, expires: str, is_found: bool) -> None:
    assert bool(judged(request(grants, expires=expires))) is is_found


def test_never_is_longer_than_any_number_of_days_even_where_it_is_allowed() -> None:
    text = request(MANAGE, expires="never", account="dev")
    (found,) = judged(text)
    assert "; this never ends (" in found.message
    assert "expires: 2026-12-23\n" in mended(text, found)
    assert judged(request(READ, expires="never", account="dev")) == ()


def test_a_limit_holds_for_higher_risks_too() -> None:
    limits = "  expiry: {by_risk: {medium: 60, high: unlimited, critical: unlimited}}\n"
    (found,) = judged(request(MANAGE, expires="2027-02-15"), limits=limits)
    assert found.message.startswith("high risk access may last 60 days at most")


def test_where_the_length_is_the_risk_a_shorter_one_may_be_longer_than_the_limit() -> None:
    config = "risk: {duration: {40: high}}\n"
    text = request(WRITE, expires="2027-01-15")
    (found,) = judged(text, config)
    assert found.message.startswith("high risk access may last 30 days at most; this lasts 53 days")
    assert "expires: 2027-01-02\n" in mended(text, found)  # in 40 days
    assert judged(mended(text, found), config) == ()


def test_what_stands_is_not_judged_again() -> None:
    text = request(MANAGE, expires="2027-01-15")
    config = CONFIG.replace("  expiry: {never_tiers: [free]}\n", LIMITS)
    assert findings_of({"gitiam.yaml": config, PATH: text}) == ()


def test_without_a_date_there_is_nothing_to_say_but_that() -> None:
    assert judged(request(MANAGE, expires="")) == ()


@pytest.mark.parametrize(
    ("rules", "severity"), [("note", "note"), ("off", None), ("{severity: warning}", "warning")]
)
def test_an_estate_may_take_it_less_gravely(rules: str, severity: str | None) -> None:
    found = judged(request(MANAGE, expires="2027-01-15"), f"rules: {{lasting-risk: {rules}}}\n")
    assert [f.severity for f in found] == ([] if severity is None else [severity])


def test_an_estate_may_let_it_be_allowed() -> None:
    text = request(MANAGE, expires="2027-01-15")
    text += "allow: [{rule: lasting-risk, reason: The migration takes until January}]\n"
    (found,) = judged(text, "rules: {lasting-risk: {allowable: true}}\n")
    assert (found.allowed, found.blocks) == ("The migration takes until January", False)
    (found,) = judged(text)
    assert found.blocks


def test_the_end_of_time_is_no_crash() -> None:
    (found,) = judged(request(MANAGE, expires="9999-12-30"))
    assert found.fix is not None
    assert found.fix.replacement == "2026-12-23"


@pytest.mark.parametrize(
    "text",
    [
        request(MANAGE, expires="2027-01-15", account="prd"),
        request(MANAGE, expires="2027-01-15", account="[prod, prd]"),
        request(MANAGE + "- bundle: nonsense\n", expires="2027-01-15"),
    ],
)
def test_what_cannot_be_understood_has_other_worries(text: str) -> None:
    """A date that is cut short for a typing mistake would be cut short for nothing."""
    assert judged(text) == ()
    assert any(f.blocks for f in findings_of(text, PATH))


def test_of_two_limits_only_the_earlier_date_is_offered() -> None:
    text = request(MANAGE, expires="2029-01-15")
    found = findings_of({"gitiam.yaml": CONFIG, PATH: text}, PATH)
    offered = {f.rule: f.fix.replacement for f in found if f.fix and f.location.line == 4}
    assert offered == {"lasting-risk": "2027-02-21", "distant-expiry": "2027-02-21"}
