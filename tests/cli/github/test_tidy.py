"""Request files whose access ended long ago are proposed for removal, and merged by rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.cli.github.conftest import Ran, Scene
from tests.support.estates import request

RIGHTS = {"contents": "write", "pull_requests": "write", "actions": "write"}
READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
DENY = "- {effect: deny, actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
TODAY = datetime.now(UTC).date()
OLD = "requests/prod/old.yaml"


def ended(days: int, grants: str = READ) -> str:
    return request(grants, expires=(TODAY - timedelta(days=days)).isoformat())


FILES = {
    OLD: ended(30),
    "requests/prod/recent.yaml": ended(3),
    "requests/prod/deny.yaml": ended(30, DENY),
    "requests/prod/current.yaml": ended(-30),
    "requests/prod/broken.yaml": f"{ended(30)}more: 1\n",
}


def tidied(scene: Scene, *more: str, **rights: str) -> Ran:
    root = scene.files("main", f"checkout-{len(list(scene.folder.iterdir()))}").parent
    return scene.run("-C", root, "github", "tidy", *more, **(rights or RIGHTS))


def paths(scene: Scene) -> set[str]:
    return {path for *_, path in scene.repository.git.tree("refs/heads/main", "-r")}


def test_what_ended_long_ago_is_proposed_once(scene: Scene) -> None:
    scene.github.world.commit(scene.repository, "main", FILES)
    first, second = tidied(scene), tidied(scene)
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines()[1:] == [f"  removes {OLD}"]
    assert (first.out.split(":")[0], second.out.split(":")[0]) == (
        "pull request opened",
        "pull request unchanged",
    )
    repository = scene.github.as_user("carol").get_repo(scene.repository.full_name)
    (pull,) = repository.get_pulls()
    assert [(one.filename, one.status) for one in pull.get_files()] == [(OLD, "removed")]
    assert "Backfill the orders table after INC-204" in pull.body
    assert f"ended when {(TODAY - timedelta(days=30)).isoformat()} ends (UTC)" in pull.body
    assert paths(scene) >= FILES.keys()


def test_it_is_merged_by_rule(scene: Scene) -> None:
    scene.github.world.commit(scene.repository, "main", FILES)
    ran = tidied(scene, "--merge", "--format", "json")
    said = json.loads(ran.out)
    assert (said["removed"], said["left_to_people"]) == ([OLD], None)
    commit = scene.repository.git.commit("refs/heads/main")
    assert commit.sha == said["merged"]
    assert commit.message.rstrip().endswith("\nApproved-by-rule: expired version 1")
    assert paths(scene) == {"gitiam.yaml", *FILES} - {OLD}
    assert tidied(scene, "--merge").out == "nothing has expired long ago\n"


def test_with_objections_it_is_left_to_people(scene: Scene) -> None:
    scene.github.world.commit(scene.repository, "main", FILES)
    tidied(scene)
    repository = scene.github.as_user("bob").get_repo(scene.repository.full_name)
    (pull,) = repository.get_pulls()
    pull.create_review(event="REQUEST_CHANGES", body="Wait.")
    ran = tidied(scene, "--merge")
    assert ran.code == 0
    assert ran.out.endswith("left to people: somebody asks for changes\n")
    assert paths(scene) >= FILES.keys()


def test_a_proposal_that_is_done_otherwise_is_closed(scene: Scene) -> None:
    scene.github.world.commit(scene.repository, "main", FILES)
    tidied(scene)
    scene.github.world.commit(scene.repository, "main", {OLD: None})
    assert tidied(scene).out.startswith("pull request closed: ")


def test_another_clock_is_refused(scene: Scene) -> None:
    ran = scene.run("--at", "2099-01-01", "-C", scene.folder, "github", "tidy", **RIGHTS)
    assert ran.code == 2
    assert "leave --at out" in ran.err
