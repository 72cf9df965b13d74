"""Progress of long work, on standard error: live on a terminal, a line a module elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from gitiam.cli.style import style
from gitiam.modules import Change
from gitiam.outcomes import Result
from gitiam.report.layout import printable
from gitiam.sync.apply.schedule import Watch
from gitiam.sync.faults.retry import Again

_STOPPING = "stopping: what is under way ends in order, the rest stays pending"


@contextmanager
def watching(total: int, done_word: str) -> Iterator[Watch]:
    """A watch that shows how far the work has come."""
    if sys.stderr.isatty():
        with _live(total) as watch:
            yield watch
        return
    count = 0
    told = _Told()

    def ended(result: Result) -> None:
        nonlocal count
        count += 1
        word = "failed" if result.error else done_word
        name = printable(str(result.change.key))
        line = f"[{count}/{total}] {style(word, word)} {name} ({result.seconds:.1f} s)"
        click.echo(f"{line}{told.why(result)}", err=True)

    yield Watch(
        ended=ended,
        stopping=lambda: click.echo(_STOPPING, err=True),
        again=lambda change, again: click.echo(printable(f"{change.key}: {again}"), err=True),
    )


class _Told:
    """Which reasons people have been told already: thousands may fail for the same one."""

    def __init__(self) -> None:
        self._reasons: set[str] = set()

    def why(self, result: Result) -> str:
        """`: REASON`, the first time that it is given; else nothing."""
        if result.error is None or result.error.message in self._reasons:
            return ""
        self._reasons.add(result.error.message)
        return f": {printable(result.error.message)}"


@contextmanager
def _live(total: int) -> Iterator[Watch]:
    """A bar, and the modules that are under way."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    under_way: dict[str, None] = {}
    told = _Told()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)

        def show() -> None:
            progress.update(task, description=", ".join(list(under_way)))

        def started(change: Change) -> None:
            under_way[printable(str(change.key))] = None
            show()

        def ended(result: Result) -> None:
            under_way.pop(printable(str(result.change.key)), None)
            progress.advance(task)
            if why := told.why(result):
                progress.console.print(
                    f"failed {printable(str(result.change.key))}{why}", markup=False
                )
            show()

        def again(change: Change, again: Again) -> None:
            progress.console.print(printable(f"{change.key}: {again}"), markup=False)

        yield Watch(started, ended, lambda: progress.console.print(_STOPPING), again)
