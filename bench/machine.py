"""What the figures depend on."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess


def facts() -> dict[str, str]:
    """Cores, memory, versions; and the load before the start, which should be near 0."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**30:.0f} GiB",
        "Python": platform.python_version(),
        "Terraform": _terraform_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _terraform_version() -> str:
    if shutil.which("terraform") is None:
        return "none"
    done = subprocess.run(
        ["terraform", "version", "-json"], capture_output=True, check=True, timeout=60
    )
    return str(json.loads(done.stdout)["terraform_version"])
