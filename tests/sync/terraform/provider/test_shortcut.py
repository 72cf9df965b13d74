"""Without a host: one verification of the provider for the run, and readers that need none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gitiam.sync.terraform.commands import Commands
from gitiam.sync.terraform.provider.reader import Reader, reader_of
from tests.support.provider import CONFIG, Rig, variables

pytestmark = pytest.mark.terraform


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands of Terraform that a run starts."""
    seen: list[str] = []
    run = Commands._run

    def noted(self: Commands, arguments: list[str], *more: object, **named: object) -> object:
        seen.append(arguments[0])
        return run(self, arguments, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Commands, "_run", noted)
    return seen


def test_a_provider_is_installed_for_no_module(rig: Rig, ran: list[str]) -> None:
    """Of many modules the first alone needs an `init`."""
    with rig.open(hosts=0) as terraform:
        for module in rig.roles("a", "b"):
            with terraform.workspace(module) as workspace:
                assert workspace.apply(variables(module), check=lambda plan: None).applied == 2
                assert not (workspace.folder / ".terraform" / "providers").exists()
        assert ran == ["init", "plan", "show", "apply", "plan", "show", "apply"]
        way = terraform.shortcut()
        assert way is not None
        folder = Path(way.environment["TF_CLI_CONFIG_FILE"]).parent
        assert folder.stat().st_mode & 0o077 == 0
    assert rig.said == []
    assert not folder.exists()


def test_what_a_reader_does_not_know_is_done_plainly(
    rig: Rig, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumped(self: Reader, path: str) -> None:
        if path.endswith("Schema"):
            self.trouble = "a Terraform that only reads called for tea"

    monkeypatch.setattr(Reader, "_handler", stumped)
    (module,) = rig.roles("a")
    with rig.open(hosts=0) as terraform, terraform.workspace(module) as workspace:
        assert workspace.plan(variables(module)).plan is not None
    assert ran == ["init", "plan", "show", "init", "plan", "show"]
    assert rig.said == [
        "a Terraform that only reads called for tea; once more without the shortcut"
    ]


def test_a_provider_whose_schema_is_not_at_hand_has_none(tmp_path: Path) -> None:
    other = replace(CONFIG, provider_version="5.99.0")
    assert reader_of(other, tmp_path / "socket") is None


def test_a_cli_configuration_of_one_s_own_is_left_alone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = rig.folder / "own.rc"
    own.touch()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    with rig.open(hosts=0) as terraform:
        assert terraform.shortcut() is None
