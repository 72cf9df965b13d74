"""Placeholders that nothing fills."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    "name", ["{account_id}", "{account}", "{region}", "${aws:username}", "${*}"]
)
def test_what_is_known(name: str) -> None:
    text = request(f"- actions: s3:GetObject\n  resources: ['arn:aws:s3:::b/{name}/*']")
    assert findings_of(text) == ()
