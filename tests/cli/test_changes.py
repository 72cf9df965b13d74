"""`gitiam changes` beside a ledger: what is shown of modules that have been applied before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gitiam.cli.common import EstateContext
from gitiam.cli.main import cli
from gitiam.cli.pipeline import look, open_ledger
from gitiam.errors import ExitCode, GitiamError, UsageError
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


def test_the_end_of_all_access_can_be_looked_at_before_it_comes(estate: Path) -> None:
    (estate / "requests/x.yaml").unlink()
    refused = gitiam(estate, "changes").exception
    assert isinstance(refused, GitiamError)
    assert refused.message == "there is no file in requests/; nothing was done"
    assert refused.hint == "If all access shall really go: --allow-empty"
    done = gitiam(estate, "changes", "--allow-empty")
    assert done.exit_code == ExitCode.PENDING
    assert done.stdout.splitlines()[0] == f"empty  {ROLE}  requests/x.yaml removed"


def test_the_end_of_all_access_can_be_previewed_in_a_pull_request(
    estate: Path, tmp_path: Path
) -> None:
    proposed = tmp_path / "proposed"
    proposed.mkdir()
    folders = ("--requests", str(proposed), "--against", str(estate / "requests"))
    refused = gitiam(estate, "changes", *folders).exception
    assert isinstance(refused, GitiamError)
    assert refused.message == f"there is no file in {proposed}; nothing was done"
    assert refused.hint == "If all access shall really go: --allow-empty"
    done = gitiam(estate, "changes", *folders, "--allow-empty")
    assert (done.exit_code, done.stdout.split()[:2]) == (0, ["empty", ROLE])


@pytest.mark.parametrize("command", ["changes", "plan", "apply"])
def test_where_nothing_was_applied_a_request_is_what_is_missing(
    tmp_path: Path, command: str
) -> None:
    write_estate(tmp_path, {})
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    arguments = ["-C", str(tmp_path), "--at", at, command]
    refused = CliRunner().invoke(cli, arguments).exception
    assert isinstance(refused, GitiamError)
    assert refused.hint == "Put a request into it: a file such as requests/NAME.yaml"
    assert CliRunner().invoke(cli, [*arguments, "--allow-empty"]).exit_code == 0


def test_who_looks_at_other_requests_is_sent_to_check_those(estate: Path, tmp_path: Path) -> None:
    proposed = write_estate(
        tmp_path / "pro posed", {"requests/x.yaml": request(READ, account="prdo")}
    )
    done = gitiam(estate, "changes", "--requests", str(proposed / "requests"))
    assert isinstance(done.exception, GitiamError)
    assert done.exception.hint == (
        f"`gitiam validate --requests '{proposed}/requests'` shows them with the lines that they"
        " are about"
    )


@pytest.mark.parametrize(
    "command",
    [["apply"], ["revert", "42"], ["ledger", "list"], ["ledger", "verify"], ["crawl"]],
)
def test_other_requests_are_refused_where_they_would_mean_nothing(
    estate: Path, command: list[str]
) -> None:
    refused = gitiam(estate, *command, "--requests", str(estate / "requests")).exception
    assert isinstance(refused, UsageError)
    assert refused.message == (
        f"`gitiam {' '.join(w for w in command if w != '42')}` takes no other request files;"
        " leave --requests out"
    )
    assert "--requests" not in gitiam(estate, *command, "--help").stdout


def test_a_record_goes_to_no_folder_that_there_is_not(estate: Path, tmp_path: Path) -> None:
    """Nor is it made: who mistyped it would look for the record elsewhere."""
    folder = tmp_path / "nope"
    refused = gitiam(estate, "plan", "--save", str(folder / "x.json")).exception
    assert isinstance(refused, UsageError)
    assert refused.message == f"there is no folder {folder}, so {folder}/x.json cannot be written"
    assert not folder.exists()
    assert gitiam(estate, "plan", "--save", str(tmp_path / "x.json")).exit_code == 0
    assert (tmp_path / "x.json").is_file()


@pytest.mark.parametrize("command", ["validate", "render", "changes", "plan", "drift"])
def test_other_requests_are_offered_where_they_are_looked_at(estate: Path, command: str) -> None:
    assert "--requests DIR" in gitiam(estate, command, "--help").stdout


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
