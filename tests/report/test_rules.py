"""Rules as a table, as a page to read, and as JSON."""

from __future__ import annotations

import json

from gitiam.findings import RuleText, Severity
from gitiam.report.rules import rule_as_text, rules_as_json, rules_as_text
from gitiam.validate.reference import rule_texts
from gitiam.validate.registry import OTHERS, RULES

ONE = RuleText(
    "some-offence",
    Severity.WARNING,
    "Something is odd.",
    {"What it does": "Looks at\n`it`.", "Example": "Say:\n```yaml\na: 1\n\nb:\n  - 2\n```\nNo."},
)


def test_the_table_has_one_line_for_each() -> None:
    other = RuleText("other", Severity.ERROR, "Wrong.")
    assert rules_as_text([ONE, other]) == (
        "some-offence  warning  Something is odd\n"
        "other         error    Wrong\n"
        "\n"
        "2 rules; `gitiam rules RULE` says more of one\n"
    )


def test_no_line_of_the_table_is_wider_than_a_terminal_likes() -> None:
    assert max(map(len, rules_as_text(rule_texts()).splitlines())) <= 120


def test_one_rule_is_a_page_with_its_code_indented() -> None:
    assert rule_as_text(ONE) == (
        "some-offence  warning\n\nSomething is odd.\n\n"
        "What it does\n\n  Looks at\n  `it`.\n\n"
        "Example\n\n  Say:\n\n    a: 1\n\n    b:\n      - 2\n\n  No.\n"
    )


def test_json_has_every_rule_with_its_text() -> None:
    body = json.loads(rules_as_json(rule_texts()))
    assert {rule["id"] for rule in body} == {rule.id for rule in RULES} | set(OTHERS)
    (one,) = [rule for rule in body if rule["id"] == "missing-ticket"]
    assert one["severity"] == "error"
    assert list(one["sections"]) == ["What it does", "Why is this bad?", "Example", "Use instead"]
