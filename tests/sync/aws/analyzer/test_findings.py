"""What AWS says of a document → findings at the lines of the requests that it was made of."""

from __future__ import annotations

import pytest

from gitiam.findings import Finding, Risk, Severity
from gitiam.policy.statement import Statement
from gitiam.sync.aws.analyzer.questions import Other
from tests.support.analyzer import LINK, NOT_GRANTED, Stubbed, aws, aws_finding, inquiry, opinion
from tests.support.estates import places, request, said
from tests.support.offline import offline

__all__ = ["aws", "offline"]

pytestmark = pytest.mark.usefixtures("offline")

ORDERS = "arn:aws:s3:::orders"
FIRST = ("Statement", 0)
RAW = request(
    """
    - actions: [s3:PutObject, s3:GetObject]
      resources: ["arn:aws:s3:::orders/*", "arn:aws:s3:::{account}-{account_id}/*"]
    - bundle: s3-read
      resources: [arn:aws:s3:::invoices]
    """
)
ROLE = """\
kind: principal
account: prod
principal: role/data-pipeline
reason: The pipeline that loads the orders
trust:
  - service: ecs-tasks.amazonaws.com
  - aws: ["arn:aws:iam::444455556666:root"]
    conditions: {StringEquals: {"sts:ExternalId": orders}}
"""


def found(
    aws: Stubbed, files: str, *paths: tuple[str | int, ...], **body: str
) -> tuple[Finding, ...]:
    aws.validated(aws_finding(*paths, **body))
    return opinion(aws, inquiry(files)).findings


def index_of(aws: Stubbed, files: str, **sought: str) -> int:
    """Where in the document the statement stands that has this in it."""
    aws.validated()
    opinion(aws, inquiry(files))
    ((key, value),) = sought.items()
    statements = aws.documents().pop()["Statement"]
    return next(i for i, s in enumerate(statements) if value in s[key.capitalize()])


@pytest.mark.parametrize(
    ("type_", "severity", "risk"),
    [
        ("ERROR", Severity.ERROR, None),
        ("SECURITY_WARNING", Severity.WARNING, Risk.HIGH),
        ("WARNING", Severity.WARNING, None),
        ("SUGGESTION", Severity.NOTE, None),
    ],
)
def test_each_type_has_its_weight(
    aws: Stubbed, type_: str, severity: Severity, risk: Risk | None
) -> None:
    (finding,) = found(aws, request("- {actions: s3:GetObject, resources: '*'}"), type_=type_)
    assert (finding.rule, finding.severity, finding.risk) == ("access-analyzer", severity, risk)
    assert finding.message == "AWS says of prod/role/data-pipeline: Something is amiss. (SOME_CODE)"
    assert finding.fix is not None
    assert finding.fix.title == f"read {LINK}"


def test_a_type_that_is_not_known_yet_is_a_warning(aws: Stubbed) -> None:
    (finding,) = found(aws, RAW, type_="CATASTROPHE")
    assert finding.severity is Severity.WARNING


def test_an_action_is_at_its_own_place(aws: Stubbed) -> None:
    at = index_of(aws, RAW, action="s3:PutObject")
    # gitiam sorts: GetObject is the first in the document, and the second in the file.
    assert places(found(aws, RAW, ("Statement", at, "Action", 0))) == [(6, 29)]
    assert places(found(aws, RAW, ("Statement", at, "Action", 1))) == [(6, 15)]


def test_a_resource_is_found_through_its_placeholders(aws: Stubbed) -> None:
    filled = "arn:aws:s3:::prod-111122223333/*"
    at = index_of(aws, RAW, resource=filled)
    assert places(found(aws, RAW, ("Statement", at, "Resource", 1))) == [(7, 42)]


def test_what_a_bundle_gives_is_at_its_grant(aws: Stubbed) -> None:
    at = index_of(aws, RAW, resource="arn:aws:s3:::invoices")
    assert places(found(aws, RAW, ("Statement", at, "Action", 0))) == [(8, 5)]


def test_a_value_that_stands_without_a_list_is_found(aws: Stubbed) -> None:
    lone = request("- {actions: s3:GetObject, resources: 'arn:aws:s3:::orders/*'}")
    assert places(found(aws, lone, (*FIRST, "Action"))) == [(6, 15)]


