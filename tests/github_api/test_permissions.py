"""Who may see and do what: people by their role, apps by what they were given."""

from __future__ import annotations

import pytest
from github import GithubException

from tests.support.github.server import GitHub
from tests.support.github.state import Repository


def status_of(github: GitHub, token: str | None, method: str, path: str) -> int:
    """What one request is answered with."""
    try:
        github.client(token).requester.requestJsonAndCheck(method, path)
    except GithubException as refused:
        return refused.status
    return 200


@pytest.mark.parametrize(("login", "status"), [("carol", 200), ("dave", 404)])
def test_a_private_repository_is_not_there_for_strangers(
    github: GitHub, estate: Repository, login: str, status: int
) -> None:
    assert status_of(github, github.world.token(login), "GET", "/repos/acme/estate") == status
    assert status_of(github, None, "GET", "/repos/acme/estate") == 404
    assert status_of(github, "nonsense", "GET", "/repos/acme/estate") == 401


def test_a_reader_does_not_merge(github: GitHub, estate: Repository) -> None:
    github.world.commit(estate, "topic", {"a.txt": "2\n"})
    repo = github.as_user("alice").get_repo("acme/estate")
    repo.create_pull(base="main", head="topic", title="T")
    pull = github.as_user("carol").get_repo("acme/estate").get_pull(1)
    with pytest.raises(GithubException) as refused:
        pull.merge()
    assert refused.value.status == 403
    assert pull.create_review(event="APPROVE").state == "APPROVED"  # which counts for nothing
    assert repo.get_collaborator_permission("carol") == "read"


@pytest.mark.parametrize(
    ("permissions", "passes"),
    [({"issues": "write"}, True), ({"issues": "read"}, False), ({}, False)],
)
def test_a_workflow_has_what_it_was_given(
    github: GitHub, estate: Repository, permissions: dict[str, str], passes: bool
) -> None:
    repo = github.as_workflow(estate, permissions).get_repo("acme/estate")
    if passes:
        assert repo.create_issue("Drift").user.login == "github-actions[bot]"
        return
    with pytest.raises(GithubException, match="Resource not accessible by integration") as refused:
        repo.create_issue("Drift")
    assert refused.value.status == 403
    assert estate.issues == {}


def test_no_workflow_sees_who_is_in_a_team(github: GitHub, estate: Repository) -> None:
    github.world.team("acme", "platform", ["bob"])
    path = "/orgs/acme/teams/platform/memberships/bob"
    workflow = github.world.workflow_token(estate, {"contents": "write"})
    app = github.world.app_token(estate, {"members": "read"})
    tokens = [workflow, app, github.world.token("bob"), github.world.token("dave")]
    assert [status_of(github, token, "GET", path) for token in tokens] == [403, 200, 200, 404]
    with pytest.raises(ValueError, match="members"):
        github.world.workflow_token(estate, {"members": "read"})


def test_a_team_gives_its_role(github: GitHub, estate: Repository) -> None:
    github.world.team("acme", "platform", ["erin"])
    estate.teams["platform"] = "maintain"
    repo = github.as_user("alice").get_repo("acme/estate")
    assert repo.get_collaborator_permission("erin") == "write"  # GitHub's older word
    assert repo.get_collaborator_permission("dave") == "none"
