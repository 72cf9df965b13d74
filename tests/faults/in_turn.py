"""`python -m tests.faults.in_turn COMMAND…`: several commands of gitiam in one process.

Each argument is one command line. Prints a JSON list of what each ended with, said and complained
of; it stops at the first that does not end with 0.
"""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from gitiam.cli.main import _run


def in_turn(commands: list[str]) -> list[dict[str, object]]:
    """What became of each."""
    found: list[dict[str, object]] = []
    for command in commands:
        sys.argv[1:] = shlex.split(command)
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = _run()
        found.append(
            {"command": command, "code": code, "out": out.getvalue(), "err": err.getvalue()}
        )
        if code:
            break
    return found


if __name__ == "__main__":
    print(json.dumps(in_turn(sys.argv[1:])))
