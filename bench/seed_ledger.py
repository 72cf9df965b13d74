"""Writes into an estate's ledger that all its modules but some were applied.

`python -m bench.seed_ledger ESTATE [MODULE…]`. A process of its own, so that the one that measures
stays small: a child's peak memory is never less than its parent's was when it was started.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.load.estate import load_estate
from gitiam.modules import Standing
from gitiam.render.changes import record_of
from gitiam.render.estate import renderer_of
from gitiam.shipped import templates_dir
from gitiam.sync.apply.recovery import kept_files
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.store.opened import open_objects


def main(root: Path, left_out: frozenset[str]) -> None:
    """What is left out stays pending."""
    now = datetime.now(UTC)
    estate = load_estate(root, [templates_dir() / "bundles"])
    state = desired_state(estate, catalog(), now)
    ledger = Ledger(open_objects(estate.config.store, root))
    for key, module in renderer_of(estate.config, root, templates_dir()).modules(state).items():
        if str(key) not in left_out:
            files = kept_files(module.files)
            record = replace(record_of(module), applied_at=now.isoformat(), files=files)
            ledger.finish(key, record, Standing())


if __name__ == "__main__":
    main(Path(sys.argv[1]), frozenset(sys.argv[2:]))
