"""Every form of a grant → the statements, attachments and memberships that it stands for."""

from __future__ import annotations

import pytest

from gitiam.catalog import catalog
from gitiam.desired.grants import GrantError, both
from gitiam.desired.state import Desired
from gitiam.models import AccessLevel, Condition
from gitiam.policy.statement import Statement, meaning
from tests.support.estates import CONFIG, request
from tests.support.states import clean_state_of, desired_of, state_of, statements_of

TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"


def granted(grants: str, **keys: str) -> Desired:
    """What `role/data-pipeline` in prod has from these grants, without an end."""
    free = CONFIG.replace("never_tiers: [free]", "never_tiers: [free, critical]")
    files = {"gitiam.yaml": free, "requests/x.yaml": request(grants, expires="never", **keys)}
    return desired_of(files)


def means(desired: Desired, *wanted: Statement) -> bool:
    return meaning(statements_of(desired)) == meaning(wanted)


def test_raw_actions() -> None:
    found = granted(
        "- {actions: [sqs:SendMessage, sqs:GetQueueUrl], resources: ['arn:q', 'arn:r']}"
    )
    assert means(
        found, Statement("Allow", ("sqs:GetQueueUrl", "sqs:SendMessage"), ("arn:q", "arn:r"))
    )


def test_a_denial_with_conditions() -> None:
    found = granted(
        """
        - actions: s3:*
          effect: deny
          resources: "*"
          conditions: {Bool: {"aws:SecureTransport": "false"}}
        """
    )
    insecure = Condition("Bool", "aws:SecureTransport", ("false",))
    assert means(found, Statement("Deny", ("s3:*",), ("*",), (insecure,)))


def test_everything_but() -> None:
    found = granted(
        "- {effect: deny, not_actions: [iam:*, sts:*], not_resources: ['arn:aws:s3:::orders']}"
    )
    assert means(
        found,
        Statement("Deny", not_actions=("iam:*", "sts:*"), not_resources=("arn:aws:s3:::orders",)),
    )


def test_access_levels_are_the_actions_that_apply_to_each_resource() -> None:
    found = granted(f"- {{access: [read, list], resources: ['{TABLE}']}}")
    wanted = catalog().actions_for([AccessLevel.READ, AccessLevel.LIST], TABLE)
    assert "dynamodb:GetItem" in wanted
    assert "dynamodb:PutItem" not in wanted
    assert means(found, Statement("Allow", wanted, (TABLE,)))


def test_access_levels_do_not_mix_the_actions_of_two_resources() -> None:
    queue = "arn:aws:sqs:us-east-1:111122223333:orders"
    found = granted(f"- {{access: write, resources: ['{TABLE}', '{queue}']}}")
    by_resource = {s.resources: s.actions for s in statements_of(found)}
    assert set(by_resource) == {(TABLE,), (queue,)}
    assert all(action.startswith("sqs:") for action in by_resource[(queue,)])


def test_access_to_what_no_action_takes_is_unresolved_where_it_stands() -> None:
    state = state_of(
        {"requests/x.yaml": request(f"- {{access: read, resources: ['{TABLE}', 'arn:x']}}")}
    )
    assert state.modules == {}
    (problem,) = state.unresolved
    assert (problem.path, problem.steps) == ("requests/x.yaml", ("grants", 0, "resources", 1))
    assert "`arn:x`" in problem.message


def test_a_bundle_gives_what_it_says() -> None:
    found = granted("- {bundle: sqs-send, resources: ['arn:aws:sqs:us-east-1:111122223333:q']}")
    actions = {a for s in statements_of(found) for a in s.actions}
    resources = {r for s in statements_of(found) for r in s.resources}
    assert "sqs:SendMessage" in actions
    assert "arn:aws:sqs:us-east-1:111122223333:q" in resources


BUNDLE = """\
description: Objects over TLS alone
resources:
  bucket: {arn: "arn:{partition}:s3:::{name}", description: the bucket}
statements:
  - actions: [s3:GetObject]
    resources: ["{bucket}/*"]
    conditions: {Bool: {"aws:SecureTransport": "true"}}
"""


