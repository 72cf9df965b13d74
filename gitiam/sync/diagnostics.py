"""What Terraform says, read: its machine-readable messages, and its errors in one sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gitiam.outcomes import Outcome, ResourceChange
from gitiam.sync.process import Finished


def take(line: str, outcome: Outcome) -> None:
    """One message of Terraform's machine-readable UI; lines that are none are passed over.

    The format is documented at "Machine-readable UI" in Terraform's internals.
    """
    try:
        message = json.loads(line)
    except ValueError:
        return
    if not isinstance(message, dict):
        return
    match message.get("type"):
        case "planned_change":
            outcome.planned.append(_change(message["change"]))
        case "apply_complete":
            outcome.applied += 1
        case "diagnostic" if message["diagnostic"].get("severity") == "error":
            outcome.errors.append(_sentence(message["diagnostic"]))


def _change(change: Mapping[str, Any]) -> ResourceChange:
    resource = change["resource"]
    return ResourceChange(change["action"], resource["addr"], resource["resource_type"])


def _sentence(diagnostic: Mapping[str, Any]) -> str:
    summary = str(diagnostic.get("summary", "")).strip().rstrip(".")
    detail = " ".join(str(diagnostic.get("detail", "")).split())
    address = diagnostic.get("address")
    where = f"{address}: " if address else ""
    return f"{where}{summary}{f' ({detail})' if detail else ''}"


def last_error(finished: Finished) -> str:
    """Terraform's own error text without its frame, on one line."""
    text = finished.stderr or finished.stdout
    words = [line.strip(" │╷╵") for line in text.splitlines()]
    start = next((i for i, line in enumerate(words) if line.startswith("Error:")), 0)
    return (
        " ".join(" ".join(words[start:]).split())[:2000] or f"Terraform ended with {finished.code}"
    )


_HINTS = {
    "EntityAlreadyExists": "It was made outside gitiam. Remove it, or give yours another name",
    "Instance cannot be destroyed": "This would destroy the principal itself. If that is meant,"
    " apply it with --allow-destroy",
    "ExpiredToken": "The credentials have expired; get new ones and run again",
    "AccessDenied": "The role that gitiam uses lacks this permission",
    "is not authorized to perform": "The role that gitiam uses lacks this permission",
    "No valid credential sources": "Give credentials: AWS_PROFILE, AWS_ACCESS_KEY_ID or a role",
    "NoSuchEntity": "What requests name must exist, or be declared: `kind: principal` or `policy`",
    "LimitExceeded": "An AWS quota is used up; raise it, or let some access go",
    "Throttling": "AWS is throttling; run again, with fewer --jobs",
    "DeleteConflict": "Something outside gitiam still hangs on it; `gitiam drift` shows what",
    "AWS account ID not allowed": "The credentials belong to another account than gitiam.yaml says",
    "does not match any of the checksums": "The provider found is not the one in the lock file",
}


def hint_for(message: str) -> str | None:
    """What to do about an error that people meet; None for one that is not known."""
    return next((hint for sign, hint in _HINTS.items() if sign in message), None)
