"""What is shipped is found again, from a checkout and from a wheel; the locks are what they say."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from gitiam.errors import GitiamError
from gitiam.shipped import example_estate_dir, templates_dir, workflows_dir

ROOT = Path(__file__).parents[1]
LOCKS = {
    "requirements.lock": {"build"},
    "requirements-demo.lock": {"build", "demo"},
    "requirements-dev.lock": {"build", "demo", "dev"},
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without the network."""
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")))
    return Path(built)


def shipped_files(*folders: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in {".yaml", ".hcl", ".j2", ".tf", ".json", ".md"}
    }


def data_files() -> set[str]:
    data = ROOT / "gitiam" / "data"
    return {p.relative_to(ROOT).as_posix() for p in data.rglob("*") if p.is_file()}


def test_a_checkout_knows_its_templates_and_its_example() -> None:
    assert templates_dir() == ROOT / "templates"
    assert example_estate_dir() == ROOT
    assert workflows_dir() == ROOT / ".github" / "workflows"
    assert (example_estate_dir() / "requests").is_dir()


def test_a_wheel_holds_templates_example_data_and_licence(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {f"gitiam/{name}" for name in shipped_files("templates")} <= held
    assert {f"gitiam/example/{name}" for name in shipped_files("requests")} <= held
    assert {"gitiam/example/gitiam.yaml", *data_files()} <= held
    workflows = {file.name for file in (ROOT / ".github" / "workflows").iterdir()}
    assert {f"gitiam/workflows/{name}" for name in workflows} <= held
    assert {"LICENSE", "NOTICE"} <= {Path(name).name for name in held}
    assert not {name for name in held if name.startswith(("tests/", "bench/", ".")) or "~" in name}


def test_an_installed_wheel_finds_them(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        "import gitiam.shipped as s;"
        " print(s.__file__, s.templates_dir(), s.example_estate_dir(), s.workflows_dir())"
    )
    # -S leaves out site-packages, and with it the editable install of this checkout.
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    package = tmp_path / "gitiam"
    expected = [package / "shipped.py", package / "templates", package / "example"]
    expected.append(package / "workflows")
    assert done.stdout.split() == [str(path) for path in expected]


def test_a_strangers_folder_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    with pytest.raises(GitiamError, match="own files are missing"):
        templates_dir(tmp_path / "gitiam")
    with pytest.raises(GitiamError, match=r"gitiam\.yaml"):
        example_estate_dir(tmp_path / "gitiam")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_hashes_everything(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|file:|^-|^\s+--(?!hash=sha256:[0-9a-f]{64}\b)", text, re.MULTILINE)
    packages = re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)
    assert len(packages) > 20
    assert all(re.match(r"[a-z0-9.-]+==[^ ]+( ; .+)? \\$", line) for line in packages)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_the_project_asks_for(name: str) -> None:
    """A dependency that was added without `make lock` is missing here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = project["dependencies"] + [r for extra in LOCKS[name] for r in extras[extra]]
    locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / name).read_text("utf-8"), re.MULTILINE))
    names = {re.split(r"[^\w.-]", one)[0].lower().replace("_", "-") for one in asked}
    assert names - {"gitiam"} <= locked


def test_one_package_has_one_version() -> None:
    versions = [
        dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / n).read_text("utf-8"), re.MULTILINE))
        for n in LOCKS
    ]
    *smaller, whole = versions
    assert all(part.items() <= whole.items() for part in smaller)


def test_the_provider_is_locked_for_every_platform() -> None:
    text = (ROOT / "templates" / "terraform" / "lock.hcl").read_text(encoding="utf-8")
    assert re.search(
        r'^  version     = "5\.100\.0"\n  constraints = "5\.100\.0"$', text, re.MULTILINE
    )
    folders = re.findall(r'^    "h1:([A-Za-z0-9+/]{43}=)",$', text, re.MULTILINE)
    zips = re.findall(r'^    "zh:([0-9a-f]{64})",$', text, re.MULTILINE)
    # 14 platforms; the registry also hashes a manifest
    assert (len(set(folders)), len(set(zips))) == (14, 15)


def test_make_says_what_it_can_do() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^\.PHONY: (\S+)$", text, re.MULTILINE))
    said = dict(re.findall(r"^  (\S+) +(\S.*)$", done.stdout, re.MULTILINE))
    assert {"demo", "test", "lint", "types", "lock", "clean"} <= targets
    assert set(said) == targets
