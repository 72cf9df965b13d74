"""The examples of a page: YAML files of an estate, and commands with what they print.

A page is read from top to bottom. A YAML block whose first line is a comment with a path, such as
`# requests/prod/x.yaml`, puts that file into the page's estate; a page without a `gitiam.yaml` of
its own stands on the example estate. A `console` block holds commands, and below each what it
prints; a command with nothing below it is not run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: Runs a command's arguments in an estate, and says what it prints.
Run = Callable[[list[str], Path], str]

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^ *```$", re.M | re.S)
_FILE = re.compile(r"# (?P<path>gitiam\.yaml|requests/[\w/.-]+\.yaml)\n")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `start` and `end` are the offsets of its body in the page."""

    language: str
    body: str
    start: int
    end: int

    @property
    def path(self) -> str | None:
        """The file of the estate that it shows; None when it shows something else."""
        found = _FILE.match(self.body) if self.language == "yaml" else None
        return found["path"] if found else None


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for found in _BLOCK.finditer(page):
        yield Block(found["language"], found["body"], found.start("body"), found.end("body"))


def commands(body: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what stands below it."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def page_files(page: str) -> dict[str, str]:
    """Every file that the page shows, by its path."""
    return {block.path: block.body for block in blocks(page) if block.path}


def refreshed(page: str, estate: Path, run: Run) -> str:
    """The page with the output of its `gitiam` commands as `run` gives it.

    `estate` is a folder to write in; it holds what the page's first file finds there.
    """
    parts, done = [], 0
    for block in blocks(page):
        if block.path:
            file = estate / block.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.body, encoding="utf-8")
        elif block.language == "console" and block.body.startswith("$ "):
            body = "".join(_again(c, output, estate, run) for c, output in commands(block.body))
            parts += [page[done : block.start], body]
            done = block.end
    return "".join([*parts, page[done:]])


def _again(command: str, output: str, estate: Path, run: Run) -> str:
    words = shlex.split(command, comments=True)
    if output and words[0] == "gitiam":
        output = run(words[1:], estate)
    return f"$ {command}\n{output}"
