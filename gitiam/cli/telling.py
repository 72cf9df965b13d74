"""What the commands share that tell people what files open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitiam.cli.common import EstateContext

if TYPE_CHECKING:
    from gitiam.report.comment import Shown
    from gitiam.report.explanation import Page
    from gitiam.report.told import Told
    from gitiam.validate.run import Judgement


@dataclass(frozen=True)
class Proposal:
    """What differs, with as much of the estate, on both sides, as bears on it.

    `paths` are the files that differ, or are gone; `judged` are those and the ones about which
    rules can say something else by that.
    """

    estate: EstateContext
    before: EstateContext
    paths: tuple[str, ...]
    judged: frozenset[str]


def proposal(estate: EstateContext, before: EstateContext) -> Proposal:
    """What the estate proposes beside what stands; most of its files are never parsed."""
    from gitiam.validate.difference import Difference
    from gitiam.validate.selection import Selection

    change = Difference(before.tree, estate.tree)
    judged = change.judged_anew()
    asked = judged | change.gone
    trees = (estate.tree, before.tree)
    needed = asked.union(*(Selection(tree.files).needed_for(asked) for tree in trees))
    return Proposal(
        estate.part(needed),
        before.part(needed),
        tuple(sorted(change.changed | change.gone)),
        judged,
    )


def tell(
    paths: Sequence[str],
    estate: EstateContext,
    before: EstateContext | None,
    judgement: Judgement | None = None,
) -> tuple[Told, ...]:
    """What there is to tell of these files, in their order."""
    from gitiam.explaining.explain import explained
    from gitiam.explaining.sides import Side
    from gitiam.report.told import Told
    from gitiam.validate.run import judge

    proposed = frozenset(paths)
    judgement = judgement or judge(
        estate.estate, estate.catalog, estate.now, proposed, estate.state, only=proposed
    )
    assessments = {one.path: one for one in judgement.assessments}
    side = Side(estate.estate, estate.catalog, estate.now, estate.state)
    other = Side(before.estate, before.catalog, before.now, before.state) if before else None
    return tuple(
        Told(
            explained(path, side, other),
            assessments.get(path),
            tuple(f for f in judgement.findings if f.location.path == path),
        )
        for path in paths
    )


def pages(told: Iterable[Told], estate: EstateContext, *, everything: bool = False) -> list[Page]:
    """The same in words."""
    from gitiam.report.explanation import page_of

    accounts = {account.id: name for name, account in estate.config.accounts.items()}
    return [
        page_of(one.explanation, estate.catalog, accounts, estate.now, everything=everything)
        for one in told
    ]


def shown_of(found: Proposal) -> Shown:
    """What there is to show of a pull request. Modules are made of what nothing blocks."""
    from gitiam.cli.pipeline import changed
    from gitiam.report.comment import Shown
    from gitiam.validate.run import judge

    here, paths = found.estate, frozenset(found.paths)
    judgement = judge(
        here.estate, here.catalog, here.now, paths, here.state, only=found.judged | paths
    )
    blocks = any(finding.blocks for finding in judgement.findings)
    told = tell(found.paths, here, found.before, judgement)
    return Shown(
        files=list(zip(told, pages(told, here), strict=True)),
        changes=() if blocks else changed(here, found.before),
        elsewhere=[f for f in judgement.findings if f.location.path not in paths],
    )
