"""`gitiam explain` as people and pipelines call it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.estates import request, write_estate

ROOT = Path(__file__).parents[2]
READ = "- actions: [s3:GetObject]\n  resources: ['arn:aws:s3:::orders/*']"
BOTH = READ.replace("GetObject]", "GetObject, s3:PutObject]")


def gitiam(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gitiam", "--at", "2026-11-23", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    files = {"requests/good.yaml": request(BOTH), "requests/sub/other.yaml": request(READ)}
    return write_estate(tmp_path / "estate", files)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    files = {
        "requests/good.yaml": request(READ),
        "requests/sub/other.yaml": request(READ),
        "requests/gone.yaml": request(READ, principal="role/web"),
    }
    return write_estate(tmp_path / "before", files) / "requests"


TEXT = """\
requests/good.yaml: medium risk
  Backfill the orders table after INC-204
  until the end of 2027-01-15, 54 days from now

role/data-pipeline in prod
  also has what is given by requests/sub/other.yaml

  NEW
  - write access to S3: every object in bucket orders (PutObject)

  HAD ALREADY
  - read access to S3: every object in bucket orders (GetObject); by requests/sub/other.yaml

       service  read  write  on
  new  S3       -     1      every object in bucket orders
  had  S3       1     -      every object in bucket orders

WHY MEDIUM RISK
  medium: write access to s3 in prod
  and 1 reason of low risk
"""


def test_a_file_beside_all_others(estate: Path) -> None:
    done = gitiam(estate, "explain", "requests/good.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == TEXT


@pytest.mark.parametrize(
    "path", ["good.yaml", "./requests/good.yaml", "{estate}/requests/good.yaml"]
)
def test_by_any_of_its_names(estate: Path, path: str) -> None:
    folder = estate / "requests" if path == "good.yaml" else estate
    done = gitiam(folder, "-C", str(estate), "explain", path.format(estate=estate))
    assert (done.returncode, done.stdout) == (0, TEXT)


def test_beside_what_it_was_before(estate: Path, before: Path) -> None:
    done = gitiam(estate, "explain", "requests/good.yaml", "--against", str(before))
    assert "NEW\n  - write access to S3: every object in bucket orders (PutObject)\n" in done.stdout
    said = " ".join(done.stdout.split())
    assert "by this file before its change and requests/sub/other.yaml" in said


def test_every_file_that_differs(estate: Path, before: Path) -> None:
    done = gitiam(estate, "explain", "--against", str(before), "--format", "json")
    files = json.loads(done.stdout)["files"]
    assert [(file["path"], file["is_gone"]) for file in files] == [
        ("requests/gone.yaml", True),
        ("requests/good.yaml", False),
    ]
    assert files[0]["effects"][0]["gone"][0]["standing"] == "gone"
    assert (files[1]["risk"], files[1]["is_new"]) == ("medium", False)


def test_nothing_differs(estate: Path) -> None:
    done = gitiam(estate, "explain", "--against", "requests")
    assert (done.returncode, done.stdout) == (0, "no file differs\n")
    done = gitiam(estate, "explain", "--against", "requests", "--format", "markdown")
    assert done.stdout == "No file differs.\n"


def test_another_folder_is_data(estate: Path, before: Path) -> None:
    done = gitiam(
        estate, "explain", "--requests", str(before), "--against", "requests", "--format", "json"
    )
    assert [file["path"] for file in json.loads(done.stdout)["files"]] == [
        "requests/gone.yaml",
        "requests/good.yaml",
    ]


def test_a_file_that_cannot_be_read_is_said_to_be_so(estate: Path) -> None:
    (estate / "requests" / "bad.yaml").write_text("account: [\n")
    done = gitiam(estate, "explain", "requests/bad.yaml")
    assert done.returncode == 10
    assert "this file cannot be read: nobody can say what it gives" in done.stdout
    assert "error: malformed-yaml, line 2: " in done.stdout
    body = json.loads(gitiam(estate, "explain", "requests/bad.yaml", "--format=json").stdout)
    assert body["files"][0]["kind"] == "unreadable"
    assert body["files"][0]["findings"][0]["severity"] == "error"


def test_a_link_is_not_followed(estate: Path) -> None:
    (estate / "requests" / "link.yaml").symlink_to(estate / "requests" / "good.yaml")
    done = gitiam(estate, "explain", "requests/link.yaml")
    assert done.returncode == 10
    assert "cannot be read" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["requests/nowhere.yaml"], "requests/nowhere.yaml is not a file under"),
        (["../../etc/passwd"], "is not a file under"),
        (["gitiam.yaml"], "gitiam.yaml is not a file under"),
        (["s3-read", "s3-list"], "one bundle at a time"),
        (["s3-read", "--format", "markdown"], "bundles are explained as text or json"),
        (["--requests", "requests"], "bundles do not come from request files"),
        (["s3-red"], "there is no bundle `s3-red`"),
    ],
)
def test_wrong_use(estate: Path, arguments: list[str], said: str) -> None:
    done = gitiam(estate, "explain", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_bundles_are_listed_and_explained(estate: Path) -> None:
    listed = [line.split()[0] for line in gitiam(estate, "explain").stdout.splitlines()]
    assert "s3-read" in listed
    assert listed == sorted(listed)
    assert gitiam(estate, "explain", "s3-read").stdout.startswith("s3-read\n")
    assert json.loads(gitiam(estate, "explain", "s3-read", "--format", "json").stdout)["name"]


def test_no_text_of_a_file_does_anything_in_a_pull_request(estate: Path) -> None:
    hostile = request(
        "- actions: [sqs:SendMessage]\n"
        '  resources: ["arn:aws:sqs:us-east-1:111122223333:a|b<b>@everyone\\n\\n# x"]\n'
        '  conditions: {StringEquals: {"aws:SourceVpc": ["<!-- gitiam --> @team"]}}',
        reason='"@team <!-- gitiam --> <img src=x> | #1 https://example.com\\n\\n- [ ] x"',
        ticket='"@ops|x"',
    )
    (estate / "requests" / "x.yaml").write_text(hostile)
    text = gitiam(estate, "explain", "requests/x.yaml", "--format", "markdown").stdout
    assert "a\\|b" in text
    assert not re.search(r"@\w", text)
    assert not re.search(r"(?<!\\)<(?!br>)", text)
    assert "https://" not in text
    assert not re.search(r"^(# |- \[)", text, re.MULTILINE)
    for row in re.findall(r"^\|.*\|$", text, re.MULTILINE):
        assert len(re.findall(r"(?<!\\)\|", row)) >= 3


def test_what_finds_no_room_is_counted() -> None:
    from gitiam.report.explanation_markdown import as_markdown
    from tests.support.explained import PATH, explanation_of, page

    found = page(explanation_of({PATH: request(READ)}))
    whole = as_markdown([(found, None, ())])
    assert "not explained here" not in whole
    cut = as_markdown([(found, None, ())] * 3, room=len(whole.encode()) + 10)
    assert cut.startswith("**2 files not explained here, for want of room: requests/x.yaml")
    assert cut.count("### ") == 2  # one heading of a file, and one of its principal
