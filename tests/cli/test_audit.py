"""`gitiam audit`, of a real repository and a real ledger."""

from __future__ import annotations

import csv
import io
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from gitiam.approvals.counting import Approval
from gitiam.approvals.record import Approved
from gitiam.catalog import catalog
from gitiam.cli.main import cli
from gitiam.desired.compute import desired_state
from gitiam.load.estate import load_estate
from gitiam.modules import Record, Standing
from gitiam.shipped import templates_dir
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.store.objects import FolderObjects
from tests.support.estates import NOW, request
from tests.support.modules import hex_of, module
from tests.support.repositories import Repo, new_repo

READ, WIDE, SHARED = "requests/read.yaml", "requests/wide.yaml", "requests/prod/shared.yaml"
ORDERS = "[{actions: 's3:GetObject', resources: 'arn:aws:s3:::orders/*'}]"
INVOICES = "[{actions: 's3:GetObject', resources: 'arn:aws:s3:::invoices/*'}]"
EVIL = '"=cmd()<script>alert(1)</script>"'


@pytest.fixture(autouse=True)
def no_github(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    made = new_repo(tmp_path / "estate", {READ: request(ORDERS)})
    made.commit(
        "More",
        {
            READ: request(INVOICES, principal="[role/data-pipeline, user/alice]"),
            SHARED: request(INVOICES, account="[prod, dev]", reason=EVIL),
            WIDE: "account: [\n",
        },
    )
    made.merge(7, {READ: None, WIDE: request("[{managed_policy: ReadOnlyAccess}]")})
    monkeypatch.chdir(made.root)
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["audit", *arguments], standalone_mode=False)


def found(*arguments: str, code: int | None = 12) -> dict[str, Any]:
    ran = run(*arguments, "--format", "json")
    assert (ran.exception, ran.return_value) == (None, code), ran.output
    body: dict[str, Any] = json.loads(ran.output)
    return body


def names(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(row["file"], row["account"], row["principal"]) for row in body["permissions"]]


def applied(repo: Repo, commit: str, at: str, *paths: str, **more: Any) -> Record:
    """A run has applied `prod/role/data-pipeline` as it stood in this commit."""
    key = module("prod/role/data-pipeline").key
    origins = dict.fromkeys(paths, "by another bundle")
    run = {"actor": "bob", "commit": commit}
    record = Record(hex_of(at), origins, {}, at, run, **more)
    Ledger(FolderObjects(repo.root / ".gitiam/store")).finish(key, record, Standing())
    return record


def versions(repo: Repo) -> Iterator[tuple[str, str]]:
    """Each file that each commit of the first-parent line brought or changed: asked one by one."""
    seen: dict[str, str] = {}
    for commit in repo.git("rev-list", "--first-parent", "--reverse", "main").split():
        now = {
            name: repo.git("rev-parse", f"{commit}:{name}")
            for name in repo.names(commit)
            if name.startswith("requests/")
        }
        yield from ((name, commit) for name in now if seen.get(name) != now[name])
        seen = now


def test_every_version_of_every_file_is_there(repo: Repo) -> None:
    body = found()
    listed = [(row["file"], row["commit"]["id"]) for row in body["permissions"]]
    assert set(listed) == set(versions(repo))
    assert names(body) == [
        (SHARED, "dev", "role/data-pipeline"),
        (SHARED, "prod", "role/data-pipeline"),
        (READ, "prod", "role/data-pipeline"),
        (READ, "prod", "role/data-pipeline"),
        (READ, "prod", "user/alice"),
        (WIDE, "", ""),
        (WIDE, "prod", "role/data-pipeline"),
    ]
    unreadable = body["permissions"][5]
    assert unreadable["status"] == "unreadable"
    assert unreadable["problem"].startswith("requests/wide.yaml:")


def test_the_apply_and_its_approval(repo: Repo) -> None:
    first, second = repo.git("rev-parse", "main^1^1"), repo.git("rev-parse", "main^1")
    approval = Approved(
        merge=first,
        pull=3,
        head="a" * 40,
        author="carol",
        approvers=(Approval("dave", "a" * 40, NOW),),
    )
    texts = {READ: approval.as_text()}
    one = applied(repo, first, "2099-01-01T00:00:00.000000+00:00", READ, approvals=texts)
    two = applied(repo, second, "2099-01-02T00:00:00.000000+00:00", READ)
    body = found("--principal", "role/data-pipeline", "--account", "prod")
    rows = [row for row in body["permissions"] if row["file"] == READ]
    assert [row["status"] for row in rows] == ["file changed", "in effect"]
    assert rows[0]["requester"] == "carol"
    assert rows[0]["approved"] == json.loads(approval.as_text())
    assert rows[0]["applied"] == {
        "at": one.applied_at,
        "run": dict(one.run),
        "before": "",
        "after": one.digest,
        "known_by": "the run's commit",
    }
    assert rows[0]["ended"] == {"at": two.applied_at, "run": dict(two.run)}
    assert names(found("--person", "@Dave")) == [(READ, "prod", "role/data-pipeline")]


