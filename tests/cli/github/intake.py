"""Issues and comments in a scene, and the events that GitHub sends about them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cli.github.conftest import Ran, Scene
from tests.support.estates import request
from tests.support.forms import body_of, filled

SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
LATER = (datetime.now(UTC) + timedelta(days=44)).date().isoformat()
READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
FILE = "requests/prod/orders.yaml"
#: What the workflows give their token.
RIGHTS = dict.fromkeys(("contents", "pull_requests", "issues", "actions"), "write")
#: The real ones: what is started, with which inputs, has to fit them.
WORKFLOWS = {
    f".github/workflows/{path.name}": path.read_bytes()
    for path in (Path(__file__).parents[3] / ".github" / "workflows").glob("*.yml")
}


def file_text(**keys: str) -> str:
    """A request with a comment and a layout of its own."""
    return f"# Why: see the wiki\n{request(READ, **{'expires': SOON, **keys})}# the end\n"


def root(scene: Scene) -> Path:
    """The checkout of main that a workflow's run has."""
    return scene.files("main", "checkout").parent


def prepared(scene: Scene) -> None:
    """The workflows are there, which can be started."""
    scene.github.world.commit(scene.repository, "main", WORKFLOWS)


def asked(scene: Scene, by: str = "carol", label: str = "access-request", **changed: str) -> int:
    """An issue that was made with the form: its number."""
    prepared(scene)
    client = scene.github.as_user(by).get_repo(scene.repository.full_name)
    made = client.create_issue("Access: orders", body=body_of(filled(**changed)))
    scene.repository.issues[made.number].labels = [label] if label else []
    return int(made.number)


def edited(scene: Scene, number: int, **changed: str) -> None:
    """The author fills in the form anew."""
    scene.repository.issues[number].body = body_of(filled(**changed))


def proposed(scene: Scene, number: int, **event: Any) -> Ran:
    """What the workflow does for the issue; `event` is what the event says beside its number."""
    issue = {"number": number, "user": {"login": "carol"}, "body": "old", **event}
    path = scene.folder / "event.json"
    path.write_text(json.dumps({"action": "opened", "issue": issue}), encoding="utf-8")
    return scene.run("-C", root(scene), "github", "propose", "--from-issue", path, **RIGHTS)


def pull_of(scene: Scene, number: int) -> Any:
    """A pull request as carol sees it."""
    client = scene.github.as_user("carol").get_repo(scene.repository.full_name)
    return client.get_pull(number)


def text_at(scene: Scene, ref: str, path: str) -> str | None:
    """What a file holds on a branch."""
    git = scene.repository.git
    found = {name: sha for _, _, sha, name in git.tree(f"refs/heads/{ref}", "-r")}
    return git.blob(found[path]).decode() if path in found else None


def said(scene: Scene, number: int, body: str, by: str = "alice") -> dict[str, Any]:
    """A comment of somebody's: the event about it."""
    client = scene.github.as_user(by).get_repo(scene.repository.full_name)
    made = client.get_issue(number).create_comment(body)
    user = {"login": by, "id": scene.github.world.user(by).id, "type": "User"}
    comment = {"id": made.id, "body": body, "user": user}
    return {"action": "created", "comment": comment, "issue": {"number": number}}


def answered(scene: Scene, event: dict[str, Any]) -> Ran:
    """What the workflow does for the comment."""
    path = scene.folder / "comment.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    return scene.run("-C", root(scene), "github", "answer", "--event", path, **RIGHTS)


def ordered(scene: Scene, number: int, body: str, by: str = "alice") -> str:
    """The answer to a comment of somebody's."""
    event = said(scene, number, body, by)
    ran = answered(scene, event)
    assert ran.code == 0, ran
    start = f"<!-- gitiam: answer to {event['comment']['id']} -->\n"
    (reply,) = [one for one in scene.told(number) if one.startswith(start)]
    return reply.removeprefix(start)


def signs(scene: Scene, event: dict[str, Any]) -> list[str]:
    """The signs that were put to the comment."""
    put = scene.repository.reactions
    return [one.content for one in put if one.comment == event["comment"]["id"]]


def merged(scene: Scene, number: int) -> None:
    """Bob merges it."""
    client = scene.github.as_user("bob").get_repo(scene.repository.full_name)
    client.get_pull(number).merge()
