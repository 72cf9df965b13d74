"""Comparison: what is as it should be is clean, and every single spoiling is told, and it alone."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitiam.config import Account, Config
from gitiam.desired.state import Attachment, Desired, DesiredState, Unfit, Unresolved
from gitiam.drift import Aspect, DriftItem, DriftKind, DriftReport, UnreadPart
from gitiam.errors import GitiamError
from gitiam.models import Declaration, Kind, ModuleKey, Principal
from gitiam.policy.statement import Statement, document_as_json, parse_document
from gitiam.snapshot import LivePolicy, LivePrincipal, Snapshot, Unparsed, Unread
from gitiam.sync.drift.comparison import compare
from tests.support.drawn_states import ACCOUNT, TRUST, NoFile, config, states
from tests.support.live import (
    FOREIGN,
    READ_AT,
    STRAY,
    Live,
    every_spoiling,
    live_of,
    with_principal,
)

NOTHING = DesiredState({})
READ = Statement("Allow", ("s3:GetObject",), ("arn:aws:s3:::a",))
APP = ModuleKey("prod", Kind.ROLE, "App")


def told(report: DriftReport) -> list[tuple[str, DriftKind, Aspect, str]]:
    return [(item.principal, item.kind, item.aspect, item.name) for item in report.items]


def state_of(*desired: Desired) -> DesiredState:
    return DesiredState({d.key: d for d in desired})


def role(inline: tuple[Statement, ...] = (READ,), **more: object) -> Desired:
    return replace(Desired(APP, ACCOUNT, inline=inline), **more)  # type: ignore[arg-type]


def only(report: DriftReport) -> DriftItem:
    (item,) = report.items
    assert report.unread == ()
    return item


@settings(max_examples=60)
@given(states(), st.sampled_from(["everything", "declared"]))
def test_what_was_asked_for_is_clean(state: DesiredState, unmanaged: str) -> None:
    of = config(unmanaged)
    report = compare(state, NOTHING, live_of(state, of), of)
    assert report.items == ()
    assert report.is_clean


@settings(max_examples=40)
@given(states())
def test_every_spoiling_is_told_and_it_alone(state: DesiredState) -> None:
    of = config()
    for spoiled in every_spoiling(live_of(state, of)["prod"], state):
        report = compare(state, NOTHING, {"prod": spoiled.live}, of)
        assert told(report) == [spoiled.expected]
        assert not report.is_clean


@settings(max_examples=40)
@given(states(), st.randoms(use_true_random=False))
def test_order_case_and_single_values_do_not_matter(state: DesiredState, random: Random) -> None:
    of = config()
    live = live_of(state, of)["prod"]
    for principal in live.principals:
        live = with_principal(live, principal, muddled(principal, random))
    policies = [replace(p, document=muddled_document(p.document, random)) for p in live.policies]
    random.shuffle(policies)
    report = compare(state, NOTHING, {"prod": replace(live, policies=tuple(policies))}, of)
    assert report.items == ()


def muddled(live: LivePrincipal, random: Random) -> LivePrincipal:
    """The same to IAM, in another guise."""
    name = live.name.swapcase()
    return replace(
        live,
        name=name,
        arn=live.arn.removesuffix(live.name) + name,
        inline={n: muddled_document(d, random) for n, d in live.inline.items()},
        attached=tuple(random.sample(live.attached, len(live.attached))),
        groups=tuple(group.upper() for group in live.groups),
        tags=dict(sorted(live.tags.items(), reverse=True)) | {"aws:cloudformation:stack-id": "x"},
        trust=muddled_document(live.trust, random) if live.trust else live.trust,
    )


def muddled_document(
    document: tuple[Statement, ...] | Unparsed, random: Random
) -> tuple[Statement, ...]:
    """Through JSON, with lists turned round, single values as lists, and other Sids."""
    assert isinstance(document, tuple)
    body = document_as_json(document)
    random.shuffle(body["Statement"])
    for number, statement in enumerate(body["Statement"]):
        statement["Sid"] = f"Other{number}"
        for key in ("Action", "Resource"):
            if key in statement:
                values = statement[key]
                statement[key] = values[::-1] if isinstance(values, list) else [values]
        statement["Action"] = [action.swapcase() for action in statement["Action"]]
    return parse_document(body)


def test_the_statements_that_differ_are_named_with_their_files() -> None:
    wanted = replace(READ, sid="Read0")
    state = state_of(role((wanted,), sids={"Read0": "requests/read.yaml"}))
    live = live_of(state_of(role((STRAY,))), config())
    item = only(compare(state, NOTHING, live, config()))
    assert (item.kind, item.aspect) == (DriftKind.CHANGED, Aspect.INLINE)
    assert (item.missing, item.extra) == ((wanted,), (STRAY,))
    assert item.origins == ("requests/read.yaml",)


def test_an_absent_principal_is_one_item_with_all_that_is_missing() -> None:
    live = live_of(NOTHING, config())
    item = only(compare(state_of(role()), NOTHING, live, config()))
    assert (item.kind, item.aspect) == (DriftKind.MISSING, Aspect.PRINCIPAL)
    assert item.missing == (READ,)


def test_accounts_in_a_trust_policy_are_as_aws_writes_them() -> None:
    trust = Statement("Allow", ("sts:AssumeRole",), principals=(("AWS", ("444455556666",)),))
    resolved = replace(trust, principals=(("AWS", ("arn:aws:iam::444455556666:root",)),))
    state = declared_role(trust=(trust,))
    live = live_of(declared_role(trust=(resolved,)), config())
    assert compare(state, NOTHING, live, config()).is_clean


def declared_role(**more: object) -> DesiredState:
    declaration = Declaration(NoFile(), ("prod",), Principal(Kind.ROLE, "App"), "")
    parts = {"trust": TRUST, **more}
    return state_of(replace(role(), declaration=declaration, **parts))  # type: ignore[arg-type]


# -- expired ------------------------------------------------------------------------------------

ENDED = Statement(
    "Allow",
    ("s3:PutObject", "s3:DeleteObject"),
    ("arn:aws:s3:::a/*",),
    parse_document(
        {
            "Statement": {
                "Effect": "Allow",
                "Action": "x:y",
                "Condition": {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
            }
        }
    )[0].conditions,
    sid="Old01234567",
)
LEFT = state_of(
    role(
        (ENDED,),
        sids={"Old01234567": "requests/old.yaml"},
        attachments=(Attachment("x", FOREIGN),),
        groups=("Ops",),
    )
)


def test_what_an_expired_request_left_is_told_apart() -> None:
    live = live_of(state_of(role((READ, ENDED))), config())
    item = only(compare(state_of(role()), LEFT, live, config()))
    assert (item.kind, item.aspect, item.extra) == (DriftKind.EXPIRED, Aspect.INLINE, (ENDED,))
    assert item.origins == ("requests/old.yaml",)


def test_an_expired_request_may_have_been_all_there_was() -> None:
    live = live_of(LEFT, config())
    report = compare(NOTHING, LEFT, live, config("declared"))
    assert told(report) == [
        ("role/App", DriftKind.EXPIRED, Aspect.ATTACHMENT, FOREIGN),
        ("role/App", DriftKind.EXPIRED, Aspect.INLINE, "gitiam"),
        ("role/App", DriftKind.EXPIRED, Aspect.MEMBERSHIP, "Ops"),
    ]


def test_what_somebody_else_asks_for_too_is_not_expired() -> None:
    state = state_of(role((ENDED,), attachments=(Attachment("x", FOREIGN),), groups=("Ops",)))
    assert compare(state, LEFT, live_of(state, config()), config()).is_clean


@pytest.mark.parametrize(
    ("live", "kind"),
    [
        (replace(ENDED, actions=("S3:PutObject",), sid=""), DriftKind.EXPIRED),
        (replace(ENDED, actions=("s3:New",), sid="Old01234567n2"), DriftKind.EXPIRED),
        (replace(ENDED, actions=("s3:*",), sid=""), DriftKind.UNMANAGED),
        (replace(ENDED, conditions=()), DriftKind.UNMANAGED),
        (replace(ENDED, effect="Deny", sid=""), DriftKind.UNMANAGED),
        (replace(ENDED, resources=(), not_resources=("arn:x",), sid=""), DriftKind.UNMANAGED),
    ],
)
def test_a_part_of_it_is_expired_and_more_is_not(live: Statement, kind: DriftKind) -> None:
    found = live_of(state_of(role((live,))), config())
    assert only(compare(NOTHING, LEFT, found, config())).kind == kind


def test_leftover_policies_of_gitiams_own_are_told_wherever_they_hang() -> None:
    arn = "arn:aws:iam::111122223333:policy/gitiam/gitiam-role-App-1"
    live = live_of(state_of(role()), config())["prod"]
    attached = with_principal(live, live.roles[0], replace(live.roles[0], attached=(arn,)))
    policy = LivePolicy("gitiam-role-App-1", "/gitiam/", arn, (ENDED, STRAY))
    report = compare(
        state_of(role()),
        LEFT,
        {"prod": replace(attached, policies=(policy,))},
        config("declared"),
    )
    assert [(i.kind, i.aspect, i.extra) for i in report.items] == [
        (DriftKind.EXPIRED, Aspect.ATTACHMENT, (ENDED,)),
        (DriftKind.UNMANAGED, Aspect.ATTACHMENT, (STRAY,)),
    ]


def test_a_principal_that_left_the_estate_may_not_keep_what_gitiam_gave() -> None:
    live = live_of(state_of(role()), config())
    report = compare(NOTHING, NOTHING, live, config("declared"))
    assert told(report) == [("role/App", DriftKind.UNMANAGED, Aspect.INLINE, "gitiam")]


# -- what is not asked about --------------------------------------------------------------------


def test_undeclared_principals_are_left_alone_where_the_estate_does_not_own_them() -> None:
    live = live_of(state_of(role()), config())["prod"]
    busy = replace(
        live.roles[0], inline={**live.roles[0].inline, "own": (STRAY,)}, attached=(FOREIGN,)
    )
    stranger = replace(busy, name="stranger", inline={"own": (STRAY,)})
    policy = LivePolicy("own", "/", "arn:aws:iam::111122223333:policy/own", (STRAY,))
    found = replace(live, roles=(busy, stranger), policies=(policy,))
    assert compare(state_of(role()), NOTHING, {"prod": found}, config("declared")).is_clean
    report = compare(state_of(role()), NOTHING, {"prod": found}, config())
    assert told(report) == [
        ("policy/own", DriftKind.UNMANAGED, Aspect.POLICY, policy.arn),
        ("role/App", DriftKind.UNMANAGED, Aspect.ATTACHMENT, FOREIGN),
        ("role/App", DriftKind.UNMANAGED, Aspect.INLINE, "own"),
        ("role/stranger", DriftKind.UNMANAGED, Aspect.PRINCIPAL, ""),
    ]


@pytest.mark.parametrize(
    ("pattern", "ignored"),
    [
        ("*/role/aws-service-role/*", 1),
        ("prod/role/aws-service-role/x/stranger", 1),
        ("PROD/ROLE/*/STRANGER", 1),
        ("*/role/stranger", 0),
        ("dev/*", 0),
        ("*/user/*", 0),
    ],
)
def test_what_is_ignored_is_counted(pattern: str, ignored: int) -> None:
    path = "/aws-service-role/x/"
    stranger = LivePrincipal(Kind.ROLE, "stranger", path, "arn:aws:iam::1:role/x", trust=())
    live = {"prod": Snapshot("prod", ACCOUNT.id, READ_AT, roles=(stranger,))}
    report = compare(NOTHING, NOTHING, live, config(ignore=(pattern,)))
    assert (report.ignored, len(report.items)) == (ignored, 1 - ignored)


def test_a_policy_that_the_estate_attaches_or_bounds_with_is_known() -> None:
    arns = [f"arn:aws:iam::111122223333:policy/{name}" for name in ("a", "b")]
    state = declared_role(attachments=(Attachment("a", arns[0]),), boundary=arns[1])
    live = live_of(state, config())["prod"]
    policies = tuple(LivePolicy(arn[-1], "/", arn, (READ,)) for arn in arns)
    report = compare(state, NOTHING, {"prod": replace(live, policies=policies)}, config())
    assert report.is_clean


def test_pending_modules_are_marked() -> None:
    other = replace(APP, name="other")
    state = state_of(role(), replace(role(), key=other))
    live = live_of(NOTHING, config())
    report = compare(state, NOTHING, live, config(), pending={other: None})
    assert [(item.principal, item.pending) for item in report.items] == [
        ("role/App", False),
        ("role/other", True),
    ]


# -- what could not be read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "said"),
    [
        ({"prod": Unread("prod", "no credentials")}, "no credentials"),
        ({}, "there is no snapshot of it"),
        ({"prod": Snapshot("prod", "999999999999", READ_AT)}, "999999999999"),
    ],
)
def test_an_unread_account_is_never_clean(live: Live, said: str) -> None:
    report = compare(NOTHING, NOTHING, live, config())
    assert not report.is_clean
    assert [(part.account, part.what) for part in report.unread] == [("prod", "account")]
    assert said in report.unread[0].reason


def test_no_account_at_all_is_an_error() -> None:
    with pytest.raises(GitiamError, match="no account"):
        compare(NOTHING, NOTHING, {}, Config({}))
    with pytest.raises(GitiamError, match="no account"):
        compare(NOTHING, NOTHING, {}, config(), accounts=[])


def test_the_other_accounts_are_compared_all_the_same() -> None:
    of = Config({"prod": ACCOUNT, "dev": Account("dev", "444455556666")})
    live: dict[str, Snapshot | Unread] = {**live_of(NOTHING, of), "dev": Unread("dev", "no")}
    report = compare(state_of(role()), NOTHING, live, of)
    assert [item.account for item in report.items] == ["prod"]
    assert [part.account for part in report.unread] == ["dev"]
    assert compare(NOTHING, NOTHING, live, of, accounts=["prod"]).is_clean


def test_a_part_that_is_not_understood_is_never_clean() -> None:
    live = live_of(declared_role(), config())["prod"]
    odd = Unparsed("{", "odd")
    half = replace(
        live.roles[0], inline={"gitiam": odd}, trust=odd, description=None, max_session=None
    )
    report = compare(
        declared_role(), NOTHING, {"prod": with_principal(live, live.roles[0], half)}, config()
    )
    assert report.items == ()
    assert [(part.principal, part.what) for part in report.unread] == [
        ("role/App", "description"),
        ("role/App", "inline policy gitiam"),
        ("role/App", "max session"),
        ("role/App", "trust policy"),
    ]


def test_a_strange_policy_that_is_not_understood_is_told_twice() -> None:
    live = live_of(state_of(role()), config())["prod"]
    busy = replace(live.roles[0], inline={**live.roles[0].inline, "own": Unparsed("{", "odd")})
    report = compare(
        state_of(role()), NOTHING, {"prod": with_principal(live, live.roles[0], busy)}, config()
    )
    assert told(report) == [("role/App", DriftKind.UNMANAGED, Aspect.INLINE, "own")]
    assert [part.what for part in report.unread] == ["inline policy own"]


def test_what_is_not_known_to_be_desired_is_not_compared() -> None:
    unfit = Unfit(APP, 20_000, 10_240, ("requests/x.yaml",))
    unresolved = Unresolved("requests/y.yaml", ("grants", 0), "there is no bundle `x`")
    state = DesiredState({}, unfit=(unfit,), unresolved=(unresolved,))
    report = compare(state, NOTHING, live_of(state_of(role()), config()), config())
    assert report.items == ()
    assert [(part.principal, part.what) for part in report.unread] == [
        ("", "requests/y.yaml"),
        ("role/App", "desired state"),
    ]


def test_what_the_caller_could_not_read_is_told() -> None:
    part = UnreadPart("requests/z.yaml:1:1", "not YAML")
    report = compare(NOTHING, NOTHING, live_of(NOTHING, config()), config(), unread=[part])
    assert report.unread == (part,)
    assert not report.is_clean
