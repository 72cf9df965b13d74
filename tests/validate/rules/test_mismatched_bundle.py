"""Resources and parameters that a bundle does not take."""

from __future__ import annotations

from tests.support.estates import findings_of, places, request

RULE = "mismatched-bundle"


def test_a_resource_of_another_kind_stands_out_among_right_ones() -> None:
    text = request(
        """
        - bundle: s3-read
          resources:
            - arn:aws:s3:::orders
            - arn:aws:sqs:us-east-1:111122223333:orders
        """,
        account="[dev, prod]",
    )
    (found,) = findings_of(text)
    assert (found.rule, places((found,))) == (RULE, [(9, 9)])
    assert "is not a resource that `s3-read` takes" in found.message


def test_every_grant_is_looked_at() -> None:
    text = request(
        """
        - bundle: s3-read
        - bundle: s3-read
          resources: arn:aws:s3:::orders
          parameters: {folder: x}
        - bundle: sqs-send
          resources: arn:aws:s3:::orders
        """
    )
    found = findings_of(text)
    assert {f.rule for f in found} == {RULE}
    assert places(found) == [(6, 5), (9, 26), (11, 16)]


def test_an_expired_request_that_is_proposed_is_checked_though_it_gives_nothing() -> None:
    text = request("- bundle: s3-read", expires="2026-01-01")
    found = findings_of(text, "requests/x.yaml")
    assert {f.rule for f in found} == {RULE, "past-expiry"}


def test_what_other_rules_say_is_not_said_twice() -> None:
    text = request("- bundle: s3-read\n  resources: ['arn:aws:s3:::{orders}', orders]")
    assert {f.rule for f in findings_of(text)} == {"malformed-arn", "unknown-placeholder"}


def test_placeholders_and_wildcards_are_fine() -> None:
    text = request(
        "- bundle: sqs-send\n  resources: ['arn:aws:sqs:{region}:{account_id}:orders-*']",
        account="[dev, prod]",
    )
    assert findings_of(text) == ()
