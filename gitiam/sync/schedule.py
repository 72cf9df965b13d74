"""Many modules, a few at a time, in layers; an interrupt ends them in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import groupby

from gitiam.errors import GitiamError
from gitiam.modules import Change
from gitiam.outcomes import Outcome, Result
from gitiam.sync.process import Interrupted, Processes

Work = Callable[[Change], Outcome]


@dataclass(frozen=True, slots=True)
class Watch:
    """Whom to tell while it works; called from several threads."""

    started: Callable[[Change], None] = lambda change: None
    ended: Callable[[Result], None] = lambda result: None
    stopping: Callable[[], None] = lambda: None


def run_all(
    changes: Iterable[Change], work: Work, jobs: int, processes: Processes, watch: Watch
) -> list[Result]:
    """Do `work` for every change, `jobs` at a time, a kind after the other, in the given order.

    One failure leaves the others alone; so does a bug, which is raised when all have ended.
    KeyboardInterrupt lets what runs end in order, starts nothing more, and is raised again: nothing
    is lost, the rest stays pending.
    """
    results: list[Result] = []
    bugs: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for _, layer in groupby(changes, key=lambda change: change.module.order[0]):
            waiting = {pool.submit(_one, change, work, watch) for change in layer}
            try:
                results += _collect(waiting, watch, bugs)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                processes.stop()
                watch.stopping()
                # A future that `shutdown` cancelled is never reported to `wait`, which would hang.
                wait([future for future in waiting if not future.cancelled()])
                raise
    if bugs:
        raise bugs[0]
    return sorted(results, key=lambda result: result.change.module.order)


def _collect(waiting: set[Future[Result]], watch: Watch, bugs: list[BaseException]) -> list[Result]:
    results = []
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            bug = future.exception()
            if bug is not None:
                bugs.append(bug)
                continue
            results.append(future.result())
            watch.ended(results[-1])
    return results


def _one(change: Change, work: Work, watch: Watch) -> Result:
    """One module, its failure made a value."""
    began = time.monotonic()
    try:
        if change.blocked:
            raise change.blocked
        watch.started(change)
        outcome = work(change)
    except Interrupted:
        error = GitiamError("interrupted", hint="The next apply goes on from here")
        return Result(change, time.monotonic() - began, error)
    except GitiamError as error:
        return Result(change, time.monotonic() - began, error)
    except OSError as error:
        # A full disk, say: as much this module's failure as any other.
        return Result(change, time.monotonic() - began, GitiamError(f"this machine: {error}"))
    return Result(change, time.monotonic() - began, outcome=outcome)