def test_a_statement_as_a_whole_is_at_its_one_grant_or_at_all(aws: Stubbed) -> None:
    at = index_of(aws, RAW, action="s3:PutObject")
    assert places(found(aws, RAW, ("Statement", at))) == [(6, 5)]
    both = request(
        """
        - {actions: s3:GetObject, resources: "arn:aws:s3:::orders/*"}
        - {actions: s3:PutObject, resources: "arn:aws:s3:::orders/*"}
        """
    )
    assert places(found(aws, both, FIRST)) == [(6, 3)]


def test_a_document_as_a_whole_is_at_the_grants(aws: Stubbed) -> None:
    assert places(found(aws, RAW)) == [(6, 3)]


@pytest.mark.parametrize(
    "path",
    [
        ("Statement", 99, "Action"),
        ("Statement", -1),
        ("Statement", "x"),
        ("Nonsense", 0),
        ("Statement", 0, "Action", 99),
        ("Statement", 0, "Action", -1),
        ("Statement", 0, "Principal", "AWS", 0),
        ("Statement", 0, "Condition", "Nope", "x", 0),
    ],
)
def test_a_path_that_leads_nowhere_is_still_a_finding(
    aws: Stubbed, path: tuple[str | int, ...]
) -> None:
    (finding,) = found(aws, RAW, path)
    assert finding.location.path == "requests/x.yaml"


def test_a_condition_is_at_its_own_place(aws: Stubbed) -> None:
    text = request(
        """
        - actions: s3:GetObject
          resources: "arn:aws:s3:::orders/*"
          conditions: {Bool: {"aws:SecureTransport": "maybe"}}
        """
    )
    path = (*FIRST, "Condition", "Bool", "aws:SecureTransport")
    assert places(found(aws, text, path)) == [(8, 48)]


@pytest.mark.parametrize(
    "path",
    [
        (*FIRST, "Sid"),
        ("Version",),
        (*FIRST, "Condition", "DateLessThan", "aws:CurrentTime"),
        (*FIRST, "Condition", "DateLessThan"),
    ],
)
def test_nobody_is_blamed_for_what_gitiam_writes(aws: Stubbed, path: tuple[str | int, ...]) -> None:
    assert found(aws, RAW, path, type_="SUGGESTION") == ()
    (error,) = found(aws, RAW, path, type_="ERROR")
    assert error.severity is Severity.ERROR
    assert "a bug in gitiam" in error.message


def test_a_date_of_their_own_is_theirs(aws: Stubbed) -> None:
    text = request(
        """
        - actions: s3:GetObject
          resources: "arn:aws:s3:::orders/*"
          conditions: {DateLessThan: {"aws:CurrentTime": "2026-12-24T00:00:00Z"}}
        """
    )
    path = (*FIRST, "Condition", "DateLessThan", "aws:CurrentTime")
    assert places(found(aws, text, path, type_="SUGGESTION")) == [(8, 52)]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("Statement", 0, "Principal", "Service"), (6, 14)),
        (("Statement", 1, "Principal", "AWS"), (7, 10)),
        (("Statement", 1, "Principal", "AWS", 0), (7, 11)),
        (("Statement", 1, "Condition", "StringEquals", "sts:ExternalId"), (8, 51)),
        (("Statement", 1), (7, 5)),
        (("Statement", 9), (6, 3)),
        ((), (6, 3)),
    ],
)
def test_a_trust_policy_is_led_back_to_its_entry(
    aws: Stubbed, path: tuple[str | int, ...], place: tuple[int, int]
) -> None:
    assert places(found(aws, ROLE, path)) == [place]


def test_several_places_are_related_and_several_modules_are_one_finding(aws: Stubbed) -> None:
    four = ", ".join(f"role/r{n}" for n in range(4))
    text = request(
        "- actions: [s3:GetObject, s3:PutObject]\n  resources: 'arn:aws:s3:::orders/*'",
        principal=f"[{four}]",
    )
    (finding,) = found(aws, text, (*FIRST, "Action", 0), (*FIRST, "Action", 1))
    assert len(aws.sent) == 1
    assert "prod/role/r0, prod/role/r1, prod/role/r2 and 1 more" in finding.message
    assert [r.location.column for r in finding.related] == [29]


