"""Random histories of an estate: after each apply that ends well, live equals desired.

Files, desired state, modules, ledger, leases and recovery are the real ones; AWS, Terraform and the
store are in memory. `make histories` plays thousands; `tests/e2e/test_histories.py` plays a few on
the real path.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.support.histories import (
    Apply,
    Fail,
    History,
    Lose,
    Remove,
    Write,
    config,
    histories,
)
from tests.support.past import Past
from tests.support.told import TOLD

MANY = int(os.environ.get("HISTORIES", "0"))
_PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
_played: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def tally(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where many were asked for, say in the end what they were made of."""
    yield
    if MANY:
        said = ", ".join(f"{number:,} {what}" for what, number in sorted(_played.items()))
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"\nplayed: {said}")


@settings(max_examples=MANY or 60, suppress_health_check=list(HealthCheck), phases=_PHASES)
@given(histories(30 if MANY else 12))
def test_live_equals_desired(history: History) -> None:
    with tempfile.TemporaryDirectory(prefix="gitiam-past-") as folder:
        past = Past(Path(folder))
        past.play(history)
        _played.update(past.tally)


@pytest.mark.parametrize("name", TOLD)
def test_the_histories_of_the_real_path(name: str, tmp_path: Path) -> None:
    Past(tmp_path, {"gitiam.yaml": config()}).play(TOLD[name])


LATER = """\
account: prod
principal: group/ops
reason: Backfill the orders table
expires: 2026-11-23T18:00:00Z
grants: [{actions: 's3:GetObject', resources: 'arn:aws:s3:::orders/*'}]
"""


def test_what_a_state_made_anew_knows_is_not_forgotten(tmp_path: Path) -> None:
    """The state is lost, an apply that gives access fails, and so does the one that takes it."""
    past = Past(tmp_path)
    past.play(
        (
            Apply(),
            Lose("state", 4),
            Write("requests/r1.yaml", LATER),
            Apply(harm=Fail(0, "error", 1)),
            Remove("requests/r1.yaml"),
            Apply(harm=Fail(0, "error", 0)),
        )
    )
    assert past.tally["modules failed"] == 2
