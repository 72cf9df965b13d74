"""The standard streams, made fit for use however they were handed down."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def mend_streams() -> None:
    """Have all three of them, and let no missing reader of standard error end a run."""
    _open_closed()
    if isinstance(sys.stderr, io.TextIOWrapper) and sys.stderr is sys.__stderr__:
        sys.stderr = _forgiving(sys.stderr)


def _open_closed() -> None:
    """`/dev/null` in place of each that is closed.

    Otherwise the next file that is opened would get its number, and what is printed would end in
    that; and Python has no stream for it at all.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free: this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123,SIM115
            setattr(sys, name, stream)


class _Forgiving(io.FileIO):
    """Takes everything, and says nothing when it cannot be written."""

    def write(self, data: ReadableBuffer) -> int:
        size = memoryview(data).nbytes
        try:
            written = super().write(data)
        except OSError:
            return size
        # None where a pipe that must not be waited for is full.
        return size if written is None else written


def _forgiving(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """What goes there only tells of the work: it must not stop when nobody listens any more."""
    raw = _Forgiving(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=True,
    )
