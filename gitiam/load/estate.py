"""The estate's folder → everything that it says, and everything that could not be read.

A file that is broken never hides another: every file is read, and all findings come at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gitiam.config import Config
from gitiam.errors import GitiamError
from gitiam.findings import Finding, Location, Severity
from gitiam.load.bundles import BundleFile, parse_bundle
from gitiam.load.config import parse_config
from gitiam.load.document import RULE as MALFORMED
from gitiam.load.document import Document, DocumentError, read_document
from gitiam.load.problems import RULE as SCHEMA
from gitiam.load.problems import findings_from
from gitiam.load.schema import FILE_KINDS, UNION_TAGS
from gitiam.models import Bundle, Declaration, Request, SharedPolicy

CONFIG_FILE = "gitiam.yaml"
REQUESTS = "requests"
SUFFIXES = (".yaml", ".yml")
MAX_FOLDERS = 16


@dataclass(frozen=True)
class Estate:
    """What the files say. `findings` holds what made a file or a part of it unreadable."""

    config: Config
    requests: tuple[Request, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    policies: tuple[SharedPolicy, ...] = ()
    bundles: dict[str, Bundle] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    files: int = 0


class ConfigError(GitiamError):
    """`gitiam.yaml` is absent or wrong; `findings` says where."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        lines = "\n".join(f"  {f.location}: {f.message}" for f in findings)
        super().__init__(f"{CONFIG_FILE} cannot be used:\n{lines}", hint="Mend it and run again")
        self.findings = tuple(findings)


def load_config(root: Path) -> Config:
    """`gitiam.yaml` of the estate; ConfigError when it is absent or wrong."""
    file = root / CONFIG_FILE
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise GitiamError(
            f"there is no {CONFIG_FILE} in {root.resolve()}",
            hint="Name the estate's folder with -C, or write the file: accounts: {prod: {id: …}}",
        ) from None
    except OSError as error:
        raise GitiamError(f"{file} cannot be read: {error.strerror}") from error
    try:
        config, findings = parse_config(read_document(CONFIG_FILE, raw))
    except DocumentError as error:
        raise ConfigError([error.finding]) from None
    if config is None or findings:
        raise ConfigError(findings)
    return config


def load_estate(
    root: Path,
    bundle_folders: Sequence[Path],
    *,
    requests: Path | None = None,
    wanted: Callable[[str, bytes], bool] | None = None,
) -> Estate:
    """Read the estate in `root`.

    `requests` takes the request files from another folder, as data, with everything else from
    `root`. `wanted(path, raw)` may leave out files that do not matter to the question asked.
    Bundles come from `bundle_folders`; a later folder's bundle replaces an earlier one's.
    """
    config = load_config(root)
    reader = _Reader()
    for path, raw in _request_files(requests or root / REQUESTS, reader):
        if wanted is None or wanted(path, raw):
            reader.read(path, raw)
    bundles = _load_bundles(bundle_folders, reader)
    return Estate(
        config=config,
        requests=tuple(reader.values[Request]),
        declarations=tuple(reader.values[Declaration]),
        policies=tuple(reader.values[SharedPolicy]),
        bundles=bundles,
        findings=tuple(reader.findings),
        files=reader.files,
    )


class _Reader:
    """Collects values and findings over many files."""

    def __init__(self) -> None:
        self.values: dict[type, list[Any]] = {Request: [], Declaration: [], SharedPolicy: []}
        self.findings: list[Finding] = []
        self.files = 0

    def read(self, path: str, raw: bytes) -> None:
        """Parse one file of the estate into `values`, or into `findings`."""
        self.files += 1
        document = self.document(path, raw)
        if document is None:
            return
        kind = (
            document.data.get("kind", "request") if isinstance(document.data, dict) else "request"
        )
        model = FILE_KINDS.get(kind) if isinstance(kind, str) else None
        if model is None:
            message = f"`kind` must be one of {', '.join(FILE_KINDS)}"
            self.refuse(SCHEMA, document.place("kind"), message)
            return
        try:
            value = model.model_validate(document.data).value(document)
        except ValidationError as error:
            self.findings.extend(findings_from(error, document, model, UNION_TAGS))
            return
        self.values[type(value)].append(value)

    def document(self, path: str, raw: bytes) -> Document | None:
        """The parsed file, or None and one more finding."""
        try:
            return read_document(path, raw)
        except DocumentError as error:
            self.findings.append(error.finding)
            return None

    def refuse(self, rule: str, place: Location, message: str) -> None:
        """One more finding that blocks."""
        self.findings.append(Finding(rule, Severity.ERROR, place, message))


def _request_files(folder: Path, reader: _Reader) -> Iterator[tuple[str, bytes]]:
    """Every file below `folder`, as `requests/…`, sorted; what is no plain file is a finding."""
    if folder.is_symlink() or not folder.is_dir():
        raise GitiamError(
            f"there is no folder {folder}",
            hint="An estate keeps its YAML files in requests/, which must not be a link",
        )
    for path, entry in _walk(folder, REQUESTS, reader):
        if problem := _problem(path, entry):
            reader.refuse(MALFORMED, Location(_printable(path)), problem)
            continue
        try:
            yield path, _read_bytes(entry.path)
        except OSError as error:
            reader.refuse(MALFORMED, Location(path), f"cannot be read: {error.strerror}")


def _problem(path: str, entry: os.DirEntry[str]) -> str | None:
    """Why this is not a file that gitiam reads; None when it is one."""
    if entry.is_symlink() or not entry.is_file():
        return "a link or special file; only plain files are read"
    if _printable(path) != path:
        return "the file's name holds characters that cannot be printed"
    if not path.endswith(SUFFIXES):
        return "not a YAML file; requests end in .yaml"
    return None


def _walk(folder: Path, path: str, reader: _Reader) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Files in sorted order, whatever order the file system keeps; hidden ones are left out."""
    if path.count("/") > MAX_FOLDERS:
        reader.refuse(MALFORMED, Location(path), f"more than {MAX_FOLDERS} folders deep")
        return
    try:
        with os.scandir(folder) as found:
            entries = sorted((e for e in found if not e.name.startswith(".")), key=lambda e: e.name)
    except OSError as error:
        place = Location(_printable(path))
        reader.refuse(MALFORMED, place, f"the folder cannot be read: {error.strerror}")
        return
    for entry in entries:
        below = f"{path}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), below, reader)
        else:
            yield below, entry


def _read_bytes(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123  (a Path costs more than the read, 10,000 times)
        return file.read()


def _printable(text: str) -> str:
    """The text without what cannot be printed; surrogates come from undecodable names."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def load_bundles(folders: Iterable[Path]) -> tuple[dict[str, Bundle], tuple[Finding, ...]]:
    """The bundles of these folders by name, and what is wrong with those that cannot be used."""
    reader = _Reader()
    return _load_bundles(folders, reader), tuple(reader.findings)


def _load_bundles(folders: Iterable[Path], reader: _Reader) -> dict[str, Bundle]:
    bundles: dict[str, Bundle] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
            document = reader.document(f"templates/bundles/{file.name}", file.read_bytes())
            if document is None:
                continue
            try:
                bundles[file.stem] = parse_bundle(file.stem, document.data, document)
            except ValidationError as error:
                reader.findings.extend(findings_from(error, document, BundleFile, frozenset()))
    return bundles
