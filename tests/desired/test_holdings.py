"""All that a principal holds, where it comes from, and what nobody could read."""

from __future__ import annotations

import pytest

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.desired.holdings import Holdings, Shelf
from gitiam.models import Kind
from gitiam.policy.statement import Document, Statement
from gitiam.snapshot import LiveDocument, LivePolicy, LivePrincipal, Snapshot, Unparsed
from tests.support.estates import NOW, estate_of, request
from tests.support.states import clean_state_of

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
THEIRS = f"{IAM}:policy/theirs"
SQS = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
SEND = "- {actions: [sqs:SendMessage], resources: ['arn:aws:sqs:*:*:orders']}"
GROUP = "kind: principal\naccount: prod\nprincipal: group/team\nreason: They run the shop\n"
SHARED = f"kind: policy\naccount: prod\npolicy: p\nreason: For all pipelines\ngrants:\n  {SEND}\n"
ROLE = (
    "kind: principal\naccount: prod\nprincipal: role/data-pipeline\nreason: It runs the shop\n"
    "trust: [{{service: lambda.amazonaws.com}}]\npermissions_boundary: {}\n"
)
LIVE: Document = (Statement("Allow", ("kms:Decrypt",), ("*",)),)


def held(
    files: dict[str, str] | str,
    module: str = "prod/role/data-pipeline",
    live: Snapshot | None = None,
) -> Holdings:
    given = {"requests/x.yaml": files} if isinstance(files, str) else files
    state = clean_state_of(given)
    (desired,) = (found for key, found in state.modules.items() if str(key) == module)
    return Shelf(state, catalog(), {live.account: live} if live else {}).holdings(desired)


def told(holdings: Holdings) -> list[tuple[str, str, str]]:
    """The first action of each statement, where it came from, and through what."""
    return sorted((p.statement.actions[0], p.origin, p.via) for p in holdings.pieces)


def principal(
    kind: Kind,
    name: str,
    inline: dict[str, LiveDocument] | None = None,
    attached: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
) -> LivePrincipal:
    return LivePrincipal(kind, name, "/", f"{IAM}:{kind}/{name}", inline or {}, attached, groups)


def snapshot(*principals: LivePrincipal, policies: tuple[LivePolicy, ...] = ()) -> Snapshot:
    def of(kind: Kind) -> tuple[LivePrincipal, ...]:
        return tuple(p for p in principals if p.kind is kind)

    users, groups, roles = of(Kind.USER), of(Kind.GROUP), of(Kind.ROLE)
    return Snapshot("prod", ACCOUNT, NOW, users, groups, roles, policies)


def test_each_statement_leads_back_to_its_file() -> None:
    found = held({"requests/a.yaml": request(READ), "requests/b.yaml": request(SEND)})
    assert told(found) == [
        ("s3:GetObject", "requests/a.yaml", ""),
        ("sqs:SendMessage", "requests/b.yaml", ""),
    ]
    assert (found.boundary, found.unread) == (None, frozenset())


def test_what_had_no_room_counts_too() -> None:
    resources = [f"'arn:aws:s3:::{'x' * 40}-{number}/*'" for number in range(80)]
    grants = f"- {{actions: [s3:GetObject], resources: [{', '.join(resources)}]}}"
    found = held(request(grants, principal="user/alice"), "prod/user/alice")
    assert len({r for p in found.pieces for r in p.statement.resources}) == 80
    assert {p.origin for p in found.pieces} == {"requests/x.yaml"}


def test_policies_of_aws_and_of_the_estate_are_read() -> None:
    grants = "- managed_policy: p\n- managed_policy: AmazonSQSReadOnlyAccess"
    files = {"requests/p.yaml": SHARED, "requests/x.yaml": request(grants)}
    found = held(files)
    labels = {p.via for p in found.pieces}
    assert labels == {f"{ACCOUNT}:policy/p", "aws:policy/AmazonSQSReadOnlyAccess"}
    assert {p.origin for p in found.pieces} == labels
    assert "sqs:SendMessage" in {a for p in found.pieces for a in p.statement.actions}
    assert found.unread == frozenset()
    assert told(held(files, "prod/policy/p")) == [("sqs:SendMessage", "requests/p.yaml", "")]


def test_a_policy_of_the_other_account_is_not_taken_for_ones_own() -> None:
    files = {
        "requests/p.yaml": SHARED.replace("prod", "dev"),
        "requests/x.yaml": request(f"- managed_policy: '{IAM}:policy/p'"),
    }
    found = held(files)
    assert found.pieces == ()
    assert found.unread == {f"{ACCOUNT}:policy/p"}


def test_a_policy_that_nobody_here_knows_is_named() -> None:
    found = held(request(f"{READ}\n- managed_policy: '{THEIRS}'"))
    assert told(found) == [("s3:GetObject", "requests/x.yaml", "")]
    assert found.unread == {f"{ACCOUNT}:policy/theirs"}


def test_it_is_read_from_a_snapshot() -> None:
    text = request(f"- managed_policy: '{THEIRS}'")
    label = f"{ACCOUNT}:policy/theirs"
    found = held(text, live=snapshot(policies=(LivePolicy("theirs", "/", THEIRS, LIVE),)))
    assert told(found) == [("kms:Decrypt", label, label)]
    assert found.unread == frozenset()
    broken = LivePolicy("theirs", "/", THEIRS, Unparsed("{", "no JSON"))
    found = held(text, live=snapshot(policies=(broken,)))
    assert found.pieces == ()
    assert found.unread == {label}


