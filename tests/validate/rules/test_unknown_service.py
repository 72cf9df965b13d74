"""Actions of services that do not exist."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, mended, places, request

RULE = "unknown-service"


def test_the_place_is_that_of_the_action() -> None:
    text = request(
        """
        - actions: [dynamodb:GetItem, dynamo:Query]
          resources: arn:aws:dynamodb:us-east-1:111122223333:table/orders
        - not_actions: nosuchthing:Do
          resources: "arn:aws:s3:::orders"
        """
    )
    assert places(findings_of(text, rule=RULE)) == [(6, 33), (8, 18)]


@pytest.mark.parametrize(
    ("action", "right"),
    [
        ("dynamo:GetItem", "dynamodb:GetItem"),
        ("msk:ListClusters", "kafka:ListClusters"),
        ("ddb:get*", "dynamodb:get*"),
        ("qqqqqq:GetItem", None),
        ("builderid:CreateInvitation", None),  # the name alone is no reason to guess
    ],
)
def test_the_action_is_offered_in_the_service_that_was_meant(
    action: str, right: str | None
) -> None:
    text = request(f"- actions: ['{action}']\n  resources: '*'")
    (found,) = findings_of(text, rule=RULE)
    if right is None:
        assert found.fix is None
    else:
        assert right in mended(text, found)
        assert findings_of(mended(text, found), rule=RULE) == ()


def test_a_wildcard_in_the_service_is_named_as_such() -> None:
    (found,) = findings_of(request("- actions: 's*:GetObject'\n  resources: '*'"), rule=RULE)
    assert "wildcard may stand in the service" in found.message


@pytest.mark.parametrize("action", ["S3:GetObject", "s3:*", "sts:AssumeRole", "*"])
def test_services_that_exist_are_fine(action: str) -> None:
    assert findings_of(request(f"- actions: '{action}'\n  resources: '*'"), rule=RULE) == ()
