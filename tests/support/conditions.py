"""Files with one condition, and roles with one entry of trust: what most rules about them need."""

from __future__ import annotations

from tests.support.estates import request

ROLE = """\
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
"""


def limited(condition: str, actions: str = "s3:GetObject", effect: str = "allow") -> str:
    """A request whose condition, a flow mapping, stands in line 9 from column 17 on."""
    return request(
        f"- effect: {effect}\n  actions: [{actions}]\n  resources: ['*']\n  conditions: {condition}"
    )


def trusting(entry: str) -> str:
    """A role that trusts whom the entry says; it stands from line 6, column 5 on."""
    lines = entry.strip("\n").split("\n")
    return ROLE + "".join(f"  {'-' if n == 0 else ' '} {line}\n" for n, line in enumerate(lines))
