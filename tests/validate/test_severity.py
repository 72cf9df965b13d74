"""What an estate makes of the rules, and what it may not make of them."""

from __future__ import annotations

import pytest

from gitiam.catalog import catalog
from gitiam.findings import Risk
from gitiam.validate.registry import RULES
from gitiam.validate.run import validate
from tests.support.estates import CONFIG, NOW, Files, estate_of, findings_of, request, said
from tests.validate.test_run import Crashing

TWICE = "- actions: s3:GetObject\n  resources: arn:aws:s3:::orders/*\n" * 2
FAR = request("- managed_policy: ReadOnlyAccess", expires="2029-01-01")


def files(text: str, rules: str) -> Files:
    return {"requests/x.yaml": text, "gitiam.yaml": f"{CONFIG}rules: {{{rules}}}\n"}


@pytest.mark.parametrize(("severity", "blocks"), [("note", False), ("error", True)])
def test_a_rule_weighs_what_the_estate_says(severity: str, blocks: bool) -> None:
    (found,) = findings_of(files(FAR, f"distant-expiry: {severity}"))
    assert (found.rule, found.severity, found.blocks) == ("distant-expiry", severity, blocks)


def test_a_warning_can_become_an_error() -> None:
    assert {f.severity for f in findings_of(request(TWICE), rule="duplicate-grant")} == {"warning"}
    (found,) = findings_of(files(request(TWICE), "duplicate-grant: error"))
    assert found.blocks


def test_what_a_rule_takes_less_gravely_than_usual_does_not_become_graver() -> None:
    """`unknown-condition` only warns of keys that the service may yet have."""
    text = request(
        "- actions: s3:GetObject\n  resources: arn:aws:s3:::orders/*\n"
        "  conditions: {StringEquals: {'s3:Wholly-Unlike': x}}"
    )
    before = findings_of(text)
    assert {f.severity for f in before} == {"warning"}
    assert findings_of(files(text, "unknown-condition: error")) == before
    assert {f.severity for f in findings_of(files(text, "unknown-condition: note"))} == {"note"}


def test_what_is_off_is_not_run() -> None:
    assert findings_of(files(FAR, "distant-expiry: off")) == ()
    estate = estate_of({"requests/b.yaml": FAR, "gitiam.yaml": f"{CONFIG}rules: {{crashing: off}}"})
    assert validate(estate, catalog(), NOW, rules=[Crashing()]) == ()


def test_a_crash_blocks_whatever_the_rule_weighs() -> None:
    config = f"{CONFIG}rules: {{crashing: note, rule-crashed: off}}"
    estate = estate_of({"requests/b.yaml": FAR, "gitiam.yaml": config})
    found = validate(estate, catalog(), NOW, rules=[Crashing()])
    assert [(f.location.path, f.rule, f.severity) for f in found] == [
        ("gitiam.yaml", "schema", "error"),
        ("requests/b.yaml", "rule-crashed", "error"),
        ("requests/b.yaml", "crashing", "note"),
    ]


def test_a_risk_that_the_estate_gives() -> None:
    (found,) = findings_of(files(FAR, "distant-expiry: {risk: high}"))
    assert (found.severity, found.risk) == ("error", Risk.HIGH)


def test_what_is_only_a_note_by_now_does_not_excuse_what_cannot_be_resolved() -> None:
    text = request("- managed_policy: NoSuchPolicy")
    found = findings_of(files(text, "unknown-managed-policy: note"))
    assert [(f.rule, f.blocks) for f in found] == [
        ("unresolved-grant", True),
        ("unknown-managed-policy", False),
    ]


def test_a_rule_that_does_not_exist_is_said_with_the_one_that_was_meant() -> None:
    (found,) = findings_of(files(request("- managed_policy: ReadOnlyAccess"), "distant-expry: off"))
    assert said((found,)) == [
        "6:9 error schema: there is no rule `distant-expry`; did you mean `distant-expiry`?"
    ]
    assert found.location.path == "gitiam.yaml"
    assert found.fix is not None
    assert found.fix.replacement == "distant-expiry"


FIXED = [rule.id for rule in RULES if rule.fixed]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        *((name, "off") for name in (*FIXED, "malformed-yaml", "schema", "unresolved-grant")),
        *(("missing-expiry", made) for made in ("note", "{allowable: true}", "{risk: low}")),
    ],
)
def test_what_gitiam_needs_cannot_be_changed(name: str, made: str) -> None:
    text = request("- managed_policy: ReadOnlyAccess", account="prd", expires="")
    found = findings_of(files(text, f"{name}: {made}"))
    assert said(tuple(f for f in found if f.location.path == "gitiam.yaml")) == [
        f"6:9 error schema: the rule `{name}` cannot be changed: gitiam needs it as it is"
    ]
    # And it is not: both of what is wrong with the request are said as ever.
    assert {f.rule for f in found if f.blocks} == {"schema", "unknown-account", "missing-expiry"}


def test_the_machines_own_safety_is_among_what_is_fixed() -> None:
    assert {"own-role", "reserved-name", "missing-expiry", "missing-reason"} <= {*FIXED}
    assert not any(rule.allowable for rule in RULES if rule.fixed)


def test_a_wrong_name_is_said_though_only_some_files_are_asked_about() -> None:
    estate = estate_of(files(FAR, "nonsense: off"))
    found = validate(estate, catalog(), NOW, only=frozenset())
    assert [f.location.path for f in found] == ["gitiam.yaml"]


def test_nothing_far_fetched_is_offered_for_a_rule() -> None:
    (found,) = findings_of(files(request("- managed_policy: ReadOnlyAccess"), "unknown-rule: note"))
    assert (found.message, found.fix) == ("there is no rule `unknown-rule`", None)
