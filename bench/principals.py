"""Estates and Terraform roots that hold the same: a role each, with one inline policy.

One of the roles is changed before every round: the queue that it may send to gets another name.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

ACCOUNT = "111122223333"
APPLY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/gitiam-apply"
#: The number of the role that is changed.
CHANGED = 0

CONFIG = f"""\
accounts:
  prod: {{id: "{ACCOUNT}", roles: {{apply: "{APPLY_ROLE}"}}}}
"""


def name_of(prefix: str, number: int) -> str:
    """The name of one role; prefixes keep the roles of different contestants apart."""
    return f"{prefix}-{number:04}"


def module_of(prefix: str) -> str:
    """The module of the role that is changed."""
    return f"prod/role/{name_of(prefix, CHANGED)}"


def write_principals(root: Path, prefix: str, count: int) -> None:
    """An estate of declared roles, with a request each."""
    (root / "requests").mkdir(parents=True)
    (root / "gitiam.yaml").write_text(CONFIG, encoding="utf-8")
    for number in range(count):
        name = name_of(prefix, number)
        declaration = (
            "kind: principal\n"
            "account: prod\n"
            f"principal: role/{name}\n"
            "reason: Runs a service of the shop\n"
            "trust:\n"
            "  - service: ecs-tasks.amazonaws.com\n"
        )
        (root / f"requests/{name}.yaml").write_text(declaration, encoding="utf-8")
        write_request(root, prefix, number, 0)


def write_request(root: Path, prefix: str, number: int, version: int) -> None:
    """One role's request; another version asks for another queue."""
    name = name_of(prefix, number)
    expires = date.today() + timedelta(days=90)
    text = (
        "account: prod\n"
        f"principal: role/{name}\n"
        "reason: Sends orders to the warehouse\n"
        f"expires: {expires}\n"
        "grants:\n"
        "  - bundle: sqs-send\n"
        f'    resources: ["arn:aws:sqs:us-east-1:{{account_id}}:orders-{version}"]\n'
        "  - bundle: s3-read\n"
        '    resources: ["arn:aws:s3:::orders"]\n'
    )
    (root / f"requests/{name}-orders.yaml").write_text(text, encoding="utf-8")


def write_single_root(root: Path, prefix: str, count: int, terraform_tf: str) -> None:
    """One Terraform root with all the roles; `policies/NAME.json` are still to be written."""
    (root / "policies").mkdir(parents=True)
    (root / "terraform.tf").write_text(terraform_tf, encoding="utf-8")
    blocks = (_ROLE.replace("NAME", name_of(prefix, number)) for number in range(count))
    (root / "main.tf").write_text("\n".join(blocks), encoding="utf-8")


_ROLE = """\
resource "aws_iam_role" "NAME" {
  name = "NAME"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "NAME" {
  name   = "orders"
  role   = aws_iam_role.NAME.name
  policy = file("${path.module}/policies/NAME.json")
}
"""
