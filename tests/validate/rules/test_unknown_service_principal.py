"""Services that AWS does not have."""

from __future__ import annotations

import pytest

from tests.support.conditions import trusting
from tests.support.estates import findings_of, mended, said

RULE = "unknown-service-principal"


def test_another_ending_is_an_error() -> None:
    text = trusting("service: [ec2.amazonaws.com, lambda.amazonaws.co]")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "6:34 error unknown-service-principal: AWS has no service called `lambda.amazonaws.co`;"
        " did you mean `lambda.amazonaws.com`?"
    ]
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize(
    ("name", "severity", "right"),
    [
        ("lamda.amazonaws.com", "warning", "lambda.amazonaws.com"),
        ("ecs-task.amazonaws.com", "warning", "ecs-tasks.amazonaws.com"),
        ("lambda", "error", "lambda.amazonaws.com"),
        ("Lambda.amazonaws.com", "error", "lambda.amazonaws.com"),
        ("stepfunctions.amazonaws.com", "warning", "states.amazonaws.com"),
        ("acme.example.com", "error", None),
        ("'*'", "error", None),
    ],
)
def test_each_sort(name: str, severity: str, right: str | None) -> None:
    (found,) = findings_of(trusting(f"service: {name}"))
    assert (found.rule, found.severity) == (RULE, severity)
    assert (found.fix.replacement if found.fix else None) == right


@pytest.mark.parametrize(
    "name",
    [
        "ec2.amazonaws.com",
        "states.us-east-1.amazonaws.com",
        "'states.{region}.amazonaws.com'",
        "ec2.amazonaws.com.cn",
        "delivery.logs.amazonaws.com",
        "quantum-tea.amazonaws.com",
    ],
)
def test_names_that_are_known_or_may_be_new(name: str) -> None:
    assert findings_of(trusting(f"service: {name}")) == ()
