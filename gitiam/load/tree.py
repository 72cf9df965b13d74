"""The folder of requests → the bytes of every file in it, each read once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from gitiam.errors import GitiamError
from gitiam.findings import Finding, Location, Severity

REQUESTS = "requests"
SUFFIXES = (".yaml", ".yml")
MAX_FOLDERS = 16
#: What cannot be taken for a file of the estate; `gitiam.load.document` has the same rule.
RULE = "malformed-yaml"

# Most files are smaller, and then are read with two calls of the system.
_USUAL = 16 * 1024


@dataclass(frozen=True)
class Tree:
    """`files` maps `requests/…` to bytes, sorted folder by folder, whatever the disk's order.

    `findings` names what is no plain file, or could not be read.
    """

    files: Mapping[str, bytes]
    findings: tuple[Finding, ...] = ()

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256, in hexadecimal, of every file."""
        return {path: sha256(raw).hexdigest() for path, raw in self.files.items()}


def read_tree(folder: Path) -> Tree:
    """Every file below `folder`, hidden ones left out; GitiamError when there is no such folder."""
    if folder.is_symlink() or not folder.is_dir():
        raise GitiamError(
            f"there is no folder {folder}",
            hint="An estate keeps its YAML files in requests/, which must not be a link",
        )
    walk = _Walk()
    files: dict[str, bytes] = {}
    for path, entry in walk.entries(str(folder), REQUESTS):
        if problem := _problem(path, entry):
            walk.refuse(_printable(path), problem)
            continue
        try:
            files[path] = _read(entry.path)
        except OSError as error:
            walk.refuse(path, f"cannot be read: {error.strerror}")
    return Tree(files, tuple(walk.findings))


@dataclass
class _Walk:
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, path: str, message: str) -> None:
        self.findings.append(Finding(RULE, Severity.ERROR, Location(path), message))

    def entries(self, folder: str, path: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Files in sorted order; hidden ones are left out."""
        if path.count("/") > MAX_FOLDERS:
            self.refuse(path, f"more than {MAX_FOLDERS} folders deep")
            return
        try:
            with os.scandir(folder) as found:
                entries = sorted(
                    (e for e in found if not e.name.startswith(".")), key=lambda e: e.name
                )
        except OSError as error:
            self.refuse(_printable(path), f"the folder cannot be read: {error.strerror}")
            return
        for entry in entries:
            below = f"{path}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from self.entries(entry.path, below)
            else:
                yield below, entry


def _problem(path: str, entry: os.DirEntry[str]) -> str | None:
    """Why this is not a file that gitiam reads; None when it is one."""
    if entry.is_symlink() or not entry.is_file():
        return "a link or special file; only plain files are read"
    if _printable(path) != path:
        return "the file's name holds characters that cannot be printed"
    if not path.endswith(SUFFIXES):
        return "not a YAML file; requests end in .yaml or .yml"
    return None


def _read(path: str) -> bytes:
    """The whole file, with as few calls as there can be: ten thousand files are usual."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.read(handle, _USUAL)
        if not found:
            return b""
        parts = [found]
        while more := os.read(handle, _USUAL):
            parts.append(more)
        return found if len(parts) == 1 else b"".join(parts)
    finally:
        os.close(handle)


def _printable(text: str) -> str:
    """The text without what cannot be printed; surrogates come from undecodable names."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
