"""What a file opens, for machines. The form is stable; keys may be added, none is taken away.

`{"files": [file]}`, where a file is

- `path`; `kind`: `request`, `principal`, `policy`, or `unreadable`, which has but findings;
- `is_gone`: with `--against`, the file was there and is no more, and all is told of what it was;
- `reason`, `ticket`, `expires` (null: never), `never_expires`, `is_expired`, `unknown_accounts`;
- `compared_with`: `other files`, or `before` with `--against`; `is_new`: whether the file was not
  there before (null without `--against`);
- `risk` and `reasons`, as in `gitiam validate --format json`; null and [] where nobody could say;
- `findings`: `rule`, `severity`, `risk`, `line`, `column`, `message`, `allowed`;
- `effects`, one for each principal in each account.

An effect is

- `is_rough`: there was too much to compare, and some of what is called new may be had already;
- `account`, `account_id`, `principal`; `kind: policy` has one for each principal that has it;
- `access`: parts that are allowed; `forbids`: parts that are denied; `gone`: what the file gave
  before and nobody gives now; `no_longer_forbidden`: what it denied before, and nobody denies now;
- `unread`: policies and groups that it gives, and nobody here can read; `unread_before`: those that
  the principal has anyhow; `unresolved`: grants that cannot be understood;
- `other_files`: which give the principal something, too; `members` of a group;
- `boundary`: `{policy, before, is_known}`;
- `trust`: `{standing, statement}` for each statement of a declared role, in AWS's form;
- `summary`: `{standing, service, resources, list, read, write, tagging, permissions-management,
  unknown}` with numbers of actions. Where all services are meant, `service` is `*`, and the numbers
  are null.

A part is

- `standing`: `new`; `longer` (had already, but ends earlier without this file); `had`; `barred` (a
  Deny or the permissions boundary takes it away); `gone`; `shorter`;
- `by`: who else gives it, bars it, or, for a part that is denied, gives what it cuts into;
  `by_until`: when that ends;
- `through`: the managed policy or group by which the principal gets it; null for the file itself;
- `services`: `{service, patterns, actions: {LEVEL: [names]}}`. `patterns` are as the file has them,
  and mean what AWS adds later, too; `actions` are those of today that may work on the resources.
  Service `*` means all; its actions are not listed;
- `not_actions`: every action but these; `resources`, or `not_resources`: all but these;
- `conditions` in AWS's form, without the date; `until`: that date.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from gitiam.explaining.values import EVERY, UNKNOWN, Effect, Part
from gitiam.findings import Finding
from gitiam.models import AccessLevel, Conditions
from gitiam.policy.statement import Statement
from gitiam.report.risk import risks_as_json
from gitiam.report.told import Told

_LEVELS = (*(level.value for level in AccessLevel), UNKNOWN)


def as_json(files: Sequence[Told]) -> str:
    """The document; ends with a line feed."""
    return json.dumps({"files": [_file(one) for one in files]}, indent=2) + "\n"


def _file(one: Told) -> dict[str, Any]:
    explanation = one.explanation
    assessed = risks_as_json([one.assessment])[0] if one.assessment else {}
    return {
        "path": explanation.path,
        "kind": explanation.kind,
        "is_gone": explanation.is_gone,
        "reason": explanation.reason,
        "ticket": explanation.ticket,
        "expires": _time(explanation.expires),
        "never_expires": explanation.never_expires,
        "is_expired": explanation.is_expired,
        "unknown_accounts": list(explanation.unknown_accounts),
        "compared_with": "before" if explanation.against else "other files",
        "is_new": not explanation.is_known_there if explanation.against else None,
        "risk": assessed.get("risk"),
        "reasons": assessed.get("reasons", []),
        "findings": [_finding(finding) for finding in one.findings],
        "effects": [_effect(effect) for effect in explanation.effects],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "risk": finding.risk.value if finding.risk else None,
        "line": finding.location.line,
        "column": finding.location.column,
        "message": finding.message,
        "allowed": finding.allowed,
    }


def _effect(effect: Effect) -> dict[str, Any]:
    boundary = effect.boundary
    return {
        "account": effect.account.name,
        "account_id": effect.account.id,
        "principal": effect.principal,
        "is_rough": effect.is_rough,
        "access": [_part(part) for part in effect.allows],
        "forbids": [_part(part) for part in effect.forbids],
        "gone": [_part(part) for part in effect.gone],
        "no_longer_forbidden": [_part(part) for part in effect.freed],
        "unread": list(effect.unread),
        "unread_before": list(effect.unread_before),
        "unresolved": list(effect.unresolved),
        "other_files": list(effect.others),
        "members": list(effect.users),
        "boundary": {
            "policy": boundary.policy,
            "before": boundary.before,
            "is_known": boundary.is_known,
        },
        "trust": [
            {"standing": one.standing.value, "statement": one.statement.as_json()}
            for one in effect.trust
        ],
        "summary": _summary(effect.allows),
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "standing": part.standing.value,
        "by": list(part.by),
        "by_until": _time(part.other_until),
        "through": part.via or None,
        "services": [
            {
                "service": access.service,
                "patterns": list(access.patterns),
                "actions": {str(level.name): list(level.actions) for level in access.levels},
            }
            for access in part.services
        ],
        "not_actions": list(part.but_actions),
        "resources": list(part.resources),
        "not_resources": list(part.but_resources),
        "conditions": _conditions(part.conditions),
        "until": _time(part.until),
    }


def _conditions(conditions: Conditions) -> dict[str, Any]:
    found = Statement("Allow", conditions=conditions).as_json().get("Condition", {})
    return dict(found)


def _summary(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """A row for each standing and service, sorted by them."""
    actions: dict[tuple[str, str], dict[str, set[str]]] = {}
    places: dict[tuple[str, str], set[str]] = {}
    for part in parts:
        for access in part.services:
            key = (part.standing.value, access.service)
            row = actions.setdefault(key, {level: set() for level in _LEVELS})
            for level in access.levels:
                row[str(level.name)].update(level.actions)
            places.setdefault(key, set()).update(part.resources)
    return [
        {"standing": standing, "service": service, "resources": sorted(places[standing, service])}
        | {
            level: None if service == EVERY else len(names)
            for level, names in actions[standing, service].items()
        }
        for standing, service in sorted(actions)
    ]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
