"""How AWS says no: statuses, codes and texts as IAM, STS and S3 send them.

The texts are AWS's own: from the API references' "Common Errors", and from what services answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

_ROLE = "arn:aws:sts::111122223333:assumed-role/gitiam-apply/gitiam-apply"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is a refusal."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


#: kind → status, code, message. `{action}` is like `iam:CreateRole`.
_QUERY: Mapping[str, tuple[int, str, str]] = {
    "throttled": (400, "Throttling", "Rate exceeded"),
    "broken": (
        500,
        "ServiceFailure",
        "The request processing has failed.",
    ),
    "unavailable": (503, "ServiceUnavailable", "Service is unavailable"),
    "denied": (
        403,
        "AccessDenied",
        f"User: {_ROLE} is not authorized to perform: {{action}} on resource: role app because no"
        " identity-based policy allows the {action} action",
    ),
    "expired": (403, "ExpiredToken", "The security token included in the request is expired"),
    "unknown-token": (
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid",
    ),
    "exists": (409, "EntityAlreadyExists", "Role with name app already exists."),
    "absent": (404, "NoSuchEntity", "The role with name app cannot be found."),
    "in-use": (409, "DeleteConflict", "Cannot delete entity, must delete policies first."),
    "malformed": (400, "MalformedPolicyDocument", "Syntax errors in policy."),
    "unknown-principal": (
        400,
        "MalformedPolicyDocument",
        'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/new"',
    ),
    "quota": (409, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000"),
    "concurrent": (
        409,
        "ConcurrentModification",
        "The request was rejected because multiple requests to change this object were submitted"
        " simultaneously. Wait a few minutes and submit your request again.",
    ),
}
_S3: Mapping[str, tuple[int, str, str]] = {
    "throttled": (503, "SlowDown", "Please reduce your request rate."),
    "broken": (500, "InternalError", "We encountered an internal error. Please try again."),
    "unavailable": (503, "ServiceUnavailable", "Service is unable to handle request."),
    "denied": (
        403,
        "AccessDenied",
        f"User: {_ROLE} is not authorized to perform: {{action}} on resource:"
        ' "arn:aws:s3:::estate/gitiam" because no identity-based policy allows the {action} action',
    ),
    "kms-denied": (
        403,
        "AccessDenied",
        f"User: {_ROLE} is not authorized to perform: kms:GenerateDataKey on resource:"
        " arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab because no"
        " identity-based policy allows the kms:GenerateDataKey action",
    ),
    "expired": (400, "ExpiredToken", "The provided token has expired."),
    "unknown-token": (
        403,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    "no-bucket": (404, "NoSuchBucket", "The specified bucket does not exist"),
    "elsewhere": (
        301,
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint."
        " Please send all future requests to this endpoint.",
    ),
    "other-region": (
        400,
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting"
        " 'eu-west-1'",
    ),
}
_S3_ACTIONS = {
    "PUT": "PutObject",
    "GET": "GetObject",
    "DELETE": "DeleteObject",
    "HEAD": "GetObject",
}
_S3_EXTRA = {
    "elsewhere": "<Endpoint>estate.s3.eu-west-1.amazonaws.com</Endpoint>",
    "other-region": "<Region>eu-west-1</Region>",
}


def kinds(service: str) -> frozenset[str]:
    """What a service can answer."""
    return frozenset(_S3 if service == "s3" else _QUERY)


def answer_of(kind: str, service: str, action: str) -> Refusal:
    """The refusal of this call: `CreateRole` of iam, `PUT state` of s3."""
    if service == "s3":
        status, code, message = _S3[kind]
        name = f"s3:{_S3_ACTIONS.get(action.split()[0], 'ListBucket')}"
        body = (
            f"<Error><Code>{code}</Code><Message>{escape(message.format(action=name))}</Message>"
            f"{_S3_EXTRA.get(kind, '')}<RequestId>4442587FB7D0A2F9</RequestId></Error>"
        )
        region = (("x-amz-bucket-region", "eu-west-1"),) if kind in _S3_EXTRA else ()
        return Refusal(status, body.encode(), region)
    status, code, message = _QUERY[kind]
    said = escape(message.format(action=f"{service}:{action}"))
    fault = "Receiver" if status >= 500 else "Sender"
    body = (
        f'<ErrorResponse xmlns="https://{service}.amazonaws.com/doc/2010-05-08/"><Error>'
        f"<Type>{fault}</Type><Code>{code}</Code><Message>{said}</Message></Error>"
        "<RequestId>0b9b8a0f-1d6f-4bbb-a1f6-0c6b3c0f7e8a</RequestId></ErrorResponse>"
    )
    return Refusal(status, body.encode())
