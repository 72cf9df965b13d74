"""One statement of a principal's, and what it comes to for just that principal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gitiam.policy.conditions import filled, plain
from gitiam.policy.meeting import service_of_resource
from gitiam.policy.statement import Statement
from gitiam.policy.subject import Subject

#: Resources of one statement that leave open which service is meant. Of more, each statement that
#: allows something counts as if it said `*`.
MOST_LOOSE = 50
_USERNAME = re.compile(r"\$\{\s*aws:username\s*(?:,\s*'([^']*)'\s*)?\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement, and where it came from: a request's path, or the name of a policy.

    `via` is the managed policy or group through which the principal has it; empty for its own.
    """

    statement: Statement
    origin: str
    via: str = ""


def in_known_words(pieces: Iterable[Piece], subject: Subject) -> Iterator[Piece]:
    """The statements with those policy variables put in whose value is known of the principal.

    A resource with a variable that has no value is never met; a statement that has no other says
    nothing.
    """
    domain = subject.domain("iam", "aws:username")
    context: dict[str, tuple[str, ...]] = {"aws:principalaccount": (subject.account,)}
    if domain.values and not domain.absent:
        context["aws:username"] = tuple(domain.values)
    for piece in pieces:
        statement = piece.statement
        if not any("${" in r for r in (*statement.resources, *statement.not_resources)):
            yield piece
            continue
        resources, others = statement.resources, statement.not_resources
        if not domain.present:
            resources = tuple(filter(None, map(_nameless, resources)))
            others = tuple(filter(None, map(_nameless, others)))
            if statement.resources and not resources:
                continue
            if statement.not_resources and not others:
                resources = ("*",)
        put_in = replace(
            statement,
            resources=tuple(filled(r, context) or r for r in resources),
            not_resources=tuple(filled(r, context) or r for r in others),
        )
        yield replace(piece, statement=put_in)


def _nameless(resource: str) -> str:
    """For who has no `aws:username`: with its default, or empty where it has none."""
    missing = False

    def put_in(found: re.Match[str]) -> str:
        nonlocal missing
        missing = missing or found[1] is None
        return plain(found[1] or "")

    text = _USERNAME.sub(put_in, resource)
    return "" if missing else text


def bounded(piece: Piece) -> Piece:
    """The statement, or a wider one where nobody could compare all of it in time."""
    statement = piece.statement
    loose = {resource for resource in statement.resources if not service_of_resource(resource)}
    if statement.effect != "Allow" or len(loose) <= MOST_LOOSE:
        return piece
    others = (resource for resource in statement.resources if resource not in loose)
    return replace(piece, statement=replace(statement, resources=("*", *others)))
