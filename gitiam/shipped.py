"""Where the files that come with gitiam lie: beside the modules in a wheel, above in a checkout."""

from __future__ import annotations

from pathlib import Path

from gitiam.errors import GitiamError

_PACKAGE = Path(__file__).parent


def templates_dir(package: Path = _PACKAGE) -> Path:
    """The folder with `bundles/`, `terraform/` and `founding/`."""
    return _first(package / "templates", package.parent / "templates", holds="terraform")


def example_estate_dir(package: Path = _PACKAGE) -> Path:
    """The example estate, `gitiam.yaml` and `requests/`: to be copied, never written in."""
    return _first(package / "example", package.parent, holds="gitiam.yaml")


def workflows_dir(package: Path = _PACKAGE) -> Path:
    """The folder with gitiam's workflows, from which those of an estate are made."""
    shipped, checkout = package / "workflows", package.parent / ".github" / "workflows"
    return _first(shipped, checkout, holds="apply.yml")


def _first(*candidates: Path, holds: str) -> Path:
    # The marker keeps a stranger's folder of the same name from being taken.
    for folder in candidates:
        if (folder / holds).exists():
            return folder
    raise GitiamError(
        f"gitiam's own files are missing: no {holds} in {' or '.join(map(str, candidates))}",
        hint="Install gitiam again",
    )
