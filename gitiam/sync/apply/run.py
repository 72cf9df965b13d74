"""Who runs this, where and for which commit: for the ledger, and for CloudTrail."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path

PULL_REQUEST_VARIABLE = "GITIAM_PULL_REQUEST"

_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_PULL_REF = re.compile(r"refs/pull/([1-9][0-9]{0,9})/(?:merge|head)")
#: GitHub's own words for what it has merged: a merge commit's, or a squashed one's.
_MERGED = re.compile(r"Merge pull request #([1-9][0-9]{0,9}) from |.*\(#([1-9][0-9]{0,9})\)$")


def this_run() -> dict[str, str]:
    """What GitHub Actions says of its run; elsewhere the user and the machine."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        server, repository = (
            os.environ.get(f"GITHUB_{n}", "") for n in ("SERVER_URL", "REPOSITORY")
        )
        run_id = os.environ.get("GITHUB_RUN_ID", "")
        found = {
            "id": run_id,
            "actor": os.environ.get("GITHUB_ACTOR", ""),
            "commit": os.environ.get("GITHUB_SHA", ""),
            "repository": repository,
            "pull_request": _pull_request(),
            "url": f"{server}/{repository}/actions/runs/{run_id}",
        }
        return {name: value for name, value in found.items() if value}
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    return {"actor": user, "host": socket.gethostname()}


def trail(run: Mapping[str, str]) -> str:
    """What leads from CloudTrail back to the request, the surest first: room may be short.

    Run id, pull request and repository: `1234567890.pr42.iam-estate@acme`. Outside of GitHub, who
    and where: `alice@laptop`.
    """
    if "id" not in run:
        return "@".join(part for part in (run.get("actor"), run.get("host")) if part)
    owner, _, name = run.get("repository", "").rpartition("/")
    number = run.get("pull_request")
    where = f"{name}@{owner}" if owner else name
    return ".".join(part for part in (run["id"], number and f"pr{number}", where) if part)


def _pull_request() -> str:
    """The number of the pull request that this run is about, where that can be known.

    A run on a pull request knows it from its ref. After the merge there is only what the merged
    commit says; that is a help for people, and no proof: the run and its commit are.
    """
    own = os.environ.get(PULL_REQUEST_VARIABLE, "")
    if _NUMBER.fullmatch(own):
        return own
    ref = _PULL_REF.fullmatch(os.environ.get("GITHUB_REF", ""))
    return ref[1] if ref else _merged_by_event()


def _merged_by_event() -> str:
    path = os.environ.get("GITHUB_EVENT_PATH")
    if not path:
        return ""
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
        title = str(event["head_commit"]["message"]).partition("\n")[0].strip()
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    found = _MERGED.match(title)
    return (found[1] or found[2]) if found else ""
