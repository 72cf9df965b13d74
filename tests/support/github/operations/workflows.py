"""Workflows and their runs. Nothing runs: what was started is remembered, for a test to run."""

from __future__ import annotations

from typing import Any

import yaml

from tests.support.github import shapes
from tests.support.github.bare import Commit
from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, not_found
from tests.support.github.routes import Book

answers = Book()

_REPO = "/repos/{owner}/{repo}"
#: A client's name of a state may be one of a run's two.
_STATES = ("status", "conclusion")


@answers(
    "POST", f"{_REPO}/actions/workflows/{{workflow_id}}/dispatches", "actions:write", role="write"
)
def dispatch(call: Call) -> Answer:
    it, ref = call.repository, str(call.body["ref"])
    if (sha := it.git.resolved(ref)) is None:
        raise Refused(422, f"No ref found for: {ref}")
    name = f".github/workflows/{call.values['workflow_id']}"
    blobs = {path: blob for _, _, blob, path in it.git.tree(sha, "-r")}
    if name not in blobs:
        raise not_found()
    inputs = call.body.get("inputs") or {}
    _takes(it.git.blob(blobs[name]), inputs)
    it.dispatched.append({"workflow": name, "ref": ref, "inputs": inputs, "by": call.user.login})
    return Answer(204)


def _takes(text: bytes, inputs: dict[str, Any]) -> None:
    """Refuses a workflow that is not started by hand, and inputs that it does not know."""
    try:
        workflow = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError):
        workflow = None
    # YAML takes the bare word `on` for true
    events = workflow.get(True, workflow.get("on")) if isinstance(workflow, dict) else None
    if not isinstance(events, dict | list | str) or "workflow_dispatch" not in events:
        raise Refused(422, "Workflow does not have 'workflow_dispatch' trigger")
    wanted = (events["workflow_dispatch"] or {}) if isinstance(events, dict) else {}
    known = wanted.get("inputs") or {}
    if unknown := sorted(inputs.keys() - known.keys()):
        raise Refused(422, f"Unexpected inputs provided: {unknown}")
    for name, one in known.items():
        if (one or {}).get("required") and "default" not in one and not inputs.get(name):
            raise Refused(422, f"Required input '{name}' not provided")


@answers("POST", f"{_REPO}/dispatches", "contents:write", role="write")
def repository_dispatch(call: Call) -> Answer:
    body = call.body
    entry = {"event_type": body["event_type"], "client_payload": body.get("client_payload") or {}}
    call.repository.dispatched.append(entry | {"by": call.user.login})
    return Answer(204)


@answers("GET", f"{_REPO}/actions/runs", "actions:read")
def runs(call: Call) -> Answer:
    """Those that a test entered with `World.run`, newest first."""
    status = call.asked("status")
    asked = {"event": call.asked("event"), "head_branch": call.asked("branch")}
    asked["head_sha"] = call.asked("head_sha")
    found = [
        _run(call, one)
        for one in reversed(call.repository.runs)
        if all(value in ("", one[name]) for name, value in asked.items())
        and (not status or status in {one[name] for name in _STATES})
        and call.asked("actor") in ("", one["actor"].login)
    ]
    return call.page(found, "workflow_runs")


def _run(call: Call, one: dict[str, Any]) -> dict[str, Any]:
    it = call.repository
    base = f"{shapes.repository_url(call, it)}/actions/runs/{one['id']}"
    actor, tip = shapes.user(call, one["actor"]), it.git.commit(one["head_sha"])
    parts = ("jobs", "logs", "artifacts", "cancel", "rerun")
    short = shapes.repository(call, it)
    return {
        **one,
        "node_id": shapes.node("WorkflowRun", one["id"]),
        "display_title": tip.message.partition("\n")[0],
        "run_number": one["id"] - 1000,
        "run_attempt": 1,
        "workflow_id": 1,
        "url": base,
        "html_url": f"{shapes.WEB}/{it.full_name}/actions/runs/{one['id']}",
        **{f"{part}_url": f"{base}/{part}" for part in parts},
        "check_suite_url": f"{shapes.repository_url(call, it)}/check-suites/{one['id']}",
        "workflow_url": f"{shapes.repository_url(call, it)}/actions/workflows/1",
        "pull_requests": [],
        "actor": actor,
        "triggering_actor": actor,
        "updated_at": one["created_at"],
        "run_started_at": one["created_at"],
        "head_commit": head_commit(tip),
        "repository": short,
        "head_repository": short,
    }


def head_commit(tip: Commit) -> dict[str, Any]:
    """A commit in the short form that events have."""
    return {
        "id": tip.sha,
        "tree_id": tip.tree,
        "message": tip.message,
        "timestamp": tip.committer.date,
        "author": {"name": tip.author.name, "email": tip.author.email},
        "committer": {"name": tip.committer.name, "email": tip.committer.email},
    }
