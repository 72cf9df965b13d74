"""Every version of every request file that the main branch ever had, in a handful of calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gitiam.auditing.values import Chronicle, Commit, FileStep
from gitiam.sync.undo.git import Repository
from gitiam.sync.undo.workshop import LARGEST, Workshop

_PLAIN = ("100644", "100755")
_SUFFIXES = (".yaml", ".yml")
_FIELDS = "%x01%H%x00%ct%x00%P%x00%an"


@dataclass(frozen=True, slots=True)
class _Change:
    path: str
    commit: str
    mode: str
    blob: str


@dataclass(frozen=True, slots=True)
class _Head:
    seconds: int
    parents: tuple[str, ...]
    author: str


def chronicle(workshop: Workshop, repository: Repository, base: str) -> Chronicle:
    """What became of the files in `requests/` on the first-parent line of `base`."""
    places = {commit: place for place, commit in enumerate(workshop.line(base))}
    heads, changes = _logged(workshop, base, f"{repository.prefix}requests")
    authors = _authors(workshop, (h.parents[1] for h in heads.values() if len(h.parents) > 1))
    commits = {name: _commit(name, places[name], head, authors) for name, head in heads.items()}
    held = _held(workshop, {one.blob for one in changes if one.mode in _PLAIN})
    steps: dict[str, list[FileStep]] = {}
    for one in changes:
        path = one.path.removeprefix(repository.prefix)
        if path.endswith(_SUFFIXES) and "/." not in path:
            steps.setdefault(path, []).append(_step(path, commits[one.commit], one, held))
    gaps = ["the history of this clone is cut off"] if repository.is_shallow else []
    if missing := sum(content is None for content in held.values()):
        gaps.append(f"{missing} versions of files are not in this clone, or too large")
    return Chronicle({path: tuple(found) for path, found in steps.items()}, places, tuple(gaps))


def _commit(name: str, place: int, head: _Head, authors: Mapping[str, str]) -> Commit:
    # A merge is the work of who pressed the button; what it brought, of who wrote its last commit.
    second = head.parents[1] if len(head.parents) > 1 else ""
    at = datetime.fromtimestamp(head.seconds, UTC)
    return Commit(name, place, at, authors.get(second, head.author))


def _step(path: str, commit: Commit, one: _Change, held: Mapping[str, bytes | None]) -> FileStep:
    if not one.mode.strip("0"):
        return FileStep(path, commit, is_gone=True)
    if one.mode not in _PLAIN:
        return FileStep(path, commit, problem="a link or submodule; only plain files are read")
    raw = held[one.blob]
    return FileStep(path, commit, raw, problem="" if raw is not None else "not in this clone")


def _logged(workshop: Workshop, base: str, path: str) -> tuple[dict[str, _Head], list[_Change]]:
    words = ["log", "-z", "--reverse", "--first-parent", "--diff-merges=first-parent", "--raw"]
    shape = ["--no-renames", "--no-abbrev", "--encoding=UTF-8", f"--format={_FIELDS}"]
    printed = workshop.run(*words, *shape, "--end-of-options", base, "--", path)
    heads: dict[str, _Head] = {}
    changes: list[_Change] = []
    commit = ""
    fields = iter(_split(printed))
    for text in fields:
        about = text.strip("\n")
        if about.startswith("\x01"):
            commit = about[1:]
            heads[commit] = _Head(int(next(fields)), tuple(next(fields).split()), next(fields))
        elif about.startswith(":"):
            _, mode, _, blob, _ = about.split(" ")
            changes.append(_Change(next(fields), commit, mode, blob))
    return heads, changes


def _authors(workshop: Workshop, commits: Iterable[str]) -> dict[str, str]:
    """Who wrote these commits; those that a shallow clone lacks are left out."""
    asked = "".join(f"{commit}\n" for commit in sorted(set(commits))).encode()
    if not asked:
        return {}
    checked = workshop.run("cat-file", "--batch-check", stdin=asked).decode().splitlines()
    there = "".join(f"{c[0]}\n" for line in checked if (c := line.split())[1] == "commit").encode()
    if not there:
        return {}
    words = ["log", "-z", "--no-walk=unsorted", "--stdin", "--encoding=UTF-8"]
    fields = iter(_split(workshop.run(*words, "--format=%x01%H%x00%an", stdin=there)))
    return {text.strip("\n")[1:]: next(fields) for text in fields if text.strip("\n")}


def _held(workshop: Workshop, blobs: set[str]) -> dict[str, bytes | None]:
    """What these blobs hold; None for one that is not there, or is too large to be a request."""
    found: dict[str, bytes | None] = dict.fromkeys(blobs)
    asked = "".join(f"{blob}\n" for blob in sorted(blobs)).encode()
    checked = workshop.run("cat-file", "--batch-check", stdin=asked).decode().splitlines()
    found |= workshop.contents(_readable(checked)) if blobs else {}
    return found


def _readable(checked: Iterable[str]) -> Iterator[str]:
    for line in checked:
        blob, kind, *size = line.split(" ")
        if kind == "blob" and int(size[0]) <= LARGEST:
            yield blob


def _split(printed: bytes) -> list[str]:
    """Fields that NUL ends, empty ones too; names need not be UTF-8."""
    return [field.decode("utf-8", "surrogateescape") for field in printed.split(b"\0")]