def bundled(conditions: str) -> dict[str, str]:
    grant = f"- {{bundle: strict, resources: ['arn:aws:s3:::b'], conditions: {conditions}}}"
    return {"templates/bundles/strict.yaml": BUNDLE, "requests/x.yaml": request(grant)}


def test_a_bundle_keeps_its_own_condition_beside_that_of_the_grant() -> None:
    found = desired_of(bundled('{StringEquals: {"aws:username": alice}}'))
    (statement,) = statements_of(found)
    pairs = {(c.operator, c.key): c.values for c in statement.conditions}
    assert pairs["Bool", "aws:SecureTransport"] == ("true",)
    assert pairs["StringEquals", "aws:username"] == ("alice",)
    assert pairs["DateLessThan", "aws:CurrentTime"] == ("2027-01-16T00:00:00Z",)


@pytest.mark.parametrize("key", ["aws:SecureTransport", "AWS:SECURETRANSPORT"])
def test_a_grant_cannot_loosen_the_condition_of_a_bundle(key: str) -> None:
    (problem,) = state_of(bundled(f'{{Bool: {{"{key}": "false"}}}}')).unresolved
    assert problem.steps == ("grants", 0, "conditions")
    assert "aws:SecureTransport" in problem.message


def test_conditions_of_both_sides_hold_together() -> None:
    one = (Condition("StringEquals", "aws:username", ("a", "b")),)
    other = (Condition("stringequals", "AWS:username", ("b", "c")),)
    assert both(one, other) == (Condition("StringEquals", "aws:username", ("b",)),)
    with pytest.raises(GrantError):
        both(one, (Condition("StringEquals", "aws:username", ("c",)),))


def test_a_negated_condition_excludes_what_either_side_excludes() -> None:
    one = (Condition("StringNotEquals", "aws:username", ("a", "b")),)
    other = (Condition("StringNotEquals", "aws:username", ("b", "c")),)
    assert both(one, other) == (Condition("StringNotEquals", "aws:username", ("a", "b", "c")),)


def test_conditions_on_different_keys_stand_beside_each_other() -> None:
    one = (Condition("StringEquals", "aws:username", ("a",)),)
    other = (Condition("StringLike", "aws:username", ("a*",)),)
    assert set(both(one, other)) == {*one, *other}
    assert both(one, ()) == one == both((), one)


def test_a_bundle_that_is_not_there() -> None:
    (problem,) = state_of({"requests/x.yaml": request("- {bundle: s3-raed}")}).unresolved
    assert problem.steps == ("grants", 0, "bundle")


def test_assume() -> None:
    found = granted("- assume: ['arn:aws:iam::{account_id}:role/a', arn:aws:iam::1:role/b]")
    assert means(
        found,
        Statement(
            "Allow",
            ("sts:AssumeRole",),
            ("arn:aws:iam::111122223333:role/a", "arn:aws:iam::1:role/b"),
        ),
    )


POLICY = """\
kind: policy
account: [dev, prod]
policy: logging
path: /shared/
reason: Every pipeline writes its logs in one place
grants: [{actions: [logs:PutLogEvents], resources: ["arn:aws:logs:*:{account_id}:*"]}]
"""


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("service-role/AWSLambdaRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaRole"),
        ("logging", "arn:aws:iam::111122223333:policy/shared/logging"),
        ("arn:aws:iam::111122223333:policy/x", "arn:aws:iam::111122223333:policy/x"),
        ("'arn:{partition}:iam::{account_id}:policy/x'", "arn:aws:iam::111122223333:policy/x"),
    ],
)
def test_managed_policies(name: str, arn: str) -> None:
    files = {
        "requests/policy.yaml": POLICY,
        "requests/x.yaml": request(f"- managed_policy: {name}"),
    }
    found = desired_of(files)
    assert [attachment.arn for attachment in found.attachments] == [arn]
    assert found.inline == ()


