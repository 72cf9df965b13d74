"""The rules' docstrings → the page that documents them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gitiam.validate.registry import OTHERS, RULES
from gitiam.validate.rule import Rule

HEADINGS = ("What it does", "Why is this bad?", "Example", "Use instead")

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_INTRODUCTION = """\
# Rules

`gitiam validate` checks every file under `requests/` with these rules. An **error** blocks a merge,
a **warning** and a **note** do not. Each finding names its rule. This page is made from the rules'
docstrings by `python -m gitiam.validate.reference`.
"""


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule's docstring in parts: the offence in one sentence, the text under each heading."""

    id: str
    severity: str
    summary: str
    parts: Mapping[str, str]


def rule_text(rule: Rule) -> RuleText:
    """The parts of the docstring of the rule's module; ValueError when one is missing."""
    doc = sys.modules[type(rule).__module__].__doc__ or ""
    summary, *rest = _HEADING.split(doc.strip())
    parts = dict(zip(rest[::2], map(str.strip, rest[1::2]), strict=True))
    if tuple(parts) != HEADINGS or not all(parts.values()):
        raise ValueError(f"the docstring of {rule.id} needs the headings {', '.join(HEADINGS)}")
    return RuleText(rule.id, rule.severity.value, summary.strip(), parts)


def rules_page(rules: Iterable[Rule] = RULES, others: Mapping[str, str] = OTHERS) -> str:
    """The whole page as Markdown."""
    texts = sorted(map(rule_text, rules), key=lambda text: text.id)
    table = "".join(f"| [{t.id}](#{t.id}) | {t.severity} | {t.summary} |\n" for t in texts)
    sections = "\n".join(map(_section, texts))
    rest = "".join(f"- **{name}**: {text}\n" for name, text in sorted(others.items()))
    return (
        f"{_INTRODUCTION}\n| rule | severity | offence |\n|---|---|---|\n{table}\n{sections}\n"
        "## Findings that no rule makes\n\n"
        "These come from reading the files, from computing what they mean, and from AWS. All are"
        " errors, but for some of AWS's.\n\n"
        f"{rest}"
    )


def _section(text: RuleText) -> str:
    parts = "\n".join(f"**{heading}**\n\n{body}\n" for heading, body in text.parts.items())
    return f"## {text.id}\n\n{text.summary} ({text.severity})\n\n{parts}"


if __name__ == "__main__":
    sys.stdout.write(rules_page())
