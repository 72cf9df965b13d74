"""Estates and Terraform roots that hold the same: a role each, with one inline policy.

One of the roles is changed before every round: the queue that it may send to gets another name.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

ACCOUNT = "111122223333"
APPLY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/gitiam-apply"
#: The number of the role that is changed.
CHANGED = 0
#: The inline policy of each role in a single root.
POLICY_NAME = "orders"

CONFIG = f"""\
accounts:
  prod: {{id: "{ACCOUNT}", roles: {{plan: "{APPLY_ROLE}", apply: "{APPLY_ROLE}"}}}}
"""


def name_of(prefix: str, number: int) -> str:
    """The name of one role; prefixes keep the roles of different contestants apart."""
    return f"{prefix}-{number:04}"


def module_of(prefix: str, number: int = CHANGED) -> str:
    """The module of one role."""
    return f"prod/role/{name_of(prefix, number)}"


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


def write_single_root(root: Path, prefix: str, count: int) -> None:
    """The resources of one Terraform root with so many roles.

    `trust.json` and `policies/NAME.json` are still to be written, and `terraform.tf`.
    """
    blocks = (_ROLE.replace("NAME", name_of(prefix, number)) for number in range(count))
    (root / "main.tf").write_text("\n".join(blocks), encoding="utf-8")


def multiply_state(state: Path, prefix: str, count: int) -> None:
    """Into a state that holds one role: all the others, as if they had been applied as well."""
    body = json.loads(state.read_text(encoding="utf-8"))
    one = json.dumps(body["resources"])
    first = name_of(prefix, CHANGED)
    for number in range(count):
        if number != CHANGED:
            body["resources"] += json.loads(one.replace(first, name_of(prefix, number)))
    body["serial"] += 1
    state.write_text(json.dumps(body), encoding="utf-8")


_ROLE = f"""\
resource "aws_iam_role" "NAME" {{
  name               = "NAME"
  assume_role_policy = file("${{path.module}}/trust.json")
}}

resource "aws_iam_role_policy" "NAME" {{
  name   = "{POLICY_NAME}"
  role   = aws_iam_role.NAME.name
  policy = file("${{path.module}}/policies/NAME.json")
}}
"""
