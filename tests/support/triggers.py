"""Which workflows an event starts: `on:` of each file, read as GitHub reads it.

act runs whatever it is told to; it knows neither path filters nor that what a workflow does with
its own token starts no workflow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.act import WORKFLOWS
from tests.support.github.events import Event

#: What a workflow listens to where it names no types. Of other events it is all of them.
_OF_PULLS = {"opened", "synchronize", "reopened"}
_USUAL = {"pull_request": _OF_PULLS, "pull_request_target": _OF_PULLS}
#: Started even by a workflow's own token.
_EVEN_BY_WORKFLOWS = {"workflow_dispatch", "repository_dispatch", "workflow_run"}
_OWN = "github-actions[bot]"
#: The filters that are read here.
_KNOWN = {"types", "branches", "paths", "inputs", "workflows"}


def started_by(event: Event, changed: Iterable[str] = (), folder: Path = WORKFLOWS) -> list[str]:
    """The names of the files that GitHub would run. `changed` are the paths that a push or a pull
    request changes. ValueError for a filter that is not read here.
    """  # noqa: D205
    if event.actor.login == _OWN and event.name not in _EVEN_BY_WORKFLOWS:
        return []
    paths = list(changed)
    found = []
    for file in sorted(folder.glob("*.yml")):
        workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
        if _wants(workflow.get(True, workflow.get("on")), event, paths):
            found.append(file.name)
    if event.name == "workflow_dispatch":
        named = Path(event.payload["workflow"]).name
        return [name for name in found if name == named]
    return found


def _wants(on: Any, event: Event, changed: list[str]) -> bool:
    if not isinstance(on, Mapping):
        on = dict.fromkeys([on] if isinstance(on, str) else on)
    if event.name not in on:
        return False
    said = on[event.name] or {}
    if event.name == "schedule":
        return any(one["cron"] == event.payload["schedule"] for one in said)
    if unknown := said.keys() - _KNOWN:
        raise ValueError(f"{event.name}: {', '.join(sorted(unknown))} is not read here")
    types = said.get("types") or _USUAL.get(event.name)
    if types and event.payload.get("action") not in types:
        return False
    if event.name == "workflow_run":
        return event.payload["workflow_run"]["name"] in said["workflows"]
    branches, paths = said.get("branches"), said.get("paths")
    if branches and not any(_fits(one, _branch(event)) for one in branches):
        return False
    return not paths or any(_chosen(paths, path) for path in changed)


def _branch(event: Event) -> str:
    """Of a push its branch, of a pull request the one that it goes to; of a tag none."""
    if event.name == "push":
        return event.ref.removeprefix("refs/heads/") if event.ref.startswith("refs/heads/") else ""
    return str(event.payload["pull_request"]["base"]["ref"])


def _chosen(patterns: Iterable[str], path: str) -> bool:
    """The last pattern that fits decides; `!` takes away."""
    chosen = False
    for pattern in patterns:
        if _fits(pattern.removeprefix("!"), path):
            chosen = not pattern.startswith("!")
    return chosen


def _fits(pattern: str, text: str) -> bool:
    """`*` stops at a slash, `**` does not."""
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return bool(re.fullmatch("".join(words.get(part) or re.escape(part) for part in parts), text))
