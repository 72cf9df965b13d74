"""One run of gitiam over a folder of requests: each is an estate of its own, as in a pull request.

Prints JSON: how many policies and findings, and the seconds of the policies alone.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from gitiam.catalog import catalog
from gitiam.cli.main import spare_the_collector
from gitiam.load.estate import LazyBundles, estate_of, load_config, parse_file
from gitiam.shipped import templates_dir
from gitiam.validate.run import judge

#: The corpora's own instant, at which none of their requests has expired.
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def main(requests: Path) -> None:
    """Read, resolve, judge by every rule and assess each request, with nothing left out."""
    spare_the_collector()
    config = load_config(requests.parent)
    bundles = LazyBundles([templates_dir() / "bundles"])
    files = {f"requests/{f.name}": f.read_bytes() for f in sorted(requests.glob("*.yaml"))}
    findings, seconds = 0, []
    for path, raw in files.items():
        began = time.perf_counter()
        value = parse_file(path, raw)
        if isinstance(value, tuple):
            raise TypeError(f"{path}: {value[0].message}")
        estate = estate_of([value], config, bundles, files=1)
        findings += len(judge(estate, catalog(), _NOW, frozenset([path])).findings)
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"policies": len(files), "findings": findings, "seconds": seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
