"""AWS's and botocore's errors → sentences that say what to do. No secret passes through here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from traceback import walk_tb
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitiam.errors import GitiamError
from gitiam.sync.faults.causes import Cause, CausedError
from gitiam.sync.faults.known_errors import known

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

_LONGEST = 300
_ACTION = re.compile(r"not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9*]+)")
_SET_CREDENTIALS = "Sign in (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and the like"

_SETTINGS = "Look at the AWS_... variables, ~/.aws/config, and `store` in gitiam.yaml"

_EXPIRED = frozenset(
    ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshError"]
)
_INVALID = frozenset(
    [
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ]
)
_DENIED = frozenset(["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"])
# By the names of botocore's classes, so that this module needs no import of botocore to be read.
_NO_CREDENTIALS = frozenset(
    [
        "ConfigNotFound",
        "CredentialRetrievalError",
        "NoAuthTokenError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "SSOError",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    ]
)
_UNREACHED = frozenset(
    [
        "ConnectionError",
        "EndpointConnectionError",
        "HTTPClientError",
        "IncompleteReadError",
        "ResponseParserError",
        "ResponseStreamingError",
    ]
)


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turns what boto3 raises inside into a GitiamError that begins with `doing`."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError  # not one of botocore's own errors

    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        raise told(doing, error) from error
    except ValueError as error:
        # What botocore cannot read in its settings, it refuses with a bare ValueError.
        if not _is_from_botocore(error):
            raise
        raise _unreadable(doing, error) from error


def _is_from_botocore(error: ValueError) -> bool:
    frames = walk_tb(error.__traceback__)
    return any(str(f.f_globals.get("__name__", "")).startswith("botocore.") for f, _ in frames)


def _unreadable(doing: str, error: ValueError) -> GitiamError:
    text = str(error)
    named = [name for name, value in sorted(os.environ.items()) if _is_amiss(name, value, text)]
    if not named:
        return GitiamError(f"{doing}: a setting cannot be used ({_short(text)})", hint=_SETTINGS)
    return GitiamError(
        f"{doing}: {named[0]} cannot be used ({_short(text)})",
        hint=f"Mend {named[0]}, or unset it",
    )


def _is_amiss(name: str, value: str, text: str) -> bool:
    """Whether this variable is the one that botocore complains of."""
    if not value or not name.startswith("AWS_"):
        return False
    if name.startswith("AWS_ENDPOINT_URL"):
        try:
            parts = urlsplit(value)
            return not parts.hostname or parts.port == 0
        except ValueError:
            return True
    return f"'{value}'" in text


def told(doing: str, error: ClientError | BotoCoreError | ResponseParserError) -> GitiamError:
    """What boto3 raised, as a GitiamError that begins with `doing`."""
    from botocore.exceptions import ClientError

    if isinstance(error, ClientError):
        return _refused(doing, error)
    return _not_answered(doing, error)


def _refused(doing: str, error: ClientError) -> GitiamError:
    """AWS answered, and said no."""
    details: Mapping[str, str] = error.response.get("Error", {})  # type: ignore[assignment]
    code, message = details.get("Code", "unknown"), details.get("Message", "")
    if code in _EXPIRED:
        return _no_entry(f"{doing}: the AWS credentials have expired")
    if code in _INVALID:
        # AWS's own text may repeat the signed headers, and so the session token.
        return _no_entry(f"{doing}: AWS does not accept the credentials ({code})")
    if code in _DENIED:
        return _denied(doing, error.operation_name, message)
    region = details.get("Region") or _header(error, "x-amz-bucket-region")
    if region:
        message = f"{message.rstrip('.')}; the bucket must be in {region}"
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    answered = f"{status} {code}" if status >= 500 else code
    said = f": {_short(message)}" if message else ""
    return _with_hint(doing, f"AWS answered {answered}{said}")


def _header(error: ClientError, name: str) -> str:
    return str(error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(name, ""))


def _with_hint(doing: str, text: str) -> GitiamError:
    """As Terraform's errors are known, so are boto3's."""
    hint, cause = known(text) or (None, None)
    if cause is Cause.THROTTLED:
        text = f"AWS throttles requests, and still did after several attempts ({text})"
    message = f"{doing}: {text}"
    if cause is None:
        return GitiamError(message, hint=hint)
    return CausedError(message, hint=hint, cause=cause)


def _no_entry(text: str, hint: str = _SET_CREDENTIALS) -> GitiamError:
    return CausedError(text, hint=hint, cause=Cause.CREDENTIALS)


def _denied(doing: str, operation: str, message: str) -> GitiamError:
    named = _ACTION.search(message)
    action = named[1] if named else operation
    if action.lower() == "sts:assumerole" or operation == "AssumeRole":
        return _no_entry(
            f"{doing}: {action} is denied",
            "The role must exist, and its trust policy must name the caller",
        )
    if "explicit deny" in message:
        return GitiamError(
            f"{doing}: {action} is denied explicitly",
            hint="A service control policy, a boundary or a deny forbids it; no grant cures that",
        )
    return GitiamError(f"{doing}: {action} is denied", hint=f"Allow {action} to the role or user")


def _not_answered(doing: str, error: Exception) -> GitiamError:
    """The request did not get as far as an answer."""
    names = {base.__name__ for base in type(error).__mro__}
    if names & _NO_CREDENTIALS:
        return _no_entry(f"{doing}: no AWS credentials ({_short(error)})")
    if names & _UNREACHED:
        return CausedError(
            f"{doing}: AWS cannot be reached ({_short(error)})",
            hint="Check the network, the proxy and AWS_ENDPOINT_URL",
            cause=Cause.NETWORK,
        )
    return GitiamError(f"{doing}: {_short(error)}")


def _short(text: object) -> str:
    """The first line, with what a terminal must not see replaced."""
    line = next(iter(str(text).strip().splitlines()), "")
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
