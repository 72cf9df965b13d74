"""`gitiam changes` beside a ledger: what is shown of modules that have been applied before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gitiam.cli.common import EstateContext
from gitiam.cli.main import cli
from gitiam.cli.pipeline import look, open_ledger
from gitiam.errors import ExitCode
from gitiam.modules import Standing
from gitiam.render.changes import record_of
from gitiam.sync.apply.recovery import kept_files
from gitiam.sync.store.ledger import marker_key
from tests.support.estates import NOW, request, write_estate

ROLE = "prod/role/data-pipeline"
READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
WRITE = "- {actions: [s3:PutObject], resources: ['arn:aws:s3:::orders/*']}"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """Everything in it has been applied."""
    write_estate(tmp_path, {"requests/x.yaml": request(READ)})
    record_all(tmp_path)
    return tmp_path


def record_all(root: Path, *, with_files: bool = True) -> None:
    """As an apply does it; older gitiams recorded no files."""
    context = EstateContext(root, None, NOW)
    ledger = open_ledger(context)
    for change in look(context, ledger).changes:
        files = kept_files(change.module.files) if with_files else {}
        record = replace(record_of(change.module), applied_at=NOW.isoformat(), files=files)
        ledger.finish(change.key, record, Standing())


def gitiam(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-C", str(root), "--at", NOW.isoformat(), *arguments])


def test_what_was_applied_is_what_markdown_compares_with(estate: Path) -> None:
    write_estate(estate, {"requests/x.yaml": request(f"{READ}\n{WRITE}")})
    done = gitiam(estate, "changes", "--format", "markdown")
    assert done.exit_code == ExitCode.PENDING
    assert "| prod | role/data-pipeline | change |" in done.stdout
    (_, diff, _) = done.stdout.split("```")
    assert diff.splitlines() == [
        "diff",
        "@@ permissions @@",
        "+ allow s3:PutObject",
        "+   on arn:aws:s3:::orders/*",
        "+   until 2027-01-16T00:00:00Z",
    ]


def test_a_record_without_files_hides_what_differs_and_says_so(tmp_path: Path) -> None:
    write_estate(tmp_path, {"requests/x.yaml": request(READ)})
    record_all(tmp_path, with_files=False)
    write_estate(tmp_path, {"requests/x.yaml": request(WRITE)})
    done = gitiam(tmp_path, "changes", "--format", "markdown")
    assert "How 1 module differs is not shown" in done.stdout
    assert "```" not in done.stdout


def test_a_module_that_was_applied_is_not_created_again_after_a_kill(estate: Path) -> None:
    """The marker of the dead run makes it uncertain what is live, but not that something is."""
    context = EstateContext(estate, None, NOW)
    (key,) = open_ledger(context).standings()
    open_ledger(context).objects.put(marker_key(key), b"{}")
    done = gitiam(estate, "changes")
    assert done.exit_code == ExitCode.PENDING
    assert done.stdout.splitlines()[0] == (
        f"change  {ROLE}  the last apply failed or was interrupted"
    )
