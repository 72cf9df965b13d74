"""The schemas that gitiam brings along, so that the provider need not be asked for its whole one.

Made by `python -m tools.provider_schema` from the provider itself; a test compares them with it.
"""

from __future__ import annotations

from importlib.resources import files

from gitiam.config import TerraformConfig
from gitiam.sync.terraform.provider.protocol import Protocol, Pruned, pruned

#: The resource types that a module of gitiam may have.
PREFIX = "aws_iam_"


def shipped_name(config: TerraformConfig, protocol: Protocol) -> str:
    """`aws-5.100.0.tfplugin5`."""
    name = config.provider_source.rpartition("/")[2]
    return f"{name}-{config.provider_version}.tfplugin{protocol.version}"


def shipped_schema(config: TerraformConfig, protocol: Protocol) -> Pruned | None:
    """The schema of this provider; None for one that gitiam does not bring."""
    file = files("gitiam") / "data" / "provider_schemas" / shipped_name(config, protocol)
    return pruned(file.read_bytes()) if file.is_file() else None
