"""What a pull request's reviewers are told on GitHub, and whether it is approved."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from gitiam.report.comment import MARKER
from tests.cli.github.conftest import Ran, Scene
from tests.support.estates import CONFIG, request
from tests.support.webhook import webhook

SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
ADMIN = "- {actions: ['*'], resources: ['*']}"
FILE = "requests/prod/orders.yaml"
RIGHTS = {"pull_requests": "write", "statuses": "write", "contents": "read"}


def asked(grants: str = READ, **keys: str) -> dict[str, str | None]:
    return {FILE: request(grants, expires=SOON, **keys)}


def reviewed(scene: Scene, number: int, *more: str, **rights: str) -> Ran:
    head, base = scene.files("topic", "head"), scene.files("main", "base")
    root = base.parent
    options = ("--requests", head, "--against", base, *more)
    return scene.run("-C", root, "github", "review", number, *options, **(rights or RIGHTS))


def approvals(scene: Scene, number: int, *more: str) -> Ran:
    head, base = scene.files("topic", "head"), scene.files("main", "base")
    options = ("--requests", head, "--against", base, *more)
    return scene.run("-C", base.parent, "approvals", number, *options, **RIGHTS)


def status(scene: Scene) -> list[tuple[str, str]]:
    client = scene.github.as_user("carol").get_repo(scene.repository.full_name)
    head = scene.repository.git.resolved("heads/topic")
    assert head is not None
    at = f"/repos/{scene.repository.full_name}/commits/{head}/statuses"
    _, found = client.requester.requestJsonAndCheck("GET", at)
    return [(one["state"], one["description"]) for one in found]


def test_the_comment_and_the_status(scene: Scene) -> None:
    number = scene.opened(asked())
    ran = reviewed(scene, number)
    assert ran.code == 0, ran
    (comment,) = scene.told(number)
    assert comment.startswith(f"{MARKER}\n### 🟢 low risk: 1 request file, 1 module to change")
    assert "| 0 of 1 |" in comment
    assert "Not approved: 0 of 1 approvals" in comment
    assert status(scene) == [("pending", "Not approved: 0 of 1 approvals")]
    scene.approved(number)
    assert reviewed(scene, number).code == 0
    (comment,) = scene.told(number)
    assert "Approved by bob" in comment
    assert "| 1 of 1 |" in comment
    assert status(scene)[0] == ("success", "Approved by bob")


def test_few_calls_are_made(scene: Scene) -> None:
    number = scene.opened(asked())
    scene.approved(number)
    scene.github.log.clear()
    reviewed(scene, number)
    assert 0 < len(scene.github.log.reads) <= 15
    assert 0 < len(scene.github.log.writes) <= 5


def test_a_finding_that_blocks_has_its_code(scene: Scene) -> None:
    number = scene.opened(asked(account="prd"))
    ran = reviewed(scene, number)
    assert ran.code == 10
    assert "there is no account" in scene.told(number)[0]


def test_of_an_older_commit_nothing_is_said(scene: Scene) -> None:
    number = scene.opened(asked())
    ran = reviewed(scene, number, "--head", "0" * 40)
    assert (ran.code, scene.told(number), status(scene)) == (0, [], [])
    assert "has a newer commit" in ran.err
    assert approvals(scene, number, "--head", "0" * 40).code == 10


@pytest.mark.parametrize("command", [("approvals",), ("github", "review")])
def test_a_pull_request_does_not_judge_itself(scene: Scene, command: tuple[str, ...]) -> None:
    number = scene.opened(asked())
    head, base = scene.files("topic", "head"), scene.files("main", "base")
    ran = scene.run("-C", head.parent, *command, number, "--against", base, **RIGHTS)
    assert ran.code == 2
    assert "which request files" in ran.err


def test_a_token_that_may_not_write_is_said(scene: Scene) -> None:
    number = scene.opened(asked())
    ran = reviewed(scene, number, pull_requests="read", contents="read", statuses="read")
    assert ran.code == 1
    assert "permissions" in ran.err


def test_nobody_approves_the_own_request(scene: Scene) -> None:
    number = scene.opened(asked())
    scene.approved(number)
    assert approvals(scene, number).code == 0
    scene.github.world.commit(scene.repository, "topic", asked(reason="Something else"), by="bob")
    scene.approved(number)
    ran = approvals(scene, number, "--format", "json")
    assert ran.code == 10
    (uncounted,) = json.loads(ran.out)["uncounted"]
    assert "wrote a commit of this pull request" in uncounted["reasons"]


def test_who_may_only_read_does_not_count(scene: Scene) -> None:
    number = scene.opened(asked())
    scene.approved(number, by="carol")
    ran = approvals(scene, number)
    assert ran.code == 10
    assert "carol has no write permission" in ran.out


def test_what_is_dangerous_needs_two(scene: Scene) -> None:
    number = scene.opened(asked(ADMIN))
    scene.approved(number)
    ran = approvals(scene, number, "--status")
    assert ran.code == 10
    assert "1 of 2 approvals" in status(scene)[0][1]


def test_a_change_of_the_configuration_is_no_request(scene: Scene) -> None:
    number = scene.opened({**asked(), "gitiam.yaml": "accounts: {}\n"})
    scene.approved(number)
    ran = approvals(scene, number)
    assert ran.code == 10
    assert "what is no request" in ran.out


def test_a_forged_comment_stays_where_it_is(scene: Scene) -> None:
    number = scene.opened(asked())
    bob = scene.github.as_user("bob").get_repo(scene.repository.full_name)
    bob.get_issue(number).create_comment(f"{MARKER}\nApproved by everybody")
    reviewed(scene, number)
    forged, ours = scene.told(number)
    assert forged == f"{MARKER}\nApproved by everybody"
    assert ours.startswith(f"{MARKER}\n###")


def test_the_chat_hears_what_is_new(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"gitiam.yaml": f"{CONFIG}notify: {{slack: {{webhook: HOOK}}}}\n"}
    scene.github.world.commit(scene.repository, "main", config)
    with webhook() as hook:
        monkeypatch.setenv("HOOK", hook.address)
        number = scene.opened(asked())
        reviewed(scene, number)
        reviewed(scene, number)
        scene.approved(number)
        reviewed(scene, number)
        reviewed(scene, number)
    assert [body["text"] for body in hook.bodies] == [
        "#1 Access",
        "#1 needs a review: Access",
        "#1 is approved: Access",
    ]
