"""Workflows that are started by hand, because nothing else starts them.

What a workflow's own token opens or pushes starts no other workflow (GitHub Docs, "Triggering a
workflow from a workflow"); an app's or a person's does.
"""

from __future__ import annotations

from gitiam.approvals.names import same
from gitiam.review.github.asking import asking
from gitiam.review.github.client import Hub
from gitiam.review.github.pulls import WORKFLOW

PULL_REQUEST = "pull-request.yml"
APPLY = "apply.yml"


def dispatch(hub: Hub, workflow: str, **inputs: str) -> str:
    """Start the workflow of this file on the main branch; the address of the page of its runs."""
    with asking(f"start {workflow}"):
        repository = hub.repository
        found = repository.get_workflow(workflow)
        found.create_dispatch(repository.default_branch, inputs, throw=True)
        return f"{repository.html_url}/actions/workflows/{workflow}"


def check_pull(hub: Hub, number: int) -> None:
    """Let the pull request be looked at, where that does not begin by itself."""
    if same(hub.login) == WORKFLOW:
        dispatch(hub, PULL_REQUEST, number=str(number))
