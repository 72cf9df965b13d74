"""IAM Access Analyzer as botocore's Stubber plays it: AWS's own service model checks both sides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from gitiam.catalog import catalog
from gitiam.config import Account
from gitiam.desired.compute import desired_state
from gitiam.findings import Location
from gitiam.sync.aws.analyzer.calls import Analyzer
from gitiam.sync.aws.analyzer.inquiry import Inquiry, Opinion
from gitiam.sync.aws.analyzer.questions import Other
from tests.support.estates import CONFIG, NOW, Files, estate_of

PLACE = Location("gitiam.yaml", 7)
PROD = Account("prod", "111122223333", tier="critical")
LINK = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
)
NOT_GRANTED = "The policy document grants access to perform one or more of the listed actions."


class Stubbed:
    """A client whose answers are given beforehand; nothing of it reaches a network."""

    def __init__(self) -> None:
        self.client: Any = boto3.client("accessanalyzer", region_name="us-east-1")
        self.stub = Stubber(self.client)
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.client.meta.events.register("before-parameter-build.*.*", self._sent)

    def _sent(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        self.sent.append((model.name, params))

    def analyzer(self, account: Account = PROD) -> Analyzer:
        return Analyzer(self.client, account)

    def validated(self, *findings: Mapping[str, Any], **more: str) -> None:
        self.stub.add_response("validate_policy", {"findings": list(findings), **more})

    def no_new_access(self, result: str, *reasons: int) -> None:
        self.stub.add_response("check_no_new_access", _verdict(result, reasons))

    def not_granted(self, result: str, *reasons: int) -> None:
        self.stub.add_response("check_access_not_granted", _verdict(result, reasons))

    def error(self, operation: str, code: str, message: str = "", status: int = 400) -> None:
        self.stub.add_client_error(operation, code, message, http_status_code=status)

    def documents(self, name: str = "policyDocument") -> list[Any]:
        """The policy documents that were sent."""
        return [json.loads(params[name]) for _, params in self.sent]


def _verdict(result: str, reasons: tuple[int, ...]) -> dict[str, Any]:
    named = [
        {"description": f"New access in the statement with index: {i}.", "statementIndex": i}
        for i in reasons
    ]
    return {"result": result, "message": NOT_GRANTED if reasons else "", "reasons": named}


def aws_finding(
    *paths: tuple[str | int, ...],
    type_: str = "WARNING",
    code: str = "SOME_CODE",
    details: str = "Something is amiss.",
    link: str = LINK,
) -> dict[str, Any]:
    """A finding as `ValidatePolicy` gives it; gitiam does not use the spans."""
    position = {"line": 1, "column": 0, "offset": 0}
    span = {"start": position, "end": position}
    return {
        "findingType": type_,
        "issueCode": code,
        "findingDetails": details,
        "learnMoreLink": link,
        "locations": [
            {
                "path": [{"index": s} if isinstance(s, int) else {"value": s} for s in path],
                "span": span,
            }
            for path in paths
        ],
    }


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubbed]:
    """Answers come in the order in which they were given, so one question is asked at a time."""
    monkeypatch.setattr("gitiam.sync.aws.analyzer.inquiry.MOST_AT_ONCE", 1)
    stubbed = Stubbed()
    with stubbed.stub:
        yield stubbed
        stubbed.stub.assert_no_pending_responses()


def inquiry(
    files: Files | str,
    *proposed: str,
    wanted: str = "validate_policy: true",
    before: Files | None = None,
    other: Other | str | None = None,
) -> Inquiry:
    """What is asked about these files; `wanted` is the body of `access_analyzer`."""
    given = {"requests/x.yaml": files} if isinstance(files, str) else dict(files)
    config = f"{CONFIG}access_analyzer: {{{wanted}}}\n"
    estate = estate_of({"gitiam.yaml": config, **given})
    old = None
    if before is not None:
        old = desired_state(estate_of({"gitiam.yaml": config, **before}), catalog(), NOW)
        other = other or Other(state=old)
    state = desired_state(estate, catalog(), NOW)
    return Inquiry(estate, catalog(), state, frozenset(proposed), PLACE, old, other)


def opinion(aws: Stubbed, asked: Inquiry) -> Opinion:
    """What comes of it, where every account is entered."""
    return asked.run(aws.analyzer)
