"""What a principal can reach: nothing that IAM would allow is missed.

The properties at the end hold `Reach` against `evaluate`, which decides as IAM does.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gitiam.models import Condition, Conditions, Kind
from gitiam.policy.conditions import hold
from gitiam.policy.evaluate import Decision, evaluate
from gitiam.policy.reach import Permit
from gitiam.policy.resource import VARIABLE, resource_matches
from gitiam.policy.statement import Document, Statement
from gitiam.policy.subject import Subject
from gitiam.policy.truth import Domain
from tests.support.reaches import (
    ACCOUNT,
    ALICE,
    IAM,
    NOW,
    ROLE,
    TEAM,
    Effect,
    allow,
    deny,
    reach,
    where,
)
from tests.support.thorough import drawn


@pytest.mark.parametrize(
    ("resource", "narrow", "is_broad"),
    [
        ("*", f"{IAM}:role/*", True),
        ("arn:aws:iam::*:*", f"{IAM}:role/*", True),
        (f"{IAM}:role/*", f"{IAM}:role/*", True),
        (f"{IAM}:role/orders-*", f"{IAM}:role/orders-*", False),
        ("arn:aws:iam::*:role/orders-*", f"{IAM}:role/orders-*", False),
        (f"{IAM}:role/orders", f"{IAM}:role/orders", False),
        # Too few parts: IAM completes them.
        (IAM, f"{IAM}:role/*", True),
        ("arn:aws:iam", f"{IAM}:role/*", True),
    ],
)
def test_the_narrower_of_what_is_said_and_what_it_works_on(
    resource: str, narrow: str, is_broad: bool
) -> None:
    (permit,) = reach(allow("iam:PassRole", resource)).permits("iam:PassRole")
    assert (permit.resource, permit.is_broad) == (narrow, is_broad)
    assert permit.is_named is (narrow == f"{IAM}:role/orders")


@pytest.mark.parametrize(
    "resource",
    [f"{IAM}:user/*", "arn:aws:iam::444455556666:role/*", "arn:aws:s3:::*", "arn:aws:s3"],
)
def test_what_it_cannot_work_on_is_nothing(resource: str) -> None:
    assert reach(allow("iam:PassRole", resource)).permits("iam:PassRole") == []


def test_an_action_without_resources_is_for_everything_or_not_at_all() -> None:
    (permit,) = reach(allow("ec2:DescribeVpcs")).permits("ec2:DescribeVpcs")
    assert (permit.resource, permit.is_broad) == ("*", True)
    narrow = reach(allow("ec2:DescribeVpcs", "arn:aws:ec2:*:*:vpc/*"))
    assert narrow.permits("ec2:DescribeVpcs") == []


def test_one_can_be_asked_about() -> None:
    found = reach(allow("s3:*", "arn:aws:s3:::orders/*"))
    inside, outside = ("arn:aws:s3:::orders/x",), ("arn:aws:s3:::other/x",)
    assert [p.resource for p in found.permits("s3:PutObject", on=inside)] == [*inside]
    assert found.permits("s3:PutObject", on=outside) == []
    # One question is not answered from the answer to another.
    assert [p.resource for p in found.permits("s3:PutObject")] == ["arn:aws:s3:::orders/*"]


def test_more_can_be_said_of_a_request() -> None:
    only = where("StringEquals", "iam:PassedToService", "lambda.amazonaws.com")
    found = reach(allow("iam:PassRole", conditions=only))
    for service, number in (("lambda.amazonaws.com", 1), ("ec2.amazonaws.com", 0)):
        passed = {"iam:passedtoservice": Domain(absent=False, values=frozenset([service]))}
        assert len(found.permits("iam:PassRole", domains=passed)) == number
    assert len(found.permits("iam:PassRole")) == 1


@pytest.mark.parametrize(
    ("conditions", "certain"),
    [
        ((), True),
        (where("StringEquals", "aws:username", "alice"), True),
        (where("StringEquals", "aws:username", "bob"), None),
        (where("Bool", "aws:MultiFactorAuthPresent", "true"), False),
        (where("NoSuchOperator", "aws:username", "bob"), False),
    ],
)
def test_conditions(conditions: Conditions, certain: bool | None) -> None:
    found = reach(allow("iam:GetRole", conditions=conditions)).permits("iam:GetRole")
    assert [permit.is_certain for permit in found] == ([] if certain is None else [certain])


MFA = where("Bool", "aws:MultiFactorAuthPresent", "true")
ELSEWHERE = where("StringNotEquals", "aws:PrincipalAccount", ACCOUNT)
NONSENSE = where("NoSuchOperator", "aws:PrincipalAccount", ACCOUNT)
PASS = allow("iam:PassRole")


@pytest.mark.parametrize(
    ("held", "denial", "is_left"),
    [
        (PASS, deny("iam:*"), False),
        (PASS, deny("*"), False),
        (PASS, deny("iam:PassRole", f"{IAM}:role/*"), False),
        (PASS, deny("iam:PassRole", f"{IAM}:role/orders"), True),
        (allow("iam:PassRole", f"{IAM}:role/x"), deny("iam:PassRole", f"{IAM}:role/?"), False),
        (PASS, deny("iam:GetRole"), True),
        (PASS, deny("iam:PassRole", conditions=MFA), True),
        (allow("iam:PassRole", conditions=MFA), deny("iam:PassRole", conditions=MFA), False),
        (
            PASS,
            deny("*", conditions=ELSEWHERE),
            True,
        ),
        (PASS, deny("*", conditions=where("ArnLike", "aws:PrincipalArn", f"{IAM}:user/*")), False),
        (
            PASS,
            deny("*", conditions=NONSENSE),
            True,
        ),
        (PASS, Statement("Deny", (), ("*",), not_actions=("s3:*",)), False),
        (PASS, Statement("Deny", (), ("*",), not_actions=("iam:*",)), True),
        (PASS, Statement("Deny", ("iam:*",), not_resources=("arn:aws:s3:::*",)), False),
        (PASS, Statement("Deny", ("iam:*",), not_resources=(f"{IAM}:role/orders",)), True),
    ],
)
def test_a_denial_counts_where_it_certainly_takes_all(
    held: Statement, denial: Statement, is_left: bool
) -> None:
    assert bool(reach(held, denial).permits("iam:PassRole")) is is_left


def test_a_boundary_must_leave_room_and_its_denials_count() -> None:
    wide = allow("*")
    assert not reach(wide, boundary=(allow("s3:*"),)).permits("iam:PassRole")
    assert reach(wide, boundary=(allow("iam:*"),)).permits("iam:PassRole")
    assert not reach(wide, boundary=(wide, deny("iam:*"))).permits("iam:PassRole")
    assert not reach(wide, boundary=()).permits("iam:PassRole")
    # A boundary gives nothing.
    assert not reach(allow("s3:*"), boundary=(wide,)).permits("iam:PassRole")


@pytest.mark.parametrize("account", [ACCOUNT, "*", "${aws:PrincipalAccount}"])
def test_variables_are_put_in_where_they_are_known(account: str) -> None:
    own = allow("iam:CreateAccessKey", f"arn:aws:iam::{account}:user/${{aws:username}}")
    (permit,) = reach(own).permits("iam:CreateAccessKey")
    assert permit.resource == f"{IAM}:user/alice"
    # Whose value is not known may be anybody: nothing is missed for that.
    (permit,) = reach(own, subject=TEAM).permits("iam:CreateAccessKey")
    assert takes(permit, f"{IAM}:user/bob")
    # Where it has none, nothing is met.
    assert reach(own, subject=ROLE).permits("iam:CreateAccessKey") == []


def test_a_variable_without_a_value_takes_its_default() -> None:
    start = f"{IAM}:user/${{aws:PrincipalTag/team}}"
    both = (f"{start}${{aws:username, 'x'}}", f"{start}${{aws:username}}")
    lenient = allow("iam:CreateAccessKey", *both)
    (permit,) = reach(lenient, subject=ROLE).permits("iam:CreateAccessKey")
    assert permit.resource == f"{start}x"
    but = Statement("Allow", ("iam:GetUser",), not_resources=(f"{IAM}:user/${{aws:username}}",))
    assert reach(but, subject=ROLE).permits("iam:GetUser")[0].is_broad
    forbidden = deny("iam:CreateAccessKey", f"{IAM}:user/${{aws:username}}")
    every = allow("iam:CreateAccessKey", f"{IAM}:user/*")
    assert reach(every, forbidden, subject=ROLE).permits("iam:CreateAccessKey")


def test_pieces_are_those_that_allow_each_once() -> None:
    both = Statement("Allow", ("s3:GetObject", "sqs:SendMessage", "*:*"), ("*",))
    found = reach(both, deny("s3:*"))
    assert [piece.origin for piece in found.pieces] == ["requests/0.yaml"]
    assert list(reach(deny("s3:*")).pieces) == []


# -- nothing is missed --------------------------------------------------------------------------

#: Actions, and resources on which each works.
REQUESTS = {
    "s3:GetObject": ["arn:aws:s3:::orders/x", "arn:aws:s3:::orders/a/b", "arn:aws:s3:::alice/x"],
    "s3:ListBucket": ["arn:aws:s3:::orders", "arn:aws:s3:::alice"],
    "sqs:SendMessage": [
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders",
        "arn:aws:sqs:eu-west-1:444455556666:orders",
    ],
    "iam:PassRole": [f"{IAM}:role/orders", f"{IAM}:role/path/orders"],
    "iam:CreateAccessKey": [f"{IAM}:user/alice", f"{IAM}:user/bob"],
    "ec2:DescribeVpcs": ["*"],
    "ec2:RunInstances": [
        f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1",
        "arn:aws:ec2:us-east-1::image/ami-1",
    ],
}
ACTIONS = st.sampled_from(
    [
        *REQUESTS,
        *("*", "*:*", "s3:*", "S3:get*", "s3:?etObject", "iam:*", "iam:Pass*", "sqs:*", "ec2:*"),
        *("ec2:Describe*", "IAM:PASSROLE", "*:GetObject"),
    ]
)
RESOURCES = st.sampled_from(
    [
        *(
            "*",
            "**",
            "arn:*",
            "arn:aws:*",
            "arn:aws:s3:::*",
            "arn:aws:s3:::orders",
            "arn:*:s3:::o*",
        ),
        *("arn:aws:s3:::orders", "arn:aws:s3:::orders/*", "arn:aws:s3:::*/x"),
        *("arn:aws:s3:::${aws:username}/*"),
        *("arn:aws:s3:::${aws:username}", "arn:aws:s3:::*${aws:PrincipalTag/team}*", "arn:aws:s3"),
        *(f"arn:aws:sqs:*:{ACCOUNT}:*", "arn:aws:sqs:us-*:*:orders", "arn:aws:sqs", "arn:aws:s*"),
        *(f"{IAM}:role/*", f"{IAM}:role/orders", "arn:aws:iam::*:*", f"{IAM}:*", IAM),
        *(f"{IAM}:user/${{aws:username}}", f"{IAM}:*/orders", f"{IAM}:user/bo?", "arn:aws:iam::*"),
        *("arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*::image/*", "arn:aws:ec2:us-east-1:*:*"),
        *("arn:aws:iam::${aws:PrincipalAccount}:role/*", "arn:aws:s3:::${aws:PrincipalTag/team}"),
    ]
)
KEYS = {
    "aws:username": ["alice", "bob", "a*", "${aws:username}", "*"],
    "aws:PrincipalArn": [f"{IAM}:user/alice", f"{IAM}:user/*", f"{IAM}:role/app", "*"],
    "aws:PrincipalAccount": [ACCOUNT, "444455556666", "1111*", "${aws:PrincipalAccount}"],
    "aws:PrincipalType": ["User", "AssumedRole"],
    "aws:SecureTransport": ["true", "false"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:PrincipalTag/team": ["orders", "data", "${aws:username}"],
    "aws:TagKeys": ["team", "owner", "*"],
    "aws:SourceArn": ["arn:aws:s3:::orders", "*"],
    "s3:prefix": ["a", "*", "${aws:username}"],
    "aws:CurrentTime": ["2020-01-01T00:00:00Z", "2026-11-24T00:00:00Z", "2030-01-01T00:00:00Z"],
}
OPERATORS = [
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"),
    *("StringEqualsIfExists", "StringNotLikeIfExists", "ArnLike", "ArnNotEquals", "Bool", "Null"),
    *("BoolIfExists", "ForAnyValue:StringEquals", "ForAllValues:StringLike", "DateLessThan"),
    *("DateGreaterThan", "ForAllValues:StringNotEquals", "ForAnyValue:StringNotLike"),
]
_TRUTHS = st.sampled_from(["true", "false"])
_EFFECTS: list[Effect] = ["Allow", "Allow", "Deny"]
#: Who asks, for which action, on what, and what the request carries.
_Request = tuple[Subject, str, str, dict[str, tuple[str, ...]]]
_Case = tuple[Document, Document | None, _Request]
SUBJECTS = {
    ALICE: ("alice", "User", f"{IAM}:user/alice"),
    Subject(Kind.USER, "alice", ACCOUNT, "aws", NOW): ("alice", "User", f"{IAM}:user/x/alice"),
    ROLE: ("", "AssumedRole", f"{IAM}:role/app"),
    Subject(Kind.GROUP, "team", ACCOUNT, "aws", NOW): ("bob", "User", f"{IAM}:user/bob"),
    Subject(Kind.POLICY, "p", ACCOUNT, "aws", NOW): ("", "AssumedRole", f"{IAM}:role/orders"),
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """One condition on a key that requests may carry, or never do."""
    key = draw(st.sampled_from(list(KEYS)))
    operator = draw(st.sampled_from(OPERATORS))
    values = ["true", "false"] if operator == "Null" else KEYS[key]
    chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
    return Condition(operator, key, tuple(chosen))


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """Allow or Deny, with each of the `Not` forms now and then."""
    not_actions, not_resources = (draw(st.integers(0, 5)) == 0 for _ in range(2))
    actions = tuple(draw(st.lists(ACTIONS, min_size=1, max_size=2)))
    resources = tuple(draw(st.lists(RESOURCES, min_size=1, max_size=2)))
    return Statement(
        draw(st.sampled_from(_EFFECTS)),
        actions=() if not_actions else actions,
        not_actions=actions if not_actions else (),
        resources=() if not_resources else resources,
        not_resources=resources if not_resources else (),
        conditions=tuple(draw(st.lists(conditions(), max_size=2))),
    )


@st.composite
def requests(draw: st.DrawFn) -> _Request:
    """A request that is within what `Subject` says of its principal."""
    subject = draw(st.sampled_from(list(SUBJECTS)))
    name, kind, arn = SUBJECTS[subject]
    action = draw(st.sampled_from(list(REQUESTS)))
    service = action.partition(":")[0]
    context: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (arn,),
        "aws:principalaccount": (ACCOUNT,),
        "aws:principaltype": (kind,),
        "aws:currenttime": (draw(st.sampled_from(["2026-11-24T00:00:01Z", "2031-01-01"])),),
        "aws:securetransport": ("true" if service == "iam" else draw(_TRUTHS),),
    }
    if name:
        context["aws:username"] = (name,)
    if draw(st.booleans()):
        context["aws:multifactorauthpresent"] = (draw(_TRUTHS),)
    if draw(st.booleans()):
        context["aws:principaltag/team"] = (draw(st.sampled_from(["orders", "data"])),)
    if draw(st.booleans()):
        tags = st.lists(st.sampled_from(["team", "owner"]), max_size=2, unique=True)
        context["aws:tagkeys"] = tuple(draw(tags))
    if service == "s3" and draw(st.booleans()):
        context["s3:prefix"] = (draw(st.sampled_from(["a", "b"])),)
    return subject, action, draw(st.sampled_from(REQUESTS[action])), context


@st.composite
def cases(draw: st.DrawFn) -> _Case:
    """A request, and a principal's statements and boundary, of which the first often allow it."""
    asked = draw(requests())
    service = asked[1].partition(":")[0]
    documents: list[Document] = []
    for _ in range(2):
        first = Statement(
            "Allow",
            (draw(st.sampled_from([asked[1], f"{service}:*", "*", asked[1].upper()])),),
            (draw(st.one_of(RESOURCES, st.sampled_from(["*", asked[2]]))),),
            tuple(draw(st.lists(conditions(), max_size=1))),
        )
        documents.append((first, *draw(st.lists(statements(), max_size=3))))
    document, boundary = documents
    return document, draw(st.sampled_from([None, boundary])), asked


def takes(permit: Permit, resource: str) -> bool:
    """Whether a resource is among those of a permit, whose variables may be anything."""
    return permit.resource == "*" or resource_matches(VARIABLE.sub("*", permit.resource), resource)


@given(cases())
@settings(drawn(250, 5_000), suppress_health_check=[HealthCheck.filter_too_much])
def test_nothing_that_iam_allows_is_missed(case: _Case) -> None:
    document, boundary, (subject, action, resource, context) = case
    assume(evaluate(document, action, resource, context, boundary) is Decision.ALLOWED)
    found = reach(*document, subject=subject, boundary=boundary)
    assert any(takes(permit, resource) for permit in found.permits(action))
    if resource != "*":
        assert found.permits(action, on=(resource,))


@given(cases())
@drawn(250, 5_000)
def test_what_is_certain_holds_in_every_request(case: _Case) -> None:
    document, boundary, (subject, action, _, context) = case
    for permit in reach(*document, subject=subject, boundary=boundary).permits(action):
        if permit.is_certain:
            assert hold(permit.piece.statement.conditions, context)
