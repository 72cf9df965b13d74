"""The rules' docstrings → the page that documents them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping

from gitiam.findings import RuleText, Severity
from gitiam.validate.registry import ADJUSTABLE_OTHERS, OTHERS, RULES
from gitiam.validate.rule import Rule

HEADINGS = ("What it does", "Why is this bad?", "Example", "Use instead")

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_INTRODUCTION = """\
# Rules

`gitiam validate` checks every file under `requests/` with these rules. An **error** blocks a merge,
a **warning** and a **note** do not. Each finding names its rule. This page is made from the rules'
docstrings by `python -m gitiam.validate.reference`.

An estate may give a rule another severity, or none, below [`rules`](configuration.md) in
`gitiam.yaml`; but not a **fixed** one, without which gitiam would not be safe, would make what AWS
refuses, or would break its word to auditors.

A file may allow what a rule finds in it, where the estate lets it: a rule is **allowable** by
itself, or because `gitiam.yaml` says so. The finding then blocks nothing, but is shown with the
reason to whoever reviews, and counts for the [risk](#risk) of the file:

```yaml
allow:
  - rule: already-granted
    reason: The other request ends before this one, and nobody knows when
```
"""

_RISK = """\
## Risk

Of each proposed file it is said how risky it is, and why. The gravest of these decides:

- **access**: each level of access that its grants give, weighed by `risk.access`, or by
  `risk.tiers` for accounts of a tier. What a managed policy or group gives counts, too. What cannot
  be read counts as `unread`. Conditions and denials lower nothing.
- **length**: access that changes anything and lasts longer than `risk.duration` says.
- **findings** of rules about danger, also those that are allowed.

`requests.expiry.by_risk` says how long a proposed request of each risk may last.
"""


def rule_text(rule: Rule) -> RuleText:
    """The parts of the docstring of the rule's module; ValueError when one is missing."""
    doc = sys.modules[type(rule).__module__].__doc__ or ""
    summary, *rest = _HEADING.split(doc.strip())
    parts = dict(zip(rest[::2], map(str.strip, rest[1::2]), strict=True))
    if tuple(parts) != HEADINGS or not all(parts.values()):
        raise ValueError(f"the docstring of {rule.id} needs the headings {', '.join(HEADINGS)}")
    return RuleText(rule.id, effective_severity(rule), summary.strip(), parts, _standing(rule))


def _standing(rule: Rule) -> str:
    """What an estate and its files may do about the rule."""
    return "fixed" if rule.fixed else "allowable" if rule.allowable else ""


def effective_severity(rule: Rule) -> Severity:
    """How much a finding of this rule weighs, unless the finding says otherwise."""
    return rule.severity


def rule_texts(
    rules: Iterable[Rule] = RULES, others: Mapping[str, str] = OTHERS
) -> tuple[RuleText, ...]:
    """What can be said of every finding that there may be, by name: rules and the others."""
    said = (RuleText(name, Severity.ERROR, text) for name, text in others.items())
    return tuple(sorted((*map(rule_text, rules), *said), key=lambda text: text.id))


def rules_page(rules: Iterable[Rule] = RULES, others: Mapping[str, str] = OTHERS) -> str:
    """The whole page as Markdown."""
    texts = sorted(map(rule_text, rules), key=lambda text: text.id)
    table = "".join(
        f"| [{t.id}](#{t.id}) | {t.severity} | {t.standing} | {t.summary} |\n" for t in texts
    )
    sections = "\n".join(map(_section, texts))
    others_named = " and ".join(f"`{name}`" for name in sorted(ADJUSTABLE_OTHERS))
    rest = "".join(f"- **{name}**: {text}\n" for name, text in sorted(others.items()))
    return (
        f"{_INTRODUCTION}\n| rule | severity | | offence |\n|---|---|---|---|\n"
        f"{table}\n{sections}\n"
        "## Findings that no rule makes\n\n"
        "These come from reading the files, from computing what they mean, and from AWS. All but"
        f" some of AWS's are errors, and fixed; an estate may give {others_named} another"
        " severity.\n\n"
        f"{rest}\n{_RISK}"
    )


def _section(text: RuleText) -> str:
    parts = "\n".join(f"**{heading}**\n\n{body}\n" for heading, body in text.parts.items())
    return f"## {text.id}\n\n{text.summary} ({text.severity})\n\n{parts}"


if __name__ == "__main__":
    sys.stdout.write(rules_page())