def test_by_the_fingerprint_that_gitiam_itself_renders(repo: Repo) -> None:
    estate = load_estate(repo.root, [templates_dir() / "bundles"])
    key = module("dev/role/data-pipeline").key
    origins = desired_state(estate, catalog(), NOW).modules[key].origins
    record = Record(hex_of("x"), origins, {}, "2099-01-01T00:00:00.000000+00:00", {"actor": "bob"})
    Ledger(FolderObjects(repo.root / ".gitiam/store")).finish(key, record, Standing())
    (row,) = found("--account", "dev", "--principal", "role/data-pipeline")["permissions"][:1]
    assert row["applied"]["known_by"] == "the fingerprint"


@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (["--resource", "arn:aws:s3:::orders/2027"], {READ, WIDE}),
        (["--resource", "arn:aws:s3:::inv*"], {READ, SHARED, WIDE}),
        (["--resource", "arn:aws:sqs:*"], {WIDE}),
        (["--person", "alice"], {READ, SHARED, WIDE}),
        (["--person", "nobody"], set()),
        (["--account", "dev"], {SHARED, WIDE}),
    ],
)
def test_filters(repo: Repo, arguments: list[str], files: set[str]) -> None:
    """What cannot be read, and what may open more than it says, is never filtered out by that."""
    assert {row["file"] for row in found(*arguments)["permissions"]} == files


def test_nothing_chosen_leaves_nothing_to_ask(repo: Repo) -> None:
    assert found("--until", "2020-01-01", code=None)["permissions"] == []


def test_what_was_not_asked_is_said_in_every_format(repo: Repo) -> None:
    gap = "GitHub was not asked who approved 3 commits"
    for format_ in ("text", "csv", "json", "html"):
        ran = run("--format", format_)
        assert (ran.return_value, ran.exception) == (12, None)
        assert gap in ran.output, format_


def test_a_shallow_clone_is_incomplete(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.root}", str(tmp_path / "clone"))
    body = found("-C", str(tmp_path / "clone"))
    assert body["sources"][0] == {
        "name": "git",
        "state": "incomplete",
        "gaps": ["the history of this clone is cut off"],
    }


def test_without_a_repository_the_ledger_speaks(repo: Repo) -> None:
    applied(repo, "", "2099-01-01T00:00:00.000000+00:00", READ)
    (repo.root / ".git").rename(repo.root / "away")
    body = found()
    assert "not in a git repository" in body["sources"][0]["gaps"][0]
    assert [(row["status"], row["commit"]) for row in body["permissions"]] == [("in effect", None)]


def test_a_record_that_cannot_be_read_is_a_gap(repo: Repo) -> None:
    applied(repo, "", "2099-01-01T00:00:00.000000+00:00", READ)
    store = FolderObjects(repo.root / ".gitiam/store")
    (key,) = store.keys("history/")
    store.put(key, b"{}")
    assert f"{key} cannot be read" in found()["sources"][1]["gaps"]


def test_drift(repo: Repo, tmp_path: Path) -> None:
    applied(repo, repo.git("rev-parse", "main"), "2099-01-01T00:00:00.000000+00:00", WIDE)
    item = {
        "account": "prod",
        "principal": "role/data-pipeline",
        "kind": "changed",
        "what": "attachment",
        "name": "x",
        "details": {"origins": [WIDE]},
    }
    file = tmp_path / "drift.json"
    file.write_text(json.dumps({"drift": [item], "unread": []}))
    rows = found("--drift", str(file))["permissions"]
    assert [row["file"] for row in rows if row["drift"] == ["changed attachment x"]] == [WIDE]
    file.write_text("[]")
    ran = run("--drift", str(file))
    assert "gitiam drift --format json" in str(ran.exception)


def test_no_cell_begins_a_formula(repo: Repo) -> None:
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv").output)))
    assert not [v for row in rows for v in row.values() if v and v[0] in "=+-@\t\r"]
    assert {r["reason"] for r in rows if r["file"] == SHARED} == {f"'{EVIL.strip(chr(34))}"}


def test_the_page_runs_its_own_script_alone(repo: Repo, tmp_path: Path) -> None:
    output = tmp_path / "audit.html"
    ran = run("--format", "html", "--output", str(output))
    assert (ran.exception, ran.output) == (None, "")
    page = output.read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=|https?://", page)
    assert page.count("<tr>") == 1 + len(found()["permissions"])


@pytest.mark.parametrize(
    "options",
    [("--principal", "data-pipeline"), ("--principal", "roles/x"), ("--resource", "orders")],
)
def test_what_names_nothing_is_refused(repo: Repo, options: tuple[str, str]) -> None:
    """An empty list would read as if there had been nothing."""
    error = run(*options).exception
    assert isinstance(error, click.BadParameter)
    assert options[1] in error.message
