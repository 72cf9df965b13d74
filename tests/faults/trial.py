"""One fault in one world: an apply meets it, a clean apply follows, and then all must be right."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gitiam.sync.aws.emulator import Emulator
from tests.faults.judgement import Reference, as_it_is, wrong_afterwards, wrong_words
from tests.faults.points import DEATHS, STARTS, STORE, Point, Trace
from tests.faults.scenarios import Scenario, scenario
from tests.support.descendants import descendants, kill_all
from tests.support.faults import Fault, FaultProxy
from tests.support.world import Ran, Running, World

PATIENCE = 420.0
APPLY = ("apply", "--format", "json", "--lock-timeout", "5")

_START_HOOK = """\
n=$(cat {counter} 2>/dev/null || echo 0)
if [ "$1" != version ]; then
  echo $((n + 1)) > {counter}
  if [ "$n" = {number} ]; then {action}; fi
fi
"""
_ACTIONS = {
    "terraform-dies": "kill -9 $$",
    "gitiam-dies": "kill -9 $PPID; kill -9 $$",
    "gitiam-dies-after": '{real} "$@"; kill -9 $PPID; exit 0',
}


@dataclass
class Verdict:
    """How a point ended. `wrong` is empty where all is right."""

    point: str
    scenario: str
    kind: str
    hits: int = 0
    first: str = ""
    said: str = ""
    retried: int = 0
    seconds: float = 0.0
    needed: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """In a word or two."""
        if self.wrong:
            return "WRONG"
        return self.first if self.hits else "not reached"

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self) | {"outcome": self.outcome}


@contextmanager
def world_of(played: Scenario, emulator: Emulator) -> Iterator[World]:
    """A world for this scenario, gone with the block."""
    folder = Path(tempfile.mkdtemp(prefix="gitiam-f-"))
    try:
        yield played.prepare(emulator, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def trace(name: str, emulator: Emulator) -> tuple[Trace, Reference]:
    """What the scenario does when nothing is wrong, and what there is then."""
    with world_of(scenario(name), emulator) as world:
        counter = world.folder / "writes"
        with FaultProxy(emulator.url).open() as proxy:
            world.variables["AWS_ENDPOINT_URL"] = proxy.url
            ran = _run(world, "tests.faults.dying_at", "count", str(counter), *APPLY)
        del world.variables["AWS_ENDPOINT_URL"]
        assert ran.code == 0, ran.out + ran.err
        writes = int(counter.read_text(encoding="utf-8")) if counter.exists() else 0
        wrong = wrong_afterwards(world, None)
        assert not wrong, f"{name}: wrong without any fault: {wrong}"
        return Trace(proxy.calls, writes, [s.command for s in ran.starts]), as_it_is(world)


def attempt(point: Point, reference: Reference, emulator: Emulator) -> Verdict:
    """Play one point."""
    verdict = Verdict(str(point), point.scenario, point.kind)
    with world_of(scenario(point.scenario), emulator) as world:
        began = time.monotonic()
        ran = _meet(world, point, verdict)
        verdict.seconds = round(time.monotonic() - began, 1)
        verdict.first, verdict.retried = _how(ran), ran.err.count("; again ")
        verdict.wrong += wrong_words(ran, killed=ran.code == -signal.SIGKILL)
        verdict.said = "; ".join(ran.failed.values()) if ran.out else ran.err.strip()
        if verdict.hits:
            if ran.code:
                _finish(world, verdict)
            verdict.wrong += wrong_afterwards(world, reference)
    return verdict


def _meet(world: World, point: Point, verdict: Verdict) -> Ran:
    if point.kind in STORE:
        ran = _run(world, "tests.faults.dying_at", point.kind, str(point.number), *APPLY)
        verdict.hits = int(ran.code != 0 or "; again " in ran.err)
        return ran
    if point.kind in STARTS:
        return _meet_at_start(world, point, verdict)
    deadly = point.kind in DEATHS
    when = "hold-before" if point.kind == "kill-before" else "hold-after"
    fault = Fault(when if deadly else point.kind, point.call, 1 if deadly else point.times)
    with FaultProxy(world.emulator.url, fault).open() as proxy:
        world.variables["AWS_ENDPOINT_URL"] = proxy.url
        running = world.start(*APPLY)
        if deadly:
            _kill(running, point.kind, fault)
        ran = world.ended(running, PATIENCE)
        if point.kind == "kill-gitiam":
            fault.release()
            world.wait_until(lambda: not descendants(running.process.pid) and not _left(world))
    del world.variables["AWS_ENDPOINT_URL"]
    verdict.hits = fault.count
    return ran


def _meet_at_start(world: World, point: Point, verdict: Verdict) -> Ran:
    counter = world.folder / "counter"
    action = _ACTIONS[point.kind].replace("{real}", world.real_terraform)
    hook = _START_HOOK.format(counter=counter, number=point.number, action=action)
    world.hook.write_text(hook, encoding="utf-8")
    running = world.start(*APPLY)
    ran = world.ended(running, PATIENCE)
    world.hook.unlink()
    world.wait_until(lambda: not world.alive(running))
    started = int(counter.read_text(encoding="utf-8")) if counter.exists() else 0
    verdict.hits = int(started > point.number)
    return ran


def _kill(running: Running, kind: str, fault: Fault) -> None:
    """Wait for the call, and kill whom it is about."""
    deadline = time.monotonic() + PATIENCE
    while not fault.reached.wait(0.02):
        if not running.runs() or time.monotonic() > deadline:
            return
    below = descendants(running.process.pid)
    match kind:
        case "kill-terraform":
            kill_all(pid for pid, name in below.items() if "terraform" in name)
            fault.drop()
        case "kill-gitiam":
            running.process.kill()
        case _:
            running.process.kill()
            kill_all(below)
            fault.drop()


def _left(world: World) -> bool:
    return bool(world.living())


def _finish(world: World, verdict: Verdict) -> None:
    """The next apply, as a person would run it: with the lock broken, if it says so."""
    arguments = [*APPLY, *scenario(verdict.scenario).options]
    ran = world.ended(world.start(*arguments), PATIENCE)
    if ran.code == 1 and ran.out and any("--break-lock" in said for said in ran.failed.values()):
        verdict.needed = "--break-lock"
        breaking = [part for module in ran.failed for part in ("--break-lock", module)]
        ran = world.ended(world.start(*arguments, *breaking), PATIENCE)
    if ran.code != 0:
        said = ran.failed if ran.out else ran.err
        verdict.wrong.append(f"the clean apply after it ends with {ran.code}: {said}")


def _how(ran: Ran) -> str:
    if ran.code == 0:
        return "passed by itself"
    return "killed" if ran.code == -signal.SIGKILL else "told"


def _run(world: World, module: str, *arguments: str) -> Ran:
    return world.ended(world.start(*arguments, program=["-m", module]), PATIENCE)
