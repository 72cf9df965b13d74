"""`gitiam request --from-issue` as workflows and people call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitiam.forms.fields import Field
from tests.support.estates import write_estate
from tests.support.forms import body_of, filled, issue_json

ROOT = Path(__file__).parents[2]
DECLARED = """\
kind: principal
account: prod
principal: group/analysts
reason: People who query the order data
"""
PATH = "requests/prod/data-pipeline-17.yaml"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return write_estate(tmp_path / "estate", {"requests/groups/analysts.yaml": DECLARED})


def gitiam(
    cwd: Path, *arguments: str, given: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gitiam", "--at", "2026-11-23", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        input=given,
        check=False,
    )


def given(estate: Path, raw: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What becomes of this JSON."""
    return gitiam(estate, "request", "--from-issue", "-", *arguments, given=raw)


def asked(estate: Path, *arguments: str, **changed: str) -> subprocess.CompletedProcess[bytes]:
    """What becomes of the good form with these answers changed."""
    return given(estate, issue_json(body_of(filled(**changed))), *arguments)


def told(estate: Path, **changed: str) -> dict[str, Any]:
    done = asked(estate, "--format", "json", **changed)
    body: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if body["ok"] else 10)
    assert done.stderr == b""
    return body


def test_the_file_is_printed(estate: Path) -> None:
    done = asked(estate)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(
        b"# Asked for by alice in issue 17, with the form.\naccount: prod"
    )
    assert not (estate / PATH).exists()


def test_from_a_file_it_is_the_same(estate: Path) -> None:
    (estate / "issue.json").write_bytes(issue_json(body_of(filled())))
    done = gitiam(estate, "request", "--from-issue", "issue.json")
    assert done.stdout == asked(estate).stdout


def test_an_issue_alone_is_the_same_as_an_event(estate: Path) -> None:
    alone = json.dumps(json.loads(issue_json(body_of(filled())))["issue"]).encode()
    assert given(estate, alone).stdout == asked(estate).stdout


def test_the_file_is_written_where_it_belongs(estate: Path) -> None:
    done = asked(estate, "--write")
    assert (done.returncode, done.stdout) == (0, f"{PATH} written\n".encode())
    assert (estate / PATH).read_bytes() == asked(estate).stdout
    assert [p.name for p in (estate / PATH).parent.iterdir()] == ["data-pipeline-17.yaml"]
    assert gitiam(estate, "validate", PATH).returncode == 0
    assert asked(estate, "--write").returncode == 0


def test_a_workflow_gets_all_that_it_needs(estate: Path) -> None:
    body = told(estate)
    assert list(body) == ["ok", "path", "text", "branch", "title", "findings", "answer"]
    assert (body["ok"], body["path"], body["branch"]) == (True, PATH, "gitiam/request-17")
    assert body["title"] == "Access for role/data-pipeline in prod, until 2026-12-23"
    assert body["text"] == asked(estate).stdout.decode()
    assert body["findings"] == []
    assert body["answer"].startswith("This can be reviewed: Access for role/data-pipeline in prod")
    assert "The access is of low risk." in body["answer"]


def test_what_rules_find_is_said_of_fields(estate: Path) -> None:
    body = told(
        estate,
        bundles="s3-read",
        managed_policy="AdministratorAcess",
        reason="work",
        duration="365 days",
        group="analysts",
    )
    assert [body[key] for key in ("ok", "path", "text", "branch", "title")] == [False, *[None] * 4]
    found = {(one["field"], one["rule"]) for one in body["findings"]}
    assert {
        ("Reason", "missing-reason"),
        ("Managed policy", "unknown-managed-policy"),
        ("Group to join", "unusable-grant"),
    } <= found
    (policy,) = (one for one in body["findings"] if one["rule"] == "unknown-managed-policy")
    assert (policy["written"], policy["meant"]) == ("AdministratorAcess", "AdministratorAccess")
    assert "- **Reason**: the reason has 4 characters; it needs at least 10" in body["answer"]
    assert "  - perhaps meant: AdministratorAccess\n" in body["answer"]
    assert body["answer"].startswith("No request was made of this yet: 3 things to mend.\n")


