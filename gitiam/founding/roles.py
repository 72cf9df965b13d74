"""The policies of gitiam's own AWS roles and of its bucket, as documents.

docs/operators.md says what each role needs. GitHub's runs become a role of the pipeline, in the
home account; from there gitiam goes on to the role of the same purpose in each account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gitiam.config import PIPELINE
from gitiam.founding.answers import Answers, NewAccount, Repository
from gitiam.models import Condition
from gitiam.policy.statement import Document, Statement

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
PREFIX = "gitiam"
_MAIN = "ref:refs/heads/main"

#: What the provider calls to make, change and take away what an estate declares and gives.
WRITES = {
    "role": (
        *("CreateRole", "DeleteRole", "UpdateRole", "UpdateRoleDescription"),
        *("UpdateAssumeRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"),
        *("TagRole", "UntagRole", "PutRolePolicy", "DeleteRolePolicy"),
        *("AttachRolePolicy", "DetachRolePolicy"),
    ),
    "user": (
        *("CreateUser", "DeleteUser", "UpdateUser", "PutUserPermissionsBoundary"),
        *("DeleteUserPermissionsBoundary", "TagUser", "UntagUser", "PutUserPolicy"),
        *("DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy"),
    ),
    "group": (
        *("CreateGroup", "DeleteGroup", "UpdateGroup", "PutGroupPolicy", "DeleteGroupPolicy"),
        *("AttachGroupPolicy", "DetachGroupPolicy", "AddUserToGroup", "RemoveUserFromGroup"),
    ),
    "policy": (
        *("CreatePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "DeletePolicy"),
        *("TagPolicy", "UntagPolicy"),
    ),
}
_READS = ("iam:Get*", "iam:List*")


class Purpose(StrEnum):
    """What a role is for."""

    PLAN = "plan"
    APPLY = "apply"
    CRAWL = "crawl"

    @property
    def role(self) -> str:
        """The role's name in each account."""
        return f"gitiam-{self}"

    @property
    def pipeline_role(self) -> str:
        """The name of the role that a run becomes first, in the home account."""
        return f"{PIPELINE}{self}"

    @property
    def subjects(self) -> tuple[str, ...]:
        """Which runs may have it, as the end of the subject that GitHub gives them.

        A run on the main branch may plan, too: it is what checks a pull request that gitiam opened.
        """
        return ("pull_request", _MAIN) if self is Purpose.PLAN else (_MAIN,)


@dataclass(frozen=True, slots=True)
class Names:
    """The ARNs of it all."""

    answers: Answers

    def role(self, account: NewAccount, name: str) -> str:
        """A role's ARN."""
        return f"arn:{self.answers.partition}:iam::{account.id}:role/{name}"

    def pipeline(self, purpose: Purpose) -> str:
        """The ARN of the role that a run becomes first."""
        return self.role(self.answers.home, purpose.pipeline_role)

    @property
    def issuer(self) -> str:
        """The ARN of GitHub's OIDC provider in the home account."""
        home = self.answers.home
        return f"arn:{self.answers.partition}:iam::{home.id}:oidc-provider/{ISSUER}"

    @property
    def bucket(self) -> str:
        """The bucket's ARN."""
        return f"arn:{self.answers.partition}:s3:::{self.answers.bucket}"

    def own(self, account: NewAccount) -> tuple[str, ...]:
        """What gitiam stands on in an account: who changes it has more than any request gives.

        Every OIDC provider is named: where it is not ours, it is somebody else's way in.
        """
        purposes = tuple(Purpose)
        names = [purpose.role for purpose in purposes]
        if account == self.answers.home:
            names += [purpose.pipeline_role for purpose in purposes]
        start = f"arn:{self.answers.partition}:iam::{account.id}"
        return (*(self.role(account, name) for name in names), f"{start}:oidc-provider/*")


def subjects(repository: Repository, purpose: Purpose) -> tuple[str, ...]:
    """The subjects of the runs that may have a role, with the numbers too where they are known.

    GitHub Docs, "OpenID Connect reference": repositories that were created, renamed or moved since
    15 July 2026 send the second form. No wildcard is ever among them.
    """
    places = [f"repo:{repository}"]
    if repository.ids is not None:
        owner, own = repository.ids
        places.append(f"repo:{repository.owner}@{owner}/{repository.name}@{own}")
    return tuple(f"{place}:{end}" for end in purpose.subjects for place in places)


