"""ARNs of another partition than the account's."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, mended, request, said

RULE = "foreign-partition"
CONFIG = """\
accounts:
  prod: {id: "111122223333"}
  china: {id: "444455556666", partition: aws-cn}
"""


def queue(arn: str, account: str = "prod") -> dict[str, str]:
    text = request(f'- actions: [sqs:SendMessage]\n  resources: ["{arn}"]', account=account)
    return {"gitiam.yaml": CONFIG, "requests/x.yaml": text}


def test_the_partition_of_the_account_is_put_in() -> None:
    files = queue("arn:aws-cn:sqs:*:111122223333:orders")
    (found,) = findings_of(files)
    assert said((found,)) == [
        "7:17 error foreign-partition: this is an ARN of the partition `aws-cn`, and prod is in"
        " `aws`"
    ]
    assert "arn:aws:sqs:*:" in mended(files["requests/x.yaml"], found)


def test_for_accounts_of_two_partitions_it_is_left_open() -> None:
    files = queue("arn:aws:sqs:*:111122223333:orders", "[prod, china]")
    (found,) = findings_of(files)
    assert "and china is in `aws-cn`" in found.message
    text = mended(files["requests/x.yaml"], found)
    assert "arn:{partition}:sqs" in text
    assert findings_of(files | {"requests/x.yaml": text}) == ()


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws-cn:sqs:cn-north-1:111122223333:orders",
        "arn:aws:sqs:cn-north-1:111122223333:orders",
        "arn:{partition}:sqs:cn-north-1:111122223333:orders",
    ],
)
def test_the_region_counts_too_and_is_for_the_reader_to_choose(arn: str) -> None:
    (found,) = findings_of(queue(arn))
    assert found.rule == RULE
    assert found.fix
    assert found.fix.location is None


@pytest.mark.parametrize(
    ("arn", "account"),
    [
        ("arn:aws:sqs:us-east-1:111122223333:orders", "prod"),
        ("arn:aws-cn:sqs:cn-north-1:444455556666:orders", "china"),
        ("arn:{partition}:sqs:{region}:{account_id}:orders", "[prod, china]"),
        ("arn:*:sqs:*:*:orders", "[prod, china]"),
        ("*", "[prod, china]"),
    ],
)
def test_what_fits(arn: str, account: str) -> None:
    assert findings_of(queue(arn, account), rule=RULE) == ()
