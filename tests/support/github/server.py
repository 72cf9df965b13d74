"""GitHub on a free port of the loopback.

In a `conftest.py`: `from tests.support.github.server import github`. In a test:

    def test_it(github: GitHub) -> None:
        estate = github.world.repository("acme/estate", {"requests/a.yaml": "..."})
        estate.collaborators["alice"] = "write"
        alice = github.as_user("alice").get_repo("acme/estate", lazy=True)

What breaks GitHub's description fails the test, even if the client swallowed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl

import pytest

from github import Auth, Github
from tests.support.github.hub import Hub
from tests.support.github.messages import Answer, Request
from tests.support.github.state import Repository


class _Listener(ThreadingHTTPServer):
    """Hands requests to the hub, which can be another one for each test."""

    daemon_threads = True
    hub: Hub | None = None


class _Wire(BaseHTTPRequestHandler):
    """Between HTTP and the hub's values."""

    protocol_version = "HTTP/1.1"
    # Head and body go out at once: else the client's acknowledgement is waited for, 40 ms each.
    wbufsize = -1
    server: _Listener

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        hub = self.server.hub
        request = Request(self.command, path, pairs, headers, body)
        answer = hub.answer(request) if hub else None
        if answer is None:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        body = answer.body
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if body:
            self.send_header("Content-Type", answer.content_type)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the hub has a log."""


class GitHub(Hub):
    """The hub, with what a test needs to speak with it."""

    def as_user(self, login: str) -> Github:
        """PyGithub with a person's token. It repeats nothing by itself."""
        return self.client(self.world.token(login))

    def as_workflow(self, repository: Repository, permissions: Mapping[str, str]) -> Github:
        """PyGithub with the token of a workflow's run."""
        return self.client(self.world.workflow_token(repository, permissions))

    def client(self, token: str | None) -> Github:
        """PyGithub with a token, or with none."""
        auth = Auth.Token(token) if token else None
        return Github(
            base_url=self.url,
            auth=auth,
            retry=None,
            per_page=100,
            timeout=10,
            # PyGithub waits a second between writes, so as not to annoy the real one.
            seconds_between_requests=None,
            seconds_between_writes=None,
        )


@pytest.fixture(scope="session")
def github_listener() -> Iterator[_Listener]:
    """One server a test process."""
    listener = _Listener(("127.0.0.1", 0), _Wire)
    thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield listener
    listener.shutdown()
    thread.join()
    listener.server_close()


@pytest.fixture
def github(
    github_listener: _Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GitHub]:
    """A GitHub where nobody has been yet. Fails the test where the description was broken."""
    # gitiam's client spares the real one between its writes.
    monkeypatch.setattr("gitiam.review.github.client.BETWEEN_WRITES", 0)
    hub = GitHub(tmp_path / "github", f"http://127.0.0.1:{github_listener.server_port}")
    github_listener.hub = hub
    yield hub
    github_listener.hub = None
    if hub.violations:
        pytest.fail("GitHub's description was broken:\n" + "\n".join(hub.violations))
