"""Random histories of an estate: after each apply that ends well, live equals desired.

Files, desired state, modules, ledger, leases and recovery are the real ones; AWS, Terraform and the
store are in memory. `make histories` plays thousands; `tests/e2e/test_histories.py` plays a few on
the real path.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from tests.support.histories import History, histories
from tests.support.past import Past

EXAMPLES = int(os.environ.get("HISTORIES", "150"))
PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
LONGEST = 30 if EXAMPLES > 1000 else 12


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(histories(LONGEST))
def test_live_equals_desired(history: History) -> None:
    with tempfile.TemporaryDirectory(prefix="gitiam-past-") as folder:
        Past(Path(folder)).play(history)
