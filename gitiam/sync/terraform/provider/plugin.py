"""A provider's process, spoken to as Terraform would: the handshake, then gRPC.

The handshake is that of HashiCorp's go-plugin: a cookie in the environment, and one line on
standard output, `CORE|PROTOCOL|NETWORK|ADDRESS|grpc`.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc

from gitiam.sync.machine.process import PRIVATE
from gitiam.sync.terraform.provider.attachment import CHANNEL_OPTIONS, as_bytes
from gitiam.sync.terraform.provider.protocol import PROTOCOLS, Protocol
from gitiam.sync.terraform.provider.wire import UnfamiliarError

#: Longer than this, and it does not start at all; in seconds.
START_SECONDS = 60.0
#: A provider that was killed is gone within this, or left to the system; in seconds.
END_SECONDS = 5.0
#: Of what it prints before it has greeted, no line is read further, in bytes.
_LONGEST_LINE = 4096
_COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"

# The provider must end when gitiam does, even if that is killed: this shell waits for the end of
# its standard input, whose other end gitiam holds, and ends its whole process group, which is led
# by itself: nobody else can have got that number. It lets go of its standard output, so that this
# ends with the provider.
_GUARD = """\
exec 3<&0
"$@" </dev/null 3<&- &
echo "$!"
exec >&-
read -r _ <&3
kill -9 0
"""
_PID = re.compile(r"[0-9]{1,10}")


class Plugin:
    """A running provider. Everything that it says is bytes."""

    def __init__(self, program: Path, sockets: Path, environment: Mapping[str, str]) -> None:
        """Start it and shake hands; UnfamiliarError when it does not behave like a provider."""
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, **_handshake_environment(sockets)},
            start_new_session=True,
            umask=PRIVATE,
        )
        self.pid = 0
        self.sockets = sockets
        try:
            self.protocol, address = self._shake_hands()
        except BaseException:
            self.stop()
            raise
        self._channel = grpc.insecure_channel(f"unix:{address}", options=CHANNEL_OPTIONS)

    def call(self, path: str, request: bytes) -> bytes:
        """One call, awaited; grpc.RpcError when it fails."""
        answer: bytes = self.future(path, request).result()
        return answer

    def future(self, path: str, request: bytes) -> Any:
        """One call, begun: a future that can be cancelled."""
        ask: Callable[..., Any] = self._channel.unary_unary(
            path, request_serializer=as_bytes, response_deserializer=as_bytes
        ).future
        return ask(request)

    def stop(self) -> None:
        """End it at once; it keeps nothing that could be lost. May be called more than once."""
        channel = getattr(self, "_channel", None)
        if channel is not None:
            channel.close()
        self._kill()
        self._await_end()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def _kill(self) -> None:
        """Guard and provider at once. Before the guard was waited for, its number is its own."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _await_end(self) -> None:
        """Until the provider is gone: nobody but it has the other end of its standard output.

        Its guard alone can be waited for; a host that makes room for another must have left it.
        """
        pipe = self._process.stdout
        if pipe is None or pipe.closed:
            return
        while select.select([pipe], [], [], END_SECONDS)[0]:
            if not os.read(pipe.fileno(), _LONGEST_LINE):
                return

    def _shake_hands(self) -> tuple[Protocol, str]:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101  (it was started with a pipe)
        timer = threading.Timer(START_SECONDS, self._kill)
        timer.start()
        try:
            # Two lines, of the guard and of the provider; either may come first.
            lines = [pipe.readline(_LONGEST_LINE).decode(errors="replace") for _ in range(2)]
        finally:
            timer.cancel()
            timer.join()
        said = ""
        for line in map(str.strip, lines):
            if _PID.fullmatch(line):
                self.pid = int(line)
            else:
                said = said or line
        if not self.pid:
            raise UnfamiliarError("the provider's process has no number")
        return _understood(said)


def _understood(line: str) -> tuple[Protocol, str]:
    """What the line of the handshake says: the version of the protocol, and a socket's path."""
    if not line:
        raise UnfamiliarError("the provider ends, or is silent, without a greeting")
    parts = line.split("|")
    if len(parts) < 5 or parts[0] != "1" or parts[2] != "unix" or parts[4] != "grpc":
        raise UnfamiliarError(f"the provider greets with {line[:100]!r}")
    protocol = PROTOCOLS.get(int(parts[1])) if _PID.fullmatch(parts[1]) else None
    if protocol is None:
        raise UnfamiliarError(f"the provider speaks version {parts[1][:20]} of the protocol")
    return protocol, parts[3]


def _handshake_environment(sockets: Path) -> dict[str, str]:
    return {
        "TF_PLUGIN_MAGIC_COOKIE": _COOKIE,
        "PLUGIN_PROTOCOL_VERSIONS": ",".join(map(str, PROTOCOLS)),
        "PLUGIN_UNIX_SOCKET_DIR": str(sockets),
        # Otherwise it writes down every call, for a Terraform that would leave most of it out.
        "TF_LOG": "off",
    }
