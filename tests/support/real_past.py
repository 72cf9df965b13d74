"""Plays a history with real parts: gitiam as a program, Terraform, the provider, a live AWS."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from tests.support.gate import Gate
from tests.support.histories import Apply, Die, Fail, History, Lose, Remove, Step, Write
from tests.support.world import World


@dataclass
class RealPast:
    """A world, and what happens in it. Its histories name no dates, and one account."""

    world: World

    def play(self, history: History) -> None:
        """All of it, and then an apply that nothing disturbs."""
        for step in history:
            self._do(step)
        self._apply(Apply(allow_destroy=True))
        assert self.world.gitiam("ledger", "verify").code == 0
        assert not any(entry.endswith("applying.json") for entry in self.world.ledger())

    def _do(self, step: Step) -> None:
        match step:
            case Write():
                self.world.write({step.path: step.spelled_out})
            case Remove(path):
                (self.world.root / path).unlink()
            case Lose():
                self._lose(step)
            case Apply():
                self._apply(step)
            case _:
                raise AssertionError(f"not on the real path: {step}")

    def _lose(self, step: Lose) -> None:
        store = self.world.root / ".gitiam/store"
        modules = sorted({entry.rpartition("/")[0] for entry in self.world.ledger()})
        module = modules[step.which % len(modules)]
        if step.what == "state":
            (store / f"state/{module}.tfstate").unlink()
        else:
            assert step.what == "record"
            for record in (store / f"ledger/{module}").glob("[0-9a-f]*.json"):
                if record.name != "applying.json":
                    record.unlink()

    def _apply(self, step: Apply) -> None:
        """One that nothing harms ends well, and then everybody is content."""
        self.world.variables["GITIAM_ALLOW_DESTROY"] = "all" if step.allow_destroy else "false"
        match step.harm:
            case Die(at, late):
                kind = "die-after" if late else "die-before"
                program = ["-m", "tests.faults.dying_at", kind, str(at - 1)]
                running = self.world.start("apply", program=program)
                assert self.world.ended(running).code == -signal.SIGKILL
            case Fail():
                self._kill()
            case None:
                ran = self.world.gitiam("apply", "--format", "json")
                assert ran.code == 0, ran.out + ran.err
                self._assert_settled()

    def _kill(self) -> None:
        """When AWS has attached something, and told nobody."""
        with Gate(self.world.emulator.url).open() as gate:
            self.world.variables["AWS_ENDPOINT_URL"] = gate.url
            held = gate.hold("Attach")
            running = self.world.start("apply")
            held.wait(running.runs)
            self.world.kill(running)
        del self.world.variables["AWS_ENDPOINT_URL"]

    def _assert_settled(self) -> None:
        drift = self.world.gitiam("drift")
        assert drift.code == 0, drift.out
        assert self.world.gitiam("changes").code == 0
