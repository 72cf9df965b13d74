"""A chat's webhook on a free port of the loopback, which answers as a test wants it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

SECRET = "T0000/B0000/the-secret"


class Webhook(ThreadingHTTPServer):
    """`statuses` are the answers, the last one for ever; `hangs` gives none until it is closed."""

    daemon_threads = True

    def __init__(self, *statuses: int, hangs: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Wire)
        self.statuses = list(statuses) or [200]
        self.hangs = hangs
        self.over = Event()
        self.paths: list[str] = []
        self.bodies: list[dict[str, Any]] = []

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def address(self) -> str:
        """Where messages go."""
        return f"{self.root}/services/{SECRET}"


class _Wire(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        hook = self.server
        hook.paths.append(self.path)
        hook.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if hook.hangs:
            hook.over.wait(60)
            return
        status = hook.statuses.pop(0) if len(hook.statuses) > 1 else hook.statuses[0]
        self.send_response(status)
        if status in (301, 302, 303, 307, 308):
            self.send_header("Location", f"{hook.root}/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_GET(self) -> None:
        """What a redirection would lead to."""
        self.server.paths.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def webhook(*statuses: int, hangs: bool = False) -> Iterator[Webhook]:
    """A webhook for as long as the block lasts."""
    hook = Webhook(*statuses, hangs=hangs)
    thread = Thread(target=hook.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.over.set()
        hook.shutdown()
        thread.join()
        hook.server_close()