def test_the_same_managed_policy_is_attached_once_whatever_it_is_called() -> None:
    files = {
        "requests/policy.yaml": POLICY,
        "requests/x.yaml": request(
            """
            - managed_policy: ReadOnlyAccess
            - managed_policy: arn:aws:iam::aws:policy/ReadOnlyAccess
            - managed_policy: logging
            """
        ),
        "requests/y.yaml": request(
            """
            - managed_policy: arn:aws:iam::111122223333:policy/shared/logging
            - managed_policy: ReadOnlyAccess
            """
        ),
    }
    found = desired_of(files)
    assert [attachment.label for attachment in found.attachments] == [
        "111122223333:policy/shared/logging",
        "aws:policy/ReadOnlyAccess",
    ]
    assert set(found.origins) == {"requests/x.yaml", "requests/y.yaml"}


def test_a_shared_policy_has_a_module_in_each_account() -> None:
    state = clean_state_of({"requests/policy.yaml": POLICY})
    assert list(map(str, state.modules)) == ["dev/policy/logging", "prod/policy/logging"]
    for desired in state.modules.values():
        (statement,) = desired.inline
        assert statement.resources == (f"arn:aws:logs:*:{desired.account.id}:*",)
        assert desired.arn == f"arn:aws:iam::{desired.account.id}:policy/shared/logging"
        assert desired.creates == {"aws_iam_policy.this": desired.arn}


def test_a_shared_policy_of_another_account_is_none() -> None:
    files = {
        "requests/policy.yaml": POLICY.replace("[dev, prod]", "dev"),
        "requests/x.yaml": request("- managed_policy: logging"),
    }
    (problem,) = state_of(files).unresolved
    assert problem.path == "requests/x.yaml"
    assert "`logging` in prod" in problem.message


def test_a_shared_policy_holds_statements_alone() -> None:
    body = POLICY.split("grants:")[0] + "grants: [{managed_policy: ReadOnlyAccess}]\n"
    (one, two) = state_of({"requests/policy.yaml": body}).unresolved
    assert one.steps == two.steps == ("grants",)


def test_groups() -> None:
    grants = "[{group: analysts}, {group: readers}, {group: analysts}]"
    text = request(grants, principal="user/alice")
    found = desired_of(text, "prod/user/alice")
    assert found.groups == ("analysts", "readers")
    assert found.inline == ()


def test_the_variables_of_the_account_are_filled_in() -> None:
    config = CONFIG + "\n"
    config = config.replace(
        "accounts:\n", "accounts:\n  cn: {id: '000000000001', partition: aws-cn}\n"
    )
    grant = "- {actions: [s3:*], resources: ['arn:{partition}:s3:{region}:{account_id}:{account}']}"
    files = {"gitiam.yaml": config, "requests/x.yaml": request(grant, account="[cn, prod]")}
    state = clean_state_of(files)
    assert [s.resources for d in state.modules.values() for s in d.inline] == [
        ("arn:aws-cn:s3:cn-north-1:000000000001:cn",),
        ("arn:aws:s3:us-east-1:111122223333:prod",),
    ]


@pytest.mark.parametrize(
    "text", ["${aws:username}", "${account_id}", "$${account}", "{other}", "{ account }", "${*}"]
)
def test_what_is_no_variable_of_the_account_stays(text: str) -> None:
    found = granted(f"- {{actions: [s3:*], resources: ['arn:aws:s3:::{text}/{{account}}']}}")
    assert statements_of(found)[0].resources == (f"arn:aws:s3:::{text}/prod",)


def test_policy_variables_survive_in_conditions() -> None:
    found = granted(
        """
        - actions: [s3:ListBucket]
          resources: [arn:aws:s3:::home]
          conditions: {StringLike: {"s3:prefix": "${aws:username}/*"}}
        """
    )
    (statement,) = statements_of(found)
    assert statement.conditions == (Condition("StringLike", "s3:prefix", ("${aws:username}/*",)),)
