"""`gitiam validate --access-analyzer`: what is said where AWS cannot be asked, and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitiam.cli import opinion as asking
from gitiam.cli.common import EstateContext
from gitiam.findings import Severity
from gitiam.sync.aws.analyzer.answers import RULE
from gitiam.validate.registry import ACCESS_ANALYZER, OTHERS
from tests.support.analyzer import Stubbed, aws, aws_finding
from tests.support.estates import CONFIG, NOW, request, write_estate
from tests.support.offline import offline

__all__ = ["aws", "offline"]

ROOT = Path(__file__).parents[2]
REQUEST = request("- {actions: s3:GetObject, resources: 'arn:aws:s3:::orders/*'}")
#: No credentials, no metadata service, and an address at which nobody listens.
NOWHERE = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_MAX_ATTEMPTS": "1",
}


def estate(root: Path, wanted: str) -> Path:
    config = f"{CONFIG}access_analyzer: {{{wanted}}}\n" if wanted else CONFIG
    return write_estate(root, {"gitiam.yaml": config, "requests/x.yaml": REQUEST})


def gitiam(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gitiam", "--at", NOW.isoformat(), "validate", *arguments],
        cwd=root,
        env={"PYTHONPATH": str(ROOT), "PATH": "", **NOWHERE},
        capture_output=True,
        text=True,
        check=False,
    )


def answer(root: Path, *arguments: str) -> Any:
    done = gitiam(root, *arguments, "--format", "json")
    body = json.loads(done.stdout)
    return done.returncode, body["checks"]["access_analyzer"], body["findings"]


def test_without_credentials_it_was_not_run(tmp_path: Path) -> None:
    root = estate(tmp_path, "validate_policy: true")
    done = gitiam(root, "--access-analyzer")
    assert (done.returncode, done.stderr) == (0, "")
    assert "gitiam.yaml:6:1: note [access-analyzer] was not run for prod: no AWS credentials" in (
        done.stdout
    )
    assert done.stdout.endswith("\n1 note in 1 file\n")


def test_where_it_is_required_that_blocks(tmp_path: Path) -> None:
    root = estate(tmp_path, "validate_policy: true, required: true")
    code, check, findings = answer(root, "--access-analyzer")
    assert code == 10
    assert check["status"] == "not run"
    assert check["reason"].startswith("prod: no AWS credentials")
    assert [(f["rule"], f["severity"]) for f in findings] == [("access-analyzer", "error")]


def test_a_comparison_needs_another_tree(tmp_path: Path) -> None:
    root = estate(tmp_path, "no_new_access: {than: before}, required: true")
    code, check, _ = answer(root, "--access-analyzer", "requests/x.yaml")
    assert code == 10
    assert check["reason"].startswith("CheckNoNewAccess: there is nothing to compare with")


def test_who_did_not_ask_is_told_in_json(tmp_path: Path) -> None:
    root = estate(tmp_path, "validate_policy: true")
    said = {"status": "not run", "reason": "--access-analyzer was not given"}
    assert answer(root) == (0, said, [])
    required = estate(tmp_path, "validate_policy: true, required: true")
    code, check, findings = answer(required)
    assert (code, check) == (0, said)
    assert [f["severity"] for f in findings] == ["note"]


def test_nothing_configured_is_neither_run_nor_a_pass(tmp_path: Path) -> None:
    root = estate(tmp_path, "")
    assert answer(root)[1]["status"] == "not configured"
    code, check, findings = answer(root, "--access-analyzer")
    assert (code, check["status"]) == (0, "not configured")
    assert "`validate_policy: true` is one" in findings[0]["message"]


def test_a_configuration_that_cannot_be_used_is_not_run(tmp_path: Path) -> None:
    root = estate(tmp_path, "not_granted: [{}]")
    code, check, findings = answer(root, "--access-analyzer")
    assert (code, check["status"]) == (10, "not run")
    assert "give `actions`, `resources` or both" in findings[0]["message"]


def test_the_rule_is_in_the_reference() -> None:
    assert RULE == ACCESS_ANALYZER
    assert RULE in OTHERS


def context(root: Path) -> EstateContext:
    return EstateContext(root, None, NOW)


@pytest.fixture
def entered(aws: Stubbed, offline: None, monkeypatch: pytest.MonkeyPatch) -> Stubbed:
    """Every account is entered, and the stub answers."""
    monkeypatch.setattr(
        "gitiam.sync.aws.analyzer.calls.open_analyzer", lambda _, account: aws.analyzer(account)
    )
    return aws


def test_what_aws_says_comes_with_the_rest(entered: Stubbed, tmp_path: Path) -> None:
    root = estate(tmp_path, "validate_policy: true")
    entered.validated(aws_finding(("Statement", 0, "Action"), type_="ERROR"))
    told = asking.ask_aws(context(root), frozenset(["requests/x.yaml"]), None, is_asked=True)
    assert (told.status, told.reason) == ("run", None)
    assert [(str(f.location), f.severity) for f in told.findings] == [
        ("requests/x.yaml:6:15", Severity.ERROR)
    ]


def test_the_other_tree_is_what_was_there_before(entered: Stubbed, tmp_path: Path) -> None:
    root = estate(tmp_path / "new", "no_new_access: {than: before}")
    entered.no_new_access("PASS")
    (tmp_path / "old").mkdir()
    told = asking.ask_aws(context(root), frozenset(), tmp_path / "old", is_asked=True)
    assert (told.status, told.findings) == ("run", ())
    same = asking.ask_aws(context(root), frozenset(), root / "requests", is_asked=True)
    assert (same.status, same.findings) == ("run", ())


def test_another_tree_with_faults_is_no_measure(entered: Stubbed, tmp_path: Path) -> None:
    root = estate(tmp_path / "new", "no_new_access: {than: before}")
    old = tmp_path / "old"
    old.mkdir()
    (old / "x.yaml").write_text("nonsense: [")
    told = asking.ask_aws(context(root), frozenset(["requests/x.yaml"]), old, is_asked=True)
    assert told.status == "not run"
    assert "cannot all be turned into access" in str(told.reason)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "most.json cannot be read (No such file or directory)"),
        ("{", "most.json is no policy (the document is not JSON"),
        ('{"Statement": []}', "most.json is no policy (Statement must be"),
        (b"\xff", "most.json is not UTF-8"),
        (" " * 300_000, "most.json is too large for a policy"),
    ],
)
def test_a_document_that_is_none_is_no_measure(
    entered: Stubbed, tmp_path: Path, text: str | bytes | None, said: str
) -> None:
    root = estate(tmp_path, "no_new_access: {than: most.json}")
    if text is not None:
        (root / "most.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    told = asking.ask_aws(context(root), frozenset(), None, is_asked=True)
    assert told.status == "not run"
    assert said in str(told.reason)


def test_a_document_is_the_measure(entered: Stubbed, tmp_path: Path) -> None:
    root = estate(tmp_path, "no_new_access: {than: most.json}")
    most = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*"}}
    (root / "most.json").write_text(json.dumps(most))
    entered.no_new_access("FAIL", 0)
    told = asking.ask_aws(context(root), frozenset(), None, is_asked=True)
    assert [f.severity for f in told.findings] == [Severity.ERROR]
    assert "beyond most.json" in told.findings[0].message
