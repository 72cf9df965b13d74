"""Groups of commands that import one when it is called, so that `--help` answers at once."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """Knows its commands by a table of names; each lies in a file of its name in `package`."""

    def __init__(self, *args: Any, table: Mapping[str, str], package: str, **kwargs: Any) -> None:
        self.table = table
        self.package = package
        super().__init__(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported; None where there is none of this name."""
        if cmd_name not in self.table:
            return None
        command = getattr(import_module(f"{self.package}.{cmd_name}"), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.package}.{cmd_name} holds no command")
        return command

    def all_commands(self) -> dict[str, click.Command]:
        """Every command, imported: for the reference page."""
        found = {name: self.get_command(click.Context(self), name) for name in self.table}
        return {name: command for name, command in found.items() if command is not None}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As the table has them: none is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was typed; a usage error with the nearest where there is none."""
        from difflib import get_close_matches

        if args and args[0] not in self.table and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.table, n=1)
            hint = (
                f" Did you mean `{near[0]}`?"
                if near
                else f" `{ctx.command_path} --help` lists them."
            )
            raise click.UsageError(f"There is no command `{args[0]}`.{hint}", ctx)
        return super().resolve_command(ctx, args)
