"""What a pull request is told beside the one comment: at its lines, by labels, and to reviewers.

None of it decides anything. So what GitHub refuses here is said on standard error, and stops
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from gitiam.cli.style import shown as printable

if TYPE_CHECKING:
    from gitiam.approvals.standing import Standing
    from gitiam.cli.telling import Proposal
    from gitiam.report.comment import Shown
    from gitiam.review.github.client import Hub
    from gitiam.review.github.pulls import Pull


def tell_beside(
    found: Proposal, hub: Hub, pull: Pull, shown: Shown, standing: Standing
) -> tuple[str, ...]:
    """Do all of it; the sentences are for the one comment. `pull` knows the files it changes."""
    if not pull.is_open:
        return ()
    steps: list[Callable[[], Sequence[str]]] = [
        lambda: _at_lines(found, hub, pull, shown),
        lambda: _label(hub, pull, shown),
    ]
    # Nobody is called to look at what cannot be merged as it is.
    if not any(finding.blocks for finding in shown.findings):
        steps.append(lambda: _ask(hub, pull, standing))
    return tuple(sentence for step in steps for sentence in _told(step))


def _told(step: Callable[[], Sequence[str]]) -> Iterator[str]:
    from gitiam.review.github.asking import GitHubError

    try:
        yield from step()
    except GitHubError as error:
        hint = f" ({error.hint})" if error.hint else ""
        click.echo(printable(f"{error.message}{hint}"), err=True)


def _at_lines(found: Proposal, hub: Hub, pull: Pull, shown: Shown) -> Sequence[str]:
    from gitiam.report.suggestions import remarks_on
    from gitiam.review.github.suggestions import sync_suggestions

    patches = {file.path: file.patch for file in pull.files}
    remarks = remarks_on(shown.findings, _text_of(found), patches)
    return sync_suggestions(hub, pull.number, pull.head, remarks).sentences()


def _text_of(found: Proposal) -> Callable[[str], str | None]:
    files = found.estate.tree.files

    def text_of(path: str) -> str | None:
        try:
            return files[path].decode() if path in files else None
        except UnicodeDecodeError:
            return None

    return text_of


def _label(hub: Hub, pull: Pull, shown: Shown) -> Sequence[str]:
    from gitiam.review.github.labels import labels_of, sync_labels

    if not shown.files:
        sync_labels(hub, pull, ())
        return ()
    risks = [told.risk for told, _ in shown.files]
    known = [risk for risk in risks if risk is not None]
    gravest = max(known, key=lambda risk: risk.rank) if len(known) == len(risks) else None
    effects = [effect for told, _ in shown.files for effect in told.explanation.effects]
    sync_labels(hub, pull, labels_of(gravest, (effect.account.name for effect in effects)))
    return ()


def _ask(hub: Hub, pull: Pull, standing: Standing) -> Sequence[str]:
    from gitiam.review.github.reviewers import ask_reviewers

    needs = [one.need for one in standing.answers if not one.is_met and not one.need.hopeless]
    voters = [need.voters for need in needs if need.voters is not None]
    teams = {team for one in voters for team in one.teams}
    people = {person for one in voters for person in one.people}
    return ask_reviewers(hub, pull, teams, people).sentences()
