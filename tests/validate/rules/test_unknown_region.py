"""Regions that AWS does not have."""

from __future__ import annotations

import pytest

from tests.support.conditions import limited
from tests.support.estates import findings_of, mended, request, said

RULE = "unknown-region"


def queue(region: str) -> str:
    return request(
        f'- actions: [sqs:SendMessage]\n  resources: ["arn:aws:sqs:{region}:111122223333:orders"]'
    )


def test_a_misspelt_region_is_mended() -> None:
    text = queue("us-easst-1")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "7:17 error unknown-region: AWS has no region `us-easst-1`; did you mean `us-east-1`?"
    ]
    assert found.fix
    assert not found.fix.safe
    assert findings_of(mended(text, found)) == ()


def test_of_two_that_are_as_near_none_is_put_in() -> None:
    (found,) = findings_of(queue("us-est-1"))
    assert found.message.endswith("; is it `us-east-1` or `us-west-1`?")
    assert found.fix is None


@pytest.mark.parametrize(
    ("region", "severity"),
    [
        ("us-east-1a", "error"),
        ("useast1", "error"),
        ("frankfurt", "error"),
        ("us-east-3", "warning"),
        ("xx-moon-1", "warning"),
    ],
)
def test_each_sort(region: str, severity: str) -> None:
    (found,) = findings_of(queue(region))
    assert (found.rule, found.severity) == (RULE, severity)


@pytest.mark.parametrize("region", ["us-east-1", "*", "eu-*", "{region}", "ap-southeast-?"])
def test_regions_and_patterns(region: str) -> None:
    assert findings_of(queue(region)) == ()


def test_arns_without_a_region() -> None:
    text = request(
        "- actions: [s3:GetObject]\n"
        "  resources: ['arn:aws:s3:::orders/*', 'arn:aws:s3:::${aws:userid}/*']"
    )
    assert findings_of(text) == ()


def test_conditions_on_regions() -> None:
    text = limited("{StringEquals: {aws:RequestedRegion: [eu-west-1, eu-wset-1]}}")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "9:66 error unknown-region: AWS has no region `eu-wset-1`; did you mean `eu-west-1`?"
    ]
    fine = limited("{StringLike: {aws:RequestedRegion: ['eu-*', '${aws:PrincipalTag/home}']}}")
    assert findings_of(fine) == ()
