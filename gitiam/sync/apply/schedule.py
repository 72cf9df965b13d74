"""Many modules, a few at a time, in layers; an interrupt ends them in order.

What fails in passing is tried again. What is wrong with an account as a whole is found out once,
and told for each of its modules.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass
from itertools import groupby

from gitiam.errors import GitiamError
from gitiam.modules import Change
from gitiam.outcomes import Outcome, Result
from gitiam.sync.aws.entry import Admit, Entry
from gitiam.sync.faults.retry import PATIENCE, Again, Patience, Retry
from gitiam.sync.machine.process import Interrupted, Processes
from gitiam.sync.machine.refusals import machine_error

Work = Callable[[Change], Outcome]


@dataclass(frozen=True, slots=True)
class Watch:
    """Whom to tell while it works; called from several threads."""

    started: Callable[[Change], None] = lambda change: None
    ended: Callable[[Result], None] = lambda result: None
    stopping: Callable[[], None] = lambda: None
    again: Callable[[Change, Again], None] = lambda change, again: None


class Stopped(KeyboardInterrupt):
    """An interrupt, when what was under way has ended; `results` are those of all that has."""

    def __init__(self, results: list[Result]) -> None:
        super().__init__()
        self.results = results


class BugError(Exception):
    """A bug met one module; `results` are those of all the others that have ended."""

    def __init__(self, results: list[Result], bug: Exception) -> None:
        super().__init__(f"{type(bug).__name__}: {bug}")
        self.results = results
        self.bug = self.__cause__ = bug


@dataclass(frozen=True, slots=True)
class _Run:
    """What the modules of one run share."""

    work: Work
    watch: Watch
    entry: Entry
    retry: Retry


def run_all(
    changes: Iterable[Change],
    work: Work,
    jobs: int,
    processes: Processes,
    watch: Watch,
    *,
    admit: Admit = lambda account: None,
    patience: Patience = PATIENCE,
) -> list[Result]:
    """Do `work` for every change, `jobs` at a time, a kind after the other, in the given order.

    `admit` is asked once for each account before any work for it is begun; its GitiamError is that
    of all modules of the account. So is a failure of the account's credentials later on: what has
    not begun by then does not begin.

    One failure leaves the others alone; so does a bug, which is raised as `BugError` when all have
    ended.
    KeyboardInterrupt lets what runs end in order, starts nothing more, and is raised as `Stopped`:
    nothing is lost, the rest stays pending.
    """
    run = _Run(work, watch, Entry(admit), Retry(patience, processes.pause))
    results: list[Result] = []
    bugs: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for _, layer in groupby(changes, key=lambda change: change.module.order[0]):
            waiting: set[Future[Result]] = set()
            try:
                # An interrupt may come here already, where a layer is large.
                for change in layer:
                    waiting.add(pool.submit(_one, change, run))
                results += _collect(waiting, watch, bugs)
            except BaseException as error:
                pool.shutdown(wait=False, cancel_futures=True)
                processes.stop()
                watch.stopping()
                # A future that `shutdown` cancelled is never reported to `wait`, which would hang.
                begun = [future for future in waiting if not future.cancelled()]
                wait(begun)
                results += [future.result() for future in begun if not future.exception()]
                if isinstance(error, KeyboardInterrupt):
                    raise Stopped(_in_order(results)) from None
                raise _with(results, error) from None
    if bugs:
        raise _with(results, bugs[0])
    return _in_order(results)


def _with(results: Iterable[Result], bug: BaseException) -> BaseException:
    return BugError(_in_order(results), bug) if isinstance(bug, Exception) else bug


def _in_order(results: Iterable[Result]) -> list[Result]:
    return sorted(results, key=lambda result: result.change.module.order)


def _collect(waiting: set[Future[Result]], watch: Watch, bugs: list[BaseException]) -> list[Result]:
    results = []
    for future in as_completed(waiting):
        bug = future.exception()
        if bug is not None:
            bugs.append(bug)
            continue
        results.append(future.result())
        watch.ended(results[-1])
    return results


def _one(change: Change, run: _Run) -> Result:
    """One module, its failure made a value."""
    began = time.monotonic()
    try:
        outcome = _tried(change, run)
    except Interrupted:
        error = GitiamError("interrupted", hint="The next apply goes on from here")
        return Result(change, time.monotonic() - began, error)
    except GitiamError as error:
        run.entry.ended_badly(change, error)
        return Result(change, time.monotonic() - began, error)
    except OSError as error:
        # A full disk, say: as much this module's failure as any other.
        return Result(change, time.monotonic() - began, machine_error(error))
    return Result(change, time.monotonic() - began, outcome=outcome)


def _tried(change: Change, run: _Run) -> Outcome:
    if change.blocked:
        raise change.blocked
    run.watch.started(change)

    def once() -> Outcome:
        run.entry.pass_through(change)
        return run.work(change)

    if not run.entry.is_worth_waiting(change):
        outcome = once()
    else:
        outcome = run.retry.run(once, lambda again: run.watch.again(change, again))
    run.entry.ended_well(change)
    return outcome
