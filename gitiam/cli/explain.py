"""`gitiam explain`."""

from __future__ import annotations

import json

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.errors import GitiamError, UsageError


@click.command()
@click.argument("bundle", required=False)
@format_option("text", "json")
@estate_command
def explain(estate: EstateContext, bundle: str | None, format_: str) -> None:
    """Print exactly what a bundle gives; without a name, list the bundles.

    \b
    Examples:
      gitiam explain
      gitiam explain s3-read
      gitiam explain s3-read --format json
    """
    from gitiam.load.estate import load_bundles
    from gitiam.nearest import nearest_text
    from gitiam.report.explain import bundle_as_json, bundle_as_text
    from gitiam.report.layout import columns

    bundles, findings = load_bundles(estate.bundle_folders)
    if findings:
        problems = "\n".join(f"  {finding.location}: {finding.message}" for finding in findings)
        raise GitiamError(f"bundles cannot be used:\n{problems}", hint="Mend them and run again")
    if bundle is None:
        if format_ == "json":
            click.echo(json.dumps({name: found.description for name, found in bundles.items()}))
        else:
            click.echo("\n".join(columns([(n, found.description) for n, found in bundles.items()])))
        return
    if bundle not in bundles:
        near = nearest_text(bundle, bundles, 0.6)
        hint = f"Did you mean `{near}`?" if near else "`gitiam explain` lists the bundles"
        raise UsageError(f"there is no bundle `{bundle}`", hint=hint)
    if format_ == "json":
        click.echo(json.dumps(bundle_as_json(bundles[bundle], estate.catalog), indent=2))
    else:
        click.echo(bundle_as_text(bundles[bundle], estate.catalog))
