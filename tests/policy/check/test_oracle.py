"""moto speaks of policies in AWS's own words: what it refuses, gitiam must not take for good."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator

from gitiam.policy.check import Use, problems
from tests.support.managed import managed_policies
from tests.support.nearly_right import nearly_right, nearly_right_trust
from tests.support.thorough import drawn

#: What moto alone refuses: the Service Authorization Reference has these resources ("AWS IAM",
#: "Amazon S3"), and so do policies that AWS itself publishes. moto's lists are older.
REFUSED_BY_MOTO_ALONE = {
    r"arn:aws:iam::\*:\*": {"CloudFrontFullAccess"},
    r"arn:aws:iam::\*:root": {
        *("IAMAuditRootUserCredentials", "IAMCreateRootUserPassword"),
        "IAMDeleteRootUserCredentials",
    },
    r"arn:aws:iam::aws:role-template/.*": {
        "AWSCloudWatchOmniServiceRolePolicy",
        "AWSObservabilityAdminTelemetryEnablementServiceRolePolicy",
    },
    r"arn:aws:s3:\*:\*:access-grants/.*": {"SageMakerStudioProjectRoleMachineLearningPolicy"},
}
_EXCUSED = re.compile("|".join(REFUSED_BY_MOTO_ALONE))


def refused(document: Any, use: Use = Use.IDENTITY) -> str | None:
    """Moto's reason; None when it takes the document."""
    kinds = {Use.IDENTITY: IAMPolicyDocumentValidator, Use.TRUST: IAMTrustPolicyDocumentValidator}
    try:
        kinds[use](json.dumps(document)).validate()
    except MalformedPolicyDocument as refusal:
        return str(refusal)
    except (AttributeError, TypeError, KeyError) as crash:  # it trips over a wrong type
        return repr(crash)
    return None


def excused(value: Any) -> Any:
    """The document with `*` for the resources that moto alone refuses."""
    if isinstance(value, dict):
        return {key: excused(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [excused(inner) for inner in value]
    return "*" if isinstance(value, str) and _EXCUSED.fullmatch(value) else value


def agree(document: Any, use: Use) -> None:
    reason = refused(excused(document), use)
    if reason is not None:
        assert problems(json.dumps(document), use), reason


@drawn(80, 2_000)
@given(nearly_right())
def test_what_moto_refuses_is_a_problem(document: Any) -> None:
    agree(document, Use.IDENTITY)


@drawn(80, 2_000)
@given(nearly_right_trust())
def test_what_moto_refuses_as_trust_is_a_problem(document: Any) -> None:
    agree(document, Use.TRUST)


@pytest.mark.thorough
@settings(max_examples=10_000)
@given(st.one_of(nearly_right(), nearly_right_trust()), st.sampled_from(Use))
def test_what_moto_refuses_is_a_problem_in_many_more_cases(document: Any, use: Use) -> None:
    agree(document, use)


def test_moto_takes_what_aws_publishes_but_for_these() -> None:
    found = {name for name, document in managed_policies().items() if refused(document)}
    assert found == set().union(*REFUSED_BY_MOTO_ALONE.values())
    assert not any(refused(excused(managed_policies()[name])) for name in found)


def test_the_drawn_documents_are_of_every_sort() -> None:
    """A generator that hits only what parsing refuses, or nothing, would show nothing."""
    seen: set[str] = set()

    @settings(max_examples=300, derandomize=True, database=None)
    @given(nearly_right())
    def look(document: Any) -> None:
        seen.update(problem.kind for problem in problems(document) or ())
        seen.add("refused" if refused(document) else "taken")

    look()
    assert {
        *("refused", "taken", "unreadable", "old-version", "sid", "duplicate-sid", "operator"),
        *("value", "no-values", "action", "arn", "missing-resource"),
    } <= seen
