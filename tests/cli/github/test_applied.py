"""Pull requests hear what became of them, and one issue keeps what failed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gitiam.applied import Applied, Standing, State
from gitiam.models import ModuleKey
from gitiam.report.applied import LABEL, ROOM, comment_text, issue_text
from tests.cli.github.conftest import Ran, Scene
from tests.support.github.faults import Bounds
from tests.support.thorough import thorough

MAY = {"issues": "write", "pull_requests": "write"}


def entry(name: str, **more: object) -> dict[str, object]:
    body = {"account": "prod", "principal": f"role/{name}", "digest": "0" * 64, "previous": None}
    files = [f"requests/{name}.yaml"]
    told = {"reasons": [f"{files[0]} added"], "files": files, "empties": False, "destroys": None}
    return body | told | more


def results(*applied: str, **failed: str) -> str:
    body = {
        "applied": [entry(name) for name in applied],
        "failed": [entry(name, error=error) for name, error in failed.items()],
        "unchanged": 0,
        "left": 0,
        "at": "2027-01-15T03:00:00+00:00",
    }
    return json.dumps(body)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitiam.review.github.applied.PAUSE", 0)


def merged(scene: Scene, *names: str) -> list[int]:
    numbers = []
    for name in names:
        number = scene.opened({f"requests/{name}.yaml": f"# {name}\n"}, ref=name)
        bob = scene.github.as_user("bob").get_repo(scene.repository.full_name)
        bob.get_pull(number).merge()
        numbers.append(number)
    return numbers


def tell(scene: Scene, text: str | None, *pending: str, form: str = "text") -> Ran:
    root = scene.folder / "clone"
    if not root.exists():
        source = str(scene.repository.git.root)
        subprocess.run(["git", "clone", "--quiet", "--branch=main", source, str(root)], check=True)
    before = scene.folder / "pending.json"
    changes = {"pending": [entry(name) for name in pending], "unchanged": 0}
    before.write_text(json.dumps(changes), encoding="utf-8")
    files: list[str | Path] = []
    if text is not None:
        files = [scene.folder / "applied.json"]
        Path(files[0]).write_text(text, encoding="utf-8")
    words = ["-C", root, "github", "applied", "--pending", before, *files, "--format", form]
    return scene.run(*words, **MAY)


def issues(scene: Scene) -> list[tuple[str, str]]:
    repository = scene.github.as_user("carol").get_repo(scene.repository.full_name)
    return [(i.state, i.body) for i in repository.get_issues(state="all", labels=[LABEL])]


def test_a_failure_is_kept_until_it_is_applied(scene: Scene) -> None:
    well, badly = merged(scene, "a", "b")
    ran = tell(scene, results("a", b="AccessDenied. The role lacks @alice"), "a", "b")
    assert (ran.code, ran.err) == (0, "")
    (comment,) = scene.told(well)
    assert "**This is in AWS:** 1 module applied" in comment
    assert f"`gitiam revert {well}`" in comment
    (comment,) = scene.told(badly)
    assert "❌ failed | prod/role/b" in comment
    assert "@alice" not in comment
    ((state, text),) = issues(scene)
    assert (state, "AccessDenied" in text, "prod/role/a" in text) == ("open", True, False)

    # A job that died tells nothing: what it was to do is still missing.
    tell(scene, None, "b")
    ((state, text),) = issues(scene)
    assert (state, "⏳ pending | prod/role/b" in text) == ("open", True)

    tell(scene, results("b"), "b")
    ((state, text),) = issues(scene)
    assert (state, "prod/role/b" in text) == ("closed", False)
    (comment,) = scene.told(badly)
    assert "**This is in AWS:**" in comment


def test_so_many_comments_and_no_more(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitiam.review.github.applied.MOST_WRITES", 2)
    names = ["a", "b", "c", "d", "e"]
    numbers = merged(scene, *names)
    for written in (2, 4, 5):
        ran = tell(scene, results(*names), *names)
        assert ran.code == (0 if written == 5 else 11)
        assert sum(len(scene.told(number)) for number in numbers) == written
    assert "put off" not in ran.err


@pytest.mark.parametrize(
    "broken", ["", "{}", "[]", results("../x"), results("a").replace("requests/a", "gitiam", 9)]
)
def test_what_is_not_understood_is_told_to_nobody(scene: Scene, broken: str) -> None:
    (number,) = merged(scene, "a")
    ran = tell(scene, broken, "a")
    assert (ran.code, ran.out) == (1, "")
    assert (scene.told(number), issues(scene)) == ([], [])


def test_a_summary_for_the_page_of_the_run(scene: Scene) -> None:
    ran = tell(scene, results("a", b="no"), "a", "b", form="markdown")
    assert ran.out.startswith("**1 module failed, 1 module applied**")


def test_thousands_of_failures_find_room() -> None:
    one = [
        Standing(ModuleKey.parse(f"prod/role/r{n}"), State.FAILED, ("x" * 999,), (), "|" * 9_999)
        for n in range(3_000)
    ]
    told = Applied(tuple(one))
    for text in (issue_text(told, None), comment_text(1, one, told, None)):
        assert len(text) < ROOM + 3_000
        assert "left out here" in text


@thorough
def test_github_bears_the_pace(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many pull requests as modules: GitHub takes 80 comments a minute, and 500 an hour."""
    names = [f"n{number}" for number in range(100)]
    numbers = merged(scene, *names)
    clock = [0.0]

    def pause(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr("gitiam.review.github.applied.PAUSE", 1.0)
    monkeypatch.setattr("gitiam.review.github.applied.time.sleep", pause)
    scene.github.bounds = Bounds(now=lambda: clock[0], on=True)
    scene.github.log.clear()
    ran = tell(scene, results(*names), *names)
    assert (ran.code, ran.err) == (0, "")
    assert {one.status for one in scene.github.log.entries} <= {200, 201}
    assert all(len(scene.told(number)) == 1 for number in numbers)
