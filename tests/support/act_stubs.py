"""Folders that stand for the actions of others, each with an `action.yml` and nothing to fetch."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_PROGRAMS = Path(__file__).with_name("act_programs.py")


@dataclass(frozen=True)
class Stub:
    """An action: what it takes, which program does it, and which outputs come of it.

    The program is None where there is nothing to do.
    """

    inputs: tuple[str, ...] = ()
    program: str | None = None
    outputs: tuple[str, ...] = ()


STUBS: Mapping[str, Stub] = {
    "actions/checkout": Stub(
        (
            *("repository", "ref", "path", "sparse-checkout", "sparse-checkout-cone-mode"),
            *("fetch-depth", "fetch-tags", "persist-credentials", "token"),
        ),
        "checkout",
    ),
    "actions/setup-python": Stub(("python-version",)),
    "actions/cache": Stub(("path", "key")),
    "hashicorp/setup-terraform": Stub(("terraform_version", "terraform_wrapper")),
    "actions/upload-artifact": Stub(
        (
            *("name", "path", "if-no-files-found", "overwrite", "retention-days"),
            "include-hidden-files",
        ),
        "upload",
        ("artifact-id",),
    ),
    "actions/download-artifact": Stub(
        ("name", "path", "pattern", "merge-multiple", "run-id", "github-token", "repository"),
        "download",
    ),
    "aws-actions/configure-aws-credentials": Stub(
        ("role-to-assume", "role-session-name", "aws-region", "role-duration-seconds"),
        "credentials",
    ),
    "actions/create-github-app-token": Stub(
        ("app-id", "private-key", "owner", "repositories", "permission-members"),
        "app-token",
        ("token",),
    ),
}


def written(folder: Path, more: Mapping[str, Stub] | None = None) -> dict[str, Path]:
    """Write all of them below a folder; gives the folder of each."""
    found = {}
    for name, stub in {**STUBS, **(more or {})}.items():
        found[name] = folder / name.replace("/", "-")
        found[name].mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(_action(stub), sort_keys=False)
        (found[name] / "action.yml").write_text(text, encoding="utf-8")
    return found


def _action(stub: Stub) -> dict[str, Any]:
    command = ["true"]
    if stub.program:
        command = [sys.executable, str(_PROGRAMS), stub.program]
    step = {"id": "it", "shell": "bash", "env": _environment(stub.inputs)}
    return {
        "name": "stub",
        "inputs": {name: {"required": False} for name in stub.inputs},
        "outputs": {o: {"value": f"${{{{ steps.it.outputs.{o} }}}}"} for o in stub.outputs},
        "runs": {"using": "composite", "steps": [step | {"run": shlex.join(command)}]},
    }


def _environment(inputs: Iterable[str]) -> dict[str, str]:
    return {
        f"INPUT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in inputs
    }
