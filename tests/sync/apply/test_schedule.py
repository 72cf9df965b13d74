"""Many modules: one failure leaves the others, kind follows kind, an interrupt ends it all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gitiam.errors import GitiamError
from gitiam.modules import Change
from gitiam.outcomes import Outcome, Result
from gitiam.sync.apply.schedule import BugError, Stopped, Watch, run_all
from gitiam.sync.machine.process import Interrupted, Processes
from gitiam.sync.terraform.workspace import TerraformError
from tests.support.modules import change, module

LONG = 30.0  # seconds until a test that hangs gives up


def changes(*keys: str) -> list[Change]:
    found = [change(module(key, key)) for key in keys]
    return sorted(found, key=lambda item: item.module.order)


ROLES = changes(*(f"prod/role/r{n}" for n in range(6)))
MIXED = changes(
    *(f"prod/{kind}/{name}" for kind in ("user", "role", "group", "policy") for name in "ab")
)


def run(
    found: list[Change],
    work: Callable[[Change], Outcome],
    jobs: int = 2,
    processes: Processes | None = None,
    watch: Watch | None = None,
) -> list[Result]:
    return run_all(found, work, jobs, processes or Processes(), watch or Watch())


def ended(results: list[Result]) -> dict[str, str]:
    return {str(r.change.key): str(r.error) if r.error else "well" for r in results}


def test_nothing_to_do() -> None:
    assert run([], lambda _: Outcome()) == []


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_everything_is_done_once_and_reported_in_order(jobs: int) -> None:
    done: list[str] = []

    def work(item: Change) -> Outcome:
        done.append(str(item.key))
        return Outcome(applied=3)

    results = run(MIXED, work, jobs)
    assert sorted(done) == sorted(str(item.key) for item in MIXED)
    assert [result.change for result in results] == MIXED
    assert all(result.outcome.applied == 3 and result.error is None for result in results)


def test_one_failure_leaves_the_others_alone() -> None:
    def work(item: Change) -> Outcome:
        if item.key.name in ("r1", "r4"):
            raise TerraformError(f"no {item.key.name}", hint="Try again")
        return Outcome()

    assert ended(run(ROLES, work)) == {
        "prod/role/r0": "well",
        "prod/role/r1": "no r1. Try again",
        "prod/role/r2": "well",
        "prod/role/r3": "well",
        "prod/role/r4": "no r4. Try again",
        "prod/role/r5": "well",
    }


def test_a_failure_in_one_layer_does_not_stop_the_next() -> None:
    def work(item: Change) -> Outcome:
        if item.key.kind == "policy":
            raise TerraformError("no")
        return Outcome()

    results = ended(run(MIXED, work))
    assert sum(end == "well" for end in results.values()) == 6


def test_a_machine_that_fails_one_module_does_not_stop_the_others() -> None:
    """A full disk, say: an error of the system is this module's own."""

    def work(item: Change) -> Outcome:
        if item.key.name == "r1":
            raise OSError(28, "No space left on device")
        return Outcome()

    results = ended(run(ROLES, work))
    assert "No space left on device" in results.pop("prod/role/r1")
    assert set(results.values()) == {"well"}


def test_a_bug_lets_the_others_end_and_is_raised_with_their_results() -> None:
    done: list[str] = []

    def work(item: Change) -> Outcome:
        if item.key.name == "a" and item.key.kind == "policy":
            raise LookupError("a bug")
        done.append(str(item.key))
        return Outcome()

    with pytest.raises(BugError, match="LookupError: a bug") as caught:
        run(MIXED, work)
    assert isinstance(caught.value.bug, LookupError)
    assert len(done) == len(MIXED) - 1
    assert sorted(ended(caught.value.results)) == sorted(done)


def test_a_bug_of_who_watches_loses_no_result() -> None:
    def work(item: Change) -> Outcome:
        return Outcome()

    def ends(result: Result) -> None:
        raise LookupError("a bug")

    with pytest.raises(BugError) as caught:
        run(ROLES[:1], work, watch=Watch(ended=ends))
    assert isinstance(caught.value.bug, LookupError)
    assert set(ended(caught.value.results).values()) == {"well"}


