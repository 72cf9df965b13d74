"""Ways around the approvals: each of them gets nothing applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from gitiam.cli.approving import Approvals, run_of, with_approvals
from gitiam.cli.pipeline import look, open_ledger
from gitiam.render.changes import record_of
from tests.cli.github.mainline import Main, main
from tests.cli.github.test_review import FILE, READ, SOON, asked, reviewed, status
from tests.support.estates import CONFIG, request
from tests.support.github.bare import Person

__all__ = ["main"]

OTHER = "requests/prod/reports.yaml"
PIPELINE = "prod/role/data-pipeline"
SHARED = """\
kind: policy
account: prod
policy: {name}
path: /a/
reason: What the pipelines may read
grants:
  - actions: [s3:GetObject]
    resources: ['arn:aws:s3:::reports/*']
"""
STRICT = CONFIG + "approvals:\n  estate: {people: dora}\n"
LOOSE = CONFIG + "approvals:\n  estate: {people: bob}\n"
REPORTS = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::reports/*']}"
HIDDEN = request(REPORTS, expires=SOON, principal="role/ci")


def pushed(main: Main, files: Mapping[str, str | None]) -> str:
    """Straight to the main branch."""
    return main.scene.github.world.commit(main.scene.repository, "main", files, by="bob")


def test_a_new_policy_does_not_approve_itself(main: Main) -> None:
    """Who may approve is named by a change of which they would be the approvers."""
    at = pushed(main, {"gitiam.yaml": STRICT})
    number = main.scene.opened({"gitiam.yaml": LOOSE})
    main.scene.approved(number)
    main.merged(number)
    more = main.scene.opened(asked(), ref="more")
    main.scene.approved(more)
    main.merged(more)
    said = main.held(applied={PIPELINE: at})[PIPELINE]
    assert said.startswith(f"gitiam.yaml is not approved as it is: #{number} was merged without")
    main.scene.repository.collaborators["dora"] = "write"
    main.scene.approved(number, by="dora")
    assert main.held(applied={PIPELINE: at}) == {PIPELINE: f"#{more} bob"}


def test_history_has_one_beginning(main: Main) -> None:
    """A second one below the first parent would be taken as it is."""
    git, world = main.scene.repository.git, main.scene.github.world
    now = Person("Bob", world.user("bob").email, world.now)
    files = {"gitiam.yaml": CONFIG, OTHER: HIDDEN}
    entries: list[tuple[str, str, str | None]]
    entries = [("100644", path, git.new_blob(text.encode())) for path, text in files.items()]
    tree = git.new_tree(None, entries)
    root = git.new_commit(tree, [], "Begin", now, now)
    tip = git.resolved("heads/main")
    assert tip is not None
    merge = git.new_commit(tree, [root, tip], "Merge", now, now)
    world.move(main.scene.repository, "refs/heads/main", merge, world.user("bob"))
    (said,) = main.held().values()
    assert "is not approved as it is" in said


def test_what_was_approved_for_another_branch_is_not_approved_for_main(main: Main) -> None:
    """The reviewer saw what differs from `next`, and nothing of what `next` holds itself."""
    scene, world = main.scene, main.scene.github.world
    world.commit(scene.repository, "next", {OTHER: HIDDEN}, by="alice")
    world.commit(scene.repository, "topic", asked(), by="alice", start="next")
    alice = scene.github.as_user("alice").get_repo("example/access")
    pull = alice.create_pull(base="next", head="topic", title="Access", body="Please.")
    scene.approved(pull.number)
    world.tick()
    pull.edit(base="main")
    main.merged(pull.number)
    held = main.held()
    assert all("was merged without what it needs" in said for said in held.values()), held
    world.tick()
    scene.approved(pull.number)
    assert set(main.held().values()) == {f"#{pull.number} bob"}


def test_a_merge_of_ones_own_leaves_nothing_out(main: Main) -> None:
    """Reviewers saw a prohibition beside the access; who merges by hand cannot drop it."""
    scene, world, git = main.scene, main.scene.github.world, main.scene.repository.git
    deny = request(READ.replace("{actions", "{effect: deny, actions"), expires=SOON)
    number = scene.opened({**asked(), OTHER: deny})
    scene.repository.collaborators["dora"] = "write"
    for login in ("bob", "dora"):
        scene.approved(number, by=login)
    tip, head = git.resolved("heads/main"), git.resolved("heads/topic")
    assert tip is not None
    assert head is not None
    now = Person("Alice", world.user("alice").email, world.now)
    blob = git.new_blob((asked()[FILE] or "").encode())
    tree = git.new_tree(tip, [("100644", FILE, blob)])
    merge = git.new_commit(tree, [tip, head], "Merge", now, now)
    pull = scene.repository.issues[number].pull
    assert pull is not None
    pull.merged, pull.merged_by, pull.merge_sha = world.now, world.user("alice"), merge
    scene.repository.issues[number].state = "closed"
    world.move(scene.repository, "refs/heads/main", merge, world.user("alice"))
    (said,) = main.held().values()
    assert f"{OTHER} was merged as something else" in said


def test_the_lock_file_is_looked_at_wherever_it_lies(main: Main) -> None:
    """It says which provider runs with the credentials."""
    lock = "terraform/lock.hcl"
    config = f"{CONFIG}terraform: {{lock_file: {lock}}}\n"
    at = pushed(main, {"gitiam.yaml": config, lock: "# as it was\n"})
    number = main.scene.opened(asked())
    main.scene.approved(number)
    main.merged(number)
    assert main.held(applied={PIPELINE: at}) == {PIPELINE: f"#{number} bob"}
    pushed(main, {lock: "# another provider\n"})
    assert f"{lock} is not approved as it is" in main.held(applied={PIPELINE: at})[PIPELINE]


@pytest.mark.parametrize("ends", ["expires", "goes"])
def test_no_prohibition_ends_because_nobody_knows_what_was_applied(main: Main, ends: str) -> None:
    """Access that nobody approved may go; a prohibition may not."""
    deny = READ.replace("{actions", "{effect: deny, actions")
    pushed(main, {**asked(), OTHER: request(deny, expires=SOON)})
    pushed(main, {OTHER: request(deny if ends == "expires" else READ, expires="2026-01-15")})
    if ends == "goes":
        pushed(main, {OTHER: None})
    estate = main.estate
    (change,) = look(estate, open_ledger(estate)).changes
    record = replace(record_of(change.module), origins={**change.module.origins, OTHER: "0"})
    record = replace(record, run={"commit": "0" * 40})
    reasons = (f"{OTHER} expired",) if ends == "expires" else (f"{OTHER} removed",)
    known = replace(change, record=record, reasons=reasons)
    (judged,) = with_approvals(estate, [known], Approvals(insist=True, waived=None))
    assert f"{OTHER} is not approved as it is" in str(judged.blocked)


def test_what_was_half_applied_is_not_taken_back_unseen(main: Main) -> None:
    """The record tells of the last apply that ended: a later one may have got further."""
    at = pushed(main, asked())
    less = main.scene.opened(asked(REPORTS))
    main.scene.approved(less)
    main.merged(less)
    pushed(main, asked())
    estate = main.estate
    (change,) = look(estate, open_ledger(estate)).changes
    record = replace(record_of(change.module), run={"commit": at})
    known = replace(change, record=replace(record, origins={}), previous=None)
    (judged,) = with_approvals(estate, [known], Approvals(insist=True, waived=None))
    assert f"{FILE} is not approved as it is" in str(judged.blocked)


def test_what_was_applied_is_what_was_checked_out(
    main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that waited, or is started again, applies the tip of main, and its own commit is old.

    Who put back what stood then would put back what "was applied".
    """
    old = pushed(main, asked())
    tip = pushed(main, asked(REPORTS))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_SHA", old)
    assert run_of(main.estate, Approvals(insist=True, waived=None))["commit"] == tip


