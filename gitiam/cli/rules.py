"""`gitiam rules`: what there is to be found, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitiam.cli.common import format_option
from gitiam.cli.style import style
from gitiam.errors import UsageError

if TYPE_CHECKING:
    from gitiam.findings import RuleText


@click.command()
@click.argument("rule", metavar="[RULE]", required=False)
@format_option("text", "json")
def rules(rule: str | None, format_: str) -> None:
    """List the rules that `gitiam validate` checks; with a name, all that there is to say of one.

    \b
    Examples:
      gitiam rules
      gitiam rules inapplicable-action
      gitiam rules --format json
    """
    from gitiam.report.rules import rule_as_text, rules_as_json, rules_as_text
    from gitiam.validate.reference import rule_texts

    texts = rule_texts()
    if rule is not None:
        texts = (_named(rule, texts),)
    if format_ == "json":
        click.echo(rules_as_json(texts), nl=False)
    elif rule is not None:
        click.echo(rule_as_text(texts[0], style), nl=False)
    else:
        click.echo(rules_as_text(texts, style), nl=False)


def _named(name: str, texts: tuple[RuleText, ...]) -> RuleText:
    from gitiam.nearest import nearest_text

    known = {text.id: text for text in texts}
    # As findings show it: `[unknown-action]` can be copied whole.
    bare = name.strip("[]").lower()
    if bare in known:
        return known[bare]
    near = nearest_text(bare, known, 0.6)
    hint = f"Did you mean `{near}`?" if near else "`gitiam rules` lists them"
    raise UsageError(f"there is no rule `{name}`", hint=hint)
