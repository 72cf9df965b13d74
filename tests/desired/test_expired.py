"""What expired requests gave: live as it was the day before, compared with today."""

from __future__ import annotations

from datetime import datetime

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.desired.expired import expired_state
from gitiam.drift import Aspect, DriftKind
from gitiam.models import ModuleKey
from gitiam.sync.drift.comparison import compare
from tests.support.estates import NOW, estate_of, request
from tests.support.live import live_of

BEFORE = datetime.fromisoformat("2026-10-01T00:00:00Z")

PRINCIPAL = """\
kind: principal
account: prod
principal: user/alice
reason: She keeps the books
"""
KEPT = request(
    """
    - actions: [s3:GetObject]
      resources: [arn:aws:s3:::kept/*]
    - managed_policy: SecurityAudit
    """,
    principal="user/alice",
)
ENDED = request(
    """
    - actions: [s3:GetObject]
      resources: [arn:aws:s3:::kept/*]
    - actions: [sqs:SendMessage]
      resources: ["arn:aws:sqs:us-east-1:{account_id}:orders"]
    - managed_policy: ReadOnlyAccess
    - managed_policy: SecurityAudit
    - group: analysts
    """,
    principal="user/alice",
    expires="2026-11-01",
)
# More than an inline policy of a user holds: it goes to managed policies of gitiam's own.
LONG = request(
    "\n".join(
        f"- actions: [s3:GetObject]\n"
        f"  conditions: {{StringEquals: {{'aws:PrincipalTag/n': '{n}'}}}}\n"
        f"  resources: [arn:aws:s3:::bucket-number-{n}/a-rather-long-path/*]"
        for n in range(40)
    ),
    principal="user/alice",
    expires="2026-11-01",
)


def test_exactly_what_expired_is_told_and_told_as_expired() -> None:
    estate = estate_of(
        {
            "requests/alice.yaml": PRINCIPAL,
            "requests/kept.yaml": KEPT,
            "requests/ended.yaml": ENDED,
        }
    )
    then, now = (desired_state(estate, catalog(), at) for at in (BEFORE, NOW))
    left = expired_state(estate, catalog(), NOW)
    live = live_of(then, estate.config)
    assert compare(then, expired_state(estate, catalog(), BEFORE), live, estate.config).is_clean

    report = compare(now, left, live, estate.config)
    assert [(item.kind, item.aspect, item.name) for item in report.items] == [
        (DriftKind.EXPIRED, Aspect.ATTACHMENT, "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        (DriftKind.EXPIRED, Aspect.INLINE, "gitiam"),
        (DriftKind.EXPIRED, Aspect.MEMBERSHIP, "analysts"),
    ]
    inline = report.items[1]
    assert inline.origins == ("requests/ended.yaml",)
    assert {action for s in inline.extra for action in s.actions} == {
        "s3:GetObject",
        "sqs:SendMessage",
    }


def test_policies_of_their_own_that_expired_requests_needed_are_told() -> None:
    estate = estate_of({"requests/alice.yaml": PRINCIPAL, "requests/long.yaml": LONG})
    then, now = (desired_state(estate, catalog(), at) for at in (BEFORE, NOW))
    made = then.modules[ModuleKey.parse("prod/user/alice")].overflow
    assert made
    report = compare(
        now, expired_state(estate, catalog(), NOW), live_of(then, estate.config), estate.config
    )
    assert {item.kind for item in report.items} == {DriftKind.EXPIRED}
    attached = [item.name for item in report.items if item.aspect is Aspect.ATTACHMENT]
    assert attached == [policy.arn for policy in made]


def test_however_many_have_expired_there_is_room() -> None:
    files = {f"requests/{n:02}.yaml": LONG for n in range(30)}
    left = expired_state(estate_of(files), catalog(), NOW)
    assert left.unfit == ()
    assert len(left.modules[ModuleKey.parse("prod/user/alice")].inline) == 30 * 40


def test_nothing_has_expired() -> None:
    estate = estate_of({"requests/kept.yaml": KEPT})
    assert expired_state(estate, catalog(), NOW).modules == {}
