"""Apply looks again: what came to the main branch without its approvals is held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitiam.approvals.record import Approved
from gitiam.cli.approving import Approvals, with_approvals
from gitiam.cli.common import EstateContext
from gitiam.cli.pipeline import look, open_ledger
from gitiam.errors import GitiamError, UsageError
from tests.cli.github.mainline import Main, as_applied, main
from tests.cli.github.test_review import FILE, READ, SOON, asked
from tests.support.estates import CONFIG, request
from tests.support.repositories import Repo

OTHER = "requests/prod/reports.yaml"
__all__ = ["main"]

REPORTS = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::reports/*']}"
SEND = "- {actions: [sqs:SendMessage], resources: ['arn:aws:sqs:us-east-1:111122223333:orders']}"


@pytest.mark.parametrize("method", ["squash", "merge"])
def test_what_was_approved_goes_through(main: Main, method: str) -> None:
    number = main.scene.opened(asked())
    main.scene.approved(number)
    main.merged(number, method)
    assert main.held() == {"prod/role/data-pipeline": f"#{number} bob"}


def test_what_slipped_past_applies_nothing_and_says_so(main: Main) -> None:
    number = main.scene.opened(asked())
    main.merged(number)
    (said,) = main.held().values()
    assert f"#{number} was merged without what it needs" in said
    assert "0 of 1 approvals" in said


def test_a_late_review_counts(main: Main) -> None:
    number = main.scene.opened(asked())
    main.merged(number)
    main.scene.approved(number)
    assert main.held() == {"prod/role/data-pipeline": f"#{number} bob"}


def test_a_push_to_main_is_no_pull_request(main: Main) -> None:
    main.scene.github.world.commit(main.scene.repository, "main", asked(), by="bob")
    (said,) = main.held().values()
    assert "without a pull request of its own" in said


def test_an_approval_before_the_last_push_does_not_count(main: Main) -> None:
    number = main.scene.opened(asked())
    main.scene.approved(number)
    main.scene.github.world.commit(main.scene.repository, "topic", asked(SEND), by="alice")
    main.merged(number)
    (said,) = main.held().values()
    assert "was merged without what it needs" in said


def test_what_is_merged_must_be_what_was_shown(main: Main) -> None:
    """Two pull requests changed one file in different lines: nobody saw what came of both."""
    world, repository = main.scene.github.world, main.scene.repository
    text = request(f"{REPORTS}\n# room\n# room\n# room\n# room\n", expires=SOON)
    at = world.commit(repository, "main", {FILE: text})
    first = main.scene.opened({FILE: text.replace("Backfill", "Fill")}, ref="first")
    second = main.scene.opened({FILE: text + f"  {SEND}\n"}, ref="second")
    for number in (first, second):
        main.scene.approved(number)
        main.merged(number)
    assert "something else than" in str(main.held(applied={"prod/role/data-pipeline": at}))


def test_one_that_nobody_approved_does_not_hold_the_others(main: Main) -> None:
    good = main.scene.opened(asked())
    bad = main.scene.opened(
        {OTHER: request(REPORTS, expires=SOON, principal="role/ci")}, ref="other"
    )
    main.scene.approved(good)
    main.merged(good)
    main.merged(bad)
    held = main.held()
    assert held["prod/role/data-pipeline"] == f"#{good} bob"
    assert "was merged without what it needs" in held["prod/role/ci"]


def test_a_later_approval_does_not_make_good_an_earlier_commit(main: Main) -> None:
    world, repository = main.scene.github.world, main.scene.repository
    world.commit(repository, "main", asked(), by="bob")
    number = main.scene.opened(asked(reason="Backfill the orders table after INC-205"))
    main.scene.approved(number)
    main.merged(number)
    (said,) = main.held().values()
    assert "without a pull request of its own" in said


def test_what_was_taken_back_leaves_nothing_to_approve(main: Main) -> None:
    world, repository = main.scene.github.world, main.scene.repository
    at = world.commit(repository, "main", {"README.md": "x"})
    world.commit(repository, "main", {FILE: request(SEND, expires=SOON)}, by="bob")
    world.commit(repository, "main", {FILE: None}, by="bob")
    number = main.scene.opened(asked())
    main.scene.approved(number)
    main.merged(number)
    assert main.held(applied={"prod/role/data-pipeline": at}) == {
        "prod/role/data-pipeline": f"#{number} bob"
    }


def test_what_was_applied_before_needs_no_approval_again(main: Main) -> None:
    at = main.scene.github.world.commit(main.scene.repository, "main", asked(), by="bob")
    assert main.held(applied={"prod/role/data-pipeline": at}) == {"prod/role/data-pipeline": ""}


def test_the_policy_is_not_taken_away_by_the_way(main: Main) -> None:
    """An unapproved change of gitiam.yaml holds everything back that comes after it."""
    world, repository = main.scene.github.world, main.scene.repository
    loose = CONFIG + "approvals:\n  by_rule:\n    - {id: all, version: 1, max_risk: medium, "
    loose += "tiers: [critical, free], access: [read, list, write], max_days: 366}\n"
    world.commit(repository, "main", {"gitiam.yaml": loose}, by="bob")
    number = main.scene.opened(asked())
    main.merged(number)
    (said,) = main.held().values()
    assert said.startswith("gitiam.yaml is not approved as it is")


def test_a_repository_may_be_older_than_its_approvals(main: Main) -> None:
    world, repository = main.scene.github.world, main.scene.repository
    at = world.commit(repository, "main", asked(), by="bob")
    since = {"gitiam.yaml": f"{CONFIG}approvals:\n  since: {at}\n"}
    number = main.scene.opened(dict(since))
    main.merged(number)
    (said,) = main.held().values()
    assert said.startswith("gitiam.yaml is not approved as it is")
    for login in ("bob", "dora"):
        repository.collaborators["dora"] = "write"
        main.scene.approved(number, by=login)
    assert main.held() == {"prod/role/data-pipeline": ""}


def test_files_that_are_not_the_commit_are_not_applied(main: Main) -> None:
    number = main.scene.opened(asked())
    main.scene.approved(number)
    main.merged(number)
    estate = main.estate
    (estate.root / FILE).write_text(request(SEND, expires=SOON))
    changes = look(estate, open_ledger(estate)).changes
    with pytest.raises(GitiamError, match="is not what commit"):
        with_approvals(estate, changes, Approvals(insist=True, waived=None))


def test_history_that_is_cut_off_tells_nothing(main: Main) -> None:
    number = main.scene.opened(asked())
    main.scene.approved(number)
    main.merged(number)
    source = f"file://{main.scene.repository.git.root}"
    Repo(main.scene.folder).git("clone", "--quiet", "--depth=1", source, "shallow")
    estate = EstateContext(Path(main.scene.folder / "shallow"), None, datetime.now(UTC))
    changes = look(estate, open_ledger(estate)).changes
    with pytest.raises(GitiamError, match="history is cut off"):
        with_approvals(estate, changes, Approvals(insist=True, waived=None))


def test_where_github_is_silent_nothing_is_applied(
    main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = main.scene.opened(asked())
    main.scene.approved(number)
    main.merged(number)
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_nobody_knows_this")
    (said,) = main.held().values()
    assert "GitHub does not know the token" in said


def test_without_a_word_about_them_approvals_are_not_skipped(main: Main) -> None:
    config = f"{CONFIG}approvals:\n  needed: [{{count: 1}}]\n"
    main.scene.github.world.commit(
        main.scene.repository, "main", {**asked(), "gitiam.yaml": config}
    )
    estate = main.estate
    changes = look(estate, open_ledger(estate)).changes
    with pytest.raises(UsageError, match="asks for approvals"):
        with_approvals(estate, changes, Approvals(insist=False, waived=None))
    with pytest.raises(UsageError, match="wants a reason"):
        with_approvals(estate, changes, Approvals(insist=False, waived=" "))
    (change,) = with_approvals(estate, changes, Approvals(False, "The fire brigade is here"))
    assert Approved.from_text(change.approvals[FILE]).waived == "The fire brigade is here"


GONE = request(READ, expires="2026-01-15")
FORBIDS = request(READ.replace("{actions", "{effect: deny, actions"), expires="2026-01-15")


@pytest.mark.parametrize(("text", "waits"), [(GONE, False), (FORBIDS, True)])
def test_what_expired_may_be_removed_by_rule(main: Main, text: str, waits: bool) -> None:
    """A removal that takes a prohibition away is for people, whoever merges it."""
    world, repository = main.scene.github.world, main.scene.repository
    at = world.commit(repository, "main", {**asked(), OTHER: text})
    commit = world.commit(repository, "main", {OTHER: None}, by="bob")
    estate = main.estate
    change = as_applied(
        replace(look(estate, open_ledger(estate)).changes[0]), {"prod/role/data-pipeline": at}
    )
    assert change.record is not None
    record = replace(change.record, origins={**change.module.origins, OTHER: "0"})
    (judged,) = with_approvals(
        estate, [replace(change, record=record)], Approvals(insist=True, waived=None)
    )
    if waits:
        assert "without a pull request of its own" in str(judged.blocked)
    else:
        approved = Approved.from_text(judged.approvals[OTHER])
        assert (approved.rule, approved.rule_version, approved.merge) == ("expired", 1, commit)


def test_three_hundred_modules_cost_few_calls(main: Main) -> None:
    files = {
        f"requests/prod/reader-{number}.yaml": request(
            READ, expires=SOON, principal=f"role/reader-{number}"
        )
        for number in range(300)
    }
    number = main.scene.opened(dict(files))
    main.scene.approved(number)
    main.merged(number)
    main.scene.github.log.clear()
    held = main.held()
    assert len(held) == 300
    assert set(held.values()) == {f"#{number} bob"}
    assert 0 < len(main.scene.github.log.reads) <= 20
    assert main.scene.github.log.writes == []
