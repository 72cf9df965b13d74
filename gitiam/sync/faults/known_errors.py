"""The errors of Terraform and AWS that people meet: how to know one, and what to do about it.

One explicit table. The order matters: the first sign that is found decides. What is matched is
Terraform's text, without frames and line breaks; a hint may repeat a group of its sign, but nothing
else of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitiam.sync.faults.causes import Cause

_ROLES = "docs/operators.md lists what each role needs"
_AGAIN = "Nothing is lost: the next apply goes on from here"
_SIGN_IN = "Get new credentials (in a pipeline: run it again), then apply again"


@dataclass(frozen=True, slots=True)
class Known:
    """One sort of error: the sign by which it is known, what to do, and its kind."""

    sign: re.Pattern[str]
    hint: str
    cause: Cause | None = None


def _known(sign: str, hint: str, cause: Cause | None = None) -> Known:
    return Known(re.compile(sign), hint, cause)


#: The state comes first: whatever kept it from being saved, that it was not is what matters. Then
#: what passes by itself, because other errors quote it; then what does not.
KNOWN: tuple[Known, ...] = (
    _known(
        r"(?s)state could not be saved.*No space left|no space left.*state could not be saved",
        f"Free some space where the store and TMPDIR are. {_AGAIN}",
    ),
    _known(
        r"(?i)no space left on device",
        f"The disk is full: free some space, or set TMPDIR. {_AGAIN}",
    ),
    _known(
        r"(?i)read-only file system",
        "The folder is read-only: set TMPDIR, or mend the store's folder",
    ),
    _known(r"(?i)disk quota exceeded", f"Your share of the disk is used up: free some. {_AGAIN}"),
    _known(r"(?i)too many open files", "Raise `ulimit -n`, or apply with fewer --jobs"),
    _known(
        r"killed by signal 9|signal: killed",
        "Most likely this machine ran out of memory: apply with fewer"
        f" --jobs, or give it more. {_AGAIN}",
    ),
    _known(
        r"(?i)exec format error",
        "It was built for another kind of machine, or is broken: install the one for this system",
    ),
    # -- what passes by itself --------------------------------------------------------------
    _known(
        r"\b(?:Throttling\w*|ThrottledException|Rate exceeded|SlowDown|TooManyRequests\w*"
        r"|RequestLimitExceeded|PriorRequestNotComplete)\b",
        f"AWS is throttling the account: run again later, or with fewer --jobs. {_AGAIN}",
        Cause.THROTTLED,
    ),
    _known(
        r"\b(?:ConcurrentModification|EntityTemporarilyUnmodifiable)\b",
        f"Something else is changing the same thing in IAM. {_AGAIN}",
        Cause.SETTLING,
    ),
    _known(
        r"couldn't find resource|empty result|unexpected state 'NOT_FOUND'",
        f"AWS has made it, but does not show it yet. {_AGAIN}",
        Cause.SETTLING,
    ),
    _known(
        r"\b(?:ServiceFailure|InternalFailure|InternalError|InternalServerError|ServiceUnavailable"
        r"|InvalidEndpointData)\b|StatusCode: 5\d\d|answered 5\d\d",
        f"AWS has trouble of its own: run again later. {_AGAIN}",
        Cause.UNAVAILABLE,
    ),
    _known(
        r"(?i)plugin did not respond|plugin (?:process )?exited|transport is closing"
        r"|unrecognized remote plugin message|connection error: .*unix|plugin crashed"
        r"|error reading from server: EOF",
        f"The AWS provider ended in the middle, killed perhaps, or out of memory. {_AGAIN}",
        Cause.PROVIDER,
    ),
    # -- credentials and accounts -----------------------------------------------------------
    _known(
        r"\b(?:ExpiredToken\w*|RequestExpired)\b",
        f"The credentials have expired. {_SIGN_IN}",
        Cause.CREDENTIALS,
    ),
    _known(
        r"\b(?:InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|AuthFailure"
        r"|UnrecognizedClientException|IncompleteSignature)\b",
        "AWS does not know these credentials: check AWS_PROFILE, AWS_ACCESS_KEY_ID and the clock",
        Cause.CREDENTIALS,
    ),
    _known(
        r"No valid credential sources|no EC2 IMDS role found|failed to refresh cached credentials",
        "Give credentials: AWS_PROFILE, AWS_ACCESS_KEY_ID or a role",
        Cause.CREDENTIALS,
    ),
    _known(
        r"AWS account ID not allowed",
        "The credentials belong to another account than gitiam.yaml says",
        Cause.CREDENTIALS,
    ),
    _known(
        r"sts:AssumeRole\b.*\bdenied|not authorized to perform: sts:AssumeRole",
        "The role must exist, and its trust policy must name the caller;"
        " see `roles` of the account in gitiam.yaml",
        Cause.CREDENTIALS,
    ),
    _known(
        r"(?i)dial tcp|connection reset|connection refused|no such host|i/o timeout|broken pipe"
        r"|TLS handshake|request send failed|unexpected EOF|: EOF\b|context deadline exceeded"
        r"|network is unreachable|no route to host|could not connect to|cannot be reached"
        r"|closed network connection"
        r"|Client\.Timeout",
        f"Check the network, the proxy and AWS_ENDPOINT_URL. {_AGAIN}",
        Cause.NETWORK,
    ),
    # -- permissions ------------------------------------------------------------------------
    _known(
        r"\b([a-z0-9-]+:[A-Z][A-Za-z]+)\b.*(?:with an explicit deny|denied explicitly)",
        r"A service control policy, a boundary or a deny forbids \1; no grant cures that",
    ),
    _known(
        r"\b(kms:[A-Za-z]+)\b.*denied|not authorized to perform: (kms:[A-Za-z]+)",
        r"The bucket's KMS key must allow \1\2 to the credentials at hand",
    ),
    _known(
        r"s3:HeadObject\b.*Forbidden",
        "Allow s3:GetObject and s3:ListBucket on the store's bucket to the credentials at hand;"
        f" {_ROLES}",
    ),
    _known(
        r"\b(s3:[A-Za-z]+)\b.*denied|not authorized to perform: (s3:[A-Za-z]+)",
        rf"Allow \1\2 on the store's bucket to the credentials at hand; {_ROLES}",
    ),
    _known(
        r"\b([a-z0-9-]+:[A-Z][A-Za-z]+)\b.*\bdenied|not authorized to perform: ([a-z0-9-]+:\w+)",
        rf"Allow \1\2 to the role that gitiam uses; {_ROLES}",
    ),
    _known(
        r"(?i)\b(?:AccessDenied|Forbidden|not authorized)\b",
        f"The role that gitiam uses lacks a permission; {_ROLES}",
    ),
    # -- the store --------------------------------------------------------------------------
    _known(
        r"actual location \"([a-z0-9-]+)\"|expecting '([a-z0-9-]+)'|must be in ([a-z0-9-]+)",
        r"Write `region: \1\2\3` in `store` of gitiam.yaml",
    ),
    _known(
        r"PermanentRedirect|MovedPermanently|AuthorizationHeaderMalformed|IllegalLocation",
        "The bucket is in another region: mend `region` in `store` of gitiam.yaml",
    ),
    _known(
        r"NoSuchBucket|S3 bucket \S+ does not exist",
        "Create the bucket, with versioning, or mend `bucket` in `store` of gitiam.yaml",
    ),
    # -- IAM says no ------------------------------------------------------------------------
    _known(
        r"EntityAlreadyExists",
        "It was made outside gitiam. Remove it, choose another name, or take its `kind: principal`"
        " file out and only attach to it",
    ),
    _known(
        r"DeleteConflict",
        "Something outside gitiam still hangs on it: take away first what `gitiam drift` shows",
    ),
    _known(
        r"Invalid principal in policy",
        "A principal in the trust policy does not exist: make it first, or correct its name",
    ),
    _known(
        r"MalformedPolicyDocument|PolicyNotAttachable",
        "AWS refuses the policy; mend the request or the declaration that it comes from",
    ),
    _known(
        r"Maximum policy size of (\d+) bytes exceeded",
        r"AWS takes \1 bytes there at most: let some access go, or mend `limits` in gitiam.yaml",
    ),
    _known(
        r"quota for (\w+)",
        r"Raise \1 in Service Quotas (IAM, region us-east-1) and `limits` in gitiam.yaml, or let"
        " some access go",
    ),
    _known(
        r"LimitExceeded",
        "An AWS quota is used up: raise it in Service Quotas (IAM, region us-east-1), or let some"
        " access go",
    ),
    _known(
        r"NoSuchEntity",
        "What requests name must exist, or be declared: `kind: principal` or `policy`",
    ),
    # -- Terraform and its provider ---------------------------------------------------------
    _known(
        r"Instance cannot be destroyed",
        "This would destroy the principal itself. If that is meant, apply it with --allow-destroy",
    ),
    _known(
        r"(?:does not|doesn't) match any of the checksums|checksums previously recorded",
        "The provider found is not the one in the lock file: mend the mirror, or `lock_file`",
    ),
    _known(
        r"(?i)failed to query available provider packages|no available releases match"
        r"|provider registry|was not found in any of the search locations"
        r"|failed to install provider",
        "There is no such provider to be had: check the network, or GITIAM_PROVIDER_MIRROR and"
        " `terraform.provider_version`",
    ),
)


def known(text: str) -> tuple[str, Cause | None] | None:
    """What to do, and of which kind it is; None for an error that is not known."""
    for entry in KNOWN:
        found = entry.sign.search(text)
        if found:
            return _filled(entry.hint, found), entry.cause
    return None


def _filled(hint: str, found: re.Match[str]) -> str:
    """The hint with the sign's groups; one that had no part in the match is an empty text."""
    for number, group in enumerate(found.groups(), 1):
        hint = hint.replace(rf"\{number}", group or "")
    return hint
