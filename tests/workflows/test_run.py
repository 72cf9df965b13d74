"""The workflow files themselves, run by act on this machine, without containers and network.

Actions of others are stubs, `python` and `gitiam` write down how they were called; what is real is
the order of the steps, the conditions of the jobs, the shell and what an exit code does to a run.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.act import WORKFLOWS, Start, actions_in

ESTATE = "acme/estate"

#: Lays the folders that the real checkout would bring; the workflow says which.
STUB = """
name: stub
inputs:
  path: {default: .}
  role-to-assume: {default: ""}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        FOLDER: ${{ inputs.path }}
        ROLE: ${{ inputs.role-to-assume }}
      run: |
        test -f "$FOLDER" || mkdir -p "$FOLDER/requests"
        if test -n "$ROLE"; then echo "assume $ROLE" >> "$CALLS"; fi
"""
RECORDER = """#!/bin/sh
echo "{name} $*" | sed "s|$PWD|.|g" >> "$CALLS"
case "$*" in *--shards*) echo '{{"shards": [{{"shard": "1/1", "modules": ["a/role/b"]}}]}}';; esac
for word in "$@"; do
  case "$word" in {codes} esac
done
"""


@dataclass(frozen=True)
class Run:
    """How a run ended, what was called in it, and what it wrote to the step summary."""

    ok: bool
    calls: list[str]
    log: str


Act = Callable[..., Run]


@pytest.fixture
def act(tmp_path: Path) -> Act:
    """Run one workflow: `act(name, event, payload, exits={"changes": 11}, variables={…})`."""
    work, calls, stub = tmp_path / "work", tmp_path / "calls", tmp_path / "stub"
    stub.mkdir()
    (stub / "action.yml").write_text(STUB, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(work)], check=True)
    git = ["git", "-C", str(work), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "start"], check=True)
    # act takes the repository's name from here
    subprocess.run([*git, "remote", "add", "origin", f"https://github.com/{ESTATE}"], check=True)

    def run(
        name: str,
        event: str,
        payload: Mapping[str, object],
        exits: Mapping[str, int] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Run:
        text = (WORKFLOWS / name).read_text(encoding="utf-8")
        calls.write_text("", encoding="utf-8")
        done = Start(
            workflow=text,
            event=event,
            payload=payload,
            git=work,
            folder=tmp_path / "run",
            stubs=dict.fromkeys(actions_in(text), stub),
            path=_programs(tmp_path / "bin", exits or {}),
            variables=variables or {},
            environment={"CALLS": str(calls)},
        ).run()
        return Run(done.ok, calls.read_text(encoding="utf-8").splitlines(), done.log)

    return run


def _programs(folder: Path, exits: Mapping[str, int]) -> str:
    folder.mkdir(exist_ok=True)
    codes = " ".join(f"{word}) exit {code};;" for word, code in exits.items()) or "*) ;;"
    git = folder / "git"
    script = 'if test "$*" = "rev-parse HEAD"; then echo c; else echo m; echo b; echo h; fi'
    git.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    git.chmod(0o755)
    for name in ("python", "gitiam", "node"):
        program = folder / name
        program.write_text(RECORDER.format(name=name, codes=codes), encoding="utf-8")
        program.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def pull_request(head: str = ESTATE) -> dict[str, object]:
    request = {"number": 7, "base": {"sha": "b" * 40, "ref": "main"}}
    request["head"] = {"sha": "c" * 40, "ref": "x", "repo": {"full_name": head}}
    return {"number": 7, "pull_request": request, "repository": {"full_name": ESTATE}}


PUSH = {"ref": "refs/heads/main", "repository": {"full_name": ESTATE, "default_branch": "main"}}
VARIABLES = {
    "GITIAM_ESTATE": ESTATE,
    "GITIAM_PLAN_ROLE": "arn:aws:iam::111122223333:role/plan",
    "GITIAM_APPLY_ROLE": "arn:aws:iam::111122223333:role/apply",
    "GITIAM_CRAWL_ROLE": "arn:aws:iam::111122223333:role/crawl",
}
INSTALL = [
    "python -m pip install --require-hashes --requirement base/requirements.lock",
    "python -m pip install --no-deps --no-build-isolation ./base",
]
VALIDATE = (
    "gitiam -C base validate --requests ./head/requests --against ./before/requests --format github"
)
CHANGES = (
    "gitiam -C base changes --requests ./head/requests --against ./before/requests"
    " --format markdown"
)
PLAN = "gitiam -C base plan --requests ./head/requests --save reviewed.json"
REVIEW = (
    "gitiam -C base github review 7 --head h --requests ./head/requests --against ./before/requests"
)

REVIEW_OF_PLANS = f"{REVIEW} --plans planned/reviewed.json"
SARIF = VALIDATE.replace("github", "sarif")
HAND_OVER = "gitiam github sarif gitiam.sarif --commit m --ref refs/pull/7/merge"


def test_a_pull_request_is_validated_previewed_and_planned(act: Act) -> None:
    run = act("pull-request.yml", "pull_request_target", pull_request(), {"plan": 11}, VARIABLES)
    assert run.ok, run.log
    assert run.calls == [
        *INSTALL,
        VALIDATE,
        CHANGES,
        *INSTALL,
        "assume arn:aws:iam::111122223333:role/plan",
        PLAN,
        *INSTALL,
        REVIEW_OF_PLANS,
    ]


@pytest.mark.parametrize(
    ("head", "variables"),
    [("stranger/estate", VARIABLES), (ESTATE, {}), (ESTATE, {"GITIAM_ESTATE": "other/estate"})],
)
def test_a_fork_or_a_copy_gets_no_credentials(
    act: Act, head: str, variables: dict[str, str]
) -> None:
    run = act("pull-request.yml", "pull_request_target", pull_request(head), None, variables)
    assert run.ok, run.log
    assert run.calls == [*INSTALL, VALIDATE, CHANGES, *INSTALL, REVIEW]


@pytest.mark.parametrize(
    "exits",
    [{"validate": 10}, {"validate": 1}, {"changes": 1}, {"changes": 3}, {"changes": 10}],
    ids=str,
)
def test_findings_and_errors_stop_a_pull_request_before_credentials(
    act: Act, exits: dict[str, int]
) -> None:
    run = act("pull-request.yml", "pull_request_target", pull_request(), exits, VARIABLES)
    assert not run.ok
    assert VALIDATE in run.calls, run.log
    assert not any(call.startswith("assume") for call in run.calls)
    assert run.calls[-1] == REVIEW


@pytest.mark.parametrize(("code", "ok"), [(0, True), (11, True), (1, False), (3, False)])
def test_a_plan_with_changes_is_no_failure(act: Act, code: int, ok: bool) -> None:
    run = act("pull-request.yml", "pull_request_target", pull_request(), {"plan": code}, VARIABLES)
    assert run.calls[-4:] == [PLAN, *INSTALL, REVIEW_OF_PLANS if ok else REVIEW]
    assert run.ok is ok


def test_a_review_that_was_handed_in_starts_it_anew(act: Act) -> None:
    event = {"workflow_run": {"pull_requests": [{"number": 7}]}, **PUSH}
    run = act("pull-request.yml", "workflow_run", event, {"plan": 11}, VARIABLES)
    assert run.ok, run.log
    assert run.calls[-1] == REVIEW_OF_PLANS


def test_findings_go_to_code_scanning_where_there_is_one(act: Act) -> None:
    exits = {"validate": 10}  # whatever they are: a finding that blocks is one to be shown
    variables = {"GITIAM_CODE_SCANNING": "true"}
    run = act("pull-request.yml", "pull_request_target", pull_request(), exits, variables)
    assert SARIF in run.calls, run.log
    assert run.calls[run.calls.index(SARIF) + 1] == HAND_OVER
    without = act("pull-request.yml", "pull_request_target", pull_request(), exits, {})
    assert not any("sarif" in call for call in without.calls)


def test_of_a_fork_nobody_knows_which_one_was_reviewed(act: Act) -> None:
    event = {"workflow_run": {"pull_requests": []}, **PUSH}
    run = act("pull-request.yml", "workflow_run", event, None, VARIABLES)
    assert run.ok, run.log
    assert run.calls == []


@pytest.mark.parametrize(("code", "ok"), [(0, True), (1, False)])
def test_a_push_to_main_applies_and_tells(act: Act, code: int, ok: bool) -> None:
    run = act("apply.yml", "push", PUSH, {"apply": code}, VARIABLES)
    assume = "assume arn:aws:iam::111122223333:role/apply"
    calls = [call for call in run.calls if not call.startswith("python")]
    look = "gitiam changes --save pending.json --shards 20 --shard-size 50"
    assert calls[:2] == [assume, look], run.log
    assert calls[2:-1] == [assume, "gitiam apply --format json"], run.log
    assert calls[-1].startswith("gitiam github applied --pending told/pending.json")
    assert run.ok is ok


@pytest.mark.parametrize(
    ("ref", "variables"),
    [
        ("refs/heads/feature", VARIABLES),
        ("refs/heads/main", {}),
        ("refs/heads/main", VARIABLES | {"GITIAM_ESTATE": "acme/other"}),
    ],
)
def test_nothing_is_applied_from_elsewhere(act: Act, ref: str, variables: dict[str, str]) -> None:
    for name in ("apply.yml", "nightly.yml"):
        run = act(name, "workflow_dispatch", PUSH | {"ref": ref}, None, variables)
        # act reads the matrix even of a job that does not run, and fails at there being none.
        assert run.ok or name == "apply.yml", run.log
        assert run.calls == []


NIGHT = [
    "assume arn:aws:iam::111122223333:role/apply",
    "gitiam apply --format json",
    "assume arn:aws:iam::111122223333:role/crawl",
    "gitiam crawl --out snapshots",
    "gitiam drift --snapshot snapshots --format json",
    "gitiam drift --snapshot snapshots --format markdown",
    "gitiam github drift drift.json",
    "gitiam github applied told",
    "gitiam github expiring",
]
TIDY = "gitiam github tidy --merge"


@pytest.mark.parametrize(
    "exits", [{}, {"apply": 1}, {"crawl": 1}, {"drift": 12}, {"expiring": 1}], ids=str
)
def test_the_night_takes_away_compares_and_tells_whatever_happens(
    act: Act, exits: dict[str, int]
) -> None:
    """But nothing is tidied up where not everything could be taken away."""
    run = act("nightly.yml", "workflow_dispatch", PUSH, exits, VARIABLES)
    calls = [call for call in run.calls if not call.startswith("python")]
    assert [call for call in calls if call != TIDY] == NIGHT, run.log
    assert (TIDY in calls) is ("apply" not in exits), run.log
    assert run.ok is (not exits), run.log


def issue_event(action: str = "opened", label: str = "access-request") -> dict[str, object]:
    issue = {"number": 7, "labels": [{"name": label}], "title": "$(touch x)"}
    return {"action": action, "issue": issue, "repository": {"full_name": ESTATE}}


def comment_event(body: str, kind: str = "User") -> dict[str, object]:
    comment = {"id": 9, "body": body, "user": {"login": "alice", "type": kind}}
    return issue_event("created") | {"comment": comment}


@pytest.mark.parametrize(("code", "ok"), [(0, True), (10, True), (1, False)])
def test_an_issue_of_the_form_is_proposed(act: Act, code: int, ok: bool) -> None:
    run = act("request.yml", "issues", issue_event(), {"propose": code}, VARIABLES)
    assert run.ok is ok, run.log
    (call,) = [call for call in run.calls if call.startswith("gitiam")]
    assert call.startswith("gitiam github propose --from-issue /")


def test_no_other_issue_is(act: Act) -> None:
    for event in (
        issue_event(label="question"),
        issue_event("labeled") | {"label": {"name": "urgent"}},
    ):
        assert act("request.yml", "issues", event, None, VARIABLES).calls == []
    assert act("request.yml", "issues", issue_event()).calls == []


def test_a_comment_that_orders_is_answered(act: Act) -> None:
    event = comment_event("/gitiam explain $(touch x) `id`")
    run = act("command.yml", "issue_comment", event, None, VARIABLES)
    assert run.ok, run.log
    (call,) = [call for call in run.calls if call.startswith("gitiam")]
    assert call.startswith("gitiam github answer --event /")
    assert "touch" not in call


def test_no_other_comment_is(act: Act) -> None:
    for event in (comment_event("See /gitiam retry"), comment_event("/gitiam retry", "Bot")):
        assert act("command.yml", "issue_comment", event, None, VARIABLES).calls == []
    assert act("command.yml", "issue_comment", comment_event("/gitiam retry")).calls == []
