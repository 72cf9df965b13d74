"""Whatever a person can meet is documented: commands, rules, exit codes, variables, workflows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gitiam.catalog import catalog
from gitiam.cli.main import COMMANDS
from gitiam.drift import DriftKind
from gitiam.errors import ExitCode
from gitiam.validate.registry import OTHERS, RULES
from tools.docs import ROOT, written_pages


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def sources() -> str:
    return "\n".join(f.read_text(encoding="utf-8") for f in (ROOT / "gitiam").rglob("*.py"))


def workflows() -> list[Path]:
    return sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"^\| `gitiam {name}\b", text_of("README.md"), re.MULTILINE)
    assert f"\n## gitiam {name}\n" in text_of("docs/reference/commands.md")


def test_every_rule_is_documented() -> None:
    page = text_of("docs/reference/rules.md")
    assert [rule.id for rule in RULES if f"\n## {rule.id}\n" not in page] == []
    assert [name for name in OTHERS if f"**{name}**" not in page] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_exit_code_is_documented(page: str) -> None:
    codes = re.findall(r"^\| (\d+) \| ", text_of(page), re.MULTILINE)
    assert [int(code) for code in codes] == [int(code) for code in ExitCode]


def test_every_variable_of_the_environment_is_documented() -> None:
    read = set(re.findall(r'"((?:GITIAM|TF|XDG)_[A-Z_]+)"', sources()))
    set_for_terraform = {"TF_IN_AUTOMATION", "TF_LOG", "TF_PLUGIN_MAGIC_COOKIE"}
    set_for_terraform |= {"TF_REATTACH_PROVIDERS", "XDG_CONFIG_HOME"}
    page = text_of("docs/operators.md")
    assert [name for name in sorted(read - set_for_terraform) if f"`{name}`" not in page] == []
    assert len(read) > 4


def test_every_workflow_and_its_variables_are_documented() -> None:
    page = text_of("docs/operators.md")
    assert [file.name for file in workflows() if f"| `{file.name}` |" not in page] == []
    read = {v for f in workflows() for v in re.findall(r"vars\.(\w+)", f.read_text("utf-8"))}
    assert [name for name in sorted(read) if f"`{name}`" not in page] == []
    assert len(read) > 3


def test_every_kind_of_drift_is_documented() -> None:
    page = text_of("docs/drift.md")
    assert [kind for kind in DriftKind if f"| `{kind}` |" not in page] == []


def pages() -> list[Path]:
    return [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]


def test_what_does_not_exist_yet_is_not_promised() -> None:
    """The commands that are planned stand in no page as if they were there."""
    planned = {"adopt", "audit", "init", "request", "suggest", "who-can"} - COMMANDS.keys()
    pattern = rf"gitiam ({'|'.join(sorted(planned))})\b"
    assert [p.name for p in pages() if re.search(pattern, p.read_text(encoding="utf-8"))] == []


def test_every_action_that_a_page_names_exists() -> None:
    """On the pages that people wrote; a mistake that is shown as such is left out."""
    pattern = r"\b((?:iam|kms|lambda|logs|s3|sqs|sts|cloudwatch):[A-Z]\w*\*?)"
    known = catalog()
    texts = [page.read_text(encoding="utf-8") for page in written_pages(ROOT)]
    found = {action for text in texts for action in re.findall(pattern, text)}
    assert sorted(a for a in found - {"s3:GetObjekt"} if not known.expand(a)) == []
    assert len(found) > 50
