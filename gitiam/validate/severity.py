"""What `gitiam.yaml` makes of the rules: which run, how much they weigh, what may be allowed.

A rule that is `fixed` is always as it is, whatever the configuration says; that it says so is a
finding of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gitiam.config import Config, RulePolicy
from gitiam.findings import Finding, Fix, Severity
from gitiam.nearest import nearest_words
from gitiam.validate.registry import ADJUSTABLE_OTHERS, OTHERS, RULES, SCHEMA
from gitiam.validate.rule import Rule, shown

_USUAL = RulePolicy()
_FIXED = "gitiam needs it as it is"


@dataclass(frozen=True)
class Rulings:
    """The rules of a run, as one estate has them."""

    rules: Sequence[Rule]
    given: Mapping[str, RulePolicy]

    @cached_property
    def _by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every name that a finding can have."""
        return frozenset(self._by_id) | OTHERS.keys()

    def is_fixed(self, name: str) -> bool:
        """Whether no estate may change this rule; so it is with one that does not exist."""
        rule = self._by_id.get(name)
        return rule.fixed if rule is not None else name not in ADJUSTABLE_OTHERS

    def is_off(self, name: str) -> bool:
        """Whether the estate does without the rule."""
        return self._policy(name).is_off

    def is_allowable(self, name: str) -> bool:
        """Whether a file's `allow:` may silence the rule."""
        if self.is_fixed(name):
            return False
        said = self._policy(name).allowable
        rule = self._by_id.get(name)
        return said if said is not None else rule is not None and rule.allowable

    def adjusted(self, finding: Finding) -> Finding:
        """The finding with the severity and the risk that it has in this estate.

        What a rule itself takes less gravely than usual does not become graver: the severity that
        is given stands for the usual one.
        """
        policy = self._policy(finding.rule)
        severity = policy.severity or finding.severity
        rule = self._by_id.get(finding.rule)
        if rule is not None and finding.severity is not rule.severity:
            severity = max(severity, finding.severity, key=lambda one: one.rank)
        risk = policy.risk or finding.risk
        if (severity, risk) == (finding.severity, finding.risk):
            return finding
        return replace(finding, severity=severity, risk=risk)

    def mistakes(self) -> Iterator[Finding]:
        """What is wrong with the names and entries below `rules:` in `gitiam.yaml`."""
        for name, policy in self.given.items():
            if name not in self.ids:
                near = nearest_words(name, sorted(self.ids))
                hint = f"; did you mean `{near}`?" if near else ""
                fix = Fix(f"write `{near}`", policy.place, near) if near else None
                message = f"there is no rule {shown(name)}{hint}"
                yield Finding(SCHEMA, Severity.ERROR, policy.place, message, fix)
            elif self.is_fixed(name):
                message = f"the rule `{name}` cannot be changed: {_FIXED}"
                yield Finding(SCHEMA, Severity.ERROR, policy.place, message)

    def _policy(self, name: str) -> RulePolicy:
        return _USUAL if self.is_fixed(name) else self.given.get(name, _USUAL)


def mistakes_in(config: Config) -> tuple[Finding, ...]:
    """What is wrong with the names and entries below `rules:` of this configuration."""
    return tuple(Rulings(RULES, config.rules).mistakes())
