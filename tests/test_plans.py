"""Plans as values: what Terraform's JSON says, what it must not say, and the digest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gitiam.errors import GitiamError
from gitiam.plans import ModulePlan, PlannedResource, read_plan

Body = dict[str, Any]

STATEMENT = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:List*"], "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})


def change(actions: list[str], before: Any, after: Any, **more: Any) -> Body:
    plain: Body = {"before_sensitive": {}, "after_sensitive": {}, "after_unknown": {}}
    return {"actions": actions, "before": before, "after": after, **plain, **more}


def entry(address: str = "aws_iam_role_policy.inline", **more: Any) -> Body:
    after = {"name": "gitiam", "role": "app", "policy": POLICY}
    body = {
        "address": address,
        "mode": "managed",
        "type": address.split(".")[0],
        "name": "inline",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": change(["create"], None, after, after_unknown={"id": True, "name_prefix": True}),
    }
    return body | more


def shown(*entries: Body, **more: Any) -> str:
    provider = {"expressions": {"allowed_account_ids": {"constant_value": ["111122223333"]}}}
    body = {
        "format_version": "1.2",
        "resource_changes": list(entries),
        "configuration": {"provider_config": {"aws": provider}, "root_module": {}},
        "complete": True,
        "errored": False,
    }
    return json.dumps(body | more)


def resource(**values: Any) -> PlannedResource:
    usual: Body = {
        "address": "aws_iam_role.this",
        "type": "aws_iam_role",
        "actions": ("update",),
        "before": {"name": "app", "description": "old"},
        "after": {"name": "app", "description": "new"},
    }
    return PlannedResource(**(usual | values))


def digest(*resources: PlannedResource) -> str:
    return ModulePlan(resources).digest()


def test_a_plan_is_read() -> None:
    plan = read_plan(shown(entry(action_reason="none")))
    (found,) = plan.changes
    assert (found.address, found.type) == ("aws_iam_role_policy.inline", "aws_iam_role_policy")
    assert (found.actions, found.action, found.reason) == (("create",), "create", "none")
    assert found.before is None
    assert found.after == {"name": "gitiam", "role": "app", "policy": POLICY}
    assert found.unknown == {"id", "name_prefix"}
    assert found.canonical().unknown == frozenset()
    assert plan.accounts == ("111122223333",)
    assert plan.is_complete


def test_imports_moves_and_parts_are_read() -> None:
    same = change(["no-op"], {}, {}, importing={"id": "app:gitiam"})
    moved = entry("aws_iam_role.this", previous_address="aws_iam_role.old", change=same)
    plan = read_plan(shown(moved, complete=False))
    assert plan.changes == ()
    assert (plan.resources[0].imports, plan.resources[0].moved_from) == (
        "app:gitiam",
        "aws_iam_role.old",
    )
    assert not plan.is_complete
    deposed = entry(deposed="1a2b3c4d", change=change(["delete"], {}, None))
    assert read_plan(shown(deposed)).changes[0].address.endswith("(deposed 1a2b3c4d)")


def test_what_opentofu_leaves_out_is_not_missed() -> None:
    body = json.loads(shown(entry()))
    del body["complete"]
    assert read_plan(json.dumps(body)).is_complete


ROOT: Body = {"provider_config": {"aws": {}}, "root_module": {}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError"),
        ("[" * 100_000, "nested too deeply"),
        (shown(format_version="2.0"), "its format is 2.0"),
        (shown(errored=True), "ended with an error"),
        (shown(deferred_changes=[{}]), "deferred_changes"),
        (shown(action_invocations=[{}]), "action_invocations"),
        (shown(checks=[{"status": "fail", "address": {"to_display": "check.x"}}]), "check.x"),
        (shown(entry(sudden="x")), "'sudden'"),
        (shown(entry(change=change(["create"], None, {}, sudden="x"))), "'sudden'"),
        (shown(entry(change=change(["conjure"], None, {}))), "conjure"),
        (shown(entry(change=change(["create"], None, {}, after_sensitive={"a": True}))), "secret"),
        (shown(entry(change=change(["delete"], {}, None, before_sensitive=True))), "secret"),
        (shown(entry(change=change(["create"], None, {}, after_unknown=True))), "whole resource"),
        (shown(entry(change=change(["create"], None, "text"))), "expected an object"),
        (shown(configuration={**ROOT, "root_module": {"module_calls": {"x": {}}}}), "modules"),
        (
            shown(configuration={**ROOT, "root_module": {"resources": [{"provisioners": [{}]}]}}),
            "provisioner",
        ),
        (
            shown(configuration={**ROOT, "provider_config": {"aws": {}, "aws.other": {}}}),
            "2 providers: aws, aws.other",
        ),
        (shown()[:-1] + ', "resource_changes": []}', "stands twice"),
        (shown().replace("true", "NaN"), "NaN"),
    ],
)
def test_what_is_unfamiliar_is_refused(text: str, said: str) -> None:
    with pytest.raises(GitiamError, match="Terraform's plan cannot be judged") as caught:
        read_plan(text)
    assert said in caught.value.message


def test_a_provider_without_an_account_says_so() -> None:
    assert read_plan(shown(configuration=ROOT)).accounts == ()


# -- the digest ---------------------------------------------------------------------------------


def documents(*statements: Body, **more: str) -> PlannedResource:
    text = json.dumps({"Version": "2012-10-17", **more, "Statement": list(statements)}, indent=2)
    return resource(after={"policy": text})


SAME: list[Callable[[], tuple[PlannedResource, PlannedResource]]] = [
    lambda: (resource(), resource(after={"description": "new", "name": "app", "arn": "arn:x"})),
    lambda: (resource(), resource(unknown=frozenset({"id", "arn", "name_prefix"}))),
    lambda: (
        resource(),
        resource(before={"name": "app", "description": "old", "tags": None, "name_prefix": ""}),
    ),
    lambda: (resource(), resource(reason="x", imports="y")),
    lambda: (
        documents(STATEMENT),
        documents({**STATEMENT, "Action": ["s3:list*", "S3:GetObject"], "Sid": "x"}),
    ),
    lambda: (documents(STATEMENT), documents(STATEMENT, STATEMENT)),
    lambda: (resource(after={"groups": ["a", "b"]}), resource(after={"groups": ["b", "a"]})),
    lambda: (
        resource(),
        resource(
            before={"name": "app", "description": "old", "inline_policy": [{"name": "x"}]},
            after={"name": "app", "description": "new", "inline_policy": [{"name": "x"}]},
        ),
    ),
]
OTHER: list[Callable[[], tuple[PlannedResource, PlannedResource]]] = [
    lambda: (resource(), resource(after={"name": "app", "description": "newer"})),
    lambda: (resource(), resource(before={"name": "app", "description": "older"})),
    lambda: (resource(), resource(address="aws_iam_role.that")),
    lambda: (resource(), resource(actions=("delete", "create"))),
    lambda: (resource(), resource(unknown=frozenset({"description"}))),
    lambda: (documents(STATEMENT), documents({**STATEMENT, "Effect": "Deny"})),
    lambda: (documents(STATEMENT), documents({**STATEMENT, "Resource": "arn:aws:s3:::x"})),
    lambda: (documents(STATEMENT), documents(STATEMENT, Version="2008-10-17")),
    lambda: (resource(after={"tags": {"policy": "a"}}), resource(after={"tags": {"policy": "b"}})),
    lambda: (resource(after={"policy": "?"}), resource(after={"policy": "!"})),
    lambda: (
        resource(),
        resource(after={"name": "app", "description": "new", "inline_policy": [{"name": "x"}]}),
    ),
]


@pytest.mark.parametrize("pair", SAME)
def test_noise_does_not_change_the_digest(
    pair: Callable[[], tuple[PlannedResource, PlannedResource]],
) -> None:
    one, other = pair()
    assert digest(one) == digest(other)


@pytest.mark.parametrize("pair", OTHER)
def test_what_means_something_else_has_another_digest(
    pair: Callable[[], tuple[PlannedResource, PlannedResource]],
) -> None:
    one, other = pair()
    assert digest(one) != digest(other)


def test_order_and_what_stays_do_not_count() -> None:
    one, other = resource(), resource(address="aws_iam_role.that")
    idle = resource(address="aws_iam_role.idle", actions=("no-op",))
    assert digest(one, other) == digest(other, idle, one)
    assert digest() == digest(idle)


# -- recorded -----------------------------------------------------------------------------------


RECORDED = ModulePlan(
    (
        documents(STATEMENT),
        resource(address="aws_iam_role.that", actions=("no-op",)),
        resource(address="aws_iam_role.odd", after={"policy": "?", "tags": {"policy": "x"}}),
    )
)


def test_a_record_is_read_as_it_was_written() -> None:
    body = json.loads(json.dumps(RECORDED.as_json()))
    read = ModulePlan.from_json(body)
    assert read.digest() == RECORDED.digest()
    assert read.as_json() == body
    assert len(read.resources) == 3


def _set(body: Body, value: Any, *steps: Any) -> Body:
    inner: Any = body
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    return body


@pytest.mark.parametrize(
    "steps",
    [
        ("digest", "0" * 64),
        ("digest", None),
        ("resources", None),
        ("resources", [{}]),
        ("resources", 2, "after", "policy", "Statement", 0, "Action", "*"),
        ("resources", 0, "after", "arn", "noise"),
        ("resources", 0, "actions", ["conjure"]),
        ("resources", 0, "actions", "update"),
        ("resources", 0, "before", []),
        ("resources", 0, "unknown", [1]),
        ("resources", 0, "address", "aws_iam_role.that"),
        ("resources", 0, "sudden", 1),
    ],
)
def test_a_forged_record_is_refused(steps: tuple[Any, ...]) -> None:
    body = _set(json.loads(json.dumps(RECORDED.as_json())), steps[-1], *steps[:-1])
    with pytest.raises(ValueError):
        ModulePlan.from_json(body)


def test_a_record_of_the_same_with_other_words_has_the_same_digest() -> None:
    other = replace(RECORDED, accounts=("444455556666",), is_complete=False)
    assert other.digest() == RECORDED.digest()
