"""Set operators where there is no set, and sets without one."""

from __future__ import annotations

import pytest

from tests.support.conditions import limited, trusting
from tests.support.estates import findings_of, mended, said

RULE = "mismatched-set-operator"


def test_a_set_without_its_operator() -> None:
    text = limited("{StringEquals: {aws:CalledVia: athena.amazonaws.com}}")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "9:18 warning mismatched-set-operator: a request can carry several values of"
        " `aws:CalledVia`; say with `ForAnyValue:` or `ForAllValues:` how they are compared"
    ]
    assert "{ForAnyValue:StringEquals: {" in mended(text, found)
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize(
    ("operator", "safe"),
    [
        ("ForAnyValue:StringLike", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAllValues:StringEqualsIfExists", True),
        # Without the key the one holds and what is left does not, or the other way round.
        ("ForAllValues:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
    ],
)
@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_an_operator_without_a_set(operator: str, effect: str, safe: bool) -> None:
    text = limited(f"{{'{operator}': {{aws:username: alice}}}}", effect=effect)
    (found,) = findings_of(text)
    assert found.rule == RULE
    assert found.fix
    assert found.fix.safe is safe
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize(
    "condition",
    [
        "{'ForAnyValue:StringEquals': {aws:TagKeys: team}}",
        "{'ForAllValues:StringLike': {aws:TagKeys: 't*'}}",
        "{'Null': {aws:TagKeys: 'true'}}",
        "{StringEquals: {aws:RequestTag/team: data}}",
        "{'ForAnyValue:StringEquals': {nosuch:Key: x}}",
    ],
)
def test_what_is_right_or_unknown_is_left_alone(condition: str) -> None:
    assert findings_of(limited(condition), rule=RULE) == ()


def test_claims_of_issuers_may_be_lists() -> None:
    text = trusting(
        "federated: cognito-identity.amazonaws.com\nconditions:\n"
        "  StringEquals: {'cognito-identity.amazonaws.com:aud': 'us-east-1:1'}\n"
        "  'ForAnyValue:StringLike': {'cognito-identity.amazonaws.com:amr': authenticated}"
    )
    assert findings_of(text) == ()
