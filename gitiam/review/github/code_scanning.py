"""Findings for GitHub's code scanning: SARIF, packed and handed over."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode

from gitiam.errors import GitiamError
from gitiam.review.github.client import Hub

#: GitHub Docs, "SARIF support for code scanning": a file may have so much when it is packed.
ROOM = 10 << 20

_COMMIT = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"refs/(heads/[^\s~^:?*\[\\\x00-\x1f\x7f]+|pull/[0-9]{1,10}/(merge|head))")


def upload_sarif(hub: Hub, text: str, commit: str, ref: str) -> str:
    """Hand over what `gitiam validate --format sarif` printed for a commit; GitHub's number of it.

    GitiamError for what GitHub would take and drop later without a word.
    """
    if not _COMMIT.fullmatch(commit) or not _REF.fullmatch(ref):
        raise GitiamError(
            f"`{commit[:60]}` and `{ref[:60]}` are no commit and its full name",
            hint="In a workflow they are GITHUB_SHA and GITHUB_REF",
        )
    try:
        body = json.loads(text)
        is_sarif = isinstance(body, dict) and body.get("version") == "2.1.0" and body.get("runs")
    except (ValueError, RecursionError):
        is_sarif = False
    if not is_sarif:
        raise GitiamError(
            "this is no SARIF 2.1.0 with a run in it",
            hint="`gitiam validate --format sarif > FILE` writes it",
        )
    # Without the clock that gzip would put there, the same findings are the same bytes.
    packed = gzip.compress(text.encode(), mtime=0)
    if len(packed) > ROOM:
        raise GitiamError(f"the findings are more than the {ROOM >> 20} MiB that GitHub takes")
    body = {"commit_sha": commit, "ref": ref, "sarif": b64encode(packed).decode()}
    answer = hub.send("POST", f"/repos/{hub.name}/code-scanning/sarifs", body)
    return str((answer or {}).get("id") or "")