def test_the_second_statement_of_a_file_is_found_by_its_numbered_sid(aws: Stubbed) -> None:
    aws.validated()
    opinion(aws, inquiry(RAW))
    sids = [s["Sid"] for s in aws.documents()[0]["Statement"]]
    assert any(sid.endswith("n2") for sid in sids)
    places_of = [places(found(aws, RAW, ("Statement", i))) for i in range(len(sids))]
    assert all(place != [] for place in places_of)
    assert [(6, 5)] in places_of
    assert [(8, 5)] in places_of


def test_what_stands_already_is_not_told_again_unless_it_stops_the_apply(aws: Stubbed) -> None:
    files = {
        "requests/new.yaml": request("- {actions: sqs:SendMessage, resources: '*'}"),
        "requests/old.yaml": request("- {actions: s3:GetObject, resources: '*'}"),
    }
    asked = inquiry(files, "requests/new.yaml")
    for type_ in ("ERROR", "WARNING"):
        aws.validated(*(aws_finding(("Statement", i), type_=type_) for i in (0, 1)))
    told = [opinion(aws, asked).findings for _ in range(2)]
    assert [(f.location.path, f.severity.value) for f in told[0]] == [
        ("requests/new.yaml", "error"),
        ("requests/old.yaml", "note"),
    ]
    assert [f.location.path for f in told[1]] == ["requests/new.yaml"]


def test_a_link_that_is_none_is_left_out(aws: Stubbed) -> None:
    (finding,) = found(aws, RAW, link="javascript:alert(1)")
    assert finding.fix is None


def test_forbidden_access_is_an_error_at_the_grant(aws: Stubbed) -> None:
    aws.not_granted("FAIL", 0)
    text = request("- {actions: iam:PassRole, resources: 'arn:aws:iam::111122223333:role/app'}")
    asked = inquiry(text, wanted="not_granted: [{actions: iam:PassRole, resources: ['*']}]")
    (finding,) = opinion(aws, asked).findings
    assert (finding.severity, finding.risk) == (Severity.ERROR, Risk.HIGH)
    assert said((finding,)) == [
        "6:5 error access-analyzer: AWS says of prod/role/data-pipeline: it grants some of"
        " `iam:PassRole` on `*`, which no request may give"
        f" (CheckAccessNotGranted: {NOT_GRANTED})"
    ]


def test_access_by_way_of_a_group_and_a_shared_policy_is_seen(aws: Stubbed) -> None:
    files = {
        "requests/user.yaml": request("- group: analysts", principal="user/alice"),
        "requests/group.yaml": request("- managed_policy: passing", principal="group/analysts"),
        "requests/policy.yaml": "kind: policy\naccount: prod\npolicy: passing\n"
        "reason: Passing roles to the scheduler\ngrants:\n"
        "  - {actions: iam:PassRole, resources: 'arn:aws:iam::111122223333:role/app'}\n",
    }
    aws.not_granted("FAIL", 0)
    asked = inquiry(files, "requests/user.yaml", wanted="not_granted: [{actions: iam:PassRole}]")
    (finding,) = opinion(aws, asked).findings
    assert str(finding.location) == "requests/user.yaml:6:3"
    assert [str(r.location) for r in finding.related] == ["requests/policy.yaml:6:5"]


def test_what_no_document_shows_is_said_to_be_unchecked(aws: Stubbed) -> None:
    text = request(
        "- managed_policy: AdministratorAccess\n- {actions: s3:GetObject, resources: '*'}"
    )
    aws.not_granted("PASS")
    (finding,) = opinion(aws, inquiry(text, wanted="not_granted: [{actions: iam:*}]")).findings
    assert said((finding,)) == [
        "6:21 note access-analyzer: was not run on what arn:aws:iam::aws:policy/AdministratorAccess"
        " gives prod/role/data-pipeline: the estate does not hold its policies"
    ]


def test_going_beyond_a_document_is_an_error(aws: Stubbed) -> None:
    aws.no_new_access("FAIL", 0)
    ceiling = Other(document=(Statement("Allow", ("sqs:*",), ("*",), sid="Most"),))
    asked = inquiry(RAW, wanted="no_new_access: {than: policies/most.json}", other=ceiling)
    (finding,) = opinion(aws, asked).findings
    assert finding.severity is Severity.ERROR
    assert "it gives access beyond policies/most.json" in finding.message
    assert aws.documents("existingPolicyDocument")[0]["Statement"] == [
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    ]