def test_access_that_is_too_risky_for_so_long(estate: Path) -> None:
    body = told(
        estate,
        bundles="",
        resources="",
        managed_policy="arn:aws:iam::aws:policy/AWSLambda_FullAccess",
        duration="365 days",
    )
    assert ("How long", "lasting-risk") in {(f["field"], f["rule"]) for f in body["findings"]}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"parameters": "prefix = a|b"}, Field.PARAMETERS),
        ({"bundles": "s3-read-folder"}, Field.BUNDLES),
        ({"bundles": "s3-read, sqs-send"}, Field.BUNDLES),
        ({"assume": "arn:aws:iam::444455556666:rol/audit"}, Field.ASSUME),
        ({"duration": "until a day: write it below", "last_day": "2020-01-01"}, Field.DURATION),
        ({"duration": "for good, where that is allowed"}, Field.DURATION),
        ({"resources": "arn:aws:s3:us-est-1::orders"}, Field.RESOURCES),
    ],
)
def test_each_field_is_blamed_for_its_own(
    estate: Path, changed: dict[str, str], field: Field
) -> None:
    blocking = {f["field"] for f in told(estate, **changed)["findings"] if f["severity"] == "error"}
    assert blocking == {field.label}


def test_a_ticket_where_the_estate_demands_one(estate: Path) -> None:
    config = (estate / "gitiam.yaml").read_text(encoding="utf-8")
    strict = config.replace("requests:\n", "requests:\n  ticket: required\n")
    (estate / "gitiam.yaml").write_text(strict, encoding="utf-8")
    assert [f["field"] for f in told(estate)["findings"]] == ["Ticket"]
    assert told(estate, ticket="INC-204")["ok"]


def test_with_findings_nothing_is_written(estate: Path) -> None:
    done = asked(estate, "--write", reason="work")
    assert (done.returncode, done.stdout) == (10, b"")
    assert b"error: Reason: the reason has 4 characters" in done.stderr
    assert not (estate / "requests" / "prod").exists()


def test_another_file_of_that_name_is_not_replaced(estate: Path) -> None:
    write_estate(estate, {PATH: DECLARED.replace("analysts", "others")})
    body = told(estate)
    assert body["findings"][0]["message"].startswith("its file is in the estate already")
    assert asked(estate, "--write").returncode == 10
    assert b"others" in (estate / PATH).read_bytes()


def test_a_folder_that_is_a_link_is_not_followed(estate: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (estate / "requests" / "prod").symlink_to(tmp_path / "elsewhere")
    done = asked(estate, "--write")
    assert done.returncode == 1
    assert b"cannot be written" in done.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_that_is_a_link_is_not_written_through(estate: Path, tmp_path: Path) -> None:
    (estate / "requests" / "prod").mkdir()
    (estate / PATH).symlink_to(tmp_path / "target")
    done = asked(estate, "--write")
    assert done.returncode == 10
    assert b"a link or special file; only plain files are read" in done.stderr
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[]", "it is not an object"),
        (b"null", "it is not an object"),
        (b'{"issue": []}', "`issue` is missing or not of GitHub's form"),
        (b"{}", "`number` is missing or not of GitHub's form"),
        (issue_json("x", number=0), "`number`"),
        (issue_json("x", number=10**12), "`number`"),
        (issue_json("x").replace(b"17", b'"17"'), "`number`"),
        (issue_json("x").replace(b"17", b"true"), "`number`"),
        (issue_json("x", login="alice\n# x"), "`user.login`"),
        (issue_json("x", login="../alice"), "`user.login`"),
        (issue_json("x", login=""), "`user.login`"),
        (b'{"number": 1, "pull_request": {"url": "x"}}', "it is a pull request"),
        (b" " * (4 * 1024 * 1024 + 1), "it has more than 4,194,304 bytes"),
    ],
)
def test_what_is_no_issue_is_an_error(estate: Path, raw: bytes, said: str) -> None:
    done = given(estate, raw)
    assert (done.returncode, done.stdout) == (1, b"")
    assert f"this is no issue of GitHub's: {said}" in done.stderr.decode()


@pytest.mark.parametrize("login", ["alice", "alice-b", "alice_corp", "release-train[bot]"])
def test_every_sort_of_login_is_named(estate: Path, login: str) -> None:
    done = given(estate, issue_json(body_of(filled()), login=login))
    assert done.stdout.startswith(f"# Asked for by {login} in issue 17".encode())


def test_an_issue_without_a_text_is_answered(estate: Path) -> None:
    done = given(estate, issue_json(None), "--format", "json")
    assert done.returncode == 10
    assert "open a new issue with the form" in json.loads(done.stdout)["answer"]


def test_a_file_that_is_not_there(estate: Path) -> None:
    done = gitiam(estate, "request", "--from-issue", "nowhere.json")
    assert done.returncode == 1
    assert b"nowhere.json cannot be read" in done.stderr


def test_it_must_be_said_what_the_request_is_made_of(estate: Path) -> None:
    done = gitiam(estate, "request")
    assert done.returncode == 2
    assert b"--from-issue FILE" in done.stderr
