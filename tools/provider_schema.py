"""`make schema`: asks the provider for its schema, and keeps what modules of gitiam may use."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gitiam.config import TerraformConfig
from gitiam.shipped import templates_dir
from gitiam.sync.machine.process import inherited_environment
from gitiam.sync.terraform.provider.plugin import Plugin
from gitiam.sync.terraform.provider.protocol import Pruned, prune
from gitiam.sync.terraform.provider.schemas import PREFIX, shipped_name
from gitiam.sync.terraform.provider.verified import in_mirror

FOLDER = Path(__file__).parents[1] / "gitiam" / "data" / "provider_schemas"


def asked(config: TerraformConfig) -> tuple[str, Pruned]:
    """The name of the file, and what the provider in a mirror says of itself."""
    lock = (templates_dir() / "terraform" / "lock.hcl").read_text(encoding="utf-8")
    program = in_mirror(config, lock)
    if program is None:
        raise SystemExit("there is no mirror that holds the provider unpacked")
    with tempfile.TemporaryDirectory() as folder:
        plugin = Plugin(program.unchanged(), Path(folder), inherited_environment())
        try:
            protocol = plugin.protocol
            schema = prune(plugin.call(protocol.path(protocol.schema), b""), PREFIX)
        finally:
            plugin.stop()
    return shipped_name(config, protocol), schema


def main() -> None:
    """Write the file anew."""
    name, schema = asked(TerraformConfig())
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / name).write_bytes(schema.text)
    print(f"{FOLDER / name}: {len(schema.resources)} resources, {len(schema.text):,} bytes")


if __name__ == "__main__":
    main()
