"""Policies for hypothesis: statements of every shape, of so few words that they often meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from hypothesis import strategies as st

from gitiam.models import Condition, Conditions
from gitiam.policy.statement import Statement

ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:List*", "sqs:SendMessage", "iam:PassRole", "*")
RESOURCES = ("*", "arn:aws:s3:::orders", "arn:aws:s3:::orders/*", "arn:aws:s3:::${aws:username}/*")
OPERATORS = ("StringEquals", "Bool", "ForAnyValue:StringLike")
KEYS = ("aws:username", "s3:prefix", "aws:SecureTransport")

#: What IAM takes in a policy document: tab, line ends, and U+0020 to U+00FF.
policy_text = st.text(
    st.one_of(st.characters(min_codepoint=0x20, max_codepoint=0xFF), st.sampled_from("\t\n\r")),
    min_size=1,
    max_size=20,
)


def _some(values: Sequence[str], at_most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=at_most, unique=True)
    return chosen.map(tuple)


@st.composite
def conditions(draw: st.DrawFn, values: st.SearchStrategy[str] = policy_text) -> Conditions:
    """Distinct pairs of operator and key, in the canonical order."""
    pairs = draw(st.sets(st.sampled_from(list(product(OPERATORS, KEYS))), max_size=2))
    return tuple(
        Condition(operator, key, tuple(draw(st.lists(values, min_size=1, max_size=2))))
        for operator, key in sorted(pairs)
    )


@st.composite
def statements(draw: st.DrawFn, values: st.SearchStrategy[str] = policy_text) -> Statement:
    """Allow or Deny, with each of the `Not` forms now and then; without a Sid."""
    not_actions, not_resources = (draw(st.integers(0, 4)) == 0 for _ in range(2))
    actions, resources = draw(_some(ACTIONS)), draw(_some(RESOURCES))
    return Statement(
        effect=draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        actions=() if not_actions else actions,
        not_actions=actions if not_actions else (),
        resources=() if not_resources else resources,
        not_resources=resources if not_resources else (),
        conditions=draw(conditions(values)) if draw(st.booleans()) else (),
    )


Atom = tuple[object, ...]


def atoms(document: Iterable[Statement]) -> set[Atom]:
    """What a document means, taken apart: one action on one resource under the same conditions.

    A `NotAction` or `NotResource` list is one atom, since its entries are no alternatives. Two
    documents with the same atoms mean the same, however their statements are cut.
    """
    found: set[Atom] = set()
    for statement in document:
        s = statement.meaning()
        actions: tuple[object, ...] = s.actions or (("not", s.not_actions),)
        resources: tuple[object, ...] = s.resources or (("not", s.not_resources),)
        found.update(
            (s.effect, action, resource, s.conditions, s.principals, s.not_principals)
            for action in actions
            for resource in resources
        )
    return found
