"""The estate's folder → everything that it says, and everything that could not be read.

A file that is broken never hides another: every file is read, and all findings come at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gitiam.config import Config
from gitiam.errors import GitiamError
from gitiam.findings import Finding, Severity, in_order
from gitiam.load.config import parse_config
from gitiam.load.document import DocumentError, read_document
from gitiam.load.problems import RULE as SCHEMA
from gitiam.load.problems import findings_from
from gitiam.load.tree import REQUESTS, Tree, read_tree
from gitiam.models import Bundle, BundleGrant, Declaration, Request, SharedPolicy
from gitiam.shipped import templates_dir

CONFIG_FILE = "gitiam.yaml"

File = Request | Declaration | SharedPolicy


@dataclass(frozen=True)
class Estate:
    """What the files say. `findings` holds what made a file or a part of it unreadable."""

    config: Config
    requests: tuple[Request, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    policies: tuple[SharedPolicy, ...] = ()
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    files: int = 0


class ConfigError(GitiamError):
    """`gitiam.yaml` is wrong; `findings` says where, `config` is as much as could be read."""

    def __init__(self, findings: Sequence[Finding], config: Config | None = None) -> None:
        lines = "\n".join(f"  {f.location}: {f.message}" for f in findings)
        super().__init__(f"{CONFIG_FILE} cannot be used:\n{lines}", hint="Mend it and run again")
        self.findings = tuple(findings)
        self.config = config


def load_config(root: Path) -> Config:
    """`gitiam.yaml` of the estate; ConfigError when it is absent or wrong."""
    file = root / CONFIG_FILE
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise GitiamError(
            f"there is no {CONFIG_FILE} in {root.resolve()}",
            hint="Name the estate's folder with -C, or begin one here with `gitiam init`",
        ) from None
    except OSError as error:
        raise GitiamError(f"{file} cannot be read: {error.strerror}") from error
    return config_from(raw)


def config_from(raw: bytes) -> Config:
    """What the text of a `gitiam.yaml` says; ConfigError when it is wrong."""
    try:
        config, findings = parse_config(read_document(CONFIG_FILE, raw))
    except DocumentError as error:
        raise ConfigError([error.finding]) from None
    if config is None or findings:
        raise ConfigError(findings, config)
    return config


def load_estate(
    root: Path,
    bundle_folders: Sequence[Path],
    *,
    requests: Path | None = None,
    wanted: Callable[[str, bytes], bool] | None = None,
    now: datetime | None = None,
) -> Estate:
    """Read the estate in `root`.

    `requests` takes the request files from another folder, as data, with everything else from
    `root`. `wanted(path, raw)` may leave out files that do not matter to the question asked.
    Bundles come from `bundle_folders`; a later folder's bundle replaces an earlier one's.
    """
    config = load_config(root)
    tree = read_tree(requests or root / REQUESTS)
    return estate_from(tree, config, bundle_folders, wanted, now)


def estate_from(
    tree: Tree,
    config: Config,
    bundle_folders: Sequence[Path],
    wanted: Callable[[str, bytes], bool] | None = None,
    now: datetime | None = None,
) -> Estate:
    """The estate whose request files have been read already.

    `now` changes nothing but the dates that fixes of `expires: 14d` offer.
    """
    parsed = [
        parse_file(path, raw, now)
        for path, raw in tree.files.items()
        if wanted is None or wanted(path, raw)
    ]
    unread = (finding for one in parsed if isinstance(one, tuple) for finding in one)
    values = [one for one in parsed if not isinstance(one, tuple)]
    bundles = LazyBundles(bundle_folders)
    findings = bundles.check(_bundles_named_by(values))
    return estate_of(
        values,
        config,
        bundles,
        in_order([*tree.findings, *unread, *findings]),
        files=len(parsed),
    )


def estate_of(
    values: Iterable[File],
    config: Config,
    bundles: Mapping[str, Bundle],
    findings: tuple[Finding, ...] = (),
    files: int = 0,
) -> Estate:
    """The estate of these values, which are in the order of their files in the tree."""
    sorted_: dict[type, list[Any]] = {Request: [], Declaration: [], SharedPolicy: []}
    for value in values:
        sorted_[type(value)].append(value)
    return Estate(
        config=config,
        requests=tuple(sorted_[Request]),
        declarations=tuple(sorted_[Declaration]),
        policies=tuple(sorted_[SharedPolicy]),
        bundles=bundles,
        findings=findings,
        files=files,
    )


def parse_file(path: str, raw: bytes, now: datetime | None = None) -> File | tuple[Finding, ...]:
    """What one file of the estate says, or what is wrong with it."""
    # Here, as its models take their time, and who finds nothing changed parses nothing.
    from gitiam.load.schema import FILE_KINDS, UNION_TAGS

    try:
        document = read_document(path, raw)
    except DocumentError as error:
        return (error.finding,)
    kind = document.data.get("kind", "request") if isinstance(document.data, dict) else "request"
    model = FILE_KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        message = f"`kind` must be one of {', '.join(FILE_KINDS)}"
        return (Finding(SCHEMA, Severity.ERROR, document.place("kind"), message),)
    try:
        return model.model_validate(document.data).value(document)
    except ValidationError as error:
        return tuple(findings_from(error, document, model, UNION_TAGS, FILE_KINDS, now))


def load_bundles(folders: Iterable[Path]) -> tuple[dict[str, Bundle], tuple[Finding, ...]]:
    """The bundles of these folders by name, and what is wrong with those that cannot be used."""
    bundles: dict[str, Bundle] = {}
    findings: list[Finding] = []
    for file in _bundle_files(folders):
        found = _load_bundle(file)
        if isinstance(found, Bundle):
            bundles[file.stem] = found
        else:
            findings += found
    return bundles, tuple(findings)


class LazyBundles(Mapping[str, Bundle]):
    """The bundles of some folders, each read when it is asked for: most requests need one or two.

    GitiamError when one is asked for that is wrong, and was not left out by `check`.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._files: dict[str, list[Path]] = {}
        for file in _bundle_files(folders):
            self._files.setdefault(file.stem, []).append(file)
        self._read: dict[Path, Bundle | tuple[Finding, ...]] = {}

    def check(self, named: Iterable[str]) -> tuple[Finding, ...]:
        """What is wrong with the bundles of these names, and with any that is not gitiam's own.

        Those that cannot be used are left out from now on, and what they would have replaced stays.
        """
        wanted, shipped = frozenset(named), templates_dir()
        findings: list[Finding] = []
        for name, files in list(self._files.items()):
            for file in list(files):
                if name in wanted or not file.is_relative_to(shipped):
                    found = self._bundle(file)
                    if not isinstance(found, Bundle):
                        findings += found
                        files.remove(file)
            if not files:
                del self._files[name]
        return tuple(findings)

    def _bundle(self, file: Path) -> Bundle | tuple[Finding, ...]:
        if file not in self._read:
            self._read[file] = _load_bundle(file)
        return self._read[file]

    def __getitem__(self, name: str) -> Bundle:
        found = self._bundle(self._files[name][-1])
        if not isinstance(found, Bundle):
            raise GitiamError(f"{found[0].location}: {found[0].message}")
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _bundles_named_by(values: Iterable[File]) -> set[str]:
    grants = (grant for v in values if not isinstance(v, Declaration) for grant in v.grants)
    return {grant.bundle for grant in grants if isinstance(grant, BundleGrant)}


def _bundle_files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.glob("*.yaml")) if folder.is_dir() else ()


def _load_bundle(file: Path) -> Bundle | tuple[Finding, ...]:
    from gitiam.load.bundles import BundleFile, parse_bundle

    path = f"templates/bundles/{file.name}"
    try:
        document = read_document(path, file.read_bytes())
    except DocumentError as error:
        return (error.finding,)
    try:
        return parse_bundle(file.stem, document.data, document)
    except ValidationError as error:
        return tuple(findings_from(error, document, BundleFile))
