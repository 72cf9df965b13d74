"""Requests and an instant → modules: who is in, who has expired, in which account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from gitiam.catalog import catalog
from gitiam.desired.expired import expired_state
from gitiam.models import ModuleKey
from tests.support.estates import NOW, estate_of, request
from tests.support.states import (
    clean_state_of,
    desired_of,
    modules_of,
    names_in,
    state_of,
    statements_of,
)

READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
SEND = "- {actions: [sqs:SendMessage], resources: ['arn:aws:sqs:*:*:orders']}"
ROLE = """\
kind: principal
account: [dev, prod]
principal: role/data-pipeline
reason: Runs the nightly order exports
path: /pipelines/
trust: [{service: lambda.amazonaws.com}]
"""


def test_every_account_and_every_principal_has_a_module_of_its_own() -> None:
    text = request(READ, account="[dev, prod]", principal="[role/b, user/a, group/c]")
    state = clean_state_of({"requests/x.yaml": text})
    assert list(map(str, state.modules)) == [
        "dev/group/c",
        "prod/group/c",
        "dev/role/b",
        "prod/role/b",
        "dev/user/a",
        "prod/user/a",
    ]


def test_names_twice_count_once() -> None:
    text = request(READ, account="[prod, prod]", principal="[role/b, role/b]")
    state = clean_state_of({"requests/x.yaml": text})
    (desired,) = state.modules.values()
    assert len(desired.inline) == 1


def test_a_request_that_loses_an_account_loses_it_there_alone() -> None:
    both = {"requests/x.yaml": request(READ, account="[dev, prod]"), "requests/role.yaml": ROLE}
    less = {**both, "requests/x.yaml": request(READ, account="dev")}
    before, after = modules_of(both), modules_of(less)
    dev, prod = (ModuleKey.parse(f"{name}/role/data-pipeline") for name in ("dev", "prod"))
    assert before[dev] == after[dev]
    assert before[prod].digest != after[prod].digest
    assert set(after[prod].origins) == {"requests/role.yaml"}
    assert not statements_of(clean_state_of(less).modules[prod])


def test_an_undeclared_principal_that_nothing_names_any_more_has_no_module() -> None:
    both = {"requests/x.yaml": request(READ, account="[dev, prod]")}
    less = {"requests/x.yaml": request(READ, account="dev")}
    assert names_in(clean_state_of(both)) == {"dev/role/data-pipeline", "prod/role/data-pipeline"}
    assert names_in(clean_state_of(less)) == {"dev/role/data-pipeline"}


def test_a_request_ends_on_the_instant() -> None:
    files = {"requests/x.yaml": request(READ, expires="2026-12-01T12:00:00Z")}
    end = datetime(2026, 12, 1, 12, tzinfo=UTC)
    before = clean_state_of(files, end - timedelta(microseconds=1))
    assert names_in(before) == {"prod/role/data-pipeline"}
    assert before.expired == ()
    after = clean_state_of(files, end)
    assert after.modules == {}
    assert [item.path for item in after.expired] == ["requests/x.yaml"]


def test_two_adjacent_requests_that_expired_both_go() -> None:
    """Neighbours in every sense: the same principal, in files and in grants side by side."""
    files = {
        "requests/a.yaml": request(READ),
        "requests/b.yaml": request(SEND, expires="2026-11-20"),
        "requests/c.yaml": request(READ, expires="2026-11-21"),
        "requests/d.yaml": request(SEND),
    }
    state = clean_state_of(files)
    (desired,) = state.modules.values()
    assert set(desired.origins) == {"requests/a.yaml", "requests/d.yaml"}
    assert set(desired.sids.values()) == {"requests/a.yaml", "requests/d.yaml"}
    assert [item.path for item in state.expired] == ["requests/b.yaml", "requests/c.yaml"]


def test_whatever_the_order_of_expiry_the_rest_is_the_same() -> None:
    dates = ["2026-11-20", "2026-11-21", "2027-01-15"]
    for order in permutations(dates):
        files = {f"requests/{n}.yaml": request(READ, expires=d) for n, d in enumerate(order)}
        (desired,) = clean_state_of(files).modules.values()
        assert set(desired.origins) == {f"requests/{order.index('2027-01-15')}.yaml"}


def test_an_expired_request_takes_its_attachments_and_groups_along() -> None:
    files = {
        "requests/a.yaml": request(READ, principal="user/alice"),
        "requests/b.yaml": request(
            "[{group: analysts}, {managed_policy: ReadOnlyAccess}]",
            principal="user/alice",
            expires="2026-11-20",
        ),
    }
    (desired,) = clean_state_of(files).modules.values()
    assert desired.groups == ()
    assert desired.attachments == ()


def test_what_expired_requests_would_give_is_known_whatever_its_size() -> None:
    old = {
        f"requests/old-{n}.yaml": request(
            f"- {{actions: [s3:GetObject], resources: ['arn:aws:s3:::{'x' * 3000}{n}']}}",
            expires="2026-11-20",
        )
        for n in range(40)
    }
    estate = estate_of({**old, "requests/a.yaml": request(SEND)})
    state = expired_state(estate, catalog(), NOW)
    assert state.unfit == ()
    (desired,) = state.modules.values()
    assert len(desired.inline) == 40
    assert set(desired.sids.values()) == set(old)


def test_a_declared_principal_has_a_module_though_nothing_asks_for_it() -> None:
    state = clean_state_of({"requests/role.yaml": ROLE})
    assert names_in(state) == {"dev/role/data-pipeline", "prod/role/data-pipeline"}
    desired = state.modules[ModuleKey.parse("prod/role/data-pipeline")]
    assert desired.arn == "arn:aws:iam::111122223333:role/pipelines/data-pipeline"
    assert desired.creates == {"aws_iam_role.this": desired.arn}
    assert desired.trust[0].principals == (("Service", ("lambda.amazonaws.com",)),)
    assert desired.trust[0].actions == ("sts:AssumeRole",)


def test_an_undeclared_principal_is_only_attached_to() -> None:
    desired = desired_of(request(READ))
    assert desired.declaration is None
    assert desired.creates == {}
    assert desired.trust == ()


def test_a_boundary_may_be_named_in_every_way() -> None:
    policy = "kind: policy\naccount: prod\npolicy: edge\npath: /b/\nreason: The edge of it all\n"
    files = {"requests/edge.yaml": f"{policy}grants:\n  {READ}\n"}
    for name, arn in [
        ("edge", "arn:aws:iam::111122223333:policy/b/edge"),
        ("PowerUserAccess", "arn:aws:iam::aws:policy/PowerUserAccess"),
        ("'arn:aws:iam::{account_id}:policy/x'", "arn:aws:iam::111122223333:policy/x"),
    ]:
        role = ROLE.replace("[dev, prod]", "prod") + f"permissions_boundary: {name}\n"
        assert desired_of({**files, "requests/role.yaml": role}).boundary == arn


def test_a_boundary_that_is_not_there_is_unresolved_in_each_account() -> None:
    state = state_of({"requests/role.yaml": ROLE + "permissions_boundary: edge\n"})
    assert [(u.path, u.steps) for u in state.unresolved] == [
        ("requests/role.yaml", ("permissions_boundary",))
    ] * 2


def test_an_account_that_does_not_exist_gives_nothing() -> None:
    text = request(READ, account="[prod, pord]")
    assert names_in(state_of({"requests/x.yaml": text})) == {"prod/role/data-pipeline"}


def test_what_exceeds_the_inline_limit_overflows() -> None:
    def big(n: int) -> str:
        return f"- {{actions: [s3:GetObject], resources: ['arn:aws:s3:::{n}{'x' * 3000}']}}"

    files = {f"requests/{n}.yaml": request(big(n)) for n in range(6)}
    desired = desired_of(files)
    assert [policy.name for policy in desired.overflow] == [
        f"gitiam-role-data-pipeline-{n}" for n in range(1, len(desired.overflow) + 1)
    ]
    assert desired.creates == {
        f'aws_iam_policy.overflow["{policy.number}"]': policy.arn for policy in desired.overflow
    }
    assert all(
        policy.arn == f"arn:aws:iam::111122223333:policy/gitiam/{policy.name}"
        for policy in desired.overflow
    )
    assert len(statements_of(desired)) == 6


def test_what_cannot_fit_is_unfit_and_nothing_else_suffers() -> None:
    def big(n: int) -> str:
        return f"- {{actions: [s3:GetObject], resources: ['arn:aws:s3:::{n}{'x' * 4000}']}}"

    files = {f"requests/{n}.yaml": request(big(n)) for n in range(20)}
    files["requests/other.yaml"] = request(READ, principal="role/other")
    state = state_of(files)
    assert names_in(state) == {"prod/role/other"}
    (unfit,) = state.unfit
    assert str(unfit.key) == "prod/role/data-pipeline"
    assert unfit.size > unfit.room == 10_240 + 10 * 6_144
    assert unfit.origins == tuple(sorted(set(files) - {"requests/other.yaml"}))


def test_attached_policies_leave_fewer_for_the_overflow() -> None:
    def big(n: int) -> str:
        return f"- {{actions: [s3:GetObject], resources: ['arn:aws:s3:::{n}{'x' * 4000}']}}"

    files = {f"requests/{n}.yaml": request(big(n)) for n in range(6)}
    names = ["ReadOnlyAccess", *(f"arn:aws:iam::1:policy/{n}" for n in range(8))]
    grants = "\n".join(f"- managed_policy: {name}" for name in names)
    desired = desired_of({**dict(list(files.items())[:3]), "requests/m.yaml": request(grants)})
    assert len(desired.overflow) == 1
    (unfit,) = state_of({**files, "requests/m.yaml": request(grants)}).unfit
    assert unfit.room == 10_240 + 6_144
