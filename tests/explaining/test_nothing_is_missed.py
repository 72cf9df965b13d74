"""Whatever becomes allowed by a file is told: sampled requests to AWS, decided as IAM does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitiam.config import Account, Config
from gitiam.explaining.explain import explained
from gitiam.findings import Location
from gitiam.load.estate import Estate
from gitiam.models import ActionsGrant, Condition, Kind, Principal, Request, Step
from gitiam.policy.conditions import Context
from gitiam.policy.evaluate import Decision, evaluate
from gitiam.policy.statement import Statement
from gitiam.report.explanation_json import as_json
from tests.support.explained import side_of, told
from tests.support.policies import statements
from tests.support.thorough import drawn

PROD = Account("prod", "111122223333")
ASKED = ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage", "iam:PassRole")
ON = ("arn:aws:s3:::orders", "arn:aws:s3:::orders/a", "arn:aws:s3:::alice/a", "arn:aws:x:::y", "*")
OPENED = ("new", "longer")


class FakeSource:
    """A file that is not there."""

    text = ""

    def __init__(self, path: str) -> None:
        self.path = path

    def place(self, *steps: Step) -> Location:
        return Location(self.path)

    def place_of_key(self, *steps: Step) -> Location:
        return Location(self.path)

    def place_of_entry(self, *steps: Step) -> Location | None:
        return None


def request_of(path: str, given_: Iterable[Statement]) -> Request:
    grants = tuple(
        ActionsGrant(s.actions, s.resources, s.effect, s.not_actions, s.not_resources, s.conditions)
        for s in given_
    )
    who = (Principal(Kind.ROLE, "app"),)
    return Request(FakeSource(path), ("prod",), who, "why", grants, never_expires=True)


def estate_of(**files: list[Statement]) -> Estate:
    found = tuple(request_of(path, given_) for path, given_ in files.items() if given_)
    return Estate(Config({"prod": PROD}), found)


def mentions(effect: Any, action: str, resource: str, context: Context) -> bool:
    """Whether a part that is opened, or a Deny that is gone, is about this request to AWS."""
    parts = [part for part in effect["access"] if part["standing"] in OPENED]
    return any(
        evaluate([_as_allow(part)], action, resource, context) is Decision.ALLOWED
        for part in [*parts, *effect["no_longer_forbidden"]]
    )


def _as_allow(part: Any) -> Statement:
    """Its actions and resources, whatever its conditions."""
    names = [
        name
        for access in part["services"]
        for name in (
            *access["patterns"],
            *(n for level in access["actions"].values() for n in level),
        )
    ]
    return Statement(
        "Allow",
        tuple(names) if not part["not_actions"] else (),
        tuple(part["resources"]),
        not_actions=tuple(part["not_actions"]),
        not_resources=tuple(part["not_resources"]),
    )


contexts = st.fixed_dictionaries(
    {},
    optional={
        "aws:username": st.sampled_from([("alice",), ("bob",)]),
        "s3:prefix": st.lists(st.sampled_from(["a", "b"]), max_size=2).map(tuple),
        "aws:securetransport": st.sampled_from([("true",), ("false",)]),
    },
)
documents = st.lists(statements(st.sampled_from(["a", "true", "alice", "b*"])), max_size=3)
GET = Statement("Allow", ("s3:GetObject",), ("*",))


def check(
    x: list[Statement], y: list[Statement], was: list[Statement] | None, context: Context
) -> int:
    """How many of the requests to AWS are newly allowed; each must be mentioned."""
    side = side_of(estate_of(x=x, y=y))
    before = y if was is None else [*was, *y]
    against = None if was is None else side_of(estate_of(x=was, y=y))
    (file,) = json.loads(as_json([told(explained("x", side, against))]))["files"]
    effects = file["effects"]
    count = 0
    for action in ASKED:
        for resource in ON:
            old = evaluate(before, action, resource, context)
            new = evaluate([*x, *y], action, resource, context)
            if new is Decision.ALLOWED and old is not Decision.ALLOWED:
                count += 1
                assert mentions(effects[0], action, resource, context), (action, resource)
    return count


@drawn(60, 2_000)
@given(documents.filter(bool), documents, contexts)
@example([GET], [], {})
def test_beside_the_other_files(
    x: list[Statement], y: list[Statement], context: dict[str, tuple[str, ...]]
) -> None:
    check(x, y, None, context)


@drawn(60, 2_000)
@given(documents, documents, documents, contexts)
@example([], [GET], [Statement("Deny", ("s3:*",), ("*",))], {})
def test_beside_what_was_before(
    x: list[Statement],
    y: list[Statement],
    was: list[Statement],
    context: dict[str, tuple[str, ...]],
) -> None:
    if x or was:
        check(x, y, was, context)


@pytest.mark.parametrize(
    ("x", "y", "was", "least"),
    [
        ([GET], [], None, 5),
        ([], [GET], [Statement("Deny", ("s3:*",), ("*",))], 5),
        ([GET], [Statement("Allow", ("s3:*",), ("arn:aws:s3:::orders",))], None, 4),
    ],
)
def test_the_samples_do_meet_what_is_new(
    x: list[Statement], y: list[Statement], was: list[Statement] | None, least: int
) -> None:
    assert check(x, y, was, {}) >= least


def test_what_is_not_mentioned_would_be_noticed() -> None:
    (file,) = json.loads(as_json([told(explained("x", side_of(estate_of(x=[GET], y=[GET]))))]))[
        "files"
    ]
    assert not mentions(file["effects"][0], "s3:GetObject", "arn:aws:s3:::orders/a", {})


def test_a_condition_that_differs_is_new() -> None:
    narrow = GET.but(conditions=(Condition("Bool", "aws:SecureTransport", ("true",)),))
    assert check([GET], [narrow], None, {}) == len(ON)
    assert check([narrow], [GET], None, {}) == 0
