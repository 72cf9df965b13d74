"""Placeholders that nothing fills."""

from __future__ import annotations

import pytest

from tests.support.conditions import limited
from tests.support.estates import findings_of, mended, request, said

RULE = "unknown-placeholder"


def test_the_nearest_is_offered_and_mends_it() -> None:
    text = request(
        "- actions: sqs:SendMessage\n  resources: ['arn:aws:sqs:us-east-1:{acount_id}:orders']"
    )
    (found,) = findings_of(text)
    assert said((found,)) == [
        "7:17 error unknown-placeholder: nothing is known as `{acount_id}`;"
        " did you mean `{account_id}`?"
    ]
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize("name", ["", "name", "aws:username", "account_id }"])
def test_what_is_unknown(name: str) -> None:
    text = request(
        f"- actions: s3:GetObject\n  resources: ['arn:aws:s3:::b/{{{name}}}']",
        account="[dev, prod]",
    )
    assert [f.rule for f in findings_of(text)] == [RULE]


def test_bundles_roles_and_managed_policies_are_checked() -> None:
    text = request(
        """
        - bundle: s3-read
          resources: ["arn:aws:s3:::{bucket}"]
        - assume: ["arn:aws:iam::{id}:role/x"]
        - managed_policy: "arn:aws:iam::{acct}:policy/x"
        """
    )
    found = findings_of(text, rule=RULE)
    assert [(f.location.line, f.location.column) for f in found] == [(7, 17), (8, 14), (9, 21)]


@pytest.mark.parametrize("name", ["{account_id}", "{account}", "{region}", "${aws:userid}", "${*}"])
def test_what_is_known(name: str) -> None:
    text = request(f"- actions: s3:GetObject\n  resources: ['arn:aws:s3:::b/{name}/*']")
    assert findings_of(text) == ()


def test_in_conditions_nothing_is_filled_in() -> None:
    text = limited("{StringEquals: {aws:SourceAccount: ['111122223333', '{account_id}']}}")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "9:69 error unknown-placeholder: `{account_id}` is filled in in resources, not in"
        " conditions"
    ]
    assert found.fix
    assert found.fix.replacement == "111122223333"


def test_of_several_accounts_none_is_put_in() -> None:
    text = request(
        "- actions: s3:GetObject\n  resources: ['arn:aws:s3:::b/*']\n"
        "  conditions: {StringEquals: {aws:ResourceAccount: '{account_id}'}}",
        account="[dev, prod]",
    )
    (found,) = findings_of(text)
    assert found.fix
    assert found.fix.location is None


def test_a_forgotten_dollar_is_put_in() -> None:
    text = request("- actions: s3:GetObject\n  resources: ['arn:aws:s3:::b/{aws:userid}/*']")
    (found,) = findings_of(text)
    assert found.message.endswith("did you mean `${aws:userid}`?")
    assert findings_of(mended(text, found)) == ()
