"""Bundles that do not exist."""

from __future__ import annotations

from tests.support.estates import findings_of, mended, places, request, said

RULE = "unknown-bundle"
WRONG = request("- bundle: s3-reed\n  resources: arn:aws:s3:::orders")


def test_the_nearest_bundle_is_offered_once() -> None:
    found = findings_of(WRONG.replace("prod", "[dev, prod]"))
    assert said(found) == [
        "6:13 error unknown-bundle: there is no bundle `s3-reed`; did you mean `s3-read`?"
    ]


def test_the_fix_mends_it() -> None:
    (found,) = findings_of(WRONG)
    assert findings_of(mended(WRONG, found)) == ()


def test_where_nothing_is_near_all_are_listed() -> None:
    (found,) = findings_of(request("- bundle: zzzzzzz"))
    assert found.fix is None
    assert "there are" in found.message
    assert "s3-read" in found.message


def test_every_grant_is_looked_at() -> None:
    text = request("- bundle: s3-reed\n- bundle: sqs-sendd\n- group: x", principal="user/alice")
    assert places(findings_of(text, rule=RULE)) == [(6, 13), (7, 13)]


def test_a_bundle_of_the_estate_itself_counts() -> None:
    bundle = (
        "description: For everybody\nresources:\n  queue:\n    arn: arn:{partition}:sqs:{region}:"
        "{account_id}:{name}\n    description: a queue\nstatements:\n"
        "  - actions: sqs:SendMessage\n    resources: '{queue}'\n"
    )
    bundle = bundle.replace("{region}:{account_id}", "us-east-1:111122223333")
    bundle = bundle.replace("arn:{partition}", "arn:aws")
    files = {
        "templates/bundles/ours.yaml": bundle,
        "requests/x.yaml": request(
            "- bundle: ours\n  resources: arn:aws:sqs:us-east-1:111122223333:orders"
        ),
    }
    assert findings_of(files) == ()
