"""Each error that people meet becomes a sentence, with what to do, and of the right kind.

The texts are those that Terraform 1.11, the AWS provider 5.100 and AWS itself were seen to give.
"""

from __future__ import annotations

import json

import pytest

from gitiam.outcomes import Outcome
from gitiam.sync.faults.causes import Cause
from gitiam.sync.faults.diagnostics import (
    cause_in,
    hint_for,
    is_held_elsewhere,
    last_error,
    plain,
    take,
)
from gitiam.sync.faults.known_errors import KNOWN
from gitiam.sync.machine.process import Finished

ANSWER = (
    "creating IAM Role (app): operation error IAM: CreateRole, https response error StatusCode: "
)
REQUEST = ", RequestID: 0b9b8a0f-1d6f-4bbb-a1f6-0c6b3c0f7e8a, "
ME = "User: arn:aws:sts::111122223333:assumed-role/gitiam-apply/gitiam-apply"
BUCKET = (
    "Error saving state: failed to upload state: operation error S3: PutObject, https response"
    " error"
)


def said(summary: str, detail: str = "", address: str = "aws_iam_role.this") -> str:
    """What becomes of a diagnostic."""
    diagnostic = {"severity": "error", "summary": summary, "detail": detail, "address": address}
    outcome = Outcome()
    take(json.dumps({"type": "diagnostic", "diagnostic": diagnostic}), outcome)
    return "; ".join(outcome.errors)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "diagnostic"},
        {"type": "diagnostic", "diagnostic": None},
        {"type": "diagnostic", "diagnostic": ["error"]},
        {"type": "planned_change"},
        {"type": "planned_change", "change": {"action": "create"}},
        {"type": "planned_change", "change": {"resource": "x"}},
        {"type": ["diagnostic"]},
    ],
    ids=str,
)
def test_a_message_without_its_parts_is_passed_over(message: dict[str, object]) -> None:
    outcome = Outcome()
    take(json.dumps(message), outcome)
    assert outcome == Outcome()


