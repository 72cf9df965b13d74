"""What Terraform says, read: its machine-readable messages, and its errors in one sentence."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from gitiam.outcomes import Outcome, ResourceChange
from gitiam.sync.faults.causes import Cause
from gitiam.sync.faults.known_errors import known
from gitiam.sync.machine.process import Finished

_LONGEST = 2000

#: How the provider and the S3 backend quote an answer of AWS.
_ANSWER = re.compile(
    r"operation error (?P<service>[\w ]+): (?P<operation>\w+), "
    r"(?P<tries>exceeded maximum number of attempts, \d+, )?"
    r"(?:https response error StatusCode: (?P<status>\d+), RequestID: [^,]*, (?:HostID: [^,]*, )?)?"
    r"(?:api error )?"
)
_DENIED = re.compile(
    r"AccessDenied\w*: User: \S+ is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>.+?))?"
    r"(?: because (?P<why>no [\w-]+ policy allows|[^;]*?))?(?: the [\w-]+:\w+ action)?(?=$|[).;])"
)
#: The provider's long guess why a role cannot be assumed, before AWS's own answer.
_GUESS = re.compile(r"There are a number of possible causes of this - .*? Error: ")
#: What Terraform advises after an error of the state is about folders that are gone by then.
_ADVICE = re.compile(
    r" (?:Lock Info: |Terraform acquires a (?:state )?lock |This may be caused by excessively ).*$"
)

#: What follows from the error before it, and would send people after a file that is gone.
_FOLLOWS = ("Failed to persist state to backend",)
_SUMMARIES = {
    "Failed to save state": "AWS was changed, but the state could not be saved",
    "Failed to write state": "AWS was changed, but the state could not be saved",
    "Error releasing the state lock": "AWS was changed, but the lock on the state could not be"
    " taken away",
}

_LOCKING = "Error acquiring the state lock"
#: How the backends say that somebody else has the lock, rather than that they may not take it.
_HELD = re.compile(
    r"PreconditionFailed|ConditionalRequestConflict|resource temporarily unavailable|already locked"
    r"|\bLock Info: .*\bWho:"
)


def take(line: str, outcome: Outcome) -> None:
    """One message of Terraform's machine-readable UI; lines that are none are passed over.

    So is a message that lacks its parts: how Terraform ended is told by its exit code. The format
    is documented at "Machine-readable UI" in Terraform's internals.
    """
    try:
        message = json.loads(line)
    except ValueError:
        return
    if not isinstance(message, dict):
        return
    with suppress(KeyError, TypeError, AttributeError):
        _take(message, outcome)


def _take(message: Mapping[str, Any], outcome: Outcome) -> None:
    match message.get("type"):
        case "planned_change":
            outcome.planned.append(_change(message["change"]))
        case "apply_complete":
            outcome.applied += 1
        case "diagnostic" if message["diagnostic"].get("severity") == "error":
            if message["diagnostic"].get("summary") not in _FOLLOWS:
                outcome.errors.append(_sentence(message["diagnostic"]))


def _change(change: Mapping[str, Any]) -> ResourceChange:
    resource = change["resource"]
    return ResourceChange(change["action"], resource["addr"], resource["resource_type"])


def _sentence(diagnostic: Mapping[str, Any]) -> str:
    summary = str(diagnostic.get("summary", "")).strip().rstrip(".")
    detail = " ".join(str(diagnostic.get("detail", "")).split())
    address = diagnostic.get("address")
    where = f"{address}: " if address else ""
    if not is_held_elsewhere(f"{summary} {detail}"):
        summary, detail = _SUMMARIES.get(summary, summary), plain(detail)
    return f"{where}{plain(summary)}{f' ({detail})' if detail else ''}"


def plain(text: str) -> str:
    """An error without what only its programmers need: request ids, guesses, advice on gone files.

    AWS's own code and words stay, so that they can be searched for.
    """
    text = _GUESS.sub("", _ADVICE.sub("", text))
    return _DENIED.sub(_denied, _ANSWER.sub(_answered, text)).rstrip(" .")


def _answered(found: re.Match[str]) -> str:
    service = found["service"].lower().replace(" ", "")
    status = found["status"] or ""
    words = f"{service}:{found['operation']}"
    if found["tries"]:
        words += ", tried several times"
    return f"{words}: " if not status.startswith("5") else f"{words} answered {status}: "


def _denied(found: re.Match[str]) -> str:
    where = f" on {found['resource']}" if found["resource"] else ""
    why = found["why"] or ""
    if why.startswith("no ") and why.endswith(" allows"):
        why += " it"
    return f"AccessDenied: {found['action']}{where} is denied{f': {why}' if why else ''}"


def is_held_elsewhere(text: str) -> bool:
    """Whether Terraform could not get the lock because another has it."""
    return _LOCKING in text and _HELD.search(text) is not None


def last_error(finished: Finished) -> str:
    """Terraform's own error text without its frame, on one line; or how it was killed."""
    words = _unframed(finished.stderr or finished.stdout)
    start = next((i for i, line in enumerate(words) if line.startswith("Error:")), None)
    if finished.code < 0 and start is None:
        return f"Terraform was killed by signal {-finished.code} ({_signal_name(-finished.code)})"
    text = plain(" ".join(" ".join(words[start or 0 :]).split()))
    return text[:_LONGEST] or f"Terraform ended with {finished.code}, and said nothing"


def _unframed(text: str) -> list[str]:
    return [line.strip(" │╷╵") for line in text.splitlines()]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def hint_for(message: str) -> str | None:
    """What to do about an error that people meet; None for one that is not known."""
    found = known(" ".join(" ".join(_unframed(message)).split()))
    return found[0] if found else None


def cause_in(message: str) -> Cause | None:
    """Of which kind an error is, where that decides what becomes of it."""
    found = known(message)
    return found[1] if found else None