def documents(answers: Answers, account: NewAccount) -> Mapping[str, Document]:
    """Every document of an account, by the file's name without `.json`."""
    found = dict(_of_account(Names(answers), account))
    if account == answers.home:
        found |= dict(_of_pipeline(Names(answers)))
    return found


def _of_account(names: Names, account: NewAccount) -> Iterator[tuple[str, Document]]:
    for purpose in Purpose:
        who = (("AWS", (names.pipeline(purpose),)),)
        trust = Statement("Allow", actions=("sts:AssumeRole",), principals=who)
        yield f"{purpose}-trust", (trust,)
    yield Purpose.PLAN, (_reading(), _asking())
    yield Purpose.APPLY, (_reading(), *_writing(names, account), *_prohibitions(names, account))
    calls = ("iam:GetAccountAuthorizationDetails", "iam:ListRoles")
    yield Purpose.CRAWL, (Statement("Allow", calls, ("*",), sid="Crawl"),)


def _of_pipeline(names: Names) -> Iterator[tuple[str, Document]]:
    for purpose in Purpose:
        yield f"pipeline-{purpose}-trust", (_trust_in_runs(names, purpose),)
        yield f"pipeline-{purpose}", (*_of_bucket(names, purpose), _going_on(names, purpose))
    yield "bucket", _bucket_policy(names)


def _reading() -> Statement:
    return Statement("Allow", _READS, ("*",), sid="Read")


def _asking() -> Statement:
    """For `validate --access-analyzer`: nothing is read but the policies that are sent along."""
    calls = ("ValidatePolicy", "CheckNoNewAccess", "CheckAccessNotGranted")
    return Statement(
        "Allow", tuple(f"access-analyzer:{call}" for call in calls), ("*",), sid="AskAccessAnalyzer"
    )


def _writing(names: Names, account: NewAccount) -> Iterator[Statement]:
    start = f"arn:{names.answers.partition}:iam::{account.id}"
    for kind, calls in WRITES.items():
        yield Statement(
            "Allow",
            tuple(f"iam:{call}" for call in calls),
            (f"{start}:{kind}/*",),
            sid=f"Write{kind.capitalize()}",
        )


def _prohibitions(names: Names, account: NewAccount) -> Iterator[Statement]:
    """It changes nothing that it stands on, and becomes nobody that it made."""
    yield Statement("Deny", not_actions=_READS, resources=names.own(account), sid="KeepOwn")
    yield Statement("Deny", ("sts:AssumeRole",), ("*",), sid="BecomeNobody")


def _trust_in_runs(names: Names, purpose: Purpose) -> Statement:
    return Statement(
        "Allow",
        actions=("sts:AssumeRoleWithWebIdentity",),
        principals=(("Federated", (names.issuer,)),),
        conditions=(
            Condition("StringEquals", f"{ISSUER}:aud", (AUDIENCE,)),
            Condition("StringEquals", f"{ISSUER}:sub", subjects(names.answers.repository, purpose)),
        ),
    )


def _of_bucket(names: Names, purpose: Purpose) -> Iterator[Statement]:
    calls: tuple[str, ...] = ("s3:GetObject",)
    if purpose is Purpose.APPLY:
        calls += ("s3:PutObject", "s3:DeleteObject")
    yield Statement("Allow", ("s3:ListBucket",), (names.bucket,), sid="List")
    yield Statement("Allow", calls, (f"{names.bucket}/{PREFIX}/*",), sid="Objects")


def _going_on(names: Names, purpose: Purpose) -> Statement:
    roles = (names.role(account, purpose.role) for account in names.answers.accounts)
    return Statement("Allow", ("sts:AssumeRole",), tuple(roles), sid="GoOn")


def _bucket_policy(names: Names) -> Document:
    """Over TLS alone; and of all that is in the account, one role writes."""
    everybody = (("*", ("*",)),)
    within = f"{names.bucket}/*"
    return (
        Statement(
            "Deny",
            ("s3:*",),
            (names.bucket, within),
            (Condition("Bool", "aws:SecureTransport", ("false",)),),
            principals=everybody,
            sid="OverTlsAlone",
        ),
        Statement(
            "Deny",
            ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
            (within,),
            (Condition("StringNotEquals", "aws:PrincipalArn", (names.pipeline(Purpose.APPLY),)),),
            principals=everybody,
            sid="OneWriter",
        ),
    )
