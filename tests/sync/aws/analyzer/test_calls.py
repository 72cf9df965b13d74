"""Questions → calls as AWS's service model has them; answers and errors → values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from gitiam.config import Account, ForbiddenAccess
from gitiam.errors import GitiamError
from gitiam.policy.statement import Statement
from gitiam.sync.aws.analyzer.calls import Analyzer, RefusedError, Verdict, why
from gitiam.sync.aws.analyzer.questions import NO_TRUST, NOTHING, Check, Question
from gitiam.sync.aws.session import AccountSessions, Purpose, client_config
from tests.support.analyzer import LINK, PROD, Stubbed, aws, aws_finding
from tests.support.offline import offline

__all__ = ["aws", "offline"]

pytestmark = pytest.mark.usefixtures("offline")

READ = Statement("Allow", ("s3:GetObject",), ("arn:aws:s3:::orders/*",), sid="Orders1234abcd")
TRUST = Statement("Allow", ("sts:AssumeRole",), principals=(("Service", ("ec2.amazonaws.com",)),))
DOCUMENT = Question(Check.VALIDATE, PROD, (READ,))


def test_every_page_of_findings_is_read(aws: Stubbed) -> None:
    aws.validated(aws_finding(code="ONE"), nextToken="more")
    aws.validated(aws_finding(("Statement", 0, "Action", 1), ("Statement", 0), code="TWO"))
    found = aws.analyzer().ask(DOCUMENT)
    assert not isinstance(found, Verdict)
    assert [one.code for one in found] == ["ONE", "TWO"]
    assert found[1].paths == (("Statement", 0, "Action", 1), ("Statement", 0))
    assert (found[0].type, found[0].link) == ("WARNING", LINK)
    assert [params.get("nextToken") for _, params in aws.sent] == [None, "more"]


def test_a_document_is_sent_as_it_will_be_written_and_nothing_else(aws: Stubbed) -> None:
    aws.validated()
    assert aws.analyzer().ask(DOCUMENT) == ()
    ((name, sent),) = aws.sent
    assert name == "ValidatePolicy"
    assert sent.keys() == {"locale", "policyDocument", "policyType"}
    assert (sent["locale"], sent["policyType"]) == ("EN", "IDENTITY_POLICY")
    assert aws.documents() == [{"Version": "2012-10-17", "Statement": [READ.as_json()]}]


def test_a_trust_policy_is_sent_as_one(aws: Stubbed) -> None:
    aws.validated()
    aws.analyzer().ask(Question(Check.VALIDATE, PROD, (TRUST,), is_trust=True))
    ((_, sent),) = aws.sent
    assert sent["policyType"] == "RESOURCE_POLICY"
    assert sent["validatePolicyResourceType"] == "AWS::IAM::AssumeRolePolicyDocument"


@pytest.mark.parametrize(
    ("is_trust", "existing", "type_"),
    [(False, NOTHING, "IDENTITY_POLICY"), (True, NO_TRUST, "RESOURCE_POLICY")],
)
def test_new_access_is_asked_about_without_sids(
    aws: Stubbed, is_trust: bool, existing: tuple[Statement, ...], type_: str
) -> None:
    aws.no_new_access("FAIL", 1, 0, 1)
    question = Question(Check.NO_NEW_ACCESS, PROD, (READ, READ), is_trust, existing)
    answer = aws.analyzer().ask(question)
    assert isinstance(answer, Verdict)
    assert not answer.passed
    assert answer.reasons == (1, 0)
    ((_, sent),) = aws.sent
    assert sent["policyType"] == type_
    assert "Orders1234abcd" not in json.dumps(sent)
    assert json.loads(sent["existingPolicyDocument"])["Statement"] == [existing[0].as_json()]


def test_forbidden_access_is_asked_about_with_what_is_given(aws: Stubbed) -> None:
    aws.not_granted("PASS")
    forbidden = ForbiddenAccess(actions=("iam:PassRole",))
    answer = aws.analyzer().ask(Question(Check.NOT_GRANTED, PROD, (READ,), forbidden=forbidden))
    assert isinstance(answer, Verdict)
    assert answer.passed
    assert aws.sent[0][1]["access"] == [{"actions": ["iam:PassRole"]}]


def test_neither_pass_nor_fail_is_no_pass(aws: Stubbed) -> None:
    aws.stub.add_response("check_no_new_access", {"message": "?"})
    with pytest.raises(RefusedError, match="cannot be read"):
        aws.analyzer().ask(Question(Check.NO_NEW_ACCESS, PROD, (READ,), existing=NOTHING))


@pytest.mark.parametrize(
    "code", ["ValidationException", "InvalidParameterException", "UnprocessableEntityException"]
)
def test_what_is_wrong_with_one_document_is_told_apart(aws: Stubbed, code: str) -> None:
    aws.error("validate_policy", code, "The policy is too complex.")
    with pytest.raises(RefusedError, match=f"IAM Access Analyzer of prod: AWS answered {code}"):
        aws.analyzer().ask(DOCUMENT)


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("AccessDeniedException", 403, "access-analyzer:ValidatePolicy is denied"),
        ("ThrottlingException", 429, "AWS throttles requests"),
        ("InternalServerException", 500, "AWS answered 500 InternalServerException"),
        ("ExpiredTokenException", 403, "the AWS credentials have expired"),
    ],
)
def test_other_errors_are_sentences(aws: Stubbed, code: str, status: int, said: str) -> None:
    message = "User: x is not authorized to perform: access-analyzer:ValidatePolicy"
    aws.error("validate_policy", code, message, status)
    with pytest.raises(GitiamError) as stopped:
        aws.analyzer().ask(DOCUMENT)
    assert not isinstance(stopped.value, RefusedError)
    sentence = why(stopped.value)
    assert sentence.startswith("IAM Access Analyzer of prod: ")
    assert said in sentence
    assert "apply" not in sentence


@pytest.mark.parametrize("error", [ConnectTimeoutError, ReadTimeoutError])
def test_a_timeout_is_a_sentence(
    error: type[ConnectTimeoutError] | type[ReadTimeoutError],
) -> None:
    def late(**_: object) -> None:
        raise error(endpoint_url="https://access-analyzer.us-east-1.amazonaws.com")

    client = _session().client("accessanalyzer", "us-east-1", config=client_config(attempts=1))
    client.meta.events.register("before-send.accessanalyzer.*", late)
    with pytest.raises(GitiamError, match="AWS cannot be reached"):
        Analyzer(client, PROD).ask(DOCUMENT)


def test_a_region_without_it_is_told_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sessions = AccountSessions()
    nowhere = Account("prod", "111122223333", region="xx-nowhere-1")
    monkeypatch.setattr(sessions, "session", lambda *_: _session())
    with pytest.raises(GitiamError, match="not known to be in xx-nowhere-1") as stopped:
        sessions.access_analyzer(nowhere, Purpose.PLAN)
    assert "accounts.prod.region" in str(stopped.value.hint)


def test_the_client_is_that_of_the_region_and_gives_up() -> None:
    sessions = AccountSessions()
    sessions.session = lambda *_: _session()  # type: ignore[method-assign]
    china = Account("cn", "111122223333", partition="aws-cn", region="cn-north-1")
    client = sessions.access_analyzer(china, Purpose.PLAN)
    assert client.meta.endpoint_url == "https://access-analyzer.cn-north-1.amazonaws.com.cn"
    assert client.meta.config.retries["total_max_attempts"] == 5


def _session() -> Any:
    from boto3 import Session

    return Session()
