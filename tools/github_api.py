"""`make github-api`: cuts what the tests' GitHub answers out of GitHub's description of its API.

The package is fetched by npm from wherever npm is set up to look, and compared with the digest
below; a folder or an archive that is already here is taken with `python -m tools.github_api FILE`.
Only the operations that the fake answers are kept, and the schemas that they lead to. Prose and
examples go: they decide nothing. There is no clock in the result, so the same package and the same
operations give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.support.github.description import FOLDER, SLICE
from tests.support.github.operations import ROUTES

PACKAGE = "@octokit/openapi"
VERSION = "23.0.2"
SHA256 = "71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c"
WHOLE = "package/generated/api.github.com.json"
LICENCE = "package/LICENSE"

#: What decides nothing. A property may have such a name: see `_NAMES`.
#: A discriminator goes, too: it wants a property even of a list, and the choice is clear without.
_PROSE = {"description", "example", "examples", "externalDocs", "summary", "tags", "title"} | {
    "discriminator"
}
#: Below these the keys are names of something, and all of them stay.
_NAMES = {"properties", "responses", "parameters", "headers", "schemas", "patternProperties"}


def fetched(folder: Path) -> Path:
    """The package's archive, brought by npm."""
    subprocess.run(
        ["npm", "pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--silent"],  # noqa: S607
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = folder.glob("*.tgz")
    return archive


def unpacked(archive: Path) -> tuple[dict[str, Any], str]:
    """The whole description and its licence. SystemExit where it is another package."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{archive} is not {PACKAGE} {VERSION}: its SHA-256 is {found}")
    with tarfile.open(archive) as tar:
        members = [tar.extractfile(name) for name in (WHOLE, LICENCE)]
        whole, licence = [member.read() for member in members if member is not None]
    return json.loads(whole), licence.decode("utf-8")


def cut(whole: dict[str, Any], operations: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The description of these operations, (method, path) each. KeyError for an unknown one."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path in sorted(operations):
        operation = _without_prose(whole["paths"][path][method.lower()])
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": whole["openapi"],
        "info": {"title": whole["info"]["title"], "version": whole["info"]["version"]},
        "servers": whole["servers"],
        "paths": paths,
        "components": _components(whole, paths),
    }


def _components(whole: dict[str, Any], paths: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Everything that the paths lead to, however far."""
    kept: dict[str, dict[str, Any]] = {}
    waiting = list(_references(paths))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name not in kept.setdefault(kind, {}):
            kept[kind][name] = _without_prose(whole["components"][kind][name])
            waiting += _references(kept[kind][name])
    return {kind: dict(sorted(named.items())) for kind, named in sorted(kept.items())}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _without_prose(value: Any, names: bool = False) -> Any:
    """The same without prose; where `names` is set, the keys are names and all of them stay."""
    if isinstance(value, list):
        return [_without_prose(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_prose(inner, names=key in _NAMES and not names)
        for key, inner in value.items()
        if names or not (key in _PROSE or key.startswith("x-"))
    }


def packed(description: dict[str, Any]) -> bytes:
    """The bytes that are kept."""
    text = json.dumps(description, sort_keys=True, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def readme(operations: int) -> str:
    """What the folder says of itself."""
    return (
        "# GitHub's description of its REST API, in part\n\n"
        f"Source: `generated/api.github.com.json` of the npm package {PACKAGE} {VERSION}\n"
        f"(SHA-256 of the package: {SHA256}),\nMIT licence, see LICENSE beside this file.\n\n"
        f"`{SLICE.name}` holds the {operations} operations that\n"
        "the tests' GitHub answers, without prose and examples. Written by `make github-api`.\n"
    )


def main() -> None:
    """Write the folder anew."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(sys.argv[1]) if sys.argv[1:] else fetched(Path(folder))
        whole, licence = unpacked(archive)
    operations = [(route.method, route.path) for route in ROUTES]
    FOLDER.mkdir(parents=True, exist_ok=True)
    SLICE.write_bytes(packed(cut(whole, operations)))
    (FOLDER / "LICENSE").write_text(licence, encoding="utf-8")
    (FOLDER / "README.md").write_text(readme(len(operations)), encoding="utf-8")
    print(f"{SLICE}: {len(operations)} operations, {SLICE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
