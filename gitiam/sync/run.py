"""Who runs this, where and for which commit: for the ledger, and for CloudTrail."""

from __future__ import annotations

import getpass
import os
import socket


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
            "url": f"{server}/{repository}/actions/runs/{run_id}",
        }
        return {name: value for name, value in found.items() if value}
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    return {"actor": user, "host": socket.gethostname()}
