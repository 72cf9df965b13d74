"""Estates to measure on: realistic, and the same for the same size and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

#: Requests for one principal, principals in one folder, and how often the rarer things occur.
REQUESTS_EACH = 3
FOLDERS = 100
DECLARED = 0.2
IN_BOTH_ACCOUNTS = 0.2
EXPIRED = 0.05

CONFIG = """\
accounts:
  dev: {id: "444455556666", tier: sandbox}
  prod: {id: "111122223333", tier: critical}
requests:
  expiry: {max_days: 366, never_tiers: [sandbox]}
"""

SHARED_POLICY = """\
kind: policy
account: [dev, prod]
policy: team-logging
reason: What every service of the shop needs for its logs
grants:
  - actions: ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources: ["arn:aws:logs:us-east-1:{account_id}:log-group:/shop/*"]
"""

_SQS = "arn:aws:sqs:us-east-1:{account_id}:NAME"
_SNS = "arn:aws:sns:us-east-1:{account_id}:NAME"
_TABLE = "arn:aws:dynamodb:us-east-1:{account_id}:table/NAME"
_STREAM = "arn:aws:kinesis:us-east-1:{account_id}:stream/NAME"
_BUNDLES = (
    ("s3-read", "arn:aws:s3:::NAME"),
    ("s3-write", "arn:aws:s3:::NAME"),
    ("sqs-send", _SQS),
    ("sqs-receive", _SQS),
    ("sns-publish", _SNS),
    ("dynamodb-read", _TABLE),
    ("dynamodb-write", _TABLE),
    ("logs-read", "arn:aws:logs:us-east-1:{account_id}:log-group:/shop/NAME"),
    ("parameters-read", "arn:aws:ssm:us-east-1:{account_id}:parameter/NAME/*"),
    ("lambda-invoke", "arn:aws:lambda:us-east-1:{account_id}:function:NAME"),
    ("kinesis-read", _STREAM),
)
_BY_LEVEL = (
    ("read, list", _TABLE),
    ("read", "arn:aws:s3:::NAME/*"),
    ("read, list, write", _SQS),
    ("read, list", _STREAM),
    ("write", _SNS),
)
_RAW = (
    ('"sqs:SendMessage", "sqs:GetQueueUrl"', _SQS),
    ('"s3:GetObject", "s3:PutObject"', "arn:aws:s3:::NAME/in/*"),
    ('"dynamodb:GetItem", "dynamodb:Query"', _TABLE),
    (
        '"secretsmanager:GetSecretValue"',
        "arn:aws:secretsmanager:us-east-1:{account_id}:secret:NAME-*",
    ),
    ('"ecs:DescribeServices"', "arn:aws:ecs:us-east-1:{account_id}:service/shop/NAME"),
)
_CONDITIONS = '    conditions: {StringEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}}\n'
_MANAGED = ("team-logging", "ReadOnlyAccess", "CloudWatchReadOnlyAccess", "AmazonEC2ReadOnlyAccess")
_WHY = ("Nightly export of", "Replay of the failed events of", "On call for", "Dashboard about")


def write_estate(root: Path, requests: int, today: date) -> Path:
    """Write an estate of this many requests; the path of one of them, from its middle."""
    (root / "gitiam.yaml").write_text(CONFIG, encoding="utf-8")
    written = [_write(root / path, text) for path, text in _files(requests, today)]
    return written[len(written) - requests // 2 - 1]


def _write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def _files(requests: int, today: date) -> Iterator[tuple[str, str]]:
    random = Random(requests)
    yield "requests/shared/team-logging.yaml", SHARED_POLICY
    principals = max(1, requests // REQUESTS_EACH)
    for number in range(principals):
        if random.random() < DECLARED:
            yield f"requests/{_team(number)}/{_name(number)}.yaml", _declaration(number)
    for number in range(requests):
        # Some principals have many requests, most have a few.
        holder = int(principals * random.random() ** 1.3)
        path = f"requests/{_team(holder)}/{_name(holder)}-{number:05}.yaml"
        yield path, _request(number, holder, today, random)


def _team(principal: int) -> str:
    return f"team-{principal % FOLDERS:02}"


def _name(principal: int) -> str:
    return f"service-{principal:05}"


def _principal(number: int) -> str:
    """Of ten principals seven are roles, two are users and one is a group."""
    kind = ("group", "user", "user", *["role"] * 7)[number % 10]
    return f"{kind}/{_name(number)}"


def _declaration(number: int) -> str:
    principal = _principal(number)
    lines = [
        "kind: principal",
        "account: [dev, prod]",
        f"principal: {principal}",
        f"reason: Runs the {_name(number)} of the shop",
    ]
    if principal.startswith("role/"):
        lines += ["trust:", "  - service: ecs-tasks.amazonaws.com"]
    if not principal.startswith("group/"):
        lines += [f"owner: {_team(number)}", "tags: {stage: live}"]
    return "\n".join(lines) + "\n"


def _request(number: int, holder: int, today: date, random: Random) -> str:
    expires = today + timedelta(days=random.randint(20, 340))
    if random.random() < EXPIRED:
        expires = today - timedelta(days=random.randint(2, 90))
    lone = random.choice(("dev", "prod"))
    account = "[dev, prod]" if random.random() < IN_BOTH_ACCOUNTS else lone
    grants = "".join(
        _grant(f"{_name(holder)}-{number:05}-{part}", random)
        for part in range(random.choice((1, 1, 2, 3)))
    )
    return (
        f"account: {account}\n"
        f"principal: {_principal(holder)}\n"
        f"reason: {random.choice(_WHY)} the orders of week {number % 52}\n"
        f"ticket: SHOP-{1000 + number}\n"
        f"expires: {expires}\n"
        f"grants:\n{grants}"
    )


def _grant(name: str, random: Random) -> str:
    form = random.random()
    if form < 0.5:
        bundle, arn = random.choice(_BUNDLES)
        return f"  - bundle: {bundle}\n{_resources(arn, name)}"
    if form < 0.65:
        levels, arn = random.choice(_BY_LEVEL)
        return f"  - access: [{levels}]\n{_resources(arn, name)}"
    if form < 0.9:
        actions, arn = random.choice(_RAW)
        conditions = _CONDITIONS if random.random() < 0.2 else ""
        return f"  - actions: [{actions}]\n{_resources(arn, name)}{conditions}"
    if form < 0.97:
        return f"  - managed_policy: {random.choice(_MANAGED)}\n"
    return f'  - assume: "arn:aws:iam::{{account_id}}:role/{name}"\n'


def _resources(arn: str, name: str) -> str:
    return f'    resources: ["{arn.replace("NAME", name)}"]\n'
