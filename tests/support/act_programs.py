"""What the stubs of actions do, started by them: `python act_programs.py checkout`, and so on.

Their inputs arrive as `INPUT_…`, what belongs to the run as `STAGE_…`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def _input(name: str, default: str = "") -> str:
    return os.environ.get(f"INPUT_{name}", "").strip() or default


def _fail(message: str) -> None:
    print(f"::error::{message}")
    sys.exit(1)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)


def _output(name: str, value: str) -> None:
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def checkout() -> None:
    """What is there of the repository's own git: the ref, as deep and as wide as was asked."""
    name = _input("REPOSITORY", os.environ["GITHUB_REPOSITORY"])
    source = Path(os.environ["STAGE_REPOSITORIES"]) / f"{name}.git"
    ref = _input("REF", os.environ["STAGE_SHA"])
    folder = Path(os.environ["GITHUB_WORKSPACE"]) / _input("PATH", ".")
    if not folder.resolve().is_relative_to(Path(os.environ["GITHUB_WORKSPACE"]).resolve()):
        _fail(f"Repository path '{folder}' is not under the workspace")
    folder.mkdir(parents=True, exist_ok=True)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "remote", "add", "origin", f"file://{source}")
    depth = _input("FETCH_DEPTH", "1")
    _sparse(folder)
    # what GitHub allows and git's own server does not: to ask for any commit
    upload = "git -c uploadpack.allowAnySHA1InWant=true upload-pack"
    wanted = [] if depth == "0" else [f"--depth={depth}"]
    everything = ["+refs/heads/*:refs/remotes/origin/*"] if depth == "0" else []
    tags = ["--tags"] if _input("FETCH_TAGS") == "true" or depth == "0" else ["--no-tags"]
    words = ["fetch", "--quiet", f"--upload-pack={upload}", *tags, *wanted, "origin"]
    _git(folder, *words, *everything, f"+{ref}:refs/stage/wanted")
    branch = ref.removeprefix("refs/heads/")
    is_branch = ref.startswith("refs/heads/") or not (ref.startswith("refs/") or len(ref) == 40)
    if is_branch:
        _git(folder, "checkout", "--quiet", "--force", "-B", branch, "refs/stage/wanted")
    else:
        _git(folder, "checkout", "--quiet", "--force", "--detach", "refs/stage/wanted")
    _git(folder, "update-ref", "-d", "refs/stage/wanted")


def _sparse(folder: Path) -> None:
    patterns = _input("SPARSE_CHECKOUT")
    if not patterns:
        return
    cone = "--no-cone" if _input("SPARSE_CHECKOUT_CONE_MODE") == "false" else "--cone"
    _git(folder, "sparse-checkout", "set", cone, *patterns.splitlines())


def upload() -> None:
    """Keep files under a name, once in a run, below what all of them have in common."""
    store = _store(os.environ["STAGE_RUN"]) / _input("NAME", "artifact")
    found = sorted({file for line in _input("PATH").splitlines() for file in _files(line.strip())})
    if not found:
        if _input("IF_NO_FILES_FOUND", "warn") == "error":
            _fail(f"No files were found with the provided path: {_input('PATH')}")
        return
    if store.exists():
        if _input("OVERWRITE") != "true":
            _fail("Failed to CreateArtifact: an artifact with this name already exists")
        shutil.rmtree(store)
    root = _root(found)
    for file in found:
        target = store / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    _output("artifact-id", "1")


def _files(pattern: str) -> list[Path]:
    """The files of a line, without hidden ones, as the real action has it."""
    hidden = _input("INCLUDE_HIDDEN_FILES") == "true"
    here = Path.cwd()
    tops = list(here.glob(pattern)) if "*" in pattern else [here / pattern]
    found = [f for top in tops for f in (top.rglob("*") if top.is_dir() else [top]) if f.is_file()]
    return [
        file
        for file in found
        if hidden or not any(part.startswith(".") for part in file.relative_to(here).parts)
    ]


def _root(found: list[Path]) -> Path:
    """A lone line that names a folder is the root; else the lowest folder above all files."""
    lines = _input("PATH").splitlines()
    if len(lines) == 1 and (alone := Path.cwd() / lines[0].strip()).is_dir():
        return alone
    return Path(os.path.commonpath([file.parent for file in found]))


def download() -> None:
    """Lay kept files into a folder: those of one name, or each name's in a folder of its own."""
    store = _store(_input("RUN_ID", os.environ["STAGE_RUN"]))
    target, name = Path.cwd() / _input("PATH", "."), _input("NAME")
    if name:
        if not (store / name).is_dir():
            _fail(f"Unable to download artifact(s): Artifact not found for name: {name}")
        shutil.copytree(store / name, target, dirs_exist_ok=True)
        return
    for one in sorted(store.glob(_input("PATTERN", "*"))):
        folder = target if _input("MERGE_MULTIPLE") == "true" else target / one.name
        shutil.copytree(one, folder, dirs_exist_ok=True)


def _store(run: str) -> Path:
    if not run.isdigit():
        _fail(f"'{run}' is no run")
    return Path(os.environ["STAGE_ARTIFACTS"]) / run


def credentials() -> None:
    """Become a role of the embedded AWS, if the job may ask GitHub who it is."""
    if os.environ.get("STAGE_ID_TOKEN") != "write":
        _fail("It looks like you might be trying to authenticate with OIDC: id-token: write")
    if not (role := _input("ROLE_TO_ASSUME")):
        _fail("no role to assume")
    if not _input("AWS_REGION"):
        _fail("Input required and not supplied: aws-region")
    given = Path(os.environ["STAGE_AWS"]).read_text(encoding="utf-8")
    with Path(os.environ["GITHUB_ENV"]).open("a", encoding="utf-8") as file:
        file.write(given)
    _called(f"assume {role}")


def app_token() -> None:
    """The token of the app, if there is one."""
    if not (_input("APP_ID") and _input("PRIVATE_KEY")):
        _fail("[@octokit/auth-app] appId option is required")
    _output("token", os.environ["STAGE_APP_TOKEN"])
    _called("app token")


def _called(line: str) -> None:
    with Path(os.environ["STAGE_CALLS"]).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


PROGRAMS = {
    **{"checkout": checkout, "upload": upload, "download": download},
    **{"credentials": credentials, "app-token": app_token},
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]]()
