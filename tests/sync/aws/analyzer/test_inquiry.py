"""What is asked about, once; and what could not be asked, said."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.findings import Finding, Severity
from gitiam.sync.aws.analyzer.calls import Analyzer, Answer, AwsFinding
from gitiam.sync.aws.analyzer.inquiry import MOST_AT_ONCE
from gitiam.sync.aws.analyzer.questions import Question
from tests.support.analyzer import PLACE, Stubbed, aws, aws_finding, inquiry, opinion
from tests.support.estates import request
from tests.support.offline import offline

__all__ = ["aws", "offline"]

pytestmark = pytest.mark.usefixtures("offline")

GET = "- {actions: s3:GetObject, resources: 'arn:aws:s3:::orders/*'}"
DENY = "- {effect: deny, actions: s3:GetObject, resources: 'arn:aws:s3:::orders/*'}"
SEND = "- {actions: sqs:SendMessage, resources: '*'}"
BEFORE = "no_new_access: {than: before}"
ROLE = """\
kind: principal
account: prod
principal: role/data-pipeline
reason: The pipeline that loads the orders
trust:
  - service: ecs-tasks.amazonaws.com
"""
TWO = {
    "requests/a.yaml": request(GET, principal="role/a"),
    "requests/b.yaml": request(SEND, principal="role/b"),
}


def entering(analyzer: Analyzer | GitiamError) -> Callable[[Account], Analyzer]:
    def enter(_account: Account) -> Analyzer:
        if isinstance(analyzer, GitiamError):
            raise analyzer
        return analyzer

    return enter


def notes(findings: tuple[Finding, ...]) -> list[str]:
    return [f.message for f in findings if f.message.startswith("was not run")]


def operations(aws: Stubbed) -> list[str]:
    return [name for name, _ in aws.sent]


def test_only_modules_with_a_proposed_part_are_asked_about(aws: Stubbed) -> None:
    aws.validated()
    assert opinion(aws, inquiry(TWO, "requests/b.yaml")).unasked == ()
    assert [s["Action"] for s in aws.documents()[0]["Statement"]] == ["sqs:SendMessage"]


def test_without_a_proposal_everything_is(aws: Stubbed) -> None:
    aws.validated()
    aws.validated()
    opinion(aws, inquiry(TWO))
    assert len(aws.sent) == 2


def test_a_request_that_was_taken_away_is_a_change_of_its_module(aws: Stubbed) -> None:
    """Its Deny held; what stood beside it opens now, and no file that is left is proposed."""
    left = {"requests/a.yaml": request(GET), "requests/z.yaml": request(SEND, principal="role/z")}
    aws.no_new_access("FAIL", 0)
    before = {**left, "requests/deny.yaml": request(DENY)}
    (finding,) = opinion(aws, inquiry(left, wanted=BEFORE, before=before)).findings
    assert str(finding.location).startswith("requests/a.yaml:6:")
    assert finding.severity is Severity.NOTE
    assert "opens access that was not there before" in finding.message
    existing = aws.documents("existingPolicyDocument")[0]["Statement"]
    assert {s["Effect"] for s in existing} == {"Allow", "Deny"}


def test_what_is_as_it_was_is_not_asked_about(aws: Stubbed) -> None:
    files = {"requests/a.yaml": request(GET)}
    again = {"requests/a.yaml": request(GET, reason="Another reason for the same access")}
    assert (
        opinion(aws, inquiry(again, "requests/a.yaml", wanted=BEFORE, before=files)).findings == ()
    )
    assert aws.sent == []


def test_a_new_role_is_compared_with_nothing(aws: Stubbed) -> None:
    files = {"requests/role.yaml": ROLE, "requests/a.yaml": request(GET)}
    aws.no_new_access("FAIL", 0)
    aws.no_new_access("FAIL", 0)
    wanted = "no_new_access: {than: before, severity: error}"
    found = opinion(aws, inquiry(files, *files, wanted=wanted, before={})).findings
    assert [f.severity for f in found] == [Severity.ERROR] * 2
    assert [str(f.location) for f in found] == ["requests/a.yaml:6:5", "requests/role.yaml:6:5"]
    sent = aws.documents("existingPolicyDocument")
    assert [s["Effect"] for document in sent for s in document["Statement"]] == ["Deny"] * 2


def test_nothing_to_compare_with_is_said(aws: Stubbed) -> None:
    told = opinion(aws, inquiry(TWO, wanted=f"{BEFORE}, required: true", other="there is nothing"))
    assert told.unasked == ("CheckNoNewAccess: there is nothing",)
    assert [(f.severity, f.location) for f in told.findings] == [(Severity.ERROR, PLACE)]


@pytest.mark.parametrize(
    ("wanted", "severity"),
    [("", Severity.NOTE), (", required: true", Severity.ERROR)],
)
def test_an_account_that_cannot_be_entered_is_told_once(
    aws: Stubbed, wanted: str, severity: Severity
) -> None:
    asked = inquiry(TWO, wanted=f"validate_policy: true, not_granted: [{{actions: '*'}}]{wanted}")
    told = asked.run(entering(GitiamError("account prod: no AWS credentials", hint="Sign in")))
    (finding,) = told.findings
    assert finding.message == "was not run for prod: no AWS credentials. Sign in"
    assert (finding.rule, finding.severity) == ("access-analyzer", severity)
    assert finding.location == PLACE
    assert told.unasked == ("prod: no AWS credentials. Sign in",)


def test_one_account_does_not_stop_the_other(aws: Stubbed) -> None:
    aws.validated()
    asked = inquiry({"requests/x.yaml": request(GET, account="[prod, dev]")})

    def enter(account: Account) -> Analyzer:
        if account.name == "dev":
            raise GitiamError("account dev: closed")
        return aws.analyzer(account)

    assert asked.run(enter).unasked == ("dev: closed",)


def test_a_check_that_is_denied_is_not_tried_again(aws: Stubbed) -> None:
    denied = "User: x is not authorized to perform: access-analyzer:CheckAccessNotGranted"
    aws.validated()
    aws.error("check_access_not_granted", "AccessDeniedException", denied, 403)
    aws.validated(aws_finding())
    told = opinion(aws, inquiry(TWO, wanted="validate_policy: true, not_granted: [{actions: '*'}]"))
    assert operations(aws).count("CheckAccessNotGranted") == 1
    (note,) = notes(told.findings)
    assert note.startswith("was not run for prod/role/a, prod/role/b (CheckAccessNotGranted): ")
    assert "access-analyzer:CheckAccessNotGranted is denied" in note
    assert any("Something is amiss" in f.message for f in told.findings)


def test_a_document_that_aws_cannot_read_stops_no_other(aws: Stubbed) -> None:
    aws.error("validate_policy", "UnprocessableEntityException", "Too complex.", 422)
    aws.validated(aws_finding())
    told = opinion(aws, inquiry(TWO))
    assert notes(told.findings)[0].startswith("was not run for prod/role/a (ValidatePolicy): ")
    assert len(told.findings) == 2


def test_what_has_no_document_is_said(aws: Stubbed) -> None:
    told = opinion(aws, inquiry(request("- bundle: none-such")))
    assert told.unasked == ("requests/x.yaml: not all of it could be turned into access",)
    many = ", ".join(f"'arn:aws:s3:::bucket-{n:04}-{'x' * 60}/*'" for n in range(990))
    text = request(f"- actions: [s3:GetObject]\n  resources: [{many}]", principal="user/alice")
    told = opinion(aws, inquiry(text))
    assert told.unasked == ("prod/user/alice: its policies do not fit into AWS's limits",)


def test_large_access_is_asked_about_document_by_document(aws: Stubbed) -> None:
    many = ", ".join(f"'arn:aws:s3:::bucket-{n:04}/*'" for n in range(400))
    text = request(f"- actions: [s3:GetObject]\n  resources: [{many}]")
    asked = inquiry(text)
    (module,) = asked.state.modules.values()
    assert module.overflow
    for _ in range(1 + len(module.overflow) - (not module.inline)):
        aws.validated()
    opinion(aws, asked)


class Counting(Analyzer):
    """Takes a while for each question, and counts how many are asked at the same time."""

    def __init__(self) -> None:
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def ask(self, question: Question) -> Answer:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self.lock:
            self.now -= 1
        resource = question.statements[0].resources[0]
        return (AwsFinding("ERROR", "CODE", resource, "", ()),)


def test_a_few_questions_at_a_time_and_every_answer_at_its_own_place() -> None:
    files = {
        f"requests/r{n}.yaml": request(
            f"- {{actions: s3:GetObject, resources: 'arn:aws:s3:::bucket-{n}/*'}}",
            principal=f"role/r{n}",
        )
        for n in range(20)
    }
    counting = Counting()
    found = inquiry(files).run(entering(counting)).findings
    assert 1 < counting.most <= MOST_AT_ONCE
    assert len(found) == 20
    for finding in found:
        number = finding.location.path.removeprefix("requests/r").removesuffix(".yaml")
        assert f"prod/role/r{number}: arn:aws:s3:::bucket-{number}/*" in finding.message
