"""Where Terraform finds the provider: a mirror on disk when there is one, else the registry.

A mirror is trusted with nothing: `terraform init` checks what it finds there against the module's
lock file, and refuses anything else.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

from gitiam.config import TerraformConfig

MIRROR_VARIABLE = "GITIAM_PROVIDER_MIRROR"

#: Terraform's implied mirrors ("CLI configuration file", "Implied local mirror directories").
_IMPLIED = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "~/Library/Application Support/io.terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
)
#: Where images for build machines like to keep one: a folder of any name below these.
_PARENTS = ("/opt", "/usr/local/share", "/usr/local/lib", "/usr/share", "/var/lib", "/srv")

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"}


def cli_configuration(terraform: TerraformConfig) -> str:
    """A Terraform CLI configuration: the first mirror that has the provider, else the registry."""
    mirror = find_mirror(terraform)
    if mirror is None:
        return "provider_installation {\n  direct {}\n}\n"
    source = _quoted(terraform.provider_source)
    return (
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f"    path    = {_quoted(str(mirror))}\n"
        f"    include = [{source}]\n"
        "  }\n"
        "  direct {\n"
        f"    exclude = [{source}]\n"
        "  }\n"
        "}\n"
    )


def overriding_configuration(terraform: TerraformConfig, package: Path) -> str:
    """A Terraform CLI configuration that takes the provider from this folder, unchecked."""
    return (
        "provider_installation {\n"
        "  dev_overrides {\n"
        f"    {_quoted(terraform.provider_source)} = {_quoted(str(package))}\n"
        "  }\n"
        "}\n"
    )


def find_mirror(terraform: TerraformConfig) -> Path | None:
    """The first folder that holds this version of the provider for this machine."""
    for folder in _candidates(terraform):
        provider = folder / terraform.provider_source
        version = terraform.provider_version
        packed = provider / f"terraform-provider-aws_{version}_{this_platform()}.zip"
        if (provider / version / this_platform()).is_dir() or packed.is_file():
            return folder.resolve()
    return None


def this_platform() -> str:
    """`linux_amd64`, `darwin_arm64` …, as Terraform writes it."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_ARCHITECTURES.get(machine, machine)}"


def _candidates(terraform: TerraformConfig) -> Iterator[Path]:
    own = os.environ.get(MIRROR_VARIABLE)
    if own:
        yield Path(own)
    yield from _implied()
    host = terraform.provider_source.split("/", 1)[0]
    for parent in map(Path, _PARENTS):
        yield from sorted(found.parent for found in parent.glob(f"*/{host}") if found.is_dir())


def _implied() -> Iterator[Path]:
    for folder in map(Path, _IMPLIED):
        try:
            found = folder.expanduser()
        except RuntimeError:  # a user without a home has nothing there
            continue
        yield found


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${") + '"'
