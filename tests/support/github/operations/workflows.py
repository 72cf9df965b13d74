"""Workflows, started by hand. Nothing runs: what was started is remembered."""

from __future__ import annotations

from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, not_found
from tests.support.github.routes import Book

answers = Book()


@answers(
    "POST",
    "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
    "actions:write",
    role="write",
)
def dispatch(call: Call) -> Answer:
    it, ref = call.repository, str(call.body["ref"])
    if (sha := it.git.resolved(ref)) is None:
        raise Refused(422, f"No ref found for: {ref}")
    name = f".github/workflows/{call.values['workflow_id']}"
    if all(path != name for *_, path in it.git.tree(sha, "-r")):
        raise not_found()
    inputs = call.body.get("inputs") or {}
    it.dispatched.append({"workflow": name, "ref": ref, "inputs": inputs, "by": call.user.login})
    return Answer(204)
