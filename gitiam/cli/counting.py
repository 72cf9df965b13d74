"""How far long reading has come: on a terminal alone, since elsewhere nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Fewer are read before anybody could look.
_FEW = 50


@contextmanager
def counting(total: int, done_word: str) -> Iterator[Callable[[], None]]:
    """Gives what is to be called once for each thing done; it may be called from several threads.

    Calls beyond `total` are taken, too.
    """
    if total < _FEW or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(done_word, total=total)
        yield lambda: progress.advance(task)
