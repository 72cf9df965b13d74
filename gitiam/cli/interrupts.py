"""What asks a run to stop: Ctrl-C, a pipeline that cancels, a terminal that goes away."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from gitiam.errors import ExitCode

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """The first is a KeyboardInterrupt in the main thread; those after it do nothing.

    So whatever tidies up after the first is never broken off. Who cannot wait has SIGKILL.
    """

    def __init__(self) -> None:
        self._is_taken = False

    def take(self) -> None:
        """From now on. What is ignored already stays so, as `nohup` has it."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._interrupt)

    def leave(self, code: int) -> NoReturn:
        """Exit, undisturbed.

        After an interrupt at once: threads may be reading from AWS still, whose answers nobody
        wants any more. What must end in order has ended by now.
        """
        was_interrupted, self._is_taken = self._is_taken, True
        if was_interrupted and code == ExitCode.INTERRUPTED:
            with suppress(OSError):
                sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        sys.exit(code)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        # No SIG_IGN, which every program that is started would inherit.
        if not self._is_taken:
            self._is_taken = True
            raise KeyboardInterrupt