CASES = {
    "throttled": (
        f"{ANSWER}400{REQUEST}api error Throttling: Rate exceeded",
        "creating IAM Role (app): iam:CreateRole: Throttling: Rate exceeded",
        "AWS is throttling the account",
        Cause.THROTTLED,
    ),
    "throttled several times": (
        "operation error STS: AssumeRole, exceeded maximum number of attempts, 5, https response"
        f" error StatusCode: 400{REQUEST}api error Throttling: Rate exceeded",
        "sts:AssumeRole, tried several times: Throttling: Rate exceeded",
        "fewer --jobs",
        Cause.THROTTLED,
    ),
    "AWS has trouble": (
        f"{ANSWER}500{REQUEST}ServiceFailure: The request processing has failed",
        "iam:CreateRole answered 500: ServiceFailure",
        "AWS has trouble of its own",
        Cause.UNAVAILABLE,
    ),
    "an answer without a code": (
        f"{ANSWER}503{REQUEST}deserialization failed",
        "iam:CreateRole answered 503",
        "AWS has trouble of its own",
        Cause.UNAVAILABLE,
    ),
    "no network": (
        "operation error IAM: CreateRole, exceeded maximum number of attempts, 5, https response"
        ' error StatusCode: 0, RequestID: , request send failed, Post "https://iam.amazonaws.com/":'
        " dial tcp: lookup iam.amazonaws.com: no such host",
        "no such host",
        "Check the network",
        Cause.NETWORK,
    ),
    "an answer that broke off": (
        "operation error IAM: CreateRole, exceeded maximum number of attempts, 5, decomposing"
        " response: read tcp 127.0.0.1:54138->127.0.0.1:35351: use of closed network connection",
        "closed network connection",
        "Check the network",
        Cause.NETWORK,
    ),
    "denied": (
        f"{ANSWER}403{REQUEST}api error AccessDenied: {ME} is not authorized to perform:"
        " iam:CreateRole on resource: arn:aws:iam::111122223333:role/apps/app because no"
        " identity-based policy allows the iam:CreateRole action",
        "AccessDenied: iam:CreateRole on arn:aws:iam::111122223333:role/apps/app is denied:"
        " no identity-based policy allows it",
        "Allow iam:CreateRole to the role that gitiam uses",
        None,
    ),
    "denied by the organisation": (
        f"{ANSWER}403{REQUEST}api error AccessDenied: {ME} is not authorized to perform:"
        " iam:CreateRole on resource: arn:aws:iam::111122223333:role/app with an explicit deny in a"
        " service control policy",
        "with an explicit deny",
        "forbids iam:CreateRole; no grant cures that",
        None,
    ),
    "expired": (
        f"{ANSWER}403{REQUEST}api error ExpiredToken: The security token included in the request is"
        " expired",
        "iam:CreateRole: ExpiredToken",
        "The credentials have expired",
        Cause.CREDENTIALS,
    ),
    "exists": (
        f"{ANSWER}409{REQUEST}EntityAlreadyExists: Role with name app already exists.",
        "EntityAlreadyExists: Role with name app already exists",
        "take its `kind: principal` file out and only attach to it",
        None,
    ),
    "quota": (
        f"{ANSWER}409{REQUEST}LimitExceeded: Cannot exceed quota for RolesPerAccount: 1000",
        "LimitExceeded: Cannot exceed quota for RolesPerAccount: 1000",
        "Raise RolesPerAccount in Service Quotas",
        None,
    ),
    "policy too large": (
        f"{ANSWER}409{REQUEST}LimitExceeded: Maximum policy size of 10240 bytes exceeded for role"
        " app",
        "Maximum policy size of 10240 bytes",
        "AWS takes 10240 bytes there at most",
        None,
    ),
    "malformed": (
        f"{ANSWER}400{REQUEST}MalformedPolicyDocument: Syntax errors in policy.",
        "MalformedPolicyDocument: Syntax errors in policy",
        "mend the request",
        None,
    ),
    "unknown principal": (
        f"{ANSWER}400{REQUEST}MalformedPolicyDocument: Invalid principal in policy:"
        ' "AWS":"arn:aws:iam::111122223333:role/new"',
        "arn:aws:iam::111122223333:role/new",
        "A principal in the trust policy does not exist",
        None,
    ),
    "absent": (
        "putting IAM Role (app) Policy (gitiam): operation error IAM: PutRolePolicy, https response"
        f" error StatusCode: 404{REQUEST}NoSuchEntity: The role with name app cannot be found.",
        "NoSuchEntity: The role with name app cannot be found",
        "must exist, or be declared",
        None,
    ),
    "not yet there": (
        "reading IAM Role (app): couldn't find resource",
        "couldn't find resource",
        "does not show it yet",
        Cause.SETTLING,
    ),
    "in use": (
        "deleting IAM Role (app): operation error IAM: DeleteRole, https response error StatusCode:"
        f" 409{REQUEST}DeleteConflict: Cannot delete entity, must delete policies first.",
        "DeleteConflict",
        "gitiam drift",
        None,
    ),
    "two at once": (
        f"{ANSWER}409{REQUEST}ConcurrentModification: The request was rejected because multiple"
        " requests to change this object were submitted simultaneously",
        "ConcurrentModification",
        "Something else is changing the same thing",
        Cause.SETTLING,
    ),
    "another account": (
        "AWS account ID not allowed: 444455556666",
        "AWS account ID not allowed: 444455556666",
        "another account than gitiam.yaml says",
        Cause.CREDENTIALS,
    ),
    "the provider ended": (
        "Plugin did not respond The plugin encountered an error, and failed to respond to the"
        " plugin6.(*GRPCProvider).ApplyResourceChange call.",
        "Plugin did not respond",
        "The AWS provider ended",
        Cause.PROVIDER,
    ),
    "disk full": (
        "Failed to write: write /tmp/x: no space left on device",
        "no space left on device",
        "The disk is full",
        None,
    ),
    "another machine's program": (
        "fork/exec .terraform/providers/x: exec format error",
        "exec format error",
        "built for another kind of machine",
        None,
    ),
    "another provider": (
        "the local package for registry.terraform.io/hashicorp/aws 5.100.0 doesn't match any of the"
        " checksums previously recorded in the dependency lock file",
        "doesn't match any of the checksums",
        "not the one in the lock file",
        None,
    ),
    "no provider": (
        "Failed to query available provider packages: could not query provider registry for"
        " registry.terraform.io/hashicorp/aws: 404",
        "Failed to query available provider packages",
        "GITIAM_PROVIDER_MIRROR",
        None,
    ),
    "KMS": (
        f"{BUCKET} StatusCode: 403, RequestID: 4442587FB7D0A2F9, HostID: , api error AccessDenied:"
        f" {ME} is not authorized to perform: kms:GenerateDataKey on resource:"
        " arn:aws:kms:us-east-1:111122223333:key/1234 because no identity-based policy allows the"
        " kms:GenerateDataKey action",
        "kms:GenerateDataKey on arn:aws:kms:us-east-1:111122223333:key/1234 is denied",
        "The bucket's KMS key must allow kms:GenerateDataKey",
        None,
    ),
    "the bucket's region": (
        'Unable to list objects in S3 bucket "estate" with prefix "env:/": operation error S3:'
        " ListObjectsV2, https response error StatusCode: 301, RequestID: 4442587FB7D0A2F9, HostID:"
        ' , requested bucket from "us-east-1", actual location "eu-west-1"',
        'actual location "eu-west-1"',
        "Write `region: eu-west-1` in `store`",
        None,
    ),
    "the bucket's region, as S3 says it": (
        "operation error S3: ListObjectsV2, https response error StatusCode: 400, RequestID: 44425,"
        " HostID: , api error AuthorizationHeaderMalformed: The authorization header is malformed;"
        " the region 'us-east-1' is wrong; expecting 'eu-west-1'",
        "s3:ListObjectsV2: AuthorizationHeaderMalformed",
        "Write `region: eu-west-1` in `store`",
        None,
    ),
    "no bucket": (
        'S3 bucket "estate" does not exist. The referenced S3 bucket must have been previously'
        " created",
        'S3 bucket "estate" does not exist',
        "Create the bucket",
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_sentence_and_what_to_do(case: str) -> None:
    text, says, hint, cause = CASES[case]
    message = said(text)
    assert message.startswith("aws_iam_role.this: ")
    assert says in message
    assert hint in (hint_for(message) or "none")
    assert cause_in(message) is cause
    assert "RequestID" not in message
    assert "assumed-role" not in message


@pytest.mark.parametrize("case", CASES)
def test_however_terraform_breaks_its_lines(case: str) -> None:
    text, _, hint, cause = CASES[case]
    framed = "\n".join(["╷", "│ Error: it failed", "│", *(f"│ {w}" for w in text.split()), "╵"])
    message = last_error(Finished(1, "", framed))
    assert message.startswith("Error: it failed")
    assert hint in (hint_for(framed) or "none")
    assert hint in (hint_for(message) or "none")
    assert cause_in(message) is cause


def test_every_sign_is_met_by_a_case_or_is_plain() -> None:
    """So that a new entry comes with its text. The rest are words of one meaning."""
    met = {next(k.sign for k in KNOWN if k.sign.search(said(text))) for text, *_ in CASES.values()}
    assert len(KNOWN) - len(met) <= 16


GUESS = (
    "IAM Role (arn:aws:iam::111122223333:role/gitiam-apply) cannot be assumed.\n\nThere are a"
    " number of possible causes of this - the most common are:\n  * The credentials used in order"
    " to assume the role are invalid\n  * The role ARN is not valid\n\nError: operation error STS:"
    f" AssumeRole, https response error StatusCode: 403{REQUEST}api error "
)


def test_a_role_that_cannot_be_assumed() -> None:
    denied = f"AccessDenied: {ME} is not authorized to perform: sts:AssumeRole on resource: x"
    message = said("Cannot assume IAM Role", GUESS + denied)
    assert "possible causes" not in message
    assert "sts:AssumeRole on x is denied" in message
    assert "its trust policy must name the caller" in str(hint_for(message))
    assert cause_in(message) is Cause.CREDENTIALS


def test_a_role_that_could_not_be_assumed_just_now() -> None:
    message = said("Cannot assume IAM Role", f"{GUESS}Throttling: Rate exceeded")
    assert cause_in(message) is Cause.THROTTLED


def test_a_state_that_could_not_be_saved_sends_nobody_after_a_file_that_is_gone() -> None:
    detail = f"{BUCKET} StatusCode: 503, RequestID: 4, HostID: , api error SlowDown: Please reduce"
    advice = 'the state has been written to the file "errored.tfstate"'
    assert said("Failed to persist state to backend", advice) == ""
    message = said("Failed to save state", detail, address="")
    assert message.startswith("AWS was changed, but the state could not be saved (")
    assert "s3:PutObject answered 503: SlowDown" in message
    assert "The next apply goes on from here" in str(hint_for(message)) or "Nothing is lost" in str(
        hint_for(message)
    )
    assert cause_in(message) is Cause.THROTTLED


LOCKING = "Error acquiring the state lock"
HELD = (
    f"{LOCKING} Error message: operation error S3: PutObject, https response error StatusCode: 412,"
    " RequestID: 1, HostID: , api error PreconditionFailed: At least one of the pre-conditions you"
    " specified did not hold Lock Info: ID: 1c47706f Path: estate/x Operation: OperationTypeApply"
    " Who: runner@host Version: 1.11.4 Created: 2026-11-23 19:32:12 UTC Info:"
)


def test_who_holds_a_lock_stays_readable() -> None:
    assert is_held_elsewhere(HELD)
    summary, _, detail = HELD.partition(" Error message: ")
    assert "Who: runner@host" in said(summary, f"Error message: {detail}")


def test_a_lock_that_may_not_be_taken_is_not_held_by_anybody() -> None:
    detail = (
        "Error message: operation error S3: PutObject, https response error StatusCode: 403,"
        f" RequestID: 4, HostID: , api error AccessDenied: {ME} is not authorized to perform:"
        ' s3:PutObject on resource: "arn:aws:s3:::estate/gitiam" because no identity-based policy'
        " allows the s3:PutObject action\nUnable to retrieve item from DynamoDB"
    )
    assert not is_held_elsewhere(f"{LOCKING} {detail}")
    message = said(LOCKING, detail)
    assert "s3:PutObject" in message
    assert "Allow s3:PutObject on the store's bucket" in str(hint_for(message))


def test_a_lock_that_could_not_be_taken_away() -> None:
    detail = (
        "Error message: failed to delete the lock file: operation error S3: DeleteObject, https"
        " response error StatusCode: 500, RequestID: 4, HostID: , api error InternalError: We"
        " encountered an internal error.\nLock Info:\n  ID: 1c47706f\n  Who: root@vm\n\nTerraform"
        ' acquires a lock. Please call the "force-unlock" command'
    )
    message = said("Error releasing the state lock", detail)
    assert "the lock on the state could not be taken away" in message
    assert "force-unlock" not in message


def test_terraform_was_killed() -> None:
    message = last_error(Finished(-9, "", ""))
    assert message == "Terraform was killed by signal 9 (SIGKILL)"
    assert "ran out of memory" in str(hint_for(message))


def test_terraform_said_nothing() -> None:
    assert last_error(Finished(1, "", "")) == "Terraform ended with 1, and said nothing"


def test_what_a_request_says_cannot_fill_a_hint() -> None:
    """Of the text, a hint repeats an action, a region, a quota or a number, and nothing else."""
    hostile = "not authorized to perform: s3:$(reboot) on `x`; quota for \x1b[31m"
    hint = str(hint_for(f"AccessDenied: {hostile}"))
    assert "reboot" not in hint
    assert "\x1b" not in hint


def test_plain_text_stays() -> None:
    assert (
        plain("reading IAM Role (app): something new.") == "reading IAM Role (app): something new"
    )
