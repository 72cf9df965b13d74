"""`gitiam ledger`: look into the ledger, check it against the states, set it right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from gitiam.cli.accounts import require_account
from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.counting import counting
from gitiam.cli.pipeline import only, open_ledger
from gitiam.cli.style import shown, style
from gitiam.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from gitiam.ledgers import Deed
    from gitiam.models import ModuleKey


@click.group()
def ledger() -> None:
    """Look into the ledger, check it against the Terraform states, and set it right.

    Nothing here touches AWS.

    \b
    Examples:
      gitiam ledger list --account prod
      gitiam ledger show prod/role/data-pipeline
      gitiam ledger verify
      gitiam ledger repair --dry-run
    """


@ledger.command("list")
@click.option("--account", metavar="NAME", help="The modules of this account alone.")
@click.option("--principal", metavar="KIND/NAME", help="Those of this principal or policy alone.")
@format_option("text", "json")
@estate_command
def list_(estate: EstateContext, account: str | None, principal: str | None, format_: str) -> None:
    """Show every module: its digest, when it was applied and by whom, and how it stands.

    \b
    Examples:
      gitiam ledger list
      gitiam ledger list --account prod --format json
      gitiam ledger list --principal role/data-pipeline
    """
    from gitiam.report import ledger as report
    from gitiam.sync.store.inspection import Inspection

    if principal is not None:
        _require_kind(principal)
    book = open_ledger(estate)
    catalogue = Inspection(book).catalogue()
    if account is not None:
        known = {*estate.config.accounts, *(key.account for key in catalogue.modules)}
        require_account(account, known, "gitiam.yaml or in the ledger")
    keys = [
        key
        for key in sorted(catalogue.standings, key=str)
        if account in (None, key.account) and principal in (None, key.principal)
    ]
    if principal is not None and not any(key.principal == principal for key in catalogue.standings):
        click.echo(f"the ledger holds nothing of {shown(principal)}", err=True)
    with counting(len(keys), "read") as told:
        entries = Inspection(book, told).entries(keys, catalogue)
    if format_ == "json":
        click.echo(report.list_as_json(entries))
    else:
        click.echo(report.list_as_text(entries, style))


@ledger.command()
@click.argument("module", metavar="MODULE")
@format_option("text", "json")
@estate_command
def show(estate: EstateContext, module: str, format_: str) -> None:
    """Show all there is of one module: record, marker, state, and every apply there has been.

    \b
    Examples:
      gitiam ledger show prod/role/data-pipeline
      gitiam ledger show prod/role/data-pipeline --format json
    """
    from gitiam.report import ledger as report
    from gitiam.sync.store.inspection import Inspection

    inspection = Inspection(open_ledger(estate))
    found = inspection.biography(_key(module), inspection.catalogue())
    if format_ == "json":
        click.echo(report.show_as_json(found))
    else:
        click.echo(report.show_as_text(found, style))


@ledger.command()
@format_option("text", "json")
@estate_command
def verify(estate: EstateContext, format_: str) -> None:
    """Check every module: one record that can be read, and the Terraform state that it tells of.

    Names, too, markers and locks that dead runs have left, and objects that gitiam did not write.
    Exits with 1 when something is wrong, 0 when nothing is.

    \b
    Examples:
      gitiam ledger verify
      gitiam ledger verify --format json
    """
    from gitiam.report import ledger as report
    from gitiam.sync.store.inspection import Inspection

    book = open_ledger(estate)
    catalogue = Inspection(book).catalogue()
    with counting(len(catalogue.modules), "checked") as told:
        faults = Inspection(book, told).faults(catalogue)
    if format_ == "json":
        click.echo(report.verify_as_json(len(catalogue.modules), faults))
    else:
        click.echo(report.verify_as_text(len(catalogue.modules), faults, style))
    if faults:
        raise click.exceptions.Exit(ExitCode.ERROR)


@ledger.command()
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option(
    "--break-lock",
    "break_locks",
    multiple=True,
    metavar="MODULE",
    help="Take away the lock that a dead run left on this module's state; may be given more than"
    " once.",
)
@format_option("text", "json")
@estate_command
def repair(
    estate: EstateContext,
    modules: tuple[str, ...],
    dry_run: bool,
    break_locks: tuple[str, ...],
    format_: str,
) -> None:
    """Set right what `verify` finds, where that needs no look at AWS; of all modules, or of these.

    What is not certain afterwards is pending: the next apply finds out. Nothing is thrown away;
    what is replaced lies below `broken/` in the store. A module that is being applied is left
    alone.

    \b
    Examples:
      gitiam ledger repair --dry-run
      gitiam ledger repair prod/role/data-pipeline
      gitiam ledger repair prod/role/data-pipeline --break-lock prod/role/data-pipeline
    """
    from gitiam.report import ledger as report
    from gitiam.sync.store.inspection import Inspection
    from gitiam.sync.store.mending import Mending

    book = open_ledger(estate)
    catalogue = Inspection(book).catalogue()
    known = {str(key): key for key in catalogue.modules}
    only((), [*modules, *break_locks], set(known))
    if modules and set(break_locks) - set(modules):
        raise UsageError("--break-lock names a module that is not to be repaired")
    chosen = [known[name] for name in modules] if modules else catalogue.modules
    mending = Mending(book, frozenset(break_locks), dry_run)
    deeds = _mended(chosen, lambda key: mending.mend(key, catalogue))
    if format_ == "json":
        click.echo(report.repair_as_json(deeds, is_dry=dry_run))
    else:
        click.echo(report.repair_as_text(deeds, style, is_dry=dry_run))


def _mended(keys: Sequence[ModuleKey], mend: Callable[[ModuleKey], list[Deed]]) -> list[Deed]:
    with counting(len(keys), "looked at") as told:
        deeds: list[Deed] = []
        for key in keys:
            deeds += mend(key)
            told()
    return deeds


def _require_kind(principal: str) -> None:
    """UsageError for what no module can be called."""
    from gitiam.models import Kind

    kind, _, name = principal.partition("/")
    if kind not in set(Kind) or not name or "/" in name:
        last = principal.rstrip("/").rpartition("/")[2] or "NAME"
        *rest, final = (f"{kind}/{last}" for kind in Kind)
        raise UsageError(
            f"{principal} names no principal and no policy",
            hint=f"Both are written KIND/NAME, such as {', '.join(rest)} or {final}",
        )


def _key(text: str) -> ModuleKey:
    from gitiam.models import ModuleKey

    try:
        return ModuleKey.parse(text)
    except ValueError:
        raise UsageError(
            f"{text} is no module", hint="Modules are written ACCOUNT/KIND/NAME"
        ) from None
