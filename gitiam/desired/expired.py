"""What the expired requests of an estate would give if they had not expired."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from gitiam.catalog import Catalog
from gitiam.config import Limits
from gitiam.desired.compute import desired_state
from gitiam.desired.state import DesiredState
from gitiam.load.estate import Estate
from gitiam.models import Kind

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_ROOM = 10**9


def expired_state(estate: Estate, catalog: Catalog, now: datetime) -> DesiredState:
    """What would be desired if the requests that have expired at `now`, and they alone, still held.

    Nothing is packed: all statements of a principal stand in its `inline`, whole, however many
    there are, because expired requests pile up and nobody has to make room for them. A request that
    can no longer be turned into access (its bundle is gone) is in `unresolved`.
    """
    expired = tuple(request for request in estate.requests if request.is_expired(now))
    roomy = replace(
        estate.config,
        limits=Limits(
            managed_policies=dict.fromkeys(Kind, _ROOM), inline_size=dict.fromkeys(Kind, _ROOM)
        ),
    )
    only_expired = replace(estate, config=roomy, requests=expired, declarations=())
    return desired_state(only_expired, catalog, _BEFORE_ALL)
