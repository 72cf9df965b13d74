"""What a pending change accounts for is marked; what somebody did by hand beside it never is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.desired.state import Attachment, Desired, DesiredState
from gitiam.drift import Aspect, DriftItem, DriftKind
from gitiam.models import Declaration, Kind, ModuleKey, Principal
from gitiam.modules import Record
from gitiam.policy.statement import Statement, document_text
from gitiam.snapshot import LivePrincipal
from gitiam.sync.drift.comparison import compare
from tests.support.drawn_states import ACCOUNT, TRUST, NoFile, config
from tests.support.live import FOREIGN, STRAY, live_of, principal_of, with_principal

KEY = ModuleKey("prod", Kind.ROLE, "app")
OLD = Statement("Allow", ("s3:GetObject",), ("arn:aws:s3:::old/*",))
NEW = Statement("Allow", ("s3:GetObject",), ("arn:aws:s3:::new/*",))
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DECLARED = Declaration(
    source=NoFile(),
    accounts=("prod",),
    principal=Principal(Kind.ROLE, "app"),
    reason="",
    trust=(),
    tags={"team": "data"},
)
ASSUMED = Statement("Allow", ("sts:AssumeRole",), principals=(("AWS", ("999988887777",)),))

BEFORE = Desired(KEY, ACCOUNT, declaration=DECLARED, trust=TRUST, inline=(OLD,))
AFTER = replace(BEFORE, inline=(NEW,))
NOTHING = DesiredState({})


def applied(desired: Desired) -> Record:
    """What the ledger keeps of an apply of this."""
    files = {"policies/inline.json": desired.inline, "policies/trust.json": desired.trust}
    return Record(
        "d",
        {},
        desired.creates,
        "",
        files={path: document_text(document) for path, document in files.items() if document},
        imports=desired.imports,
    )


def found(
    desired: Desired,
    live: LivePrincipal,
    record: Record | None,
    expired: Desired | None = None,
) -> dict[tuple[DriftKind, Aspect, str], bool]:
    """What differs while the module is pending, and whether it is marked."""
    state = DesiredState({desired.key: desired})
    left = DesiredState({expired.key: expired}) if expired else NOTHING
    snapshot = live_of(DesiredState({desired.key: desired}), config())["prod"]
    (old,) = snapshot.principals
    report = compare(
        state,
        left,
        {"prod": with_principal(snapshot, old, live)},
        config(),
        pending={desired.key: record},
    )
    return {(item.kind, item.aspect, item.name): item.pending for item in report.items}


def test_what_the_apply_takes_away_is_marked() -> None:
    assert found(AFTER, principal_of(BEFORE), applied(BEFORE)) == {
        (DriftKind.CHANGED, Aspect.INLINE, "gitiam"): True
    }
    assert found(AFTER, replace(principal_of(AFTER), inline={}), None) == {
        (DriftKind.MISSING, Aspect.INLINE, "gitiam"): True
    }
    moved = replace(DECLARED, description="Anew")
    assert found(replace(BEFORE, declaration=moved), principal_of(BEFORE), applied(BEFORE)) == {
        (DriftKind.CHANGED, Aspect.DESCRIPTION, ""): True
    }


def test_what_somebody_attached_by_hand_is_never_marked() -> None:
    live = principal_of(BEFORE)
    by_hand = replace(live, attached=(FOREIGN,), inline={**live.inline, "mine": (STRAY,)})
    assert found(AFTER, by_hand, applied(BEFORE)) == {
        (DriftKind.CHANGED, Aspect.INLINE, "gitiam"): True,
        (DriftKind.UNMANAGED, Aspect.INLINE, "mine"): False,
        (DriftKind.UNMANAGED, Aspect.ATTACHMENT, FOREIGN): False,
    }


@pytest.mark.parametrize("record", [applied(BEFORE), None, replace(applied(BEFORE), files={})])
def test_a_statement_that_no_apply_wrote_is_never_marked(record: Record | None) -> None:
    live = replace(principal_of(BEFORE), inline={"gitiam": (OLD, STRAY)})
    assert found(AFTER, live, record) == {(DriftKind.CHANGED, Aspect.INLINE, "gitiam"): False}


def test_who_may_assume_a_role_is_held_against_what_was_applied() -> None:
    desired = replace(AFTER, trust=(*TRUST, ASSUMED))
    before = replace(BEFORE, inline=(NEW,))
    assert found(before, principal_of(desired), applied(desired)) == {
        (DriftKind.CHANGED, Aspect.TRUST, ""): True
    }
    assert found(before, principal_of(desired), applied(before)) == {
        (DriftKind.CHANGED, Aspect.TRUST, ""): False
    }


def test_tags_that_nobody_asked_for_are_never_marked() -> None:
    live = principal_of(AFTER)
    tag = (DriftKind.CHANGED, Aspect.TAGS, "")
    assert found(AFTER, replace(live, tags={"team": "other"}), None) == {tag: True}
    assert found(AFTER, replace(live, tags={"team": "other", "x": "y"}), None) == {tag: False}


def test_what_has_expired_is_marked_where_the_last_apply_made_it() -> None:
    user = ModuleKey("prod", Kind.USER, "alice")
    had = Desired(
        user,
        ACCOUNT,
        inline=(OLD, NEW),
        attachments=(Attachment("r", READ_ONLY),),
        groups=("analysts", "readers"),
    )
    now = Desired(user, ACCOUNT, inline=(NEW,))
    expired = replace(had, inline=(OLD,))
    kinds = [
        (DriftKind.EXPIRED, Aspect.INLINE, "gitiam"),
        (DriftKind.EXPIRED, Aspect.ATTACHMENT, READ_ONLY),
        (DriftKind.EXPIRED, Aspect.MEMBERSHIP, "analysts"),
        (DriftKind.EXPIRED, Aspect.MEMBERSHIP, "readers"),
    ]
    live = principal_of(had)
    assert found(now, live, applied(had), expired) == dict.fromkeys(kinds, True)
    # The last apply took it away; somebody gave it back by hand.
    assert found(now, live, applied(now), expired) == dict.fromkeys(kinds, False)
    assert found(now, live, None, expired) == dict.fromkeys(kinds, False)


def test_without_a_pending_module_nothing_is_marked() -> None:
    live = live_of(DesiredState({KEY: BEFORE}), config())
    report = compare(DesiredState({KEY: AFTER}), NOTHING, live, config())
    item: DriftItem = report.items[0]
    assert not item.pending
