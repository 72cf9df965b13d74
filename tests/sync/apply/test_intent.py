"""What no plan may do, whatever template, state, provider or record says."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import pytest

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Change, Marker, Module, Record
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.reviewed import ReviewedModule
from gitiam.sync.apply.intent import Intent
from gitiam.sync.apply.scope import Made
from gitiam.sync.apply.shown import AS_SHOWN, DESTROYS_ON_ORDER
from tests.support.estates import NOW, request
from tests.support.modules import marker, record
from tests.support.plans import State, plan_between, plan_of, state_of
from tests.support.states import modules_of, renderer_for

KEY = ModuleKey.parse("prod/role/data-pipeline")
INLINE = "aws_iam_role_policy.inline"
ITSELF = "aws_iam_role.this"
READ_ONLY = 'aws_iam_role_policy_attachment.managed["aws:policy/ReadOnlyAccess"]'
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ANYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)

DECLARED = """\
kind: principal
account: prod
principal: role/data-pipeline
reason: The nightly pipeline of the data team
description: Runs at night
trust: [{service: lambda.amazonaws.com}]
permissions_boundary: arn:aws:iam::aws:policy/PowerUserAccess
tags: {team: data}
"""
READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
ATTACH = "- managed_policy: ReadOnlyAccess"
MUCH = "\n".join(
    f"- {{actions: [s3:GetObject], resources: ['arn:aws:s3:::b{n}-{'x' * 2000}']}}"
    for n in range(7)
)


def of(*files: str, key: ModuleKey = KEY) -> Module:
    named = {f"requests/{number}.yaml": text for number, text in enumerate(files)}
    return modules_of(named)[key]


FULL = of(DECLARED, request(f"{READ}\n{ATTACH}"))
LESS = of(DECLARED, request(READ))
LARGE = of(DECLARED, request(MUCH))
EMPTY = renderer_for({"requests/0.yaml": DECLARED}).empty(KEY)
APPLIED = replace(record(FULL), imports=FULL.imports)


def check(
    module: Module,
    plan: ModulePlan,
    known: Record | None = APPLIED,
    left: Marker | None = None,
    *,
    may_destroy: bool = False,
) -> None:
    change = Change(module, None, ("a reason",))
    assert Intent(NOW).check(change, known, left, plan, may_destroy=may_destroy) is None


def refused(text: str, *arguments: Any, **options: Any) -> None:
    with pytest.raises(GitiamError, match=text) as caught:
        check(*arguments, **options)
    assert caught.value.hint


def changed(plan: ModulePlan, address: str, **after: Any) -> ModulePlan:
    """The plan with other values at one address."""
    return replace(
        plan,
        resources=tuple(
            replace(r, after={**(r.after or {}), **after}) if r.address == address else r
            for r in plan.resources
        ),
    )


@pytest.mark.parametrize("module", [FULL, LESS, LARGE], ids=["full", "less", "large"])
def test_what_the_module_says_may_be_done(module: Module) -> None:
    made = replace(record(module), imports=module.imports)
    check(module, plan_of(module), None)
    check(module, plan_of(module, module), made)
    check(module, plan_of(module, FULL), made if module is FULL else APPLIED)


@pytest.mark.parametrize("kind", ["user", "group"], ids=str)
def test_every_kind_may_do_what_it_says(kind: str) -> None:
    grants = f"{MUCH}\n{ATTACH}" + ("\n- group: analysts" if kind == "user" else "")
    declared = f"kind: principal\naccount: prod\nprincipal: {kind}/x\nreason: Somebody owns it\n"
    key = ModuleKey.parse(f"prod/{kind}/x")
    module = of(declared, request(grants, principal=f"{kind}/x"), key=key)
    check(module, plan_of(module), None)
    check(renderer_for({}).empty(key), _gone(module), _made(module), may_destroy=True)


def test_a_shared_policy_may_do_what_it_says() -> None:
    text = (
        f"kind: policy\naccount: prod\npolicy: shared\nreason: Several have it\ngrants:\n  {READ}\n"
    )
    module = of(text, key=ModuleKey.parse("prod/policy/shared"))
    check(module, plan_of(module), None)
    tampered = changed(plan_of(module), "aws_iam_policy.this", policy=ANYTHING)
    refused("another than the module's", module, tampered, None)
    refused("itself", renderer_for({}).empty(module.key), _gone(module), _made(module))


def _made(module: Module) -> Record:
    return replace(record(module), imports=module.imports)


def _gone(module: Module) -> ModulePlan:
    return plan_between(state_of(module), {}, module.account.id)


# -- a template or a provider that writes something else ----------------------------------------


@pytest.mark.parametrize(
    ("address", "values"),
    [
        (INLINE, {"policy": ANYTHING}),
        (INLINE, {"policy": "{}"}),
        (INLINE, {"policy": None}),
        (INLINE, {"name": "other"}),
        (INLINE, {"role": "admin"}),
        (INLINE, {"role": "data-pipelin\u0435"}),
        (INLINE, {"name_prefix": "x"}),
        (READ_ONLY, {"policy_arn": ADMIN}),
        (READ_ONLY, {"role": "admin"}),
        (ITSELF, {"assume_role_policy": ANYTHING}),
        (ITSELF, {"permissions_boundary": None}),
        (ITSELF, {"permissions_boundary": ADMIN}),
        (ITSELF, {"max_session_duration": 43_200}),
        (ITSELF, {"tags": {"team": "admins"}, "tags_all": {"team": "admins"}}),
        (ITSELF, {"tags_all": {"team": "data", "role": "admin"}}),
        (ITSELF, {"force_detach_policies": True}),
        (ITSELF, {"inline_policy": [{"name": "x", "policy": ANYTHING}]}),
        (ITSELF, {"managed_policy_arns": [ADMIN]}),
        (ITSELF, {"path": "/admin/"}),
        (ITSELF, {"something_new": "x"}),
    ],
)
def test_other_values_than_the_modules_are_refused(address: str, values: dict[str, Any]) -> None:
    refused("the plan is not what was meant", FULL, changed(plan_of(FULL), address, **values), None)


def test_a_policy_is_compared_by_meaning_and_version() -> None:
    plan = plan_of(FULL)
    (inline,) = (r for r in plan.resources if r.address == INLINE)
    body = json.loads((inline.after or {})["policy"])
    (statement,) = body["Statement"]
    same = {**body, "Statement": {**statement, "Action": ["S3:getobject"], "Sid": "Other"}}
    check(FULL, changed(plan, INLINE, policy=json.dumps(same)), None)
    old = {**body, "Version": "2008-10-17"}
    refused("another than", FULL, changed(plan, INLINE, policy=json.dumps(old)), None)
    # To `str.lower` the Kelvin sign is a k, and to AWS it is not.
    module = of(request("- {actions: ['iam:ListAccessKeys'], resources: ['*']}"))
    text = module.files["policies/inline.json"].replace("Keys", "\u212aeys")
    refused("characters", module, changed(plan_of(module), INLINE, policy=text), None)
    doubled = json.dumps(body)[:-1] + ', "Statement": []}'
    refused("stands twice", FULL, changed(plan, INLINE, policy=doubled), None)


@pytest.mark.parametrize("attribute", ["policy", "role", "name"])
def test_what_nobody_could_see_is_refused(attribute: str) -> None:
    plan = plan_of(FULL)
    hidden = tuple(
        replace(r, unknown=r.unknown | {attribute}) if r.address == INLINE else r
        for r in plan.resources
    )
    refused("known only after the apply", FULL, replace(plan, resources=hidden), None)


@pytest.mark.parametrize("accounts", [(), ("444455556666",), ("111122223333", "444455556666")])
def test_another_account_is_refused(accounts: tuple[str, ...]) -> None:
    refused("accepts the accounts", FULL, replace(plan_of(FULL), accounts=accounts), None)


# -- a state or a template with more than the module --------------------------------------------


FOREIGN: State = {
    "aws_iam_role.other": {"name": "admin"},
    "aws_iam_role_policy.other": {"name": "gitiam", "role": "data-pipeline"},
    "aws_iam_access_key.this": {"user": "root"},
    "aws_s3_bucket.state": {"bucket": "state"},
    'aws_iam_role_policy_attachment.managed["x"]': {"role": "admin", "policy_arn": ADMIN},
    'aws_iam_policy.overflow["9"]': {"arn": "arn:aws:iam::444455556666:policy/gitiam/x"},
    "aws_iam_user.this": {"name": "data-pipeline"},
    "module.x.aws_iam_role.this": {"name": "data-pipeline"},
}


@pytest.mark.parametrize("address", FOREIGN)
def test_nothing_foreign_is_deleted_made_or_changed(address: str) -> None:
    there, values = state_of(FULL), FOREIGN[address]
    with_it = there | {address: values}
    changed_there = there | {address: {**values, "path": "/x/"}}
    for old, new in ((with_it, there), (there, with_it), (with_it, changed_there)):
        refused("the plan is not what was meant", FULL, plan_between(old, new, "111122223333"))
    # Nor does anybody's go-ahead for this module make it its own.
    deletion = plan_between(with_it, there, "111122223333")
    if "managed" not in address:
        refused("not what was meant", FULL, deletion, may_destroy=True)


def test_a_state_that_points_elsewhere_is_refused() -> None:
    there = state_of(FULL)
    moved = there | {INLINE: {**there[INLINE], "role": "admin"}}
    refused("another's", FULL, plan_between(moved, there, "111122223333"))
    other = there | {ITSELF: {**there[ITSELF], "arn": "arn:aws:iam::444455556666:role/x"}}
    refused("another's", FULL, plan_between(other, there, "111122223333"))


def test_what_hangs_on_the_principal_without_gitiam_stays() -> None:
    """Somebody could have put it into the state, so that an apply takes it away."""
    address = 'aws_iam_role_policy_attachment.managed["aws:policy/SecurityAudit"]'
    arn = "arn:aws:iam::aws:policy/SecurityAudit"
    more = state_of(FULL) | {address: {"role": "data-pipeline", "policy_arn": arn}}
    refused("no earlier apply", LESS, plan_of(LESS, more))


def test_without_a_full_record_the_principal_must_still_be_the_same() -> None:
    there = state_of(FULL)
    moved = there | {INLINE: {**there[INLINE], "role": "admin"}}
    for known, left in ((record(FULL), None), (None, None), (None, marker(EMPTY))):
        refused("another's", FULL, plan_between(moved, there, "111122223333"), known, left)


@pytest.mark.parametrize(
    "values",
    [{"imports": "admin"}, {"moved_from": "aws_iam_user.this"}, {"type": "aws_iam_user"}],
)
def test_nothing_is_taken_over(values: dict[str, Any]) -> None:
    plan = plan_of(FULL, FULL)
    first, *rest = plan.resources
    assert first.address == ITSELF
    strange = replace(first, actions=("update",), **values)
    refused("not what was meant", FULL, replace(plan, resources=(strange, *rest)))
    fine = replace(first, imports="data-pipeline")
    check(FULL, replace(plan, resources=(fine, *rest)))


def test_an_address_stands_once() -> None:
    plan = plan_of(FULL)
    refused("stands twice", FULL, replace(plan, resources=plan.resources * 2), None)


# -- what may go --------------------------------------------------------------------------------


def test_what_the_request_no_longer_asks_for_may_go() -> None:
    check(LESS, plan_of(LESS, FULL))
    check(EMPTY, _gone(of(request(READ))), _made(of(request(READ))))


def test_what_the_request_still_asks_for_may_not_go() -> None:
    state = state_of(FULL)
    less = {address: values for address, values in state.items() if address != READ_ONLY}
    refused("still has", FULL, plan_between(state, less, "111122223333"))


def test_nothing_is_replaced_for_no_reason() -> None:
    plan = plan_of(FULL, FULL)

    def replaced(reason: str) -> ModulePlan:
        return replace(
            plan,
            resources=tuple(
                replace(r, actions=("delete", "create"), reason=reason)
                if r.address == INLINE
                else r
                for r in plan.resources
            ),
        )

    refused("make it anew", FULL, replaced("replace_because_cannot_update"))
    check(FULL, replaced("replace_because_tainted"))


def test_the_principal_itself_goes_on_order_alone() -> None:
    refused("itself", EMPTY, _gone(FULL))
    check(EMPTY, _gone(FULL), may_destroy=True)
    plan = plan_of(FULL, FULL)
    first, *rest = plan.resources
    anew = replace(plan, resources=(replace(first, actions=("delete", "create")), *rest))
    refused("destroy and make anew", FULL, anew)
    check(FULL, anew, may_destroy=True)


def test_a_go_ahead_for_everything_destroys_nothing_that_was_shown_to_stay() -> None:
    gone, change = _gone(FULL), Change(EMPTY, None, ("a reason",))
    access = {address: v for address, v in state_of(FULL).items() if address != ITSELF}
    part = replace(plan_between(access, {}, "111122223333"), is_complete=False)
    idle = ModulePlan((), ("111122223333",))

    def judged(*shown: ModulePlan, named: Collection[str] = ()) -> str | None:
        reviewed = {KEY: tuple(ReviewedModule(KEY, EMPTY.digest, plan) for plan in shown)}
        intent = Intent(NOW, reviewed if shown else {}, named)
        return intent.check(change, APPLIED, None, gone, may_destroy=True)

    for stays in (idle, part, plan_of(FULL)):
        with pytest.raises(GitiamError, match="itself, and reviewers were shown that it") as caught:
            judged(stays)
        assert f"--allow-destroy {KEY}" in str(caught.value.hint)
        assert judged(stays, named={str(KEY)}) == DESTROYS_ON_ORDER
        assert judged(stays, gone) == AS_SHOWN
    assert judged() == DESTROYS_ON_ORDER


def test_without_a_record_nothing_goes() -> None:
    with pytest.raises(GitiamError, match="there is no record") as caught:
        check(LESS, plan_of(LESS, FULL), None)
    assert caught.value.hint == (
        "If that shall go, apply it with --allow-destroy prod/role/data-pipeline"
    )
    check(LESS, plan_of(LESS, FULL), None, may_destroy=True)


def test_what_a_dead_run_made_may_go() -> None:
    check(LESS, plan_of(LESS, FULL), None, marker(FULL))


def test_an_old_record_lets_go_what_gitiam_makes_on_this_principal() -> None:
    check(LESS, plan_of(LESS, FULL), record(FULL))
    check(LESS, plan_of(LESS, LARGE), record(FULL))
    other = {**state_of(LESS), 'aws_iam_policy.overflow["1"]': {"arn": f"{ADMIN}"}}
    refused("another's", LESS, plan_of(LESS, other), record(FULL))


def test_what_the_record_says_of_another_must_be_so() -> None:
    known = Made.of(replace(APPLIED, imports={**FULL.imports, READ_ONLY: "data-pipeline/x"}), None)
    assert known.known[READ_ONLY] == "data-pipeline/x"
    wrong = replace(APPLIED, imports={**FULL.imports, READ_ONLY: "data-pipeline/x"})
    refused("another's", LESS, plan_of(LESS, FULL), wrong)


def forgotten(plan: ModulePlan) -> ModulePlan:
    return replace(
        plan,
        resources=tuple(
            replace(r, actions=("forget",)) if r.after is None else r for r in plan.resources
        ),
    )


def test_only_a_principal_that_is_let_go_is_forgotten() -> None:
    released = of(request(f"{READ}\n{ATTACH}"))
    check(released, forgotten(plan_of(released, FULL)))
    refused("left behind", LESS, forgotten(plan_of(LESS, FULL)))
    refused("left behind", EMPTY, forgotten(_gone(FULL)))


def test_a_part_of_a_module_is_planned_only_to_keep_its_principal() -> None:
    part = replace(plan_of(LESS, FULL), is_complete=False)
    refused("only a part", LESS, part)
    access = state_of(FULL)
    del access[ITSELF]
    kept = replace(plan_between(access, {}, "111122223333"), is_complete=False)
    check(EMPTY, kept)
    refused("only a part", EMPTY, kept, may_destroy=True)


Strange = Callable[[PlannedResource], PlannedResource]


@pytest.mark.parametrize(
    "strange",
    [
        lambda r: replace(r, actions=("read",), address="data.aws_iam_role.x"),
        lambda r: replace(r, actions=("delete",), address=f"{r.address} (deposed 1a2b)"),
        lambda r: replace(r, actions=("update",), after=None),
    ],
    ids=["read", "deposed", "nothing"],
)
def test_what_is_odd_is_refused(strange: Strange) -> None:
    plan = plan_of(FULL, FULL)
    first, *rest = plan.resources
    refused("not what was meant", FULL, replace(plan, resources=(strange(first), *rest)))
