"""The workflows of an estate: which there are, where gitiam comes from, that they lint clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitiam.errors import GitiamError
from gitiam.founding.workflows import FOLDER, with_tool, workflows
from gitiam.shipped import workflows_dir
from tests.support.founding import TOOL
from tests.workflows.rules import RULES, Rule, Workflow, is_pinned_tool
from tests.workflows.test_linters import ACTIONLINT, SCHEMA, ZIZMOR, lint

OWN = workflows_dir()
NAMES = sorted(file.name for file in OWN.glob("*.yml") if file.name != "ci.yml")
MADE = {Path(path).name: text for path, text in workflows(OWN, TOOL).items()}


def test_all_but_the_one_that_tests_gitiam_come_along() -> None:
    assert sorted(MADE) == NAMES
    assert {"apply.yml", "nightly.yml", "pull-request.yml"} <= MADE.keys()
    assert all(path.startswith(f"{FOLDER}/") for path in workflows(OWN, TOOL))


def test_a_clone_takes_them_as_they_are() -> None:
    texts = {Path(path).name: text for path, text in workflows(OWN, None).items()}
    assert texts == {name: (OWN / name).read_text(encoding="utf-8") for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_job_that_uses_gitiam_has_it_from_its_pinned_commit(name: str) -> None:
    before = Workflow(name, (OWN / name).read_text(encoding="utf-8"))
    after = Workflow(name, MADE[name])
    assert before.jobs.keys() == after.jobs.keys()
    for job_id, job in after.jobs.items():
        steps = job["steps"]
        brought = [n for n, s in enumerate(steps) if is_pinned_tool(s.get("with") or {})]
        installs = [n for n, s in enumerate(steps) if "pip" in s.get("run", "")]
        had = sum("pip" in step.get("run", "") for step in before.jobs[job_id]["steps"])
        assert (len(brought), len(installs)) == (had, had)
        for there, then in zip(brought, installs, strict=True):
            assert then == there + 1
            assert steps[there]["with"]["repository"] == "example/gitiam"
            assert steps[there]["with"]["ref"] == TOOL.commit
            lines = steps[then]["run"].splitlines()
            assert lines[0].endswith("--require-hashes --requirement tool/requirements.lock")
            assert lines[1].endswith("--no-deps --no-build-isolation ./tool")
        # Everything else is as it was.
        kept = [s for n, s in enumerate(steps) if n not in {*brought, *installs}]
        assert kept == [s for s in before.jobs[job_id]["steps"] if "pip" not in s.get("run", "")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_they_keep_what_ours_promise(name: str, rule: Rule) -> None:
    assert list(rule(Workflow(name, MADE[name]))) == []


@pytest.mark.parametrize("command", [ZIZMOR, ACTIONLINT, SCHEMA], ids=lambda c: c[0])
def test_linters_find_nothing(tmp_path: Path, command: list[str]) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    for name, text in MADE.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = lint(command, sorted(folder.glob("*.yml")))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("--require-hashes ", ""),
        ("--no-deps ", ""),
        ("build-isolation .\n", "build-isolation .\n          pip install other\n"),
        ("      - name: Install gitiam\n", "      - name: Get it\n"),
    ],
)
def test_what_installs_otherwise_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = (OWN / "apply.yml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "apply.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(GitiamError, match=r"apply\.yml cannot be made .*: it installs"):
        workflows(tmp_path, TOOL)


def test_one_that_installs_nothing_stays() -> None:
    assert with_tool("on: push\n", TOOL) == "on: push\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [("ref", "main"), ("ref", TOOL.commit[:12]), ("path", "base"), ("repository", "${{ x }}")],
)
def test_a_checkout_that_can_be_moved_is_no_pinned_tool(key: str, value: str) -> None:
    good = {"repository": "example/gitiam", "ref": TOOL.commit, "path": "tool"}
    assert is_pinned_tool({**good, "persist-credentials": False})
    assert not is_pinned_tool({**good, "persist-credentials": False, key: value})
