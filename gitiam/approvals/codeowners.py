"""The policy → CODEOWNERS, by which GitHub asks for reviews and demands one.

GitHub Docs, "About code owners": the last pattern that matches a file holds; of those that it
names, one must approve; a pattern with nobody behind it asks nobody in particular. So the file can
say less than the policy: how many, of which risk and whose owners is judged by the standing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from operator import or_

from gitiam.approvals.names import LOGIN, SLUG
from gitiam.approvals.policy import ApprovalPolicy, Voters
from gitiam.findings import Risk
from gitiam.models import ACCOUNT_NAME

_OWNER = re.compile(rf"@{LOGIN}(/{SLUG})?")
_ACCOUNT = re.compile(ACCOUNT_NAME)
#: What decides what every request means. They come last, so that no pattern above loosens them.
GUARDED = ("/.github/", "/gitiam.yaml", "/templates/")
REQUESTS = "/requests/"

_HEAD = """\
# Written by `gitiam codeowners` from `approvals` in gitiam.yaml; change it there.
# GitHub wants the approval of one of those named; the last pattern that matches a file holds.
"""


def codeowners(policy: ApprovalPolicy, tiers: Mapping[str, str], folders: Collection[str]) -> str:
    """The text of the file; ValueError where nobody is named for what is no request.

    `tiers` maps each account to its tier, and `folders` are the accounts whose requests lie in a
    folder of their own, `requests/ACCOUNT/`.
    """
    guards = policy.estate.voters if policy.estate else None
    if guards is None or not guards.names():
        raise ValueError("nobody is named for what is no request")
    lines = [("*", guards), *_of_requests(policy, tiers, folders)]
    lines += [(pattern, guards) for pattern in GUARDED]
    return _HEAD + "".join(_line(pattern, voters) for pattern, voters in lines)


def _of_requests(
    policy: ApprovalPolicy, tiers: Mapping[str, str], folders: Collection[str]
) -> Iterator[tuple[str, Voters]]:
    yield REQUESTS, _asked_for_all(policy, None)
    for account in sorted(folders):
        if not _ACCOUNT.fullmatch(account) or account not in tiers:
            raise ValueError(f"{account!r} is no account")
        voters = _asked_for_all(policy, tiers[account])
        if voters.names():
            yield f"{REQUESTS}{account}/", voters


def _asked_for_all(policy: ApprovalPolicy, tier: str | None) -> Voters:
    """Those who approve requests of every risk, in this tier or (None) in all of them."""
    asked = (
        requirement.voters
        for requirement in policy.requirements
        if requirement.risk is Risk.LOW
        and requirement.voters is not None
        and (tier in requirement.tiers if tier is not None else not requirement.tiers)
    )
    return reduce(or_, asked, Voters())


def _line(pattern: str, voters: Voters) -> str:
    names = voters.names()
    for name in names:
        # The schema saw to it already; a policy can be made without a file.
        if not _OWNER.fullmatch(name):
            raise ValueError(f"{name!r} is nobody on GitHub")
    return " ".join([pattern, *names]) + "\n"
