"""What mutation starts from: every sort of file that gitiam reads, as it usually looks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from gitiam.shipped import templates_dir
from tests.support.corpus import dangerous, ordinary
from tests.support.estates import CONFIG
from tests.support.managed import grants_of, managed_policies

_ROOT = Path(__file__).parents[2]
#: Of AWS's managed policies every so manieth.
_SOME = 40


class Sort(Enum):
    """What a file is; the value is the first byte of an input."""

    REQUEST = 0
    CONFIG = 1
    BUNDLE = 2
    SNAPSHOT = 3


@dataclass(frozen=True)
class Seed:
    """One file, as bytes."""

    sort: Sort
    raw: bytes

    @property
    def input(self) -> bytes:
        """As the fuzzer has it: the sort, then the file."""
        return bytes([self.sort.value]) + self.raw

    @classmethod
    def of(cls, data: bytes) -> Seed:
        """What an input means; every byte string means something."""
        sorts = list(Sort)
        return cls(sorts[(data[0] if data else 0) % len(sorts)], data[1:])


def seeds() -> tuple[Seed, ...]:
    """All of them, in an order that stays."""
    return (
        *(Seed(Sort.REQUEST, raw) for raw in _requests()),
        *(Seed(Sort.CONFIG, raw) for raw in _configs()),
        *(
            Seed(Sort.BUNDLE, file.read_bytes())
            for file in sorted((templates_dir() / "bundles").glob("*.yaml"))
        ),
        Seed(Sort.SNAPSHOT, json.dumps(_SNAPSHOT, indent=1).encode()),
    )


def _requests() -> Iterator[bytes]:
    for file in sorted((_ROOT / "requests").rglob("*.yaml")):
        yield file.read_bytes()
    for case in (*ordinary(), *dangerous()):
        yield case.text.encode()
    head = {"account": "prod", "principal": "role/data-pipeline", "reason": "What AWS made of it"}
    for document in list(managed_policies().values())[::_SOME]:
        yield json.dumps({**head, "expires": "2027-01-15", "grants": grants_of(document)}).encode()


def _configs() -> Iterator[bytes]:
    yield (_ROOT / "gitiam.yaml").read_bytes()
    yield (_ROOT / "tests" / "corpus" / "gitiam.yaml").read_bytes()
    yield CONFIG.encode()
    yield _FULL_CONFIG.encode()


_FULL_CONFIG = """\
accounts:
  prod: {id: "111122223333", tier: critical, region: eu-west-1}
  dev: {id: "444455556666", tier: sandbox, partition: aws}
store: {local: {folder: .gitiam/store}}
requests:
  reason_min_length: 12
  ticket: required
  expiry: {max_days: 90, by_risk: {critical: 3, high: 30}, never_tiers: [sandbox]}
limits: {managed_policies_per_role: 20, trust_policy_size: 4096}
drift: {unmanaged: declared, ignore: ["role/aws-service-role/*"]}
rules:
  full-wildcard: {severity: warning, allowable: true}
  missing-ticket: off
risk:
  access: {write: high}
  tiers: {sandbox: {write: low}}
access_analyzer:
  validate_policy: true
  no_new_access: {than: before}
  not_granted: [{actions: ["iam:*"]}]
"""

_ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::orders/*"}],
}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_ARN = "arn:aws:iam::111122223333"
_SNAPSHOT = {
    "version": 1,
    "account": "prod",
    "account_id": "111122223333",
    "taken_at": "2026-11-23T12:00:00Z",
    "users": [
        {
            "name": "alice",
            "path": "/",
            "arn": f"{_ARN}:user/alice",
            "inline": {"own": _ALLOW},
            "attached": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "groups": ["analysts"],
            "boundary": None,
            "tags": {"team": "orders"},
        }
    ],
    "groups": [
        {
            "name": "analysts",
            "path": "/",
            "arn": f"{_ARN}:group/analysts",
            "inline": {},
            "attached": [],
        }
    ],
    "roles": [
        {
            "name": "data-pipeline",
            "path": "/",
            "arn": f"{_ARN}:role/data-pipeline",
            "inline": {"gitiam": _ALLOW},
            "attached": [f"{_ARN}:policy/shared"],
            "boundary": f"{_ARN}:policy/shared",
            "tags": {},
            "description": "reads orders",
            "max_session": 3600,
            "trust": _TRUST,
        }
    ],
    "policies": [
        {
            "name": "shared",
            "path": "/",
            "arn": f"{_ARN}:policy/shared",
            "document": _ALLOW,
            "description": None,
        }
    ],
}
