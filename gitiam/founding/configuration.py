"""`gitiam.yaml`, the first file of `requests/`, and the lines of `.gitignore`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from gitiam.approvals.policy import Voters
from gitiam.founding.answers import STANDARD, Answers, NewAccount
from gitiam.founding.roles import PREFIX, Names, Purpose

CONFIGURATION = "gitiam.yaml"
IGNORE = ".gitignore"
#: What gitiam and Terraform leave behind, and what must not be committed.
IGNORED = (".gitiam/", ".terraform/", "*.tfstate", "*.tfstate.*", "*.tfplan")

_HEAD = """\
# The estate's configuration. Every key but `accounts` has a default; docs/operators.md of gitiam
# names them all.
"""

_TWO = 2


def configuration(answers: Answers) -> str:
    """The text of `gitiam.yaml`; an emitter writes the values, so that none can add a key."""
    store = {"bucket": answers.bucket, "region": answers.region, "prefix": PREFIX}
    parts = (
        ("", {"accounts": {one.name: _account(answers, one) for one in answers.accounts}}),
        ("# Terraform's states and the ledger. aws/ makes the bucket.\n", {"store": {"s3": store}}),
        (
            "# Say `everything` once the whole of each account is under gitiam.\n",
            {"drift": {"unmanaged": "declared"}},
        ),
        ("# Who must approve. CODEOWNERS is made of it.\n", {"approvals": _approvals(answers)}),
    )
    return _HEAD + "".join(f"\n{comment}{_yaml(body)}" for comment, body in parts)


def first_request(answers: Answers) -> tuple[str, str]:
    """Path and text of a file that does no harm: an estate without any is refused."""
    home = answers.home.name
    body = {
        "kind": "principal",
        "account": home,
        "principal": "group/gitiam-first",
        "reason": "The first apply makes this group, which is empty and opens nothing",
    }
    head = "# Shows that the pipeline works. Take it out once there are requests of your own.\n"
    return f"requests/{home}/first.yaml", head + _yaml(body)


def ignored(lines: Iterable[str] = IGNORED) -> str:
    """The text of a new `.gitignore`."""
    return "".join(f"{line}\n" for line in ("# gitiam and Terraform", *lines))


def _account(answers: Answers, account: NewAccount) -> dict[str, Any]:
    body: dict[str, Any] = {"id": account.id}
    if answers.partition != "aws":
        body["partition"] = answers.partition
    body["region"] = answers.region
    if account.tier != STANDARD:
        body["tier"] = account.tier
    names = Names(answers)
    return body | {"roles": {str(p): names.role(account, p.role) for p in Purpose}}


def _approvals(answers: Answers) -> dict[str, Any]:
    voters = _voters(answers.approvers)
    body: dict[str, Any] = {}
    if answers.organization is not None:
        body["organization"] = answers.organization
    # What is no request decides what every request means: two look at it, where there are two.
    is_lonely = not answers.approvers.teams and len(answers.approvers.people) < _TWO
    estate: dict[str, Any] = {} if is_lonely else {"count": _TWO}
    return body | {
        "needed": [dict(voters), {"risk": "critical", "count": _TWO}],
        "estate": estate | voters,
    }


def _voters(voters: Voters) -> dict[str, list[str]]:
    teams = [f"@{team}" for team in sorted(voters.teams)]
    named = {"teams": teams, "people": sorted(voters.people)}
    return {what: names for what, names in named.items() if names}


class _Plain(yaml.SafeDumper):
    """Writes no anchors, and lists as they are usually written."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _yaml(body: dict[str, Any]) -> str:
    text = yaml.dump(body, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=1000)
    assert isinstance(text, str)  # noqa: S101  (no stream was given)
    return text
