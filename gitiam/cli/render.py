"""`gitiam render`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gitiam.cli.common import EstateContext, format_option, requests_command
from gitiam.cli.pipeline import relative, renderer_for, require_valid


@click.command()
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".gitiam/modules"),
    show_default=True,
    help="Where to write ACCOUNT/KIND/NAME/.",
)
@format_option("text", "json")
@requests_command
def render(estate: EstateContext, out: Path, format_: str) -> None:
    """Write the Terraform modules of the estate to a folder, for people to read.

    Apply does not need this: it renders for itself. The same estate gives the same bytes.

    \b
    Examples:
      gitiam render
      gitiam render --out /tmp/modules --format json
    """
    from gitiam.render.estate import remove_others, write_modules
    from gitiam.report.layout import counted

    require_valid(estate)
    modules = renderer_for(estate).modules(estate.state)
    write_modules(modules.values(), out)
    removed = remove_others(modules.keys(), out)
    if format_ == "json":
        written = [{"module": str(m.key), "digest": m.digest} for m in modules.values()]
        click.echo(json.dumps({"written": written, "removed": [str(key) for key in removed]}))
        return
    for key, module in modules.items():
        click.echo(f"{relative(out / str(key))}  {click.style(module.digest[:12], dim=True)}")
    for key in removed:
        click.echo(f"{relative(out / str(key))}  removed: nothing asks for it any more")
    click.echo(f"{counted(len(modules), 'module')} in {relative(out)}")
