"""Builds the renderer of an estate, and writes modules to a folder for people to read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from gitiam.config import Config
from gitiam.errors import GitiamError
from gitiam.files import write_atomically
from gitiam.models import ModuleKey
from gitiam.modules import Module
from gitiam.render.module import Renderer
from gitiam.render.templates import Templates

MANIFEST = "gitiam.json"


def renderer_of(config: Config, root: Path, shipped: Path) -> Renderer:
    """The renderer of the estate in `root`; its own templates go before gitiam's, in `shipped`."""
    templates = Templates([root / "templates" / "terraform", shipped / "terraform"])
    return Renderer(config, templates, _own_lock(config, root))


def write_modules(modules: Iterable[Module], out: Path) -> None:
    """`OUT/ACCOUNT/KIND/NAME/`: the module's files, and what went into it."""
    for module in modules:
        folder = out / str(module.key)
        wanted = {**module.files, MANIFEST: _manifest(module)}
        for stale in (folder / "policies").glob("*.json"):
            if stale.relative_to(folder).as_posix() not in wanted:
                stale.unlink()
        for path, text in wanted.items():
            _write_if_changed(folder / path, text.encode())


def remove_others(keys: Collection[ModuleKey], out: Path) -> list[ModuleKey]:
    """Remove the modules below `out` that are none of `keys`; say which they were.

    Only folders that carry gitiam's manifest are touched.
    """
    removed = []
    for manifest in sorted(out.glob(f"*/*/*/{MANIFEST}")):
        try:
            key = ModuleKey.parse(manifest.parent.relative_to(out).as_posix())
        except ValueError:
            continue
        if key not in keys:
            shutil.rmtree(manifest.parent)
            removed.append(key)
    return removed


def _manifest(module: Module) -> str:
    body = {"module": str(module.key), "digest": module.digest, "origins": dict(module.origins)}
    return json.dumps(body, indent=2) + "\n"


def _write_if_changed(path: Path, data: bytes) -> None:
    try:
        if not path.is_file() or path.read_bytes() != data:
            write_atomically(path, data, durable=False)
    except OSError as error:
        raise GitiamError(f"{path} cannot be written: {error.strerror}") from error


def _own_lock(config: Config, root: Path) -> str | None:
    name = config.terraform.lock_file
    if name is None:
        return None
    file = (root / name).resolve()
    if not file.is_relative_to(root.resolve()):
        raise GitiamError(
            f"terraform.lock_file in gitiam.yaml leads out of the estate: {name}",
            hint="Name a file inside the estate's folder",
        )
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GitiamError(
            f"the lock file {name} cannot be read: {error}",
            hint="`terraform providers lock` writes one",
        ) from error
