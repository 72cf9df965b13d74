"""A new estate's answers, as most tests take them."""

from __future__ import annotations

from gitiam.approvals.policy import Voters
from gitiam.founding.answers import Answers, NewAccount, Repository, Tool

PROD = NewAccount("prod", "111122223333", "critical")
DEV = NewAccount("dev", "444455556666", "sandbox")
TOOL = Tool(Repository("example", "gitiam"), "0123456789abcdef0123456789abcdef01234567")


def answers(
    *accounts: NewAccount,
    ids: tuple[str, str] | None = None,
    region: str = "us-east-1",
    bucket: str = "example-gitiam",
    tool: Tool | None = None,
) -> Answers:
    """Those of `example/access`, for prod and dev unless others are named."""
    return Answers(
        accounts=accounts or (PROD, DEV),
        repository=Repository("example", "access", ids),
        approvers=Voters(frozenset({"example/platform"}), frozenset({"alice"})),
        region=region,
        bucket=bucket,
        tool=tool,
    )
