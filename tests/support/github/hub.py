"""Answers a request, as GitHub would, and notes down what breaks GitHub's description."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import RLock

from tests.support.github import graphql
from tests.support.github.call import Call
from tests.support.github.description import operation_id, wrong_in_answer, wrong_in_request
from tests.support.github.faults import Bounds, Faults
from tests.support.github.gate import let_through
from tests.support.github.log import Entry, Log
from tests.support.github.messages import Answer, Refused, Request, not_found
from tests.support.github.operations import ROUTES
from tests.support.github.operations.people import LIMIT
from tests.support.github.routes import Route, found
from tests.support.github.world import World

#: The name of what GraphQL is asked, in the log and for faults.
GRAPHQL = "graphql"


class Hub:
    """A world and the way into it. One request at a time: nothing is ever seen half done."""

    def __init__(self, folder: Path, url: str = "http://127.0.0.1") -> None:
        self.world = World(folder)
        self.url = url
        self.log = Log()
        self.faults = Faults()
        self.bounds = Bounds()
        self.violations: list[str] = []
        self._lock = RLock()

    def answer(self, request: Request) -> Answer | None:
        """The answer, or None where the connection is to be closed without one."""
        with self._lock:
            return self._answer(request)

    @contextmanager
    def expecting_violations(self) -> Iterator[list[str]]:
        """For tests of the check itself: what is wrong in here does not fail the test."""
        before, self.violations = self.violations, []
        try:
            yield self.violations
        finally:
            self.violations = before

    def _answer(self, request: Request) -> Answer | None:
        token = self.world.tokens.get(request.token or "")
        if request.path == "/graphql":
            return self._with_faults(Call(self.world, self.url, request, {}, token), None)
        path = _as_named(self.world, request.path)
        if (match := found(ROUTES, request.method, path)) is None:
            self._note(request, "asked", ["the fake does not answer this"])
            return not_found().answer
        route, values = match
        return self._with_faults(Call(self.world, self.url, request, values, token), route)

    def _with_faults(self, call: Call, route: Route | None) -> Answer | None:
        operation = operation_id(route) if route else GRAPHQL
        fault = self.faults.met_by(operation) or self.bounds.met_by(operation, call.request.token)
        answer: Answer | None = None
        if fault is None or fault.after:
            answer = self._checked(call, route) if route else graphql.answer(call)
        if fault:
            answer = fault.answer
        login = call.token.user.login if call.token else None
        request, status = call.request, answer.status if answer else 0
        self.log.entries.append(Entry(request.method, request.path, operation, status, login))
        return answer and self._counted(call, answer)

    def _checked(self, call: Call, route: Route) -> Answer:
        request = call.request
        wrong = wrong_in_request(route, call.values, request)
        self._note(request, "asked", wrong)
        answer = Refused(422, "Invalid request.").answer if wrong else self._handled(call, route)
        self._note(request, "answered", wrong_in_answer(route, call.values, request, answer))
        return answer

    def _note(self, request: Request, who: str, wrong: list[str]) -> None:
        self.violations += [f"{who} {request.method} {request.path}: {line}" for line in wrong]

    def _handled(self, call: Call, route: Route) -> Answer:
        try:
            let_through(call, route)
            if route.of_repository:
                self.world.observe(call.repository)
            if route.writes:
                self.world.tick()
            return _unless_known(call.request, route.handler(call))
        except Refused as refused:
            return refused.answer
        except Exception as error:  # the fake's own mistake: it fails the test, not the server
            self._note(call.request, "answered", [f"with {error!r}"])
            return Refused(500, "Server Error").answer

    def _counted(self, call: Call, answer: Answer) -> Answer:
        """With what is left of the hour's requests. What had not changed costs nothing."""
        used = 0
        if call.token:
            call.token.used += answer.status != 304
            used = call.token.used
        headers = {
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Remaining": str(max(LIMIT - used, 0)),
            "X-RateLimit-Reset": str(int(time.time()) + 3600),
            "X-RateLimit-Resource": "core",
            **answer.headers,
        }
        return Answer(answer.status, answer.value, headers, answer.content_type)


def _unless_known(request: Request, answer: Answer) -> Answer:
    """304 for whoever already has it."""
    if request.method != "GET" or answer.status != 200:
        return answer
    tag = f'"{sha256(answer.body).hexdigest()}"'
    headers = {**answer.headers, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Answer(304, None, headers)
    return Answer(answer.status, answer.value, headers, answer.content_type)


def _as_named(world: World, path: str) -> str:
    """Teams have a second address, with numbers, which is the one that GitHub hands out."""
    parts = path.split("/")
    if len(parts) > 4 and parts[1] == "organizations" and parts[3] == "team":
        for team in world.teams.values():
            if str(team.id) == parts[4]:
                return "/".join(["", "orgs", team.org, "teams", team.slug, *parts[5:]])
    return path
