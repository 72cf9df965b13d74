"""What goes over the wire: requests, answers, and refusals in GitHub's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

JSON = "application/json; charset=utf-8"
DOCS = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Request:
    """One request as it arrived. `path` is still percent-encoded; header names are lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def asked(self) -> dict[str, str]:
        """The query; of a parameter that is given twice, the last counts."""
        return dict(self.query)

    @property
    def token(self) -> str | None:
        """The token in `Authorization`, whichever scheme carries it."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in {"bearer", "token"} else None

    @property
    def content_type(self) -> str:
        """GitHub reads a body as JSON whatever the client calls it, and so says its description."""
        return "application/json"


@dataclass(frozen=True)
class Answer:
    """One answer: a JSON value, or text of another media type."""

    status: int
    value: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    @property
    def body(self) -> bytes:
        """The bytes that are sent: none where there is nothing to say."""
        if self.status in {204, 304}:
            return b""
        if isinstance(self.value, str) and self.content_type != JSON:
            return self.value.encode("utf-8", "surrogateescape")
        return json.dumps(self.value, sort_keys=True).encode()

    @property
    def is_json(self) -> bool:
        """Whether the description can say anything about the body."""
        return self.content_type == JSON and bool(self.body)


class Refused(Exception):
    """GitHub says no. Raised by whatever notices it; the server turns it into an answer."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: list[Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        value: dict[str, Any] = {"message": message, "documentation_url": DOCS}
        value["status"] = str(status)
        if errors is not None:
            value["errors"] = errors
        self.answer = Answer(status, value, headers or {})


def not_found() -> Refused:
    """Also what is said of things that exist, but not for whoever asks."""
    return Refused(404, "Not Found")


def invalid(resource: str, field: str, message: str = "", code: str = "custom") -> Refused:
    """422 in the long form: which field of which resource, and why."""
    error = {"resource": resource, "field": field, "code": code}
    return Refused(422, "Validation Failed", [error | ({"message": message} if message else {})])


def unprocessable(*errors: str) -> Refused:
    """422 in the short form, with sentences."""
    return Refused(422, "Unprocessable Entity", list(errors))
