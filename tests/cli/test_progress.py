"""What people see while modules are applied, where there is no terminal."""

from __future__ import annotations

import pytest

from gitiam.cli.progress import watching
from gitiam.errors import GitiamError
from gitiam.outcomes import Result
from tests.support.modules import change, module


def ended(name: str, message: str | None = None) -> Result:
    error = GitiamError(message) if message else None
    return Result(change(module(f"prod/role/{name}", "a"), "x"), 1.0, error)


def test_a_reason_is_given_when_it_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(4, "applied") as watch:
        for result in (ended("a"), ended("b", "denied"), ended("c", "denied"), ended("d", "gone")):
            watch.ended(result)
    assert capsys.readouterr().err.splitlines() == [
        "[1/4] applied prod/role/a (1.0 s)",
        "[2/4] failed prod/role/b (1.0 s): denied",
        "[3/4] failed prod/role/c (1.0 s)",
        "[4/4] failed prod/role/d (1.0 s): gone",
    ]