def test_a_kind_waits_for_the_kind_before_it() -> None:
    events: list[tuple[str, int]] = []
    lock = threading.Lock()

    def work(item: Change) -> Outcome:
        with lock:
            events.append(("begin", item.module.order[0]))
        threading.Event().wait(0.005)
        with lock:
            events.append(("end", item.module.order[0]))
        return Outcome()

    run(MIXED, work, jobs=8)
    for kind in range(1, 4):
        first = events.index(("begin", kind))
        assert events[:first].count(("end", kind - 1)) == 2


def test_no_more_than_jobs_at_a_time() -> None:
    lock = threading.Lock()
    meeting = threading.Barrier(3)
    running, most = 0, 0

    def work(item: Change) -> Outcome:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meeting.wait(LONG)
        with lock:
            running -= 1
        return Outcome()

    run(ROLES, work, jobs=3)
    assert most == 3


def test_the_watch_is_told_of_everything() -> None:
    started: list[str] = []
    finished: list[str] = []
    watch = Watch(
        lambda item: started.append(str(item.key)),
        lambda result: finished.append(str(result.change.key)),
    )

    def work(item: Change) -> Outcome:
        if item.key.name == "a":
            raise TerraformError("no")
        return Outcome()

    run(MIXED, work, watch=watch)
    everything = sorted(str(item.key) for item in MIXED)
    assert sorted(started) == sorted(finished) == everything


# -- an interrupt -------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_lets_what_runs_end_and_starts_nothing_more(jobs: int) -> None:
    """Ctrl-C comes while the first result is shown; others run, and most still wait."""
    processes = Processes()
    started: list[str] = []
    ended_well: list[str] = []
    told_stopping: list[bool] = []
    stopped = threading.Event()
    stop = processes.stop

    def stop_and_tell() -> None:
        stop()
        stopped.set()

    processes.stop = stop_and_tell  # type: ignore[method-assign]

    def work(item: Change) -> Outcome:
        started.append(item.key.name)
        if item.key.name != "r0":
            assert stopped.wait(LONG)
        ended_well.append(item.key.name)
        return Outcome()

    def interrupt(result: Result) -> None:
        raise KeyboardInterrupt

    watch = Watch(ended=interrupt, stopping=lambda: told_stopping.append(True))
    found: list[BaseException] = []

    def main() -> None:
        try:
            run(ROLES, work, jobs, processes, watch)
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=main, daemon=True)
    thread.start()
    thread.join(LONG)
    assert not thread.is_alive(), "it hangs"
    (stop_,) = found
    assert isinstance(stop_, Stopped)
    assert sorted(result.change.key.name for result in stop_.results) == sorted(ended_well)
    assert told_stopping == [True]
    assert sorted(started) == sorted(ended_well)
    assert len(started) <= 1 + jobs


def test_an_interrupt_while_a_layer_begins_starts_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What waits has not begun, and what runs is told to end, before anybody waits for it."""
    stopped, begun = threading.Event(), []
    told: list[bool] = []
    submit = ThreadPoolExecutor.submit

    def interrupted_at_the_fourth(pool: ThreadPoolExecutor, *arguments: Any) -> Any:
        begun.append(arguments)
        if len(begun) == 4:
            raise KeyboardInterrupt
        return submit(pool, *arguments)

    def work(item: Change) -> Outcome:
        done.append(item.key.name)
        assert stopped.wait(LONG)
        return Outcome()

    done: list[str] = []
    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted_at_the_fourth)
    processes = Processes()
    monkeypatch.setattr(processes, "stop", stopped.set)
    watch = Watch(stopping=lambda: told.append(True))
    with pytest.raises(KeyboardInterrupt):
        run(ROLES, work, 1, processes, watch)
    assert told == [True]
    assert len(done) <= 1


def test_a_module_whose_program_was_stopped_says_so() -> None:
    def work(item: Change) -> Outcome:
        raise Interrupted

    (result,) = run(ROLES[:1], work)
    assert isinstance(result.error, GitiamError)
    assert result.error.message == "interrupted"
    assert result.error.hint
