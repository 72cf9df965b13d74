"""The stage itself: what a job may do, what it checks out, what it keeps for the next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.act_stubs import Stub
from tests.support.github import events
from tests.support.github.server import GitHub
from tests.support.github.state import Repository
from tests.support.stage import Stage

SHA = "0" * 40
#: Two jobs: one reads and keeps a file, the other may write and finds the file.
TWO = f"""
on: {{issues: {{types: [opened]}}}}
permissions: {{}}
defaults: {{run: {{shell: bash}}}}
jobs:
  reads:
    runs-on: ubuntu-24.04
    permissions: {{contents: read}}
    steps:
      - uses: actions/checkout@{SHA}
        with: {{path: all, fetch-depth: 0}}
      - uses: actions/checkout@{SHA}
        with:
          ref: refs/heads/topic
          path: some
          sparse-checkout: /requests/
          sparse-checkout-cone-mode: false
      - env: {{TOKEN: "${{{{ github.token }}}}", TITLE: "${{{{ github.event.issue.title }}}}"}}
        run: |
          mkdir -p out/deep
          exec > out/deep/told
          printf '%s\\n' "$TOKEN" "$TITLE" "$GITHUB_API_URL" "$GITHUB_RUN_ID"
          git -C all rev-list --count HEAD
          git -C all rev-parse HEAD
          echo "${{{{ github.sha }}}} ${{{{ github.ref }}}} ${{{{ github.actor }}}}"
          find some -type f -not -path '*/.git/*' | sort
          echo "one" >> "$GITHUB_STEP_SUMMARY"
      - run: echo "two" >> "$GITHUB_STEP_SUMMARY"
      - uses: actions/upload-artifact@{SHA}
        with: {{name: told, path: out, if-no-files-found: error}}
  writes:
    needs: reads
    runs-on: ubuntu-24.04
    permissions: {{issues: write}}
    steps:
      - uses: actions/download-artifact@{SHA}
        with: {{name: told, path: in}}
      - env: {{TOKEN: "${{{{ secrets.GITHUB_TOKEN }}}}"}}
        run: |
          test -f in/deep/told
          echo "$TOKEN" > in/token
      - uses: actions/upload-artifact@{SHA}
        with: {{name: token, path: in/token}}
