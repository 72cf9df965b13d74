"""Why something failed, in the few kinds that decide what becomes of it: try again, or stop."""

from __future__ import annotations

from enum import StrEnum

from gitiam.errors import GitiamError


class Cause(StrEnum):
    """A kind of failure, in the words that people are told."""

    THROTTLED = "AWS is throttling"
    UNAVAILABLE = "AWS did not do it"
    NETWORK = "AWS could not be reached"
    SETTLING = "AWS has not caught up with itself"
    #: The provider ended while Terraform spoke to it.
    PROVIDER = "the provider ended"
    #: Of the account as a whole: no module of it can do better.
    CREDENTIALS = "the credentials do not serve"


class CausedError(GitiamError):
    """A failure whose kind is known."""

    def __init__(self, message: str, *, hint: str | None = None, cause: Cause) -> None:
        super().__init__(message, hint=hint)
        self.cause = cause
