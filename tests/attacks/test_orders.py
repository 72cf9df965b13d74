"""Text from a request that a terminal, a build's log or a reviewer's page would obey."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitiam.cli.main import cli
from gitiam.cli.progress import watching
from gitiam.errors import GitiamError
from gitiam.ledgers import Biography, Deed, Entry
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Change, StateVersion
from gitiam.outcomes import Outcome, Result
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.report import apply as applied
from gitiam.report import changes as pending
from gitiam.report import ledger as kept
from gitiam.report import plan as planned
from gitiam.sync.faults.causes import Cause
from gitiam.sync.faults.retry import Again
from tests.support.estates import request, write_estate
from tests.support.modules import change, module

ORDERS = "\x1b[2J\n::add-mask::iam ##[add-mask]iam \u202e"
# What GitHub's runner takes for a command: `##[` anywhere in a line, `::` at its beginning.
_COMMAND = re.compile(r"##\[|^\s*::(?!error |warning |notice )", re.MULTILINE)


def assert_harmless(text: str) -> None:
    assert not _COMMAND.search(text)
    assert all(c.isprintable() or c == "\n" for c in text)


@pytest.mark.parametrize("command", ["changes", "render", "plan", "apply"])
def test_what_blocks_is_named_and_gives_no_orders(tmp_path: Path, command: str) -> None:
    key = '"\\e[2J\\n::add-mask::iam ##[add-mask]iam \\u202e": 1'
    root = write_estate(tmp_path, {"requests/x.yaml": f"{key}\n{request('- bundle: s3-read')}"})
    ran = CliRunner().invoke(cli, ["-C", str(root), command], color=True)
    assert "unknown key" in ran.stderr
    assert_harmless(ran.output + ran.stderr)


@pytest.mark.parametrize("format_", ["text", "github"])
def test_a_line_that_is_shown_masks_nothing_in_the_log(tmp_path: Path, format_: str) -> None:
    """A masked word would be missing from the preview that follows in the same job."""
    text = request('- actions: ["s3:*"]  # ##[add-mask]s3\n  resources: ["*"]')
    root = write_estate(tmp_path, {"requests/x.yaml": text})
    ran = CliRunner().invoke(cli, ["validate", "-C", str(root), "--format", format_])
    assert ran.exit_code == 0
    assert "service-wildcard" in ran.output
    assert_harmless(ran.output)


def test_reasons_and_addresses_give_no_orders() -> None:
    found = change(module("prod/role/app"), f"requests/{ORDERS}.yaml added")
    address, values = f"aws_iam_role.this{ORDERS}", {ORDERS: ORDERS, "policy": ORDERS}
    plan = ModulePlan((PlannedResource(address, ORDERS, ("create",), None, values),))
    outcome = Outcome(plan=plan, notes=[ORDERS], passed=ORDERS)
    results = [Result(Change(found.module, None, found.reasons), 1.0, outcome=outcome)]
    assert_harmless(pending.as_text([found], 0))
    assert_harmless(applied.as_text(results, 0))
    assert_harmless(planned.as_text(results, 0))


def test_names_give_no_orders(capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever they come from: no reading of names is the last line of defence."""
    key = ModuleKey("prod", Kind.ROLE, f"x{ORDERS}")
    found = change(replace(module("prod/role/app"), key=key))
    entry = Entry(key, None, is_unfinished=True)
    for error in (None, GitiamError("denied")):
        results = [Result(found, 1.0, error)]
        for text in (
            pending.as_text([found], 0),
            applied.as_text(results, 0),
            planned.as_text(results, 0),
        ):
            assert_harmless(text)
        with watching(1, "applied") as watch:
            watch.ended(results[0])
            watch.again(found, Again(Cause.THROTTLED, 1.0, 2, 4))
    assert_harmless(kept.list_as_text([entry]))
    assert_harmless(kept.show_as_text(Biography(entry, None, StateVersion(ORDERS, 1), (), ())))
    assert_harmless(kept.repair_as_text([Deed(str(key), ORDERS, ORDERS)], is_dry=False))
    assert_harmless(capsys.readouterr().err)


def test_a_preview_is_never_too_large_to_be_shown() -> None:
    """GitHub leaves a summary out that is, and lets the step pass."""
    found = [change(module(f"prod/role/r{n}", "é" * 4_000), "requests/x.yaml") for n in range(500)]
    found = [replace(c, module=replace(c.module, files=_main(c))) for c in found]
    text = pending.as_markdown(found, 0)
    assert len(text.encode()) < 1024 * 1024
    assert re.match(r"\*\*Not everything stands here: \d+ differences not shown", text)
    few = pending.as_markdown(found, 0, room=20_000)
    assert len(few.encode()) < 22_000
    assert "modules not named" in few.splitlines()[0]
    assert "500 modules pending" in few


def _main(found: Change) -> dict[str, str]:
    return {"main.tf": found.module.files["main.tf"]}