"""


def one_job(step: str, permissions: str = "{}") -> str:
    """A workflow of one step, which is written as YAML in a line."""
    return (
        "on: push\njobs:\n  it:\n    runs-on: ubuntu-24.04\n"
        f"    permissions: {permissions}\n    steps:\n      - {step}\n"
    )


@pytest.fixture
def estate(github: GitHub) -> Repository:
    made = github.world.repository("example/estate", {"requests/a.yaml": "a", "gitiam.yaml": "b"})
    made.collaborators |= {"alice": "write"}
    return made


@pytest.fixture
def stage(github: GitHub, estate: Repository, tmp_path: Path) -> Stage:
    return Stage(tmp_path / "stage", github, estate)


def test_jobs_have_their_own_tokens_and_share_files(
    github: GitHub, estate: Repository, stage: Stage
) -> None:
    github.world.commit(estate, "topic", {"requests/b.yaml": "b"})
    tip = github.world.commit(estate, "main", {"c": "c"})
    github.as_user("alice").get_repo("example/estate").create_issue("$(exit 7)")
    run = stage.run("two.yml", events.issues(github, estate, 1), workflow=TWO)
    assert run.ok, run.log
    assert run.jobs == {"reads": "success", "writes": "success"}
    told = (run.artifacts / "told" / "deep" / "told").read_text(encoding="utf-8").splitlines()
    token, *told = told
    assert told == [
        *("$(exit 7)", github.url, "1", "2", tip, f"{tip} refs/heads/main alice"),
        *("some/requests/a.yaml", "some/requests/b.yaml"),
    ]
    other = (run.artifacts / "token" / "token").read_text(encoding="utf-8").strip()
    held = [github.world.tokens[one].permissions for one in (token, other)]
    assert held == [{"contents": "read"}, {"issues": "write"}]
    assert run.summary == {"reads": "one\ntwo\n"}


def test_a_later_run_finds_what_an_earlier_one_kept(
    github: GitHub, estate: Repository, stage: Stage
) -> None:
    event = events.push(github, estate)
    keep = one_job(f"{{uses: actions/upload-artifact@{SHA}, with: {{path: '*.txt', name: n}}}}")
    assert stage.run(
        "w", event, workflow=keep.replace("- {", "- run: echo x > a.txt\n      - {")
    ).ok
    for number, ok in (("1", True), ("2", False)):
        step = f"{{uses: actions/download-artifact@{SHA}, with: {{name: n, run-id: {number}}}}}"
        assert stage.run("w", event, workflow=one_job(step)).ok is ok


@pytest.mark.parametrize(("permissions", "ok"), [("{id-token: write}", True), ("{}", False)])
def test_only_a_job_with_an_identity_gets_credentials(
    github: GitHub, estate: Repository, stage: Stage, permissions: str, ok: bool
) -> None:
    step = f"{{uses: aws-actions/configure-aws-credentials@{SHA}, with: "
    step += "{role-to-assume: 'arn:aws:iam::111122223333:role/x', aws-region: us-east-1}}"
    run = stage.run("w", events.push(github, estate), workflow=one_job(step, permissions))
    assert run.ok is ok, run.log
    assert run.calls == (["assume arn:aws:iam::111122223333:role/x"] if ok else [])


def test_a_fork_has_neither_identity_nor_a_writing_token(
    github: GitHub, estate: Repository, stage: Stage
) -> None:
    github.world.commit(github.world.fork(estate, "alice"), "topic", {"requests/b.yaml": "b"})
    repo = github.as_user("alice").get_repo("example/estate")
    repo.create_pull(base="main", head="alice:topic", title="T")
    event = events.pull_request(github, estate, 1)
    step = f"{{uses: aws-actions/configure-aws-credentials@{SHA}, with: "
    step += "{role-to-assume: 'arn:aws:iam::111122223333:role/x', aws-region: us-east-1}}"
    text = one_job(step, "{id-token: write, issues: write}").replace("on: push", "on: pull_request")
    run = stage.run("w", event, workflow=text)
    assert run.jobs == {"it": "failure"}
    assert "id-token: write" in run.log
    held = [token.permissions for token in github.world.tokens.values() if token.permissions]
    assert {"issues": "read"} in held
    assert {"issues": "write"} not in held


def test_what_is_started_through_the_api_is_run(
    github: GitHub, estate: Repository, stage: Stage
) -> None:
    text = one_job("run: test '${{ inputs.number }}' = 7").replace(
        "on: push", "on: {workflow_dispatch: {inputs: {number: {required: true, type: string}}}}"
    )
    github.world.commit(estate, "main", {".github/workflows/w.yml": text})
    repo = github.as_user("alice").get_repo("example/estate")
    path = f"{repo.url}/actions/workflows/w.yml/dispatches"
    body = {"ref": "main", "inputs": {"number": "7"}}
    repo.requester.requestJsonAndCheck("POST", path, input=body)
    ((name, event),) = events.dispatched(github, estate)
    assert events.dispatched(github, estate) == []
    run = stage.run(name, event, workflow=text)
    assert (name, run.jobs) == ("w.yml", {"it": "success"}), run.log


def test_what_would_be_guessed_or_fetched_is_refused(
    github: GitHub, estate: Repository, stage: Stage
) -> None:
    event = events.push(github, estate)
    with pytest.raises(ValueError, match="does not list its permissions"):
        stage.run("w", event, workflow=one_job("run: 'true'", "read-all"))
    with pytest.raises(ValueError, match="no stub stands for else/where"):
        stage.run("w", event, workflow=one_job(f"uses: else/where@{SHA}"))
    stage.stubs = {"else/where": Stub()}
    assert stage.run("w", event, workflow=one_job(f"uses: else/where@{SHA}")).ok


def test_events_are_as_github_sends_them(github: GitHub, estate: Repository) -> None:
    github.world.commit(estate, "topic", {"requests/b.yaml": "b"})
    repo = github.as_user("alice").get_repo("example/estate")
    repo.create_pull(base="main", head="topic", title="T")
    bob = github.as_user("bob")
    estate.collaborators["bob"] = "write"
    pull = bob.get_repo("example/estate").get_pull(1)
    pull.create_review(event="APPROVE")
    pull.create_issue_comment("/gitiam plan")
    known = estate.issues[1].pull
    assert known is not None
    review = events.pull_request_review(github, estate, 1, known.reviews[0])
    assert (review.payload["review"]["state"], review.payload["sender"]["login"]) == (
        "approved",
        "bob",
    )
    assert (review.ref, review.sha) == ("refs/pull/1/merge", known.merge_sha)
    (comment,) = estate.comments.values()
    said = events.issue_comment(github, estate, comment)
    assert said.payload["issue"]["pull_request"]["url"].endswith("/pulls/1")
    assert (said.ref, said.payload["comment"]["author_association"]) == (
        "refs/heads/main",
        "COLLABORATOR",
    )
    assert events.schedule(github, estate).payload["schedule"]
    json.dumps([review.payload, said.payload])
    github.world.commit(estate, "main", {"requests/b.yaml": "else"})
    with pytest.raises(ValueError, match="conflicts"):
        events.pull_request(github, estate, 1)
