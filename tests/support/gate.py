"""A gate in front of the embedded AWS: a test can hold an answer back, and act meanwhile.

AWS has then done what it was asked to, and the caller does not know yet: the worst moment to die.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATIENCE = 120.0
_NOT_FORWARDED = {"connection", "expect", "keep-alive", "proxy-connection", "transfer-encoding"}


@dataclass
class Hold:
    """The next call of this kind is held: before AWS hears of it, or when it has done it."""

    what: str
    before: bool = False
    skip: int = 0
    _reached: threading.Event = field(default_factory=threading.Event)
    _released: threading.Event = field(default_factory=threading.Event)
    _taken: bool = False
    _dropped: bool = False

    def wait(self, alive: Callable[[], bool]) -> None:
        """Until the call is there; an AssertionError when the caller ends before, or hangs."""
        deadline = time.monotonic() + PATIENCE
        while not self._reached.wait(0.2):
            assert alive(), f"it ended, and {self.what} was never called"
            assert time.monotonic() < deadline, f"{self.what} was never called"

    def release(self) -> None:
        """Let it go on."""
        self._released.set()

    def drop(self) -> None:
        """Let it go nowhere, unless it was released: AWS never hears of what was held before it."""
        self._dropped = not self._released.is_set()
        self._released.set()


class Gate:
    """An HTTP proxy for one server. Calls are named like `CreateRole`, or `PUT /bucket/key`."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.calls: list[str] = []
        self._holds: list[Hold] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self)

    @property
    def url(self) -> str:
        """Where to call instead of the target."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def hold(self, what: str, *, before: bool = False, skip: int = 0) -> Hold:
        """Hold the next call whose name begins so, or a later one."""
        hold = Hold(what, before, skip)
        with self._lock:
            self._holds.append(hold)
        return hold

    def pass_by(self, name: str) -> Hold | None:
        """A call has come: the hold that waits for it, if there is one."""
        with self._lock:
            self.calls.append(name)
            for hold in self._holds:
                if hold._taken or not name.startswith(hold.what):
                    continue
                if hold.skip:
                    hold.skip -= 1
                    continue
                hold._taken = True
                return hold
        return None

    @contextmanager
    def open(self) -> Iterator[Gate]:
        """Serve as long as the block lasts; whatever is still held is dropped."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            for hold in self._holds:
                hold.drop()
            self._server.shutdown()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], gate: Gate) -> None:
        super().__init__(address, _Handler)
        self.gate = gate

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        hold = self.server.gate.pass_by(self._name(body))
        if hold and hold.before:
            self._stop_at(hold)
            if hold._dropped:
                self.close_connection = True
                return
        upstream = HTTPConnection(self.server.gate.target, timeout=PATIENCE)
        kept = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_FORWARDED}
        upstream.request(self.command, self.path, body, kept)
        answer = upstream.getresponse()
        data = answer.read()
        if hold and not hold.before:
            self._stop_at(hold)
        with suppress(OSError):
            self._answer(answer.status, answer.getheaders(), data)
        upstream.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {*_NOT_FORWARDED, "content-length"}:
                self.send_header(name, value)
        length = dict(headers).get("Content-Length", "0") if self.command == "HEAD" else len(data)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(data)

    def _name(self, body: bytes) -> str:
        """IAM and STS name the action in the form that is posted."""
        if self.command == "POST" and (action := parse_qs(body.decode("latin-1")).get("Action")):
            return action[0]
        return f"{self.command} {urlsplit(self.path).path}"

    def _stop_at(self, hold: Hold) -> None:
        hold._reached.set()
        hold._released.wait(PATIENCE)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _forward
