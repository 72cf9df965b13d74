"""What people call AWS's services and the levels of access to them."""

from __future__ import annotations

import re

from gitiam.catalog import Catalog
from gitiam.explaining.values import UNKNOWN
from gitiam.models import AccessLevel

#: From the gravest to the mildest.
LEVELS = (
    AccessLevel.PERMISSIONS_MANAGEMENT,
    UNKNOWN,
    AccessLevel.WRITE,
    AccessLevel.TAGGING,
    AccessLevel.READ,
    AccessLevel.LIST,
)

# Where what everybody says is not what AWS's reference calls it.
_USUAL = {
    "apigateway": "API Gateway",
    "cloudformation": "CloudFormation",
    "ecr": "ECR",
    "ecs": "ECS",
    "eks": "EKS",
    "elasticfilesystem": "EFS",
    "elasticloadbalancing": "Elastic Load Balancing",
    "es": "OpenSearch",
    "kafka": "MSK",
    "kafka-cluster": "Kafka on MSK",
    "kms": "KMS",
    "ses": "SES",
    "ssm": "Systems Manager",
    "sts": "STS",
}
_MAKER = re.compile(r"^(Amazon|AWS) ")
_ABBREVIATION = re.compile(r"\(([A-Z0-9]{2,})\)$")


def service_name(prefix: str, catalog: Catalog) -> str:
    """`DynamoDB` for `dynamodb`; the prefix itself for a service that AWS does not list."""
    usual = _USUAL.get(prefix)
    if usual is not None:
        return usual
    name = catalog.service_name(prefix)
    if name is None:
        return prefix
    abbreviation = _ABBREVIATION.search(name)
    return abbreviation[1] if abbreviation else _MAKER.sub("", name)
