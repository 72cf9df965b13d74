"""The way to a provider of Terraform's own that spares it most of its start.

Each command of a Terraform computes the hash of the provider's package, half a second; `init` and
`show` do so, or start the provider for its schema alone. Here the package is verified once for the
whole run, and named to Terraform as a development override; who only reads gets the schema from
gitiam. See "Development Overrides for Provider Developers" in Terraform's documentation.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gitiam.config import TerraformConfig
from gitiam.sync.terraform.mirrors import overriding_configuration

if TYPE_CHECKING:
    from gitiam.sync.terraform.provider.reader import Reader
    from gitiam.sync.terraform.provider.verified import Program


@dataclass(frozen=True)
class Shortcut:
    """What a Terraform sees that takes it; see `gitiam.sync.terraform.workspace.Way`."""

    environment: Mapping[str, str]
    reading: Mapping[str, str]
    _reader: Reader = field(repr=False)
    is_attached: bool = False

    @property
    def trouble(self) -> str | None:
        """What a Terraform that only reads has asked beside the schema."""
        return self._reader.trouble


class Shortcuts:
    """Finds the shortcut of a run: when it is first asked for, and the same from then on.

    `program` finds the verified provider. May be used from several threads.
    """

    def __init__(self, config: TerraformConfig, program: Callable[[], Program]) -> None:
        self._config = config
        self._program = program
        self._folder: Path | None = None
        self._reader: Reader | None = None
        self._found: Shortcut | None = None
        self._lock = threading.Lock()

    def find(self) -> Shortcut | None:
        """None where there is none; to be asked for each module.

        GitiamError where the provider is not what the lock file names, or not to be had.
        """
        with self._lock:
            package = self._program().unchanged().parent
            if self._folder is None:
                self._found = self._make(package)
            return self._found

    def close(self) -> None:
        """End the reader, and remove its folder."""
        if self._reader is not None:
            self._reader.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self, package: Path) -> Shortcut | None:
        try:
            from gitiam.sync.terraform.provider.reader import reader_of
            from gitiam.sync.terraform.provider.sockets import private_folder
        except ImportError:  # grpcio is not there for every machine
            return None
        self._folder = private_folder()
        try:
            self._reader = reader_of(self._config, self._folder / "reader")
        except RuntimeError:  # grpc's word for a socket that it cannot have
            return None
        if self._reader is None:
            return None
        file = self._folder / "terraform.rc"
        file.write_text(overriding_configuration(self._config, package), encoding="utf-8")
        reading = self._reader.variables(self._config.provider_source)
        return Shortcut({"TF_CLI_CONFIG_FILE": str(file)}, reading, self._reader)
