"""Load, judge and render an estate in this process, and say as JSON how long each stage took.

`python -m bench.stages ESTATE [OUT]`: a process of its own for each measurement, so that imports
and empty caches count. With OUT the modules are also written there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

_seconds: dict[str, float] = {}


@contextmanager
def _stage(name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    _seconds[name] = time.perf_counter() - began


def main(root: Path, out: Path | None) -> None:
    """Do what `gitiam render` does, stage by stage."""
    with _stage("import"):
        from gitiam.cli.main import spare_the_collector

        spare_the_collector()
        from gitiam.catalog import catalog
        from gitiam.desired.compute import desired_state
        from gitiam.load.estate import load_estate
        from gitiam.render.estate import renderer_of, write_modules
        from gitiam.shipped import templates_dir
        from gitiam.validate.run import validate
    now = datetime.now(UTC)
    with _stage("load"):
        estate = load_estate(root, [templates_dir() / "bundles"])
    with _stage("desired"):
        state = desired_state(estate, catalog(), now)
    with _stage("validate"):
        findings = validate(estate, catalog(), now, state=state)
    blocking = [finding for finding in findings if finding.blocks]
    assert not blocking, blocking[0]
    with _stage("render"):
        modules = renderer_of(estate.config, root, templates_dir()).modules(state)
    if out is not None:
        with _stage("write"):
            write_modules(modules.values(), out)
    digests = "".join(f"{key} {module.digest}\n" for key, module in modules.items())
    answer = {
        "seconds": _seconds,
        "files": estate.files,
        "modules": len(modules),
        "digest": sha256(digests.encode()).hexdigest(),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None)
