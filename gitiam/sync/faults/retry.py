"""Whether a failure is worth another try, and how long to wait before it.

What passes by itself is tried again, a few times and within a bound, after waits that are drawn
anew each time ("full jitter"): many that were throttled at once do not come back at once. Terraform
and boto3 have repeated their single calls before; this repeats a module, which is safe at any
moment because an apply goes on where the last one stopped.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gitiam.errors import GitiamError
from gitiam.sync.faults.causes import Cause, CausedError
from gitiam.sync.faults.diagnostics import cause_in

T = TypeVar("T")

_PASSING = frozenset(
    [Cause.THROTTLED, Cause.UNAVAILABLE, Cause.NETWORK, Cause.SETTLING, Cause.PROVIDER]
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and how long. Seconds, counted from the beginning of the first try."""

    tries: int = 4
    #: After so long nothing new is begun: the provider has then waited for AWS by itself.
    until: float = 90.0
    first_wait: float = 4.0
    longest_wait: float = 30.0

    def wait(self, tried: int, draw: float) -> float:
        """How long to wait after so many tries; `draw` is between 0 and 1."""
        return draw * min(self.longest_wait, self.first_wait * 2.0 ** (tried - 1))


#: Of an apply or a plan, for one module.
PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Again:
    """Told before each wait: why, how long, and which try comes then."""

    cause: Cause
    seconds: float
    number: int
    of: int

    def __str__(self) -> str:
        """`AWS is throttling; again in 3 s (2 of 4)`."""
        when = f"in {round(self.seconds)} s" if self.seconds >= 0.5 else "at once"
        return f"{self.cause}; again {when} ({self.number} of {self.of})"


@dataclass(frozen=True)
class Retry:
    """Repeats work that fails in passing. `pause` may raise, and then nothing more is tried."""

    patience: Patience = PATIENCE
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random

    def run(self, work: Callable[[], T], tell: Callable[[Again], None] = lambda again: None) -> T:
        """What `work` gives; its last error when patience has ended."""
        began = self.clock()
        for tried in range(1, self.patience.tries):
            try:
                return work()
            except GitiamError as error:
                cause = cause_of(error)
                seconds = self.patience.wait(tried, self.draw())
                late = self.clock() - began + seconds > self.patience.until
                if cause not in _PASSING or late:
                    raise
                tell(Again(cause, seconds, tried + 1, self.patience.tries))
            self.pause(seconds)
        return work()


def cause_of(error: GitiamError) -> Cause | None:
    """Of which kind a failure is: as it says itself, or else by its text, which is Terraform's."""
    return error.cause if isinstance(error, CausedError) else cause_in(error.message)
