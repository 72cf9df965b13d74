"""Errors that explain themselves, and the exit codes they map to.

Every expected failure is a `GitiamError`. The command line catches it once, prints what happened,
where, and what to do, and exits with its code; anything else that escapes is a bug in gitiam.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller. The codes never overlap."""

    CLEAN = 0
    ERROR = 1
    USAGE = 2
    BUG = 3
    FINDINGS = 10
    PENDING = 11
    DRIFT = 12
    INTERRUPTED = 130


class GitiamError(Exception):
    """An expected failure: `message` says what happened and where, `hint` says what to do."""

    exit_code = ExitCode.ERROR

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Both sentences, for a log or a table cell."""
        return f"{self.message}. {self.hint}" if self.hint else self.message


class UsageError(GitiamError):
    """The command was asked for something that cannot be meant."""

    exit_code = ExitCode.USAGE
