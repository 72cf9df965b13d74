"""The comment of a pull request: the gravest first, nothing that text of a request could do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner

from gitiam.cli.main import cli
from gitiam.report.comment import MARKER, ROOM
from tests.support.estates import CONFIG, request

AT = datetime(2026, 11, 23, 12, tzinfo=UTC).isoformat()
READ = "- bundle: s3-read\n  resources: ['arn:aws:s3:::orders']"
Files = dict[str, str]


class Said(Protocol):
    """Two states of the files → the comment; `code` is what the command ends with."""

    def __call__(self, before: Files, after: Files, code: int = 0) -> str: ...


DANGER = "- actions: [iam:PassRole]\n  resources: ['*']"


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """What the comment says of two states of the files."""

    def comment(before: Files, after: Files, code: int = 0) -> str:
        (tmp_path / "gitiam.yaml").write_text(CONFIG, encoding="utf-8")
        for side, files in (("before", before), ("after", after)):
            (tmp_path / side).mkdir()
            for name, text in files.items():
                (tmp_path / side / f"{name}.yaml").write_text(text, encoding="utf-8")
        args = ["--at", AT, "-C", str(tmp_path), "comment"]
        args += ["--requests", str(tmp_path / "after"), "--against", str(tmp_path / "before")]
        ran = CliRunner().invoke(cli, args, standalone_mode=False)
        assert ran.exception is None, ran.output
        assert ran.return_value == code
        return str(ran.stdout)

    return comment


def rows(text: str) -> list[list[str]]:
    """The cells of the first table."""
    table = text.partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
    return [line.strip("| ").split(" | ") for line in table.splitlines()]


def test_what_does_not_differ_is_not_told(said: Said) -> None:
    files = {"x": request(READ)}
    assert said(files, files) == f"{MARKER}\nNo request file differs.\n"


def test_at_a_glance_the_riskiest_first(said: Said) -> None:
    before = {"old": request(READ), "gone": request(READ, principal="role/other")}
    after = {
        "old": request(READ, expires="2027-01-20"),
        "danger": request(DANGER, principal="role/app", expires="2026-12-15"),
    }
    text = said(before, after)
    assert text.startswith(f"{MARKER}\n### 🟠 high risk: 3 request files, 3 modules to change\n")
    found = rows(text)
    assert [row[0] for row in found] == ["🟠 high", "🟢 low", "🟢 low"]
    assert [row[3] for row in found] == ["2026-12-15", "taken away", "2027-01-20"]
    assert found[0][1] == (
        "**role/app in prod**<br>requests/danger.yaml<br>Backfill the orders table after INC-204"
    )
    assert found[0][2] == "may pass every role there is to a service, which then acts as it"
    assert found[1][2].startswith("nothing new; takes away:<br>read access to S3: every object in")
    assert found[2][2].startswith("longer than before: read access to S3: every object in bucket")
    assert "had until" not in found[2][2]


def test_errors_are_said_before_anything_else(said: Said) -> None:
    text = said({}, {"x": request(READ.replace("s3-read", "s3-raed"))}, code=10)
    assert "**1 error to mend before this can be merged.**" in text
    assert "<details open><summary>Findings: 1 error</summary>" in text
    assert "fix: write `s3-read`" in text.replace("\\", "")
    assert "How policies and modules differ" not in text


def test_an_error_that_it_brings_to_another_file(said: Said) -> None:
    policy = (
        "kind: policy\naccount: prod\npolicy: readers\nreason: for all of us\n"
        "grants: [{managed_policy: ReadOnlyAccess}]\n"
    )
    user = request("- managed_policy: readers")
    text = said({"p": policy, "user": user}, {"user": user}, code=10)
    assert "requests/user.yaml, error" in text


def test_what_is_said_of_several_principals_is_said_once(said: Said) -> None:
    many = request(DANGER, principal="[role/a, role/b, role/c]", expires="2026-12-15")
    text = said({}, {"x": many})
    assert text.count("warning: broad-pass-role") == 1
    assert "<br>and 2 more like it" in text


EVIL = (
    f"@everyone {MARKER} </details> <script> [x](http://evil.example) ![i](//e) | `a` "
    "${{ github.token }} ::error:: ##[error] #12 *b* ~~~"
)


def test_text_of_a_request_does_nothing(said: Said) -> None:
    text = said({}, {"x": request(READ, reason=f"'{EVIL}'", ticket=f"'{EVIL}'")})
    assert text.count(MARKER) == 1
    for sign in ("@everyone", " <script", "](http", "![i", "##[", "http://"):
        assert sign not in text
    assert len(rows(text)[0]) == 4
    assert text.count("<details") == text.count("</details>")


def test_it_never_exceeds_what_github_takes(said: Said) -> None:
    lines = "\n".join(
        f"- actions: ['sqs:*']\n  resources: ['arn:aws:sqs:us-east-1:111122223333:q{n}']"
        for n in range(12)
    )
    files = {
        f"x{n}": request(lines, principal=f"[role/a{n}, user/b{n}]", reason=f"'{EVIL * 8}'")
        for n in range(40)
    }
    text = said({}, files, code=0)
    assert len(text) <= ROOM
    assert "Not everything finds room here" in text
    assert text.count("<details") == text.count("</details>")
    assert len(rows(text)) > 30