def test_nothing_else_is_approved_than_what_comes_to_main(main: Main) -> None:
    """A status belongs to a commit: green for another branch would be green for main."""
    scene, world = main.scene, main.scene.github.world
    world.commit(scene.repository, "next", {OTHER: HIDDEN}, by="alice")
    world.commit(scene.repository, "topic", asked(), by="alice", start="next")
    alice = scene.github.as_user("alice").get_repo("example/access")
    number = alice.create_pull(base="next", head="topic", title="Access", body="Please.").number
    scene.approved(number)
    assert reviewed(scene, number).code == 0
    assert status(scene) == [
        ("pending", "Not approved: it is for next, and not for the main branch")
    ]


@pytest.mark.parametrize(
    ("name", "becomes"),
    [("readers", SHARED.replace("/a/", "/b/")), ("AmazonSQSReadOnlyAccess", None)],
)
def test_a_name_goes_on_to_mean_what_was_approved(
    main: Main, name: str, becomes: str | None
) -> None:
    """Nobody touched the request: what it attaches is said in the file of the policy."""
    shared = {OTHER: SHARED.format(name=name)}
    at = pushed(main, {**asked(f"- managed_policy: {name}"), **shared})
    pushed(main, {OTHER: becomes and becomes.format(name=name)})
    said = main.held(applied={PIPELINE: at})[PIPELINE]
    assert f"{OTHER} is not approved as it is" in said
