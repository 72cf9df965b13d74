"""Other tools that judge policies, each in an environment of its own that lives for one run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: Seconds for the making of one environment.
_LIMIT = 600


@dataclass(frozen=True)
class Rival:
    """A tool: what to install, and the module here that runs it."""

    name: str
    packages: tuple[str, ...]
    module: str


#: parliament rests since 2025; ol-parliament is the fork that still gets releases. Both need the
#: `pkg_resources` that setuptools had before version 81.
RIVALS = (
    Rival("parliament", ("ol-parliament==1.7.0", "setuptools<81"), "judge_parliament.py"),
    Rival("cloudsplaining", ("cloudsplaining==0.9.1",), "judge_cloudsplaining.py"),
)


def install(rival: Rival, folder: Path, say: Callable[[str], None]) -> Path | None:
    """The Python of a fresh environment that has the tool; None where it cannot be had."""
    home = folder / rival.name
    python = home / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        for command in ([sys.executable, "-m", "venv", str(home)], [*pip, *rival.packages]):
            subprocess.run(command, check=True, timeout=_LIMIT, capture_output=True)
    except (subprocess.SubprocessError, OSError) as error:
        say(f"{rival.name} is left out: it cannot be installed here ({error})")
        return None
    return python
