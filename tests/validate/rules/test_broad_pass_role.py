"""Leave to pass roles."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, places, request

RULE = "broad-pass-role"
ROLE = "arn:aws:iam::111122223333:role"
TO_TASKS = "{StringEquals: {'iam:PassedToService': ecs-tasks.amazonaws.com}}"


def judged(grants: str, **keys: str) -> list[tuple[str, str | None, tuple[int, int]]]:
    found = findings_of(request(grants, **keys), rule=RULE)
    return [(f.severity.value, f.risk, p) for f, p in zip(found, places(found), strict=True)]


def grant(resource: str, conditions: str = "", action: str = "iam:PassRole") -> str:
    text = f"- actions: ['{action}']\n  resources: '{resource}'\n"
    return text + (f"  conditions: {conditions}\n" if conditions else "")


@pytest.mark.parametrize("action", ["iam:PassRole", "IAM:passrole", "iam:Pass*", "iam:*", "*"])
@pytest.mark.parametrize("resource", ["*", f"{ROLE}/*", f"{ROLE}/orders-*", f"{ROLE}/order?"])
def test_more_roles_than_are_named(action: str, resource: str) -> None:
    assert judged(grant(resource, action=action)) == [("warning", "high", (6, 15))]
    assert judged(grant(resource, TO_TASKS, action)) == [("warning", "high", (6, 15))]


@pytest.mark.parametrize(
    ("conditions", "is_found"),
    [
        ("", True),
        (TO_TASKS, False),
        (TO_TASKS.replace("ecs-tasks.amazonaws.com", "[a.amazonaws.com, b.amazonaws.com]"), False),
        ("{StringLike: {'iam:PassedToService': '*'}}", True),
        ("{StringLike: {'iam:PassedToService': 'ecs*.amazonaws.com'}}", False),
        ("{StringEqualsIfExists: {'iam:PassedToService': ecs-tasks.amazonaws.com}}", False),
        ("{StringNotEquals: {'iam:PassedToService': ec2.amazonaws.com}}", True),
        ("{Bool: {'aws:MultiFactorAuthPresent': 'true'}}", True),
        ("{StringLooksLike: {'iam:PassedToService': x}}", True),
    ],
)
def test_a_role_that_is_named_but_not_the_service(conditions: str, is_found: bool) -> None:
    found = judged(grant(f"{ROLE}/orders", conditions))
    assert found == ([("warning", "medium", (6, 15))] if is_found else [])


def test_the_message_says_which_to_whom() -> None:
    (found,) = findings_of(request(grant(f"{ROLE}/orders-*", TO_TASKS)), rule=RULE)
    assert "role/data-pipeline in prod may pass every role of" in found.message
    assert f"`{ROLE}/orders-*`" in found.message
    assert found.fix is not None
    (found,) = findings_of(request(grant(f"{ROLE}/orders")), rule=RULE)
    assert f"may pass `{ROLE}/orders` to any service" in found.message


@pytest.mark.parametrize(
    "text",
    [
        grant("*", action="iam:GetRole"),
        grant("arn:aws:iam::111122223333:user/*"),
        grant("arn:aws:iam::444455556666:role/*"),
        grant("*", "{StringEquals: {'aws:PrincipalAccount': '444455556666'}}"),
        "- effect: deny\n  actions: iam:PassRole\n  resources: '*'",
    ],
)
def test_what_passes_nothing(text: str) -> None:
    assert judged(text) == []


@pytest.mark.parametrize(
    ("denial", "is_found"),
    [
        ("resources: '*'", False),
        (f"resources: '{ROLE}/*'", False),
        (f"resources: '{ROLE}/orders'", True),
        ("resources: '*'\n  conditions: {StringEquals: {'iam:PassedToService': x}}", True),
    ],
)
def test_denials(denial: str, is_found: bool) -> None:
    deny = f"- effect: deny\n  actions: 'iam:Pass*'\n  {denial}\n"
    assert bool(judged(grant("*") + deny)) is is_found


def test_each_grant_and_each_principal_is_told() -> None:
    text = grant("*") + grant(f"{ROLE}/orders")
    assert judged(text) == [("warning", "high", (6, 15)), ("warning", "medium", (8, 15))]
    assert len(judged(grant("*"), principal="[role/a, role/b]", account="[dev, prod]")) == 4


def test_by_a_policy_and_by_a_group() -> None:
    files = {
        "requests/p.yaml": "kind: policy\naccount: prod\npolicy: p\nreason: For all pipelines\n"
        "grants: [{actions: 'iam:PassRole', resources: '*'}]\n",
        "requests/g.yaml": request("- managed_policy: p", principal="group/team"),
        "requests/x.yaml": request("- group: team", principal="user/alice"),
    }
    assert [f.location.path for f in findings_of(files, rule=RULE)] == sorted(files)
