"""What principals can reach, from statements."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from gitiam.catalog import catalog
from gitiam.models import Condition, Conditions, Kind
from gitiam.policy.piece import Piece
from gitiam.policy.reach import Reach
from gitiam.policy.statement import Document, Statement
from gitiam.policy.subject import Subject
from gitiam.validate.reaching import targets_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
ALICE = Subject(Kind.USER, "alice", ACCOUNT, "aws", NOW, "/")
ROLE = Subject(Kind.ROLE, "app", ACCOUNT, "aws", NOW)
TEAM = Subject(Kind.GROUP, "team", ACCOUNT, "aws", NOW)

Effect = Literal["Allow", "Deny"]


def targets(action: str) -> tuple[str, ...]:
    return targets_of(action, "aws", ACCOUNT, catalog())


def allow(actions: str, *resources: str, conditions: Conditions = ()) -> Statement:
    return Statement("Allow", (actions,), resources or ("*",), conditions)


def deny(actions: str, *resources: str, conditions: Conditions = ()) -> Statement:
    return Statement("Deny", (actions,), resources or ("*",), conditions)


def where(operator: str, key: str, *values: str) -> Conditions:
    return (Condition(operator, key, values),)


def reach(
    *statements: Statement, subject: Subject = ALICE, boundary: Document | None = None
) -> Reach:
    pieces = [Piece(s, f"requests/{number}.yaml") for number, s in enumerate(statements)]
    return Reach(pieces, subject, targets, boundary)
