"""Where Terraform is told to find the provider."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import hcl2
import pytest

from gitiam.config import TerraformConfig
from gitiam.sync.terraform import mirrors
from gitiam.sync.terraform.mirrors import (
    MIRROR_VARIABLE,
    cli_configuration,
    find_mirror,
    this_platform,
)

CONFIG = TerraformConfig()
OTHER = TerraformConfig("registry.example.com/corp/aws", "6.1.0")


@pytest.fixture(autouse=True)
def nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No mirror of this machine is seen."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    monkeypatch.setattr(mirrors, "_IMPLIED", ("~/.terraform.d/plugins",))
    monkeypatch.setattr(mirrors, "_PARENTS", (str(tmp_path / "opt"), str(tmp_path / "srv")))


def unpacked(mirror: Path, config: TerraformConfig = CONFIG) -> Path:
    """A mirror with the provider as a folder."""
    folder = mirror / config.provider_source / config.provider_version / this_platform()
    folder.mkdir(parents=True)
    return mirror


def packed(mirror: Path, config: TerraformConfig = CONFIG) -> Path:
    """A mirror with the provider as an archive."""
    folder = mirror / config.provider_source
    folder.mkdir(parents=True)
    name = f"terraform-provider-aws_{config.provider_version}_{this_platform()}.zip"
    (folder / name).touch()
    return mirror


def test_without_a_mirror_the_registry_serves() -> None:
    assert find_mirror(CONFIG) is None
    assert hcl2.loads(cli_configuration(CONFIG)) == hcl2.loads(
        "provider_installation {\n  direct {}\n}\n"
    )


def test_a_user_without_a_home_has_the_other_mirrors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless(self: Path) -> Path:
        if self.parts[0] == "~":
            raise RuntimeError("Could not determine home directory.")
        return self

    monkeypatch.setattr(Path, "expanduser", homeless)
    assert find_mirror(CONFIG) is None
    monkeypatch.setattr(mirrors, "_IMPLIED", ("~/plugins", str(tmp_path / "share")))
    assert find_mirror(CONFIG) is None
    unpacked(tmp_path / "share")
    assert find_mirror(CONFIG) == tmp_path / "share"


@pytest.mark.parametrize("make", [unpacked, packed])
@pytest.mark.parametrize("where", ["home/.terraform.d/plugins", "opt/mirror", "srv/any-name"])
def test_a_mirror_is_found(tmp_path: Path, where: str, make: object) -> None:
    assert callable(make)
    wanted = make(tmp_path / where)
    assert find_mirror(CONFIG) == wanted.resolve()


def test_the_variable_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked(tmp_path / "home/.terraform.d/plugins")
    own = packed(tmp_path / "own")
    monkeypatch.setenv(MIRROR_VARIABLE, str(own))
    assert find_mirror(CONFIG) == own.resolve()


def test_a_variable_that_leads_to_nothing_hides_no_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, str(tmp_path / "nothing"))
    wanted = unpacked(tmp_path / "opt" / "mirror")
    assert find_mirror(CONFIG) == wanted.resolve()


@pytest.mark.parametrize(
    "other",
    [
        TerraformConfig(CONFIG.provider_source, "5.99.0"),
        TerraformConfig("registry.terraform.io/other/aws", CONFIG.provider_version),
        OTHER,
    ],
)
def test_another_provider_or_version_is_no_use(tmp_path: Path, other: TerraformConfig) -> None:
    unpacked(tmp_path / "opt" / "mirror", other)
    packed(tmp_path / "srv" / "mirror", other)
    assert find_mirror(CONFIG) is None
    assert find_mirror(other) is not None


def test_another_platform_is_no_use(tmp_path: Path) -> None:
    version = tmp_path / "opt" / "m" / CONFIG.provider_source / CONFIG.provider_version
    (version / "plan9_mips").mkdir(parents=True)
    assert find_mirror(CONFIG) is None


def test_of_several_the_first_by_name_serves(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        unpacked(tmp_path / "opt" / name)
    assert find_mirror(CONFIG) == (tmp_path / "opt" / "a").resolve()


def test_the_mirror_serves_this_provider_alone(tmp_path: Path) -> None:
    mirror = unpacked(tmp_path / "opt" / "mirror")
    (installation,) = hcl2.loads(cli_configuration(CONFIG))["provider_installation"]
    (filesystem,), (direct,) = installation["filesystem_mirror"], installation["direct"]
    source = f'"{CONFIG.provider_source}"'
    assert filesystem["path"] == f'"{mirror.resolve()}"'
    assert filesystem["include"] == [source]
    assert direct["exclude"] == [source]


@pytest.mark.terraform
def test_terraform_reads_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a name of quotes and templates is still that folder."""
    monkeypatch.setenv(MIRROR_VARIABLE, str(unpacked(tmp_path / 'a "quoted" ${path} \\ of %{x}')))
    configuration = tmp_path / "terraform.rc"
    configuration.write_text(cli_configuration(CONFIG), encoding="utf-8")
    done = subprocess.run(
        ["terraform", "providers", "schema", "-json"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": str(configuration)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "rror" not in done.stderr


@pytest.mark.parametrize(
    ("system", "machine", "wanted"),
    [
        ("Linux", "x86_64", "linux_amd64"),
        ("Linux", "aarch64", "linux_arm64"),
        ("Darwin", "arm64", "darwin_arm64"),
        ("Windows", "AMD64", "windows_amd64"),
        ("FreeBSD", "i386", "freebsd_386"),
    ],
)
def test_the_platform_is_named_as_terraform_does(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, wanted: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert this_platform() == wanted
