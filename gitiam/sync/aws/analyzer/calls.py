"""One question → one answer of IAM Access Analyzer, or an error that says why there is none.

Needs `access-analyzer:ValidatePolicy`, `access-analyzer:CheckNoNewAccess` and
`access-analyzer:CheckAccessNotGranted` on `*`, each for the check of its name, with the role that
plans. Nothing is sent but policy documents and the access that gitiam.yaml forbids; nothing is
stored in the account, which needs no analyzer for these operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gitiam.config import Account, ForbiddenAccess
from gitiam.errors import GitiamError
from gitiam.policy.statement import document_text
from gitiam.sync.aws.analyzer.questions import Check, Question
from gitiam.sync.aws.session import AccountSessions, Purpose
from gitiam.sync.faults.aws_errors import explained, told
from gitiam.sync.faults.causes import Cause, CausedError

_SERVICE = "accessanalyzer"
_TRUST = "AWS::IAM::AssumeRolePolicyDocument"
#: Errors about one document, which say nothing about the next one.
_ABOUT_ONE = frozenset(
    ["InvalidParameterException", "UnprocessableEntityException", "ValidationException"]
)

#: Steps through a document's JSON: `("Statement", 0, "Action", 1)`.
Path = tuple[str | int, ...]


class RefusedError(GitiamError):
    """AWS could not make anything of this one document."""


@dataclass(frozen=True, slots=True)
class AwsFinding:
    """A finding of `ValidatePolicy`, and the places in the document that it is about."""

    type: str
    code: str
    details: str
    link: str
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of access found; `reasons` are indexes of the statements that it blames."""

    passed: bool
    message: str
    reasons: tuple[int, ...]


Answer = tuple[AwsFinding, ...] | Verdict


class Client(Protocol):
    """What of boto3's client is used."""

    def get_paginator(self, operation_name: str, /) -> Any:
        """For `validate_policy`."""
        ...

    def check_no_new_access(self, **parameters: Any) -> Mapping[str, Any]:
        """`CheckNoNewAccess`."""
        ...

    def check_access_not_granted(self, **parameters: Any) -> Mapping[str, Any]:
        """`CheckAccessNotGranted`."""
        ...


class Analyzer:
    """IAM Access Analyzer in one account. May be used from several threads."""

    def __init__(self, client: Client, account: Account) -> None:
        self._client = client
        self._account = account

    def ask(self, question: Question) -> Answer:
        """The answer; RefusedError when the document is at fault, GitiamError for all else."""
        doing = f"IAM Access Analyzer of {self._account.name}"
        with explained(doing):
            from botocore.exceptions import ClientError

            try:
                return self._answer(question)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in _ABOUT_ONE:
                    raise RefusedError(told(doing, error).message) from error
                raise
            except (KeyError, TypeError, AttributeError) as error:
                raise RefusedError(f"{doing}: its answer cannot be read ({error!r})") from error

    def _answer(self, question: Question) -> Answer:
        if question.check is Check.VALIDATE:
            return tuple(map(_finding, self._validated(question)))
        if question.check is Check.NO_NEW_ACCESS:
            answer = self._client.check_no_new_access(
                newPolicyDocument=_text(question),
                existingPolicyDocument=document_text(question.existing),
                policyType=_type(question),
            )
        else:
            answer = self._client.check_access_not_granted(
                policyDocument=_text(question),
                access=[_access(question.forbidden)],
                policyType=_type(question),
            )
        return _verdict(answer)

    def _validated(self, question: Question) -> Iterator[Mapping[str, Any]]:
        more = {"validatePolicyResourceType": _TRUST} if question.is_trust else {}
        pages = self._client.get_paginator("validate_policy").paginate(
            locale="EN",
            policyDocument=document_text(question.statements),
            policyType=_type(question),
            **more,
        )
        for page in pages:
            yield from page["findings"]


def open_analyzer(sessions: AccountSessions, account: Account) -> Analyzer:
    """IAM Access Analyzer in this account's region, with the role that plans."""
    return Analyzer(sessions.access_analyzer(account, Purpose.PLAN), account)


def why(error: GitiamError) -> str:
    """The error in words; without the hints that speak of an apply."""
    passing = (Cause.THROTTLED, Cause.UNAVAILABLE, Cause.SETTLING)
    is_passing = isinstance(error, CausedError) and error.cause in passing
    return error.message if is_passing else str(error)


def _text(question: Question) -> str:
    """Without Sids, as documents are joined here; AWS then names statements by their index."""
    return document_text(statement.but(sid="") for statement in question.statements)


def _type(question: Question) -> str:
    return "RESOURCE_POLICY" if question.is_trust else "IDENTITY_POLICY"


def _access(forbidden: ForbiddenAccess | None) -> dict[str, list[str]]:
    parts = {
        "actions": forbidden.actions if forbidden else (),
        "resources": forbidden.resources if forbidden else (),
    }
    return {name: list(values) for name, values in parts.items() if values}


def _finding(body: Mapping[str, Any]) -> AwsFinding:
    return AwsFinding(
        type=body["findingType"],
        code=body["issueCode"],
        details=body["findingDetails"],
        link=body["learnMoreLink"],
        paths=tuple(tuple(_steps(place["path"])) for place in body["locations"]),
    )


def _steps(path: Iterable[Mapping[str, Any]]) -> Iterator[str | int]:
    """A part of a text is not a step; `key` is a name in an object, `value` what it stands for."""
    for element in path:
        for kind in ("index", "key", "value"):
            if kind in element:
                yield element[kind]


def _verdict(answer: Mapping[str, Any]) -> Verdict:
    """KeyError when AWS says neither PASS nor FAIL: then nothing is known."""
    passed = {"PASS": True, "FAIL": False}[answer["result"]]
    reasons = (reason.get("statementIndex") for reason in answer.get("reasons", ()))
    found = tuple(dict.fromkeys(index for index in reasons if index is not None))
    return Verdict(passed, answer.get("message", ""), found)
