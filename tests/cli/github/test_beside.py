"""What a pull request is told beside the one comment: at its lines, by labels, and to reviewers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gitiam.models import ModuleKey
from gitiam.plans import ModulePlan
from gitiam.reviewed import Reviewed, ReviewedModule
from tests.cli.github.conftest import Ran, Scene
from tests.support.estates import CONFIG, request
from tests.support.github.state import Pull

SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
WRONG = "- {actions: [s3:GetObjekt], resources: ['arn:aws:s3:::orders/*']}"
RIGHT = WRONG.replace("Objekt", "Object")
FILE = "requests/prod/orders.yaml"
RIGHTS = {"pull_requests": "write", "statuses": "write", "contents": "write"}
POLICY = """\
approvals:
  needed:
    - people: [bob, alice]
    - teams: ["@elsewhere/ops"]
"""


def asked(grants: str, **keys: str) -> dict[str, str | None]:
    return {FILE: request(grants, expires=SOON, **keys)}


def reviewed(scene: Scene, number: int, *more: str | Path, **rights: str) -> Ran:
    head, base = scene.files("topic", "head"), scene.files("main", "base")
    options = ("--requests", head, "--against", base, *more)
    return scene.run("-C", base.parent, "github", "review", number, *options, **(rights or RIGHTS))


def pull_of(scene: Scene, number: int) -> Pull:
    found = scene.repository.issues[number].pull
    assert found is not None
    return found


def with_policy(scene: Scene) -> None:
    text = CONFIG + POLICY
    scene.github.world.commit(scene.repository, "main", {"gitiam.yaml": text}, by="bob")


def test_a_mistake_is_told_at_its_line_until_it_is_mended(scene: Scene) -> None:
    with_policy(scene)
    number = scene.opened(asked(WRONG))
    scene.github.log.clear()
    assert reviewed(scene, number).code == 10
    assert (len(scene.github.log.reads) <= 15, len(scene.github.log.writes) <= 7) == (True, True)
    (said,) = pull_of(scene, number).comments
    assert (said.path, said.line) == (FILE, 6)
    assert f"```suggestion\n  {RIGHT}\n```" in said.body
    assert scene.repository.issues[number].labels == ["risk: high", "account: prod"]
    assert pull_of(scene, number).reviewers == []

    scene.github.world.commit(scene.repository, "topic", asked(RIGHT), by="alice")
    assert reviewed(scene, number).code == 0
    assert [one.body.partition("\n")[2] for one in pull_of(scene, number).comments] == ["Mended."]
    assert scene.repository.resolved == {said.thread}
    assert scene.repository.issues[number].labels == ["account: prod", "risk: low"]
    assert [one.login for one in pull_of(scene, number).reviewers] == ["bob"]


def test_the_second_time_only_what_differs_is_written(scene: Scene) -> None:
    with_policy(scene)
    number = scene.opened(asked(RIGHT))
    reviewed(scene, number)
    scene.github.log.clear()
    assert reviewed(scene, number).code == 0
    assert len(scene.github.log.reads) <= 15
    assert {one.operation for one in scene.github.log.writes} <= {"repos/create-commit-status"}


def test_one_request_file_costs_few_calls(scene: Scene) -> None:
    with_policy(scene)
    client = scene.github.as_user("bob").get_repo(scene.repository.full_name)
    for label in ("risk: high", "risk: medium", "account: prod"):
        client.create_label(label, "000000")
    number = scene.opened(asked("- {actions: [iam:PassRole], resources: ['*']}"))
    scene.github.log.clear()
    assert reviewed(scene, number).code == 0
    assert len(pull_of(scene, number).comments) == 1
    assert len(scene.github.log.reads) <= 15
    assert len(scene.github.log.writes) == 5
    assert {one.status for one in scene.github.log.entries} <= {200, 201}


def test_what_github_refuses_here_stops_nothing(scene: Scene) -> None:
    with_policy(scene)
    number = scene.opened(asked(RIGHT))
    ran = reviewed(scene, number, issues="write", pull_requests="read", statuses="write")
    assert ran.code == 0, ran
    assert "refuses to" in ran.err
    assert len(scene.told(number)) == 1
    assert "risk: low" in scene.repository.issues[number].labels


def test_whom_nobody_could_ask_is_said(scene: Scene) -> None:
    policy = "approvals:\n  needed: [{people: [dave, bob]}]\n"
    scene.github.world.user("dave")
    scene.github.world.commit(scene.repository, "main", {"gitiam.yaml": CONFIG + policy}, by="bob")
    number = scene.opened(asked(RIGHT))
    reviewed(scene, number)
    assert [one.login for one in pull_of(scene, number).reviewers] == ["bob"]
    assert "Could not be asked for a review: dave." in scene.told(number)[0]


def test_nobody_is_told_anything_of_what_is_closed(scene: Scene) -> None:
    with_policy(scene)
    number = scene.opened(asked(WRONG))
    client = scene.github.as_user("alice").get_repo(scene.repository.full_name)
    client.get_pull(number).edit(state="closed")
    reviewed(scene, number)
    assert pull_of(scene, number).comments == []
    assert scene.repository.issues[number].labels == []


def test_plans_are_told(scene: Scene, tmp_path: Path) -> None:
    key = ModuleKey.parse("prod/role/data-pipeline")
    record = Reviewed((ReviewedModule(key, "0" * 64, ModulePlan(())),))
    file = tmp_path / "reviewed.json"
    file.write_text(record.as_text(), encoding="utf-8")
    number = scene.opened(asked(RIGHT))
    assert reviewed(scene, number, "--plans", file).code == 0
    assert "What Terraform would do in 1 module" in scene.told(number)[0]
    file.write_text("{}", encoding="utf-8")
    assert reviewed(scene, number, "--plans", file).code == 1
