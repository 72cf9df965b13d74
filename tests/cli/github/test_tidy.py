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
    assert first.code == 0
    assert first.err.startswith("#1 is not looked at: ")
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


def test_one_that_is_open_already_is_merged_as_it_is(scene: Scene) -> None:
    """A check that main demands has passed for it; anew, it would have to wait again."""
    scene.github.world.commit(scene.repository, "main", FILES)
    tidied(scene)
    head = scene.repository.git.commit("refs/heads/gitiam/expired").sha
    more = "requests/prod/also-old.yaml"
    scene.github.world.commit(scene.repository, "main", {more: ended(20)})
    assert "merged by the rule expired-1" in tidied(scene, "--merge").out
    assert scene.repository.git.commit("refs/heads/gitiam/expired").sha == head
    assert more in paths(scene)
    assert "merged by the rule expired-1" in tidied(scene, "--merge").out
    assert more not in paths(scene)


def test_the_workflow_looks_at_what_its_own_token_opened(scene: Scene) -> None:
    workflow = "on: {workflow_dispatch: {inputs: {number: {type: string}}}}\njobs: {}\n"
    files = {**FILES, ".github/workflows/pull-request.yml": workflow}
    scene.github.world.commit(scene.repository, "main", files)
    assert tidied(scene).err == ""
    (started,) = scene.repository.dispatched
    assert started["workflow"] == ".github/workflows/pull-request.yml"
    assert started["inputs"] == {"number": "1"}
    tidied(scene)
    assert len(scene.repository.dispatched) == 1


def test_a_proposal_that_is_done_otherwise_is_closed(scene: Scene) -> None:
    scene.github.world.commit(scene.repository, "main", FILES)
    tidied(scene)
    scene.github.world.commit(scene.repository, "main", {OLD: None})
    assert tidied(scene).out.startswith("pull request closed: ")


def test_another_clock_is_refused(scene: Scene) -> None:
    ran = scene.run("--at", "2099-01-01", "-C", scene.folder, "github", "tidy", **RIGHTS)
    assert ran.code == 2
    assert "leave --at out" in ran.err
