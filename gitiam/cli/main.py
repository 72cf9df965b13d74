"""The `gitiam` command: finds the subcommand, and is the one boundary for errors.

Commands are imported when they are called, so that `gitiam --help` answers at once.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from gitiam import __version__
from gitiam.cli.common import EstateOptions, parse_instant
from gitiam.cli.interrupts import Interrupts
from gitiam.cli.lazy import LazyGroup
from gitiam.cli.streams import mend_streams
from gitiam.cli.style import shown
from gitiam.errors import ExitCode, GitiamError

#: Every command, in the order in which people meet them, and what it is for.
COMMANDS = {
    "init": "Set up a new estate: configuration, workflows, and gitiam's own AWS roles.",
    "validate": "Check request files; say what is wrong, where, and how to mend it.",
    "rules": "List what validate checks, and say why.",
    "explain": "Say in words what a request opens, or what a bundle gives.",
    "request": "Make a request file of an issue that was written with the form.",
    "form": "Write the issue form that people ask with.",
    "render": "Write the Terraform modules of the estate to a folder.",
    "changes": "Show which modules are pending, and why.",
    "comment": "Print the comment that tells reviewers what a pull request opens.",
    "approvals": "Say whether a pull request is approved, and what is missing.",
    "github": "What the workflows tell on GitHub: comments, statuses, issues.",
    "plan": "Show what Terraform would do in the pending modules.",
    "apply": "Apply the pending modules, and them alone.",
    "revert": "Write the change that restores what was there before, as a branch.",
    "ledger": "Look into the ledger, check it, and set it right.",
    "crawl": "Write a snapshot of live IAM, account by account.",
    "drift": "Compare live IAM with what the estate says.",
    "audit": "List every permission there ever was: who asked, who approved, when it ended.",
    "codeowners": "Write CODEOWNERS from the approvals that gitiam.yaml asks for.",
    "demo": "Play the whole story against an embedded AWS.",
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    package="gitiam.cli",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 clean, 1 error, 2 usage, 3 a bug in gitiam, 10 findings that block, "
    "11 changes pending, 12 drift or something unread, 130 interrupted.",
)
@click.version_option(__version__, prog_name="gitiam")
@click.option(
    "-C",
    "directory",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The estate's folder. [default: here]",
)
@click.option(
    "--at",
    metavar="TIME",
    callback=parse_instant,
    help="Judge as of this instant (2027-01-15T00:00:00Z) instead of now.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def cli(ctx: click.Context, directory: Path | None, at: object, debug: bool) -> None:
    """GitOps for AWS IAM: access by pull request, applied by Terraform, ended by its date."""
    ctx.obj = EstateOptions(root=directory, at=at)  # type: ignore[arg-type]
    if debug:
        os.environ["GITIAM_DEBUG"] = "1"


def main() -> NoReturn:
    """Run the command and exit with the code that `gitiam.errors.ExitCode` documents."""
    mend_streams()
    interrupts = Interrupts()
    interrupts.take()
    try:
        code = _run()
    except KeyboardInterrupt:  # while an error was being told
        code = ExitCode.INTERRUPTED
    interrupts.leave(code)


def spare_the_collector() -> None:
    """Let Python search for garbage more rarely: values live to the end here.

    Saves a quarter of the time of a large estate, for a few megabytes.
    """
    gc.set_threshold(200_000, 20, 20)


def _run() -> int:
    spare_the_collector()
    try:
        outcome = cli.main(standalone_mode=False, prog_name="gitiam")
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return _say_interrupted()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except GitiamError as error:
        return _say(error)
    except KeyboardInterrupt:
        return _say_interrupted()
    except BrokenPipeError:
        # The reader has gone (`gitiam changes | head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.ERROR
    except OSError as error:
        return _say_of_machine(error)
    except Exception as error:
        return _say_bug(error)
    return int(outcome or ExitCode.CLEAN)


def _say(error: GitiamError) -> int:
    click.echo(f"{click.style('error:', fg='red', bold=True)} {shown(error.message)}", err=True)
    if error.hint:
        click.echo(f"{click.style('hint:', fg='cyan', bold=True)} {shown(error.hint)}", err=True)
    _traceback_if_asked()
    return error.exit_code


def _say_of_machine(error: OSError) -> int:
    from gitiam.sync.machine.refusals import is_of_the_machine, machine_error

    if not is_of_the_machine(error):
        return _say_bug(error)
    return _say(machine_error(error))


def _say_bug(error: Exception) -> int:
    where = click.style("bug:", fg="red", bold=True)
    click.echo(f"{where} gitiam failed in a way it should not: {type(error).__name__}", err=True)
    click.echo("Run again with --debug for the traceback, and report it.", err=True)
    _traceback_if_asked()
    return ExitCode.BUG


def _say_interrupted() -> int:
    click.echo("interrupted", err=True)
    _traceback_if_asked()
    return ExitCode.INTERRUPTED


def _traceback_if_asked() -> None:
    if os.environ.get("GITIAM_DEBUG"):
        import traceback

        traceback.print_exc()
