"""Every catalogued way up is found, however it is disguised; and not where AWS would bar it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.policy.actions import action_matches
from gitiam.risks.paths import EscalationPath, escalation_paths
from gitiam.validate.context import Context
from gitiam.validate.escalation import escalations
from gitiam.validate.reaching import holders
from gitiam.validate.rules.privilege_escalation import PrivilegeEscalation
from tests.support.estates import estate_of
from tests.support.thorough import thorough

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ACCOUNT, OTHER = "111122223333", "444455556666"
CONFIG = f'accounts:\n  prod:\n    id: "{ACCOUNT}"\n'
#: The kind of principal that a path is for, where only one kind can go it.
KINDS = {"role": "role/app", "user": "user/alice", "group": "group/team"}

Grant = dict[str, Any]
Change = Callable[[Grant], Grant]


def sampled(cases: Mapping[str, Grant]) -> pytest.MarkDecorator:
    """Each path with one of the cases, another with another; `make thorough` plays all with all."""
    names = list(cases)
    every = [
        pytest.param(
            path,
            case,
            id=f"{path.id}-{name}",
            marks=() if number % len(names) == place else thorough,
        )
        for number, path in enumerate(escalation_paths())
        for place, (name, case) in enumerate(cases.items())
    ]
    return pytest.mark.parametrize(("path", "conditions"), every)


EVERY = pytest.mark.parametrize("path", escalation_paths(), ids=lambda path: path.id)


def grants_for(path: EscalationPath) -> list[Grant]:
    """One grant for each need: its first action, on everything."""
    first = [need.actions[0] if need.actions else "iam:PassRole" for need in path.needs]
    return [{"actions": [action], "resources": ["*"]} for action in first]


def request(grants: Iterable[Grant], principal: str = "role/app") -> str:
    body = {
        "account": "prod",
        "principal": principal,
        "reason": "So that the test has something to find",
        "expires": "2027-01-15",
        "grants": list(grants),
    }
    return yaml.safe_dump(body)


def context_of(*texts: str) -> Context:
    files = {f"requests/{number}.yaml": text for number, text in enumerate(texts)}
    estate = estate_of({"gitiam.yaml": CONFIG, **files})
    assert not estate.findings
    return Context(estate, catalog(), NOW, desired_state(estate, catalog(), NOW))


def is_found(path: EscalationPath, *texts: str) -> bool:
    """Whether it is among the ways that the principal has, with all requests together."""
    context = context_of(*texts)
    (holder,) = {id(h): h for file in context.files for h in holders(context).of(file)}.values()
    is_open = path.id in {one.path.id for one in escalations(holder)}
    said = [f for file in context.files for f in PrivilegeEscalation().check(file, context)]
    assert not is_open or said
    return is_open


def changed(path: EscalationPath, change: Change) -> str:
    return request(map(change, grants_for(path)), principal_for(path))


def principal_for(path: EscalationPath) -> str:
    """A user goes the ways of users, a group those of groups."""
    own = (need.reaches for need in path.needs if need.itself and need.reaches)
    return next((KINDS[reached] for reached in own if reached in KINDS), KINDS["role"])


@EVERY
def test_it_is_found(path: EscalationPath) -> None:
    assert is_found(path, request(grants_for(path), principal_for(path)))


@EVERY
def test_each_action_that_serves_is_known(path: EscalationPath) -> None:
    for number, need in enumerate(path.needs):
        for action in need.actions[1:]:
            grants = grants_for(path)
            grants[number]["actions"] = [action]
            assert is_found(path, request(grants)), action


@EVERY
def test_it_is_found_split_over_requests(path: EscalationPath) -> None:
    texts = [request([grant], principal_for(path)) for grant in grants_for(path)]
    assert is_found(path, *texts)


@EVERY
def test_it_is_found_behind_wildcards_and_case(path: EscalationPath) -> None:
    def disguise(grant: Grant) -> Grant:
        (action,) = grant["actions"]
        service, _, name = action.partition(":")
        disguised = f"{service.upper()}:{name[:2].swapcase()}?{name[3:].swapcase()}"
        assert action_matches(disguised, action)
        return {**grant, "actions": [disguised]}

    assert is_found(path, changed(path, disguise))


@EVERY
def test_it_is_found_on_everything_of_the_account(path: EscalationPath) -> None:
    assert is_found(path, changed(path, lambda g: {**g, "resources": account_wide(g)}))


@sampled(
    {
        "arn": {"StringLike": {"aws:PrincipalArn": "*"}},
        "account": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        "date": {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
        "if-exists": {"StringLikeIfExists": {"aws:RequestedRegion": "*"}},
        "not": {"StringNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/nobody"}},
    }
)
def test_it_is_found_under_a_condition_that_always_holds(
    path: EscalationPath, conditions: Grant
) -> None:
    assert is_found(path, changed(path, lambda g: {**g, "conditions": conditions}))


@EVERY
def test_a_denial_for_one_other_user_does_not_bar_it(path: EscalationPath) -> None:
    actions = [action for grant in grants_for(path) for action in grant["actions"]]
    denials: list[Grant] = [
        {
            "effect": "deny",
            "actions": actions,
            "resources": [f"arn:aws:iam::{ACCOUNT}:user/nobody"],
        },
        {
            "effect": "deny",
            "actions": actions,
            "resources": ["*"],
            "conditions": {
                "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/nobody"}
            },
        },
    ]
    assert is_found(path, request([*grants_for(path), *denials], principal_for(path)))


@sampled({"plain": {}, "always": {"StringNotEquals": {"aws:PrincipalAccount": OTHER}}})
def test_a_denial_of_all_bars_it(path: EscalationPath, conditions: Grant) -> None:
    first = grants_for(path)[0]
    denial: Grant = {"effect": "deny", "actions": first["actions"], "resources": ["*"]}
    if conditions:
        denial["conditions"] = conditions
    texts = [request(grants_for(path), principal_for(path)), request([denial], principal_for(path))]
    assert not is_found(path, *texts)


@EVERY
def test_a_resource_on_which_it_cannot_work_bars_it(path: EscalationPath) -> None:
    elsewhere = {"resources": ["arn:aws:s3:::orders", f"arn:aws:iam::{OTHER}:policy/x"]}
    assert not is_found(path, request(first_changed(path, elsewhere)))


@sampled(
    {
        "past": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
        "account": {"StringEquals": {"aws:PrincipalAccount": OTHER}},
        "arn": {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/app"}},
        "null": {"Null": {"aws:PrincipalArn": "true"}},
        "elsewhere": {"StringEquals": {"s3:prefix": "x"}},
        "contradiction": {
            "StringEquals": {"aws:RequestedRegion": "us-east-1"},
            "StringNotEquals": {"aws:RequestedRegion": "us-east-1"},
        },
    }
)
def test_a_condition_that_never_holds_bars_it(path: EscalationPath, conditions: Grant) -> None:
    assert not is_found(path, request(first_changed(path, {"conditions": conditions})))


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.mark.parametrize(
    ("grants", "is_open"),
    [
        ([("allow", "ArnEquals", "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess")], False),
        ([("allow", "ArnLike", "arn:aws:iam::*:policy/*")], True),
        ([("allow", "ArnNotEquals", ADMINISTRATOR)], True),
        ([("allow", None, None), ("deny", "ArnEquals", ADMINISTRATOR)], True),
        ([("allow", None, None), ("deny", "ArnNotLike", "arn:aws:iam::*:policy/team/*")], False),
    ],
)
def test_which_policy_may_be_attached_counts(
    grants: list[tuple[str, str | None, str | None]], is_open: bool
) -> None:
    """Whoever may not take the widest takes another; whoever may take harmless ones alone, none."""
    (path,) = (p for p in escalation_paths() if p.id == "iam-attach-own-role-policy")
    written = [
        {
            "effect": effect,
            "actions": ["iam:AttachRolePolicy"],
            "resources": ["*"],
            **({"conditions": {operator: {"iam:PolicyARN": arn}}} if operator else {}),
        }
        for effect, operator, arn in grants
    ]
    assert is_found(path, request(written)) is is_open


BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
TEAM_ROLES = f"arn:aws:iam::{ACCOUNT}:role/team/*"


@pytest.mark.parametrize(
    ("first", "second", "limit", "is_open"),
    [
        ("iam:DeleteRolePermissionsBoundary", "sts:AssumeRole", None, True),
        ("iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy", None, True),
        ("iam:PutRolePermissionsBoundary", "iam:CreateRole", BOUNDARY, False),
        ("iam:DeleteUserPermissionsBoundary", "iam:CreateAccessKey", None, True),
        ("iam:PutUserPermissionsBoundary", "iam:CreateLoginProfile", ADMINISTRATOR, True),
        ("iam:PutUserPermissionsBoundary", "iam:CreateAccessKey", BOUNDARY, False),
    ],
)
def test_the_boundary_of_another_is_lifted(
    first: str, second: str, limit: str | None, is_open: bool
) -> None:
    """To set one boundary, which the organisation has chosen, is how power is delegated."""
    limits = {"conditions": {"StringEquals": {"iam:PermissionsBoundary": limit}}} if limit else {}
    kind, verb = ("user", "sign-in") if "User" in first else ("role", "assume")
    (path,) = (p for p in escalation_paths() if p.id == f"iam-unbind-{kind}-and-{verb}")
    written: list[Grant] = [
        {"actions": [first], "resources": ["*"], **limits},
        {"actions": [second], "resources": ["*"]},
    ]
    assert is_found(path, request(written)) is is_open


def test_a_boundary_of_a_role_that_one_cannot_be_stays_its_own() -> None:
    (path,) = (p for p in escalation_paths() if p.id == "iam-unbind-role-and-assume")
    written: list[Grant] = [
        {"actions": ["iam:DeleteRolePermissionsBoundary"], "resources": [TEAM_ROLES]},
        {
            "actions": ["sts:AssumeRole"],
            "resources": [f"arn:aws:iam::{ACCOUNT}:role/reader"],
        },
    ]
    assert not is_found(path, request(written))


def test_a_named_role_may_be_passed_to_what_is_there() -> None:
    (path,) = (p for p in escalation_paths() if p.id == "events-put-targets")
    for role, is_open in (("*", True), (f"arn:aws:iam::{ACCOUNT}:role/rule", False)):
        written: list[Grant] = [
            {"actions": ["events:PutTargets"], "resources": ["*"]},
            {"actions": ["iam:PassRole"], "resources": [role]},
        ]
        assert is_found(path, request(written)) is is_open


def first_changed(path: EscalationPath, change: Grant) -> list[Grant]:
    """All grants, with a change in whatever gives the first action."""
    grants = grants_for(path)
    first = grants[0]["actions"]
    return [{**grant, **change} if grant["actions"] == first else grant for grant in grants]


def account_wide(grant: Grant) -> list[str]:
    """ARNs of everything of the types that the action works on, in the account."""
    (name,) = grant["actions"]
    action = catalog().action(name)
    assert action is not None
    types = catalog().resource_types(action.service)
    arns = [arn for kind in action.resource_types for arn in types[kind].split(", ")]
    filled = [
        arn.replace("${Partition}", "aws")
        .replace("${Account}", ACCOUNT)
        .replace("${Region}", "us-east-1")
        for arn in arns
    ]
    return [wildcards(arn) for arn in filled] or ["*"]


def wildcards(arn: str) -> str:
    while "${" in arn:
        before, _, rest = arn.partition("${")
        arn = f"{before}*{rest.partition('}')[2]}"
    return arn
