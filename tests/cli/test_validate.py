"""`gitiam validate` as people and pipelines call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.estates import request, write_estate

ROOT = Path(__file__).parents[2]
READ = "- bundle: s3-read\n  resources: arn:aws:s3:::orders"
GOOD = request(READ, expires="never", account="dev")
BAD = request(READ, expires="never", account="dvv")


def gitiam(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gitiam", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    files = {"requests/good.yaml": GOOD, "requests/sub/bad.yaml": BAD}
    return write_estate(tmp_path, files)


def test_the_whole_estate(estate: Path) -> None:
    done = gitiam(estate, "validate")
    assert done.returncode == 10
    assert "requests/sub/bad.yaml:1:10: error [unknown-account]" in done.stdout
    assert done.stdout.endswith("\n1 error in 2 files\n")
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("path", ["requests/good.yaml", "good.yaml", "{estate}/requests/good.yaml"])
def test_one_file_by_any_of_its_names(estate: Path, path: str) -> None:
    folder = estate / "requests" if path == "good.yaml" else estate
    done = gitiam(folder, "-C", str(estate), "validate", path.format(estate=estate))
    assert (done.returncode, done.stdout) == (
        0,
        "no findings in 1 file\n"
        "requests/good.yaml: low risk\n"
        "  low: list and read access to s3 in dev\n",
    )


def test_how_risky_what_is_proposed_is_and_why(estate: Path) -> None:
    risky = request("- actions: iam:PassRole\n  resources: '*'", expires="2026-12-01")
    (estate / "requests" / "risky.yaml").write_text(risky)
    done = gitiam(estate, "--at", "2026-11-23", "validate", "requests/risky.yaml", "--format=json")
    (assessed,) = json.loads(done.stdout)["requests"]
    assert (assessed["path"], assessed["risk"]) == ("requests/risky.yaml", "high")
    assert assessed["reasons"][0]["message"].startswith(
        "broad-pass-role: role/data-pipeline in prod"
    )
    assert json.loads(gitiam(estate, "validate", "--format=json").stdout)["requests"] == []


def test_how_risky_all_is_that_differs(estate: Path, tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "good.yaml").write_text(GOOD)
    done = gitiam(estate, "validate", "--against", str(tmp_path / "before"))
    assert "requests/sub/bad.yaml: high risk\n" in done.stdout
    assert "requests/good.yaml: " not in done.stdout


def test_a_folder_stands_for_its_files(estate: Path) -> None:
    done = gitiam(estate, "validate", "requests/sub", "--format", "json")
    assert done.returncode == 10
    body = json.loads(done.stdout)
    assert [f["path"] for f in body["findings"]] == ["requests/sub/bad.yaml"]
    assert body["summary"]["files"] == 1


def test_the_whole_estate_with_what_is_proposed(estate: Path) -> None:
    (estate / "requests" / "old.yaml").write_text(request(READ, expires="2020-01-01"))
    done = gitiam(estate, "validate", "--all", "--format", "github", "requests/old.yaml")
    assert done.returncode == 10
    assert "::error file=requests/old.yaml,line=4," in done.stdout
    assert "::error file=requests/sub/bad.yaml,line=1," in done.stdout
    assert "::notice file=requests/old.yaml" in gitiam(estate, "validate", "--format=github").stdout


@pytest.mark.parametrize("path", ["requests/none.yaml", "gitiam.yaml", "..", "/etc/passwd"])
def test_what_is_no_request_is_a_usage_error(estate: Path, path: str) -> None:
    done = gitiam(estate, "validate", path)
    assert done.returncode == 2
    assert "is not a file under" in done.stderr
    assert done.stdout == ""


def test_a_link_is_a_finding_and_is_not_followed(estate: Path) -> None:
    secret = estate / "secret"
    secret.write_text("principal: role/top-secret")
    (estate / "requests" / "link.yaml").symlink_to(secret)
    done = gitiam(estate, "validate", "requests/link.yaml")
    assert done.returncode == 10
    assert "[malformed-yaml]" in done.stdout
    assert "top-secret" not in done.stdout


def test_a_configuration_that_is_wrong_is_shown_with_its_places(estate: Path) -> None:
    (estate / "gitiam.yaml").write_text("accounts: {prod: {id: 12}}\nnope: 1\n")
    done = gitiam(estate, "validate")
    assert done.returncode == 10
    assert "gitiam.yaml:1:23: error [schema]" in done.stdout
    assert "gitiam.yaml:2:1: error [schema] unknown key `nope`" in done.stdout


def test_requests_may_lie_elsewhere(estate: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "head"
    elsewhere.mkdir()
    (elsewhere / "new.yaml").write_text(BAD)
    done = gitiam(estate, "validate", "--requests", str(elsewhere), str(elsewhere / "new.yaml"))
    assert done.returncode == 10
    assert "requests/new.yaml:1:10: error" in done.stdout
    assert "  1 | account: dvv" in done.stdout


def test_help_has_examples(estate: Path) -> None:
    done = gitiam(estate, "validate", "--help")
    assert done.returncode == 0
    assert "gitiam validate requests/prod/data-pipeline-read-orders.yaml" in done.stdout


def test_an_empty_estate_is_not_clean(tmp_path: Path) -> None:
    """A checkout that went wrong must not look as if everything had been checked."""
    root = write_estate(tmp_path, {})
    done = gitiam(root, "validate")
    assert done.returncode == 1
    assert "nothing was checked" in done.stderr


def test_what_lives_outside_the_estate_is_weighed(estate: Path, tmp_path: Path) -> None:
    """Half of a way up is in the request, and the other half is there already."""
    half = request(
        "- actions: lambda:CreateFunction\n  resources: '*'\n"
        "- actions: lambda:InvokeFunction\n  resources: '*'",
        expires="2026-12-01",
    )
    (estate / "requests" / "half.yaml").write_text(half)
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    role: dict[str, object] = {
        "name": "data-pipeline",
        "path": "/",
        "arn": "arn:aws:iam::111122223333:role/data-pipeline",
        "inline": {"by-hand": {"Version": "2012-10-17", "Statement": [passing]}},
        **{"attached": [], "boundary": None, "tags": {}, "description": None},
        **{"max_session": None, "trust": None},
    }
    snapshot = {
        **{"version": 1, "account": "prod", "account_id": "111122223333"},
        **{"taken_at": "2026-11-23T00:00:00Z", "users": [], "groups": [], "policies": []},
        "roles": [role],
    }
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "prod.json").write_text(json.dumps(snapshot))
    asked = ("--at", "2026-11-23", "validate", "requests/half.yaml", "--format=json")
    rules = {f["rule"] for f in json.loads(gitiam(estate, *asked).stdout)["findings"]}
    assert "privilege-escalation" not in rules
    done = gitiam(estate, *asked, "--snapshot", str(tmp_path / "live"))
    rules = {f["rule"] for f in json.loads(done.stdout)["findings"]}
    assert "privilege-escalation" in rules
    assert "what lives in dev is not weighed: there is no" in done.stderr


def test_nothing_runs_where_a_rule_is_named_that_there_is_not(estate: Path) -> None:
    config = (estate / "gitiam.yaml").read_text()
    (estate / "gitiam.yaml").write_text(config + "rules: {unknown-rule: note}\n")
    done = gitiam(estate, "validate")
    assert done.returncode == 10
    assert "error [schema] there is no rule `unknown-rule`\n" in done.stdout
    assert done.stdout.endswith("\n1 error in 1 file\n")


def test_all_sorts_of_mistakes_in_the_configuration_are_told_at_once(estate: Path) -> None:
    config = (estate / "gitiam.yaml").read_text()
    more = "rules: {unknown-rule: note}\nrisk: {tiers: {sandbx: {}}, break_glass: [x]}\nstray: 1\n"
    (estate / "gitiam.yaml").write_text(config + more)
    done = gitiam(estate, "validate")
    assert done.stdout.endswith("\n4 errors in 1 file\n")


def test_annotations_are_followed_by_one_line_alone(estate: Path) -> None:
    lines = gitiam(estate, "validate", "--format", "github").stdout.splitlines()
    assert lines[0].startswith("::error file=requests/sub/bad.yaml,line=1,")
    assert lines[1:] == ["1 error in 2 files"]
