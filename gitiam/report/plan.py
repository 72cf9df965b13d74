"""What an apply would do, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gitiam.canonical import DOCUMENTS, MADE_UP, SHADOWS, read_document
from gitiam.catalog import Catalog
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.openings import opening
from gitiam.outcomes import Outcome, Result
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.policy.difference import difference
from gitiam.policy.statement import PolicyError, Statement
from gitiam.report.layout import Style, counted, plain, printable
from gitiam.report.permissions import lines_of
from gitiam.reviewed import Reviewed

Spelling = Callable[[Statement], Statement]

_TRUST = frozenset({"assume_role_policy"})


def as_json(results: Sequence[Result], unchanged: int, now: datetime, left: int = 0) -> str:
    """`{"planned": [{…, plan, opens, resources}], "unchanged": N, "left": N, "failed": […]}`.

    `left` counts what is pending and was not planned, as `--only` left it out.
    """
    planned = [r.as_json() | _as_json(r.outcome, now) for r in results if r.error is None]
    failed = [result.as_json() for result in results if result.error is not None]
    body = {"planned": planned, "unchanged": unchanged, "left": left, "failed": failed}
    return json.dumps(body, indent=2)


def _as_json(outcome: Outcome, now: datetime) -> dict[str, Any]:
    plan = outcome.plan or ModulePlan(())
    return {
        "plan": plan.digest(),
        "opens": list(opening(plan, now).words()),
        "notes": list(outcome.notes),
        "resources": [{"action": r.action, **r.as_json()} for r in plan.changes],
    }


def as_text(
    results: Sequence[Result], unchanged: int, style: Style = plain, *, left: int = 0
) -> str:
    """Each pending module with what Terraform would do in it."""
    lines: list[str] = []
    for result in results:
        reasons = printable("; ".join(result.change.reasons))
        lines.append(f"{style(printable(str(result.change.key)), 'module')}  {reasons}")
        if result.error is not None:
            lines.append(f"  {style('failed', 'failed')}: {printable(str(result.error))}")
        else:
            lines += [f"  {line}" for line in _module(result.outcome, style)]
    summary = f"{counted(len(results), 'module')} pending, {unchanged:,} unchanged"
    more = f", {left:,} more pending and not planned" if left else ""
    return "\n".join([*lines, summary + more])


def plans_of(record: Reviewed, catalog: Catalog) -> dict[ModuleKey, str]:
    """What `gitiam plan --save` recorded, as a diff in words for each module.

    Of one that could not be planned it says why. Records hold actions in lower case; the catalogue
    knows how AWS writes them.
    """

    def spelled(statement: Statement) -> Statement:
        actions, others = (
            tuple(known.full_name if (known := catalog.action(name)) else name for name in names)
            for names in (statement.actions, statement.not_actions)
        )
        return replace(statement, actions=actions, not_actions=others)

    found = {module.key: _as_diff(module.plan, spelled) for module in record.modules}
    for name, why in record.unplanned.items():
        try:
            found[ModuleKey.parse(name)] = f"could not be planned: {printable(why)}"
        except ValueError as error:
            raise GitiamError(f"a record of plans names no module: {error}") from error
    return dict(sorted(found.items(), key=lambda one: one[0].order))


def _as_diff(plan: ModulePlan, spelled: Spelling) -> str:
    """With what comes and goes at the beginning of its line, where it is coloured."""
    lines = _module(Outcome(plan=plan), plain, spelled)
    return "\n".join(
        line.removeprefix("  ") if line.startswith(("  + ", "  - ")) else line for line in lines
    )


def _as_is(statement: Statement) -> Statement:
    return statement


def _module(outcome: Outcome, style: Style, spelled: Spelling = _as_is) -> Iterator[str]:
    plan = outcome.plan or ModulePlan(())
    yield from (printable(note) for note in outcome.notes)
    for resource in plan.changes:
        yield f"{style(resource.action, resource.action)} {printable(resource.address)}"
        yield from (f"    {printable(line)}" for line in _values(resource))
    for heading, names in (("permissions", DOCUMENTS - _TRUST), ("who may assume it", _TRUST)):
        gained, lost = difference(_statements(plan, names, 0), _statements(plan, names, 1))
        if gained or lost:
            yield heading
        yield from (
            style(printable(f"  - {line}"), "delete") for line in lines_of(map(spelled, lost))
        )
        yield from (
            style(printable(f"  + {line}"), "create") for line in lines_of(map(spelled, gained))
        )
    if plan.changes:
        yield f"plan {plan.digest()}"
    elif outcome.kept:
        yield "nothing to do until then: its access is gone"
    else:
        yield "nothing to do; an apply records it"


def _values(resource: PlannedResource) -> Iterator[str]:
    """The values that become others, but for policies, which are shown for the whole module."""
    for side, said in ((resource.before, "is there now"), (resource.after, "would be")):
        for name in sorted(DOCUMENTS & (side or {}).keys()):
            if not _document(side, name):
                yield f"{name}: what {said} cannot be read"
    if resource.after is None and not resource.type.endswith(("attachment", "membership")):
        return
    found = resource.canonical()
    before, after = found.before or {}, found.after or {}
    hidden = DOCUMENTS | MADE_UP | SHADOWS
    for name in sorted({*before, *after} - hidden):
        old, new = before.get(name), after.get(name)
        if resource.after is None or resource.before is None:
            yield f"{name}: {_shown(old if resource.after is None else new)}"
        elif old != new:
            yield f"{name}: {_shown(old)} → {_shown(new)}"
    yield from (f"{name}: known after the apply" for name in sorted(found.unknown))


def _statements(plan: ModulePlan, names: frozenset[str], side: int) -> list[Statement]:
    """All statements on one side of the module, wherever they stand; what is moved is no change."""
    return [
        statement
        for resource in plan.resources
        for name in sorted(names)
        for statement in _document((resource.before, resource.after)[side], name)
    ]


def _document(values: Mapping[str, Any] | None, name: str) -> Sequence[Statement]:
    try:
        return read_document((values or {}).get(name))[1]
    except PolicyError:
        return ()


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "nothing" if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)