# -- groups -------------------------------------------------------------------------------------

JOINS = {"requests/join.yaml": request("- group: team", principal="user/alice")}
GIVES = {"requests/g.yaml": request(READ, principal="group/team")}


def test_what_a_group_of_the_estate_has() -> None:
    found = held({**JOINS, **GIVES, "requests/group.yaml": GROUP}, "prod/user/alice")
    assert told(found) == [("s3:GetObject", "requests/g.yaml", "group/team")]
    assert found.unread == frozenset()


def test_a_group_that_is_not_the_estates_may_have_more() -> None:
    assert held(JOINS, "prod/user/alice").unread == {"group/team"}
    found = held({**JOINS, **GIVES}, "prod/user/alice")
    assert told(found) == [("s3:GetObject", "requests/g.yaml", "group/team")]
    assert found.unread == {"group/team"}


@pytest.mark.parametrize("files", [JOINS, {**JOINS, **GIVES}], ids=["unknown", "attached-to"])
def test_the_rest_of_a_group_is_read_from_a_snapshot(files: dict[str, str]) -> None:
    group = principal(Kind.GROUP, "Team", {"by-hand": LIVE}, (SQS,))
    found = held(files, "prod/user/alice", snapshot(group))
    by_hand = [p for p in found.pieces if p.origin == "live policy by-hand"]
    assert [p.statement for p in by_hand] == list(LIVE)
    assert "aws:policy/AmazonSQSReadOnlyAccess" in {p.origin for p in found.pieces}
    assert {p.via for p in found.pieces} == {"group/team"}
    assert found.unread == frozenset()


# -- what lives outside the estate ----------------------------------------------------------------


def test_what_a_principal_has_besides() -> None:
    live = snapshot(
        principal(Kind.USER, "alice", {"by-hand": LIVE}, (THEIRS,), ("others",)),
        principal(Kind.GROUP, "others", {"of-group": LIVE}),
        policies=(LivePolicy("theirs", "/", THEIRS, LIVE),),
    )
    found = held(request(READ, principal="user/alice"), "prod/user/alice", live)
    assert told(found) == [
        ("kms:Decrypt", f"{ACCOUNT}:policy/theirs", f"{ACCOUNT}:policy/theirs"),
        ("kms:Decrypt", "live policy by-hand", ""),
        ("kms:Decrypt", "live policy of-group", "group/others"),
        ("s3:GetObject", "requests/x.yaml", ""),
    ]


def test_gitiams_own_policies_are_not_counted_as_they_were() -> None:
    overflow = f"{IAM}:policy/gitiam/gitiam-role-data-pipeline-1"
    own = principal(Kind.ROLE, "data-pipeline", {"gitiam": LIVE}, (overflow,))
    policies = (LivePolicy("gitiam-role-data-pipeline-1", "/gitiam/", overflow, LIVE),)
    found = held(request(READ), live=snapshot(own, policies=policies))
    assert told(found) == [("s3:GetObject", "requests/x.yaml", "")]
    assert found.unread == frozenset()


def test_what_stands_in_both_counts_once() -> None:
    text = request("- managed_policy: AmazonSQSReadOnlyAccess")
    alone = held(text)
    assert alone.pieces
    live = snapshot(principal(Kind.ROLE, "data-pipeline", attached=(SQS,)))
    assert held(text, live=live) == alone


def test_a_live_policy_that_cannot_be_read_is_named() -> None:
    live = snapshot(principal(Kind.ROLE, "data-pipeline", {"odd": Unparsed("{", "no JSON")}))
    assert held(request(READ), live=live).unread == {"odd"}


def test_names_differ_in_case_and_kinds_do_not_mix() -> None:
    live = snapshot(principal(Kind.ROLE, "Data-Pipeline", {"by-hand": LIVE}))
    assert len(held(request(READ), live=live).pieces) == 2
    live = snapshot(principal(Kind.USER, "data-pipeline", {"by-hand": LIVE}))
    assert len(held(request(READ), live=live).pieces) == 1


# -- boundaries -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("boundary", "is_read"),
    [("AmazonSQSReadOnlyAccess", True), ("p", True), (f"'{THEIRS}'", False)],
)
def test_a_boundary(boundary: str, is_read: bool) -> None:
    files = {
        "requests/d.yaml": ROLE.format(boundary),
        "requests/p.yaml": SHARED,
        "requests/x.yaml": request(READ),
    }
    found = held(files)
    assert (found.boundary is not None) is is_read
    assert found.unread == (frozenset() if is_read else {THEIRS})
    # It limits, and gives nothing.
    assert told(found) == [("s3:GetObject", "requests/x.yaml", "")]


def test_a_group_in_itself_has_what_it_has() -> None:
    """That it asks for it is an error of its own; it must not be looked for without end."""
    files = {"requests/x.yaml": request(f"{READ}\n- group: team", principal="group/team")}
    state = desired_state(estate_of(files), catalog(), NOW)
    (desired,) = state.modules.values()
    holdings = Shelf(state, catalog()).holdings(desired)
    assert [piece.via for piece in holdings.pieces] == [""]
