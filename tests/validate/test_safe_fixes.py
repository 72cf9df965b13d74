"""Which fixes need nobody to look at them, and which are exact but somebody's to decide."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, mended, request

QUEUE = "- actions: {action}\n  resources: '{arn}'"
ARN = "arn:aws:sqs:us-east-1:111122223333:orders"


@pytest.mark.parametrize(
    ("action", "right", "safe"),
    [
        ("sqs.SendMessage", "sqs:SendMessage", True),
        ("sqs::SendMessage", "sqs:SendMessage", True),
        ("'SQS: send-message'", "sqs:SendMessage", True),
        ("sqs:Send_Message", "sqs:SendMessage", True),
        ("sqs:SendMesage", "sqs:SendMessage", False),
        ("sqs:SendMessages", "sqs:SendMessage", False),
    ],
)
def test_an_action_in_another_spelling(action: str, right: str, safe: bool) -> None:
    text = request(QUEUE.format(action=action, arn=ARN))
    (found,) = findings_of(text, rule="unknown-action")
    assert found.fix
    assert (found.fix.replacement, found.fix.safe) == (right, safe)
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize(
    ("arn", "right"),
    [
        ("arn:aws:sqs:us-east-1:1111-2222-3333:orders", ARN),
        ("arn:aws:sqs:us-east-1:prod:orders", ARN),
        ("arn:aws:sqs:us-east-1:{account-id}:orders", "arn:aws:sqs:us-east-1:{account_id}:orders"),
        ("arn:aws:sqs:us-east-1:{AccountId}:orders", "arn:aws:sqs:us-east-1:{account_id}:orders"),
    ],
)
def test_an_arn_in_another_spelling(arn: str, right: str) -> None:
    text = request(QUEUE.format(action="sqs:SendMessage", arn=arn))
    (found,) = findings_of(text)
    assert found.fix
    assert (found.fix.replacement or "").strip('"') == right
    assert found.fix.safe
    assert findings_of(mended(text, found)) == ()


def test_a_placeholder_that_is_guessed_is_not_safe() -> None:
    text = request(QUEUE.format(action="sqs:SendMessage", arn="arn:aws:sqs:*:{acount}:orders"))
    (found,) = findings_of(text)
    assert found.fix
    assert not found.fix.safe


@pytest.mark.parametrize(("operator", "safe"), [("string-equals", True), ("StringEqual", False)])
def test_an_operator_in_another_spelling(operator: str, safe: bool) -> None:
    grant = QUEUE.format(action="sqs:SendMessage", arn=ARN)
    text = request(f"{grant}\n  conditions: {{{operator}: {{aws:RequestedRegion: us-east-1}}}}")
    (found,) = findings_of(text, rule="unknown-condition")
    assert found.fix
    assert (found.fix.replacement, found.fix.safe) == ("StringEquals", safe)


def test_a_name_is_spelled_as_where_it_is_declared() -> None:
    policy = "kind: policy\naccount: prod\npolicy: Orders\nreason: Queues of the orders\ngrants:\n"
    files = {
        "requests/a.yaml": policy + f"  - {{actions: sqs:SendMessage, resources: '{ARN}'}}\n",
        "requests/b.yaml": policy.replace("Orders", "orders")
        + f"  - {{actions: sqs:SendMessage, resources: '{ARN}'}}\n",
        "requests/c.yaml": request("- managed_policy: ReadOnlyAccess"),
        "requests/d.yaml": request(
            "- managed_policy: SecurityAudit", principal="role/Data-Pipeline"
        ),
    }
    fixes = {f.location.path: f.fix for f in findings_of(files, rule="clashing-name")}
    declared, used = fixes["requests/b.yaml"], fixes["requests/d.yaml"]
    assert declared
    assert used
    assert (declared.safe, used.safe) == (False, True)


def test_a_grant_that_stands_twice_goes_safely() -> None:
    text = request(
        "- managed_policy: ReadOnlyAccess\n# once more\n- managed_policy: ReadOnlyAccess"
    )
    (found,) = findings_of(text)
    assert found.fix
    assert found.fix.safe
    assert mended(text, found) == request("- managed_policy: ReadOnlyAccess")


def test_a_grant_that_another_request_gives_can_go_but_that_is_for_somebody_to_say() -> None:
    grants = "- managed_policy: SecurityAudit\n- managed_policy: ReadOnlyAccess"
    text = request(grants, expires="2027-01-10")
    files = {
        "requests/a.yaml": request("- managed_policy: ReadOnlyAccess"),
        "requests/b.yaml": text,
    }
    (found,) = findings_of(files)
    assert found.fix
    assert not found.fix.safe
    assert "ReadOnlyAccess" not in mended(text, found)


@pytest.mark.parametrize(
    "resources", ["arn:aws:s3:::orders", "'arn:aws:s3:::orders/*'", "\n  - arn:aws:s3:::orders\n"]
)
def test_bucket_and_objects_are_put_side_by_side_but_nobody_is_given_them_unasked(
    resources: str,
) -> None:
    text = request(f"- actions: [s3:ListBucket, s3:GetObject]\n  resources: {resources}")
    (found,) = findings_of(text)
    assert found.fix
    assert not found.fix.safe
    assert findings_of(mended(text, found)) == ()
