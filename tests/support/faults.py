"""A bad day between gitiam, Terraform and the embedded AWS: calls fail as AWS's own do.

The proxy names every call and counts it. One `Fault` can be set: at the n-th call of a name, once,
a few times or for ever, AWS throttles, errs, denies, hangs up, or is cut off in mid-answer; or the
test is told, and acts (kills, mostly) while the call waits.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.refusals import Refusal, answer_of

PATIENCE = 120.0
FOR_EVER = 1_000_000
_NOT_FORWARDED = {"connection", "expect", "keep-alive", "proxy-connection", "transfer-encoding"}
#: What the last part of a key in the store tells about the object.
_OBJECTS = {
    "applying.json": "marker",
    ".tflock": "lock",
    ".tfstate": "state",
}


@dataclass(frozen=True, order=True)
class Call:
    """One call: who made it, what it asks for, and which of its name it is, from 0.

    Names are like `terraform:CreateRole`, `gitiam:PUT marker`, `terraform:GET state`.
    """

    name: str
    index: int

    @property
    def action(self) -> str:
        """The name without who called."""
        return self.name.partition(":")[2]

    @property
    def service(self) -> str:
        """`s3`, `sts` or `iam`."""
        if " " in self.action:
            return "s3"
        is_sts = self.action in ("AssumeRole", "GetCallerIdentity", "AssumeRoleWithWebIdentity")
        return "sts" if is_sts else "iam"

    @property
    def writes(self) -> bool:
        """Whether AWS is another afterwards."""
        return not self.action.startswith(("Get", "List", "Assume", "HEAD", "GET", "LIST"))


@dataclass
class Fault:
    """What happens at `call` and, `times` in all, at the next of its name.

    `kind` is a name in `tests.support.refusals`, or `reset-before`, `reset-after`, `truncated`,
    `hang`, `hold-before`, `hold-after`. With a hold, `reached` is set, and the call waits for
    `release`, or for `drop`: then the caller gets no answer.
    """

    kind: str
    call: Call
    times: int = 1
    seconds: float = 3.0
    count: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    _go: threading.Event = field(default_factory=threading.Event)
    _dropped: bool = False

    def release(self) -> None:
        """Let what is held go on."""
        self._go.set()

    def drop(self) -> None:
        """Let what is held go nowhere, unless it was released."""
        self._dropped = not self._go.is_set()
        self._go.set()

    def hits(self, call: Call) -> bool:
        """Whether it is this call's turn."""
        first = self.call.index
        return call.name == self.call.name and first <= call.index < first + self.times


class FaultProxy:
    """An HTTP proxy for one server, with at most one fault."""

    def __init__(self, target: str, fault: Fault | None = None) -> None:
        self.target = urlsplit(target).netloc
        self.fault = fault
        self.calls: list[Call] = []
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self)

    @property
    def url(self) -> str:
        """Where to call instead of the target."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self, name: str) -> Fault | None:
        """A call has come: the fault, if it is its turn."""
        with self._lock:
            call = Call(name, self._counts[name])
            self._counts[name] += 1
            self.calls.append(call)
            if self.fault is None or not self.fault.hits(call):
                return None
            self.fault.count += 1
            self.fault.reached.set()
            return self.fault

    @contextmanager
    def open(self) -> Iterator[FaultProxy]:
        """Serve as long as the block lasts; what is still held is dropped."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            if self.fault:
                self.fault.drop()
            self._server.shutdown()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], proxy: FaultProxy) -> None:
        super().__init__(address, _Handler)
        self.proxy = proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = name_of(self.command, self.path, body, self.headers.get("User-Agent") or "")
        fault = self.server.proxy.take(name)
        match fault.kind if fault else "":
            case "":
                self._answer(*self._forwarded(body))
            case "reset-before":
                self._reset()
            case "reset-after":
                self._forwarded(body)
                self._reset()
            case "truncated":
                self._answer(*self._forwarded(body), cut=True)
            case "hang":
                assert fault
                fault._go.wait(fault.seconds)
                self._reset()
            case "hold-before":
                assert fault
                if not self._is_dropped(fault):
                    self._answer(*self._forwarded(body))
            case "hold-after":
                assert fault
                answer = self._forwarded(body)
                if not self._is_dropped(fault):
                    self._answer(*answer)
            case kind:
                assert fault
                self._refuse(answer_of(kind, fault.call.service, fault.call.action))

    def _is_dropped(self, fault: Fault) -> bool:
        """Wait, and hang up if the call shall go nowhere."""
        fault._go.wait(PATIENCE)
        if fault._dropped:
            self._reset()
        return fault._dropped

    def _refuse(self, refusal: Refusal) -> None:
        length = str(len(refusal.body))
        headers = [("Content-Type", "text/xml"), ("Content-Length", length), *refusal.headers]
        self._answer(refusal.status, headers, refusal.body)

    def _forwarded(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """What AWS answers."""
        upstream = HTTPConnection(self.server.proxy.target, timeout=PATIENCE)
        kept = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_FORWARDED}
        try:
            upstream.request(self.command, self.path, body, kept)
            answer = upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, HTTPException):
            return 502, [], b""
        finally:
            upstream.close()

    def _answer(
        self, status: int, headers: list[tuple[str, str]], data: bytes, cut: bool = False
    ) -> None:
        with suppress(OSError):
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in {*_NOT_FORWARDED, "content-length"}:
                    self.send_header(name, value)
            told = dict(headers).get("Content-Length", "0")
            self.send_header("Content-Length", told if self.command == "HEAD" else str(len(data)))
            self.end_headers()
            if cut:
                self.wfile.write(data[: len(data) // 2])
                self.wfile.flush()
                self._reset(graceful=True)
            elif self.command != "HEAD":
                self.wfile.write(data)

    def _reset(self, graceful: bool = False) -> None:
        """Hang up: without a goodbye, or with one in mid-sentence."""
        self.close_connection = True
        with suppress(OSError):
            if not graceful:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.shutdown(socket.SHUT_RDWR) if graceful else self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve


def name_of(method: str, path: str, body: bytes, agent: str) -> str:
    """What a call is called: who, and IAM's action or the method and the class of S3's key."""
    who = "terraform" if "terraform" in agent.lower() else "gitiam"
    if method == "POST" and (action := parse_qs(body.decode("latin-1")).get("Action")):
        return f"{who}:{action[0]}"
    split = urlsplit(path)
    key = split.path.strip("/").partition("/")[2]
    if not key:
        prefix = parse_qs(split.query).get("prefix", ["bucket"])[0]
        return f"{who}:LIST {_listing(prefix)}"
    return f"{who}:{method} {_class_of(key)}"


def _listing(prefix: str) -> str:
    """Terraform looks for workspaces below `env:/` when it starts."""
    if prefix.startswith("env:"):
        return "workspaces"
    return "ledger" if "ledger/" in prefix else prefix.rstrip("/").rpartition("/")[2] or "store"


def _class_of(key: str) -> str:
    for ending, what in _OBJECTS.items():
        if key.endswith(ending):
            return what
    if "/history/" in f"/{key}":
        return "history"
    return "record" if "/ledger/" in f"/{key}" else key.rpartition("/")[2]
