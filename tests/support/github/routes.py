"""Which function answers which operation, and who may ask for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tests.support.github.messages import Answer

if TYPE_CHECKING:
    from tests.support.github.call import Call

Handler = Callable[["Call"], Answer]

#: These hold slashes: the name of a branch, the path of a file. GitHub takes them as they are,
#: though its description can only say `{path}`.
_WITH_SLASHES = {"path", "ref", "basehead", "branch"}
_NUMBERS = re.compile(r"(^|_)(number|id)$")
#: These look like numbers to the line above, and are not.
_NO_NUMBERS = {"workflow_id", "sarif_id"}


@dataclass(frozen=True)
class Route:
    """An operation of GitHub's: `app` lists the permissions of which a token of an app needs one
    (none listed: no app may ask), `role` is what a person needs in the repository.
    """  # noqa: D205

    method: str
    path: str
    handler: Handler
    app: tuple[str, ...]
    role: str

    @property
    def writes(self) -> bool:
        """Whether anything may change."""
        return self.method != "GET"

    @property
    def of_repository(self) -> bool:
        """Whether the path names a repository."""
        return self.path.startswith("/repos/{owner}/{repo}")

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path's braces."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the paths that are meant."""
        parts = re.split(r"{(\w+)}", self.path)
        literal, names = parts[::2], parts[1::2]
        text = re.escape(literal[0])
        for name, after in zip(names, literal[1:], strict=True):
            text += f"(?P<{name}>{_shape(name)}){re.escape(after)}"
        return re.compile(text)

    @property
    def plainness(self) -> tuple[int, int]:
        """Of two routes that match, the one that leaves less open is meant."""
        last = self.path.rsplit("}", 1)[-1]
        return (len(re.sub(r"{\w+}", "", self.path)), len(last))

    def encoded(self, values: dict[str, str]) -> str:
        """The path as the description means it: what stands for a parameter has no slash."""
        return re.sub(r"{(\w+)}", lambda found: quote(values[found[1]], safe=""), self.path)


def _shape(name: str) -> str:
    if name in _WITH_SLASHES:
        return ".*" if name == "path" else ".+"
    return r"\d{1,15}" if _NUMBERS.search(name) and name not in _NO_NUMBERS else "[^/]+"


class Book:
    """The routes of one file of operations, written with a decorator."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def __call__(
        self, method: str, path: str, *app: str, role: str = "read"
    ) -> Callable[[Handler], Handler]:
        """`@answers("GET", "/repos/{owner}/{repo}/issues", "issues:read")` before a function."""

        def enter(handler: Handler) -> Handler:
            self.routes.append(Route(method, path, handler, app, role))
            return handler

        return enter

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)


def found(routes: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request and the values in its path; None where nobody answers."""
    best: tuple[Route, dict[str, str]] | None = None
    for route in routes:
        if route.method != method or not (match := route.pattern.fullmatch(path)):
            continue
        if best is None or route.plainness > best[0].plainness:
            values = {name: unquote(value) for name, value in match.groupdict().items()}
            best = (route, values)
    return best
