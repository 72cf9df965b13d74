"""Answers for the provider what its resources look like, and nothing else.

A Terraform that shows a plan, or notes where a state lies, needs no provider: it asks for the
schema, and a whole provider takes a second and half a gigabyte to say it.
"""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

from gitiam.config import TerraformConfig
from gitiam.sync.terraform.provider.attachment import Attachment, Handler
from gitiam.sync.terraform.provider.protocol import PROTOCOLS, Protocol, Pruned
from gitiam.sync.terraform.provider.schemas import shipped_schema

_THREADS = 16


class Reader:
    """Serves the schema that gitiam brings along. `trouble` says what else it was asked."""

    def __init__(self, schema: Pruned, protocol: Protocol, socket: Path) -> None:
        self.trouble: str | None = None
        self._schema = schema
        self._protocol = protocol
        self._lock = threading.Lock()
        self._stand_in = _StandIn()
        self._attachment = Attachment(
            socket, protocol.version, self._handler, _THREADS, self._stand_in.pid
        )

    def variables(self, source: str) -> dict[str, str]:
        """What the environment of a Terraform must say, that only reads."""
        return self._attachment.variables(source)

    def stop(self) -> None:
        """Take no more calls. May be called more than once."""
        self._attachment.stop()
        self._stand_in.stop()

    def _handler(self, path: str) -> Handler | None:
        call = self._protocol.call(path)
        if call == self._protocol.schema:
            return lambda _request, _context: self._schema.text
        if call == self._protocol.stop:
            return lambda _request, _context: b""
        if call is not None:
            with self._lock:
                self.trouble = self.trouble or f"a Terraform that only reads called {call[:60]}"
        return None


class _StandIn:
    """A process that does nothing, in the place of the provider's; it ends with gitiam."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", "read -r _"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            start_new_session=True,
        )
        self.pid = self._process.pid

    def stop(self) -> None:
        assert self._process.stdin is not None  # noqa: S101  (it was started with a pipe)
        self._process.stdin.close()
        self._process.wait()


def reader_of(config: TerraformConfig, socket: Path) -> Reader | None:
    """A reader for this provider; None for one whose schema gitiam does not bring along."""
    for protocol in PROTOCOLS.values():
        schema = shipped_schema(config, protocol)
        if schema is not None:
            return Reader(schema, protocol, socket)
    return None
