"""When it is left open which resource is meant."""

from __future__ import annotations

import pytest

from gitiam.policy.piece import MOST_LOOSE
from gitiam.policy.reach import broad_kinds
from tests.support.reaches import IAM, allow, reach


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:111122223333:function:?*"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:?*"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*-??????"),
        ("sts:AssumeRole", f"{IAM}:role/?*"),
        ("ec2:RebootInstances", "arn:aws:ec2:*:111122223333:instance/i-*"),
        ("ssm:StartSession", "arn:aws:ssm:*:111122223333:managed-instance/mi-*"),
        ("s3:GetObject", "arn:aws:s3:::?*/?*"),
    ],
)
def test_no_name_is_empty(action: str, resource: str) -> None:
    assert any(permit.is_broad for permit in reach(allow(action, resource)).permits(action))


def test_a_document_does_not_limit_where_it_runs() -> None:
    instances = "arn:aws:ec2:us-east-1:111122223333:instance/*"
    document = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"

    def broad(*resources: str) -> frozenset[str]:
        permits = reach(allow("ssm:SendCommand", *resources)).permits("ssm:SendCommand")
        return broad_kinds(permits, lambda permit: permit.is_broad)

    assert broad(instances, document)
    assert broad(instances, "arn:aws:ssm:*:*:document/*")
    assert not broad(instances.replace("*", "i-1"), document, "arn:aws:ssm:*:*:document/*")


def test_many_resources_of_any_service_count_as_everything() -> None:
    """Nobody could compare them with all that actions work on, and nobody needs them."""
    few = reach(allow("*", *(f"*{number}" for number in range(MOST_LOOSE))))
    many = reach(allow("*", *(f"*{number}" for number in range(MOST_LOOSE + 1))))
    assert not any(permit.is_broad for permit in few.permits("s3:GetObject"))
    assert any(permit.is_broad for permit in many.permits("s3:GetObject"))
