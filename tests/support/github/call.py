"""What a handler is given: the request taken apart, and who asks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from tests.support.github.messages import Answer, Refused, Request, invalid, not_found
from tests.support.github.state import Issue, Pull, Repository, Token, User
from tests.support.github.world import World

#: What GitHub keeps of a text.
LONGEST = 65_536


@dataclass(frozen=True)
class Call:
    """One request that may be answered."""

    world: World
    url: str
    request: Request
    values: dict[str, str]
    token: Token | None

    @property
    def user(self) -> User:
        """Who asks. 401 for a stranger."""
        if self.token is None:
            raise Refused(401, "Requires authentication")
        return self.token.user

    @cached_property
    def repository(self) -> Repository:
        """The repository of the path. 404 where it is not to be seen."""
        name = f"{self.values['owner']}/{self.values['repo']}".lower()
        found = self.world.repositories.get(name)
        if found is None:
            raise not_found()
        return found

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; empty where nothing was."""
        try:
            value = json.loads(self.request.body or b"{}")
        except ValueError:
            raise Refused(400, "Problems parsing JSON") from None
        # Some operations take a list or a string instead of an object.
        return value if isinstance(value, dict) else {"": value}

    def asked(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return self.request.asked.get(name, default)

    def number(self, name: str) -> int:
        """A number in the path."""
        return int(self.values[name])

    def issue(self) -> Issue:
        """The issue, or pull request, of the path. 404 where there is none."""
        if (issue := self.repository.issues.get(self.number("issue_number"))) is None:
            raise not_found()
        return issue

    def pull(self) -> tuple[Issue, Pull]:
        """The pull request of the path. 404 where there is none."""
        issue = self.repository.issues.get(self.number("pull_number"))
        if issue is None or issue.pull is None:
            raise not_found()
        return issue, issue.pull

    def text(self, resource: str, field: str = "body", required: bool = False) -> str:
        """A text in the body, if it is not too long. 422 otherwise."""
        value = self.body.get(field) or ""
        if required and not value.strip():
            raise invalid(resource, field, code="missing_field")
        if len(value) > LONGEST:
            raise invalid(resource, field, f"{field} is too long (maximum is {LONGEST} characters)")
        return str(value)

    def commit(self, name: str) -> str:
        """The id of a commit, by branch, tag or id. 422 where there is none."""
        if (sha := self.repository.git.resolved(name)) is None:
            raise Refused(422, f"No commit found for SHA: {name}")
        return sha

    def page(self, items: Sequence[Any], named: str | None = None) -> Answer:
        """A page of a list, with `Link`; `named` puts it in an object with its count."""
        try:
            size = min(int(self.asked("per_page", "30")), 100) or 30
            page = max(int(self.asked("page", "1")), 1)
        except ValueError:
            size, page = 30, 1
        size = max(size, 1)
        last = max(-(-len(items) // size), 1)
        shown = list(items[(page - 1) * size : page * size])
        targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        wanted = [
            f'<{self._at_page(to)}>; rel="{rel}"'
            for rel, to in targets.items()
            if (page > 1 if rel in {"prev", "first"} else page < last)
        ]
        headers = {"Link": ", ".join(wanted)} if wanted else {}
        return Answer(200, {"total_count": len(items), named: shown} if named else shown, headers)

    def _at_page(self, page: int) -> str:
        query = {**self.request.asked, "page": str(page)}
        return f"{self.url}{self.request.path}?{urlencode(query)}"
