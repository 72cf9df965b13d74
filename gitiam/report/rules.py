"""Rules → a table, a page to read, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from textwrap import shorten

from gitiam.findings import RuleText
from gitiam.report.layout import Style, columns, counted, plain

_FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def rules_as_text(rules: Sequence[RuleText], style: Style = plain) -> str:
    """Name, severity and offence of each; the summaries without their last full stop."""
    rows = columns([(rule.id, rule.severity.value, _short(rule.summary)) for rule in rules])
    lines = [
        row.replace(f" {rule.severity} ", f" {style(rule.severity.value, rule.severity.value)} ", 1)
        for row, rule in zip(rows, rules, strict=True)
    ]
    end = "`gitiam rules RULE` says more of one"
    return "\n".join([*lines, "", f"{counted(len(rules), 'rule')}; {end}"]) + "\n"


def _short(summary: str) -> str:
    first = re.split(r"[.:;] ", summary, maxsplit=1)[0] if len(summary) > _LONG else summary
    return shorten(first.removesuffix("."), _LONG, placeholder=" …")


_LONG = 84


def rule_as_text(rule: RuleText, style: Style = plain) -> str:
    """All that the rule says of itself, its examples indented."""
    severity = style(rule.severity.value, rule.severity.value)
    head = f"{style(rule.id, 'module')}  {severity}\n\n{rule.summary}\n"
    sections = [
        f"{style(heading, 'module')}\n\n{_body(text)}\n" for heading, text in rule.parts.items()
    ]
    return "\n".join([head, *sections])


def _body(text: str) -> str:
    return "\n\n".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    """Prose as it is, code indented by four."""
    for number, part in enumerate(_FENCE.split(text)):
        if not part.strip():
            continue
        indent = "    " if number % 2 else "  "
        yield "\n".join(f"{indent}{line}".rstrip() for line in part.strip("\n").splitlines())


def rules_as_json(rules: Sequence[RuleText]) -> str:
    """`[{"id", "severity", "summary", "sections": {heading: Markdown}}]`."""
    body = [
        {
            "id": rule.id,
            "severity": rule.severity.value,
            "summary": rule.summary,
            "sections": dict(rule.parts),
        }
        for rule in rules
    ]
    return json.dumps(body, indent=2) + "\n"
