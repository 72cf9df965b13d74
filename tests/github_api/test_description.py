"""The fake and its clients keep to GitHub's own description, and a breach is noticed."""

from __future__ import annotations

import json

import pytest
from github import GithubException

from tests.support.github.allowances import ANSWERS, REQUESTS
from tests.support.github.description import FOLDER, SLICE, operation_id, slice_of_github
from tests.support.github.messages import Answer
from tests.support.github.operations import ROUTES, labels
from tests.support.github.routes import found
from tests.support.github.server import GitHub
from tests.support.github.state import Repository
from tools.github_api import SHA256, VERSION, cut, packed


def test_the_description_is_of_just_what_is_answered() -> None:
    described = {
        (method.upper(), path) for path, of in slice_of_github()["paths"].items() for method in of
    }
    assert described == {(route.method, route.path) for route in ROUTES}
    assert len(described) == len(ROUTES)


def test_the_description_says_where_it_comes_from() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert VERSION in readme
    assert SHA256 in readme
    assert "MIT" in (FOLDER / "LICENSE").read_text(encoding="utf-8")
    whole = slice_of_github()
    again = cut(whole, [(route.method, route.path) for route in ROUTES])
    assert packed(again) == SLICE.read_bytes()


def test_what_is_allowed_is_about_operations_that_there_are() -> None:
    names = [operation_id(route) for route in ROUTES]
    for pattern, _ in (*REQUESTS, *ANSWERS):
        assert any(name.startswith(pattern.rstrip("*")) for name in names)


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/repos/o/r/pulls/comments/7", "pulls/get-review-comment"),
        ("/repos/o/r/commits/a/b/status", "repos/get-combined-status-for-ref"),
        ("/repos/o/r/commits/a%2Fb", "repos/get-commit"),
        ("/repos/o/r/contents/d/b.txt", "repos/get-content"),
        ("/repos/o/r/git/ref/heads/a/b", "git/get-ref"),
        ("/repos/o/r/compare/a/b...c", "repos/compare-commits-with-basehead"),
    ],
)
def test_slashes_belong_to_names(path: str, operation: str) -> None:
    match = found(ROUTES, "GET", path)
    assert match
    assert operation_id(match[0]) == operation
    assert "/a/b" not in match[0].encoded(match[1])


def test_a_wrong_request_is_noticed(github: GitHub, estate: Repository) -> None:
    repo = github.as_user("alice").get_repo("acme/estate")
    with github.expecting_violations() as wrong:
        for method, path, body in (
            ("POST", "/repos/acme/estate/statuses/main", {"state": "fine"}),
            ("POST", "/repos/acme/estate/statuses/main", {}),
            ("GET", "/repos/acme/estate/pulls?stat=all", None),
            ("GET", "/repos/acme/estate/stars", None),
        ):
            with pytest.raises(GithubException):
                repo.requester.requestJsonAndCheck(method, path, input=body)
    assert len(wrong) == 4
    for said, part in zip(wrong, ["fine", "required", "stat: no", "not answer"], strict=True):
        assert part in said
        assert said.startswith("asked ")


def test_a_wrong_answer_is_noticed(
    github: GitHub, estate: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = github.world.token("alice")
    route = next(route for route in labels.answers if operation_id(route) == "issues/get-label")
    monkeypatch.setitem(route.__dict__, "handler", lambda call: Answer(200, {"name": "iam"}))
    with github.expecting_violations() as wrong:
        path = "/repos/acme/estate/labels/iam"
        github.client(token).requester.requestJsonAndCheck("GET", path)
    assert "'color' is a required property" in json.dumps(wrong)
