"""Whom a condition on a token's claims lets in: somebody in particular, a whole owner, anybody.

Of each issuer that serves everybody, it is known here in which claims an owner's name stands, and
where. A value is read with every wildcard and policy variable as one sign, `_WILD`, which no
pattern here takes for a name: whatever is not written out names nobody.

Sources: IAM User Guide, "Available keys for AWS OIDC federation"; GitHub, "OpenID Connect
reference"; GitLab, "OpenID Connect (OIDC) Authentication Using ID Tokens"; Terraform Cloud,
"Workload identity tokens"; Buildkite, "OIDC in Buildkite Pipelines"; Vercel, "OpenID Connect (OIDC)
Federation"; CircleCI, "Using OpenID Connect tokens in jobs"; Bitbucket, "Integrate Pipelines with
resource servers using OIDC"; EKS, "IAM roles for service accounts"; Cognito, "Role trust and
permissions".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from gitiam.models import Condition
from gitiam.policy.glob import includes, is_glob
from gitiam.validate.operators import Operator, operator_of

#: Claims that say what a token is for, or how it came to be, and not whose it is.
NOBODY = frozenset(["aud", "azp", "oaud", "amr", "iss"])
_WILD = "\0"
_SIGN = re.compile(r"\$\{([^{}]*)\}?|[*?]")
_CHARACTERS = frozenset("*?$")
_NAME = r"[^\0/:]+"
_LITERAL = r"[^\0]+\Z"
_SEGMENT = r"[^\0:]+(?::|\Z)"


class Breadth(IntEnum):
    """How many a value lets in; less is better."""

    NAMED = 0
    OWNER = 1  # everything that belongs to one owner, what is made tomorrow included
    ANYBODY = 2


@dataclass(frozen=True, slots=True)
class Claims:
    """What an issuer's claims say about who comes.

    Of an issuer that serves everybody: by claim, the pattern of a value that names an owner, and of
    one that names more than that. A claim in neither says nothing. Of an issuer that `is_closed`,
    which serves one company, every claim is worth something: `every` is what its subjects look
    like, `first` the part of them that is to be written out, and `whole` what it is if it is not.
    """

    owner: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    named: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    is_closed: bool = False
    every: str = "?*"
    first: re.Pattern[str] | None = None
    whole: str = ""

    def tells(self, claim: str) -> bool:
        """Whether the claim says who comes."""
        if self.is_closed:
            return claim not in NOBODY
        return claim in self.owner or claim in self.named

    def breadth(self, claim: str, value: str, *, is_pattern: bool) -> Breadth:
        """How many one value of a condition on such a claim lets in."""
        text = read(value, is_pattern=is_pattern)
        if _WILD not in text and is_glob(text):
            return Breadth.NAMED  # the wildcard is a letter, which no name has: nobody comes in
        if self.is_closed:
            return self._among_own(claim, text)
        if claim in self.named and self.named[claim].match(text):
            return Breadth.NAMED
        if claim in self.owner and self.owner[claim].match(text):
            return Breadth.OWNER
        return Breadth.ANYBODY

    def _among_own(self, claim: str, text: str) -> Breadth:
        pattern = text.replace(_WILD, "*")
        if includes(pattern, self.every if claim == "sub" else "?*"):
            return Breadth.ANYBODY
        if claim != "sub" or self.first is None or _WILD not in text or self.first.match(text):
            return Breadth.NAMED
        return Breadth.OWNER


def claims_of(issuer: str) -> Claims:
    """What is known of an issuer; of one that is not known, that it serves one company alone."""
    name = issuer.lower()
    for start, claims in _ISSUERS.items():
        if name == start or name.startswith(f"{start}/"):
            return claims
    return _EKS if name.startswith("oidc.eks") else _OWN


def comparing(condition: Condition, *, is_present: bool) -> Operator | None:
    """The operator, where it compares a claim with values that must be met.

    Negated operators, `Null` and comparisons of size let in everybody but some. One that holds
    without the claim counts only where something else demands that the claim `is_present`.
    """
    operator = operator_of(condition.operator)
    if operator is None or operator.is_negated:
        return None
    if operator.type != "String" and operator.name != "NumericEquals":
        return None
    return operator if is_present or not operator.holds_without_key else None


def is_any(condition: Condition) -> bool:
    """Whether one of the values is met by every text that is not empty."""
    operator = operator_of(condition.operator)
    is_pattern = operator is not None and operator.name == "StringLike"
    texts = (read(value, is_pattern=is_pattern) for value in condition.values)
    return any(_WILD in text and includes(text.replace(_WILD, "*"), "?*") for text in texts)


def read(value: str, *, is_pattern: bool) -> str:
    """The value with one sign for each wildcard and variable, whatever they stand for."""

    def sign(found: re.Match[str]) -> str:
        if found[1] in _CHARACTERS:
            return str(found[1])
        return found[0] if found[1] is None and not is_pattern else _WILD

    return _SIGN.sub(sign, value)


def _patterns(**patterns: str) -> dict[str, re.Pattern[str]]:
    return {claim: re.compile(pattern) for claim, pattern in patterns.items()}


# Of GitHub's subjects any claim may be a part, in any order; a colon within one is escaped.
_PARTS = r"(?:[^\0]*:)?"
_GITHUB = Claims(
    owner=_patterns(
        sub=rf"{_PARTS}(?:(?:repo|repository|workflow_ref):{_NAME}/"
        rf"|(?:repository_owner|repository_owner_id|enterprise|enterprise_id):{_SEGMENT})",
        repository=rf"{_NAME}/",
        repository_owner=_LITERAL,
        repository_owner_id=_LITERAL,
        enterprise=_LITERAL,
        enterprise_id=_LITERAL,
    ),
    named=_patterns(
        sub=rf"{_PARTS}(?:(?:repo|repository):{_NAME}/{_NAME}(?::|\Z)"
        rf"|(?:job_workflow_ref|workflow_ref):{_NAME}/{_NAME}/"
        rf"|repository_id:{_SEGMENT})",
        repository=rf"{_NAME}/{_NAME}\Z",
        repository_id=_LITERAL,
        job_workflow_ref=rf"{_NAME}/{_NAME}/",
        workflow_ref=rf"{_NAME}/{_NAME}/",
    ),
)
_GITLAB = Claims(
    named=_patterns(
        sub=rf"project_path:{_NAME}/",
        project_path=rf"{_NAME}/",
        namespace_path=rf"{_NAME}(?:/|\Z)",
        project_id=_LITERAL,
        namespace_id=_LITERAL,
        user_id=_LITERAL,
        user_login=_LITERAL,
    )
)
_TERRAFORM = Claims(
    named=_patterns(
        sub=rf"organization:{_SEGMENT}",
        terraform_organization_id=_LITERAL,
        terraform_organization_name=_LITERAL,
        terraform_project_id=_LITERAL,
        terraform_workspace_id=_LITERAL,
    )
)
_BUILDKITE = Claims(
    named=_patterns(
        sub=rf"organization:{_SEGMENT}",
        organization_id=_LITERAL,
        organization_slug=_LITERAL,
        pipeline_id=_LITERAL,
    )
)
_VERCEL = Claims(named=_patterns(sub=rf"owner:{_SEGMENT}", owner=_LITERAL, owner_id=_LITERAL))
_APPLICATION = Claims(named=_patterns(app_id=_LITERAL, sub=_LITERAL))
_AUDIENCE = Claims(named=_patterns(aud=_LITERAL, sub=_LITERAL))
_OWN = Claims(is_closed=True)
_EKS = Claims(
    is_closed=True,
    every="system:serviceaccount:?*:?*",
    first=re.compile(r"system:serviceaccount:[^\0:]+:"),
    whole="every namespace whose name fits, those that are made tomorrow included",
)
_CIRCLECI = Claims(
    is_closed=True,
    every="org/?*/project/?*/user/?*",
    first=re.compile(rf"org/{_NAME}/project/{_NAME}/"),
    whole="every project of the organisation that fits",
)
_BITBUCKET = Claims(
    is_closed=True,
    every="{?*}:{?*}",
    first=re.compile(r"\{[^\0:{}]+\}"),
    whole="every repository of the workspace that fits",
)
# Longer names come before those that they start with.
_ISSUERS = {
    "token.actions.githubusercontent.com": _GITHUB,
    "gitlab.com": _GITLAB,
    "app.terraform.io": _TERRAFORM,
    "agent.buildkite.com": _BUILDKITE,
    "oidc.vercel.com": _VERCEL,
    "oidc.circleci.com/org": _CIRCLECI,
    "oidc.circleci.com": Claims(named=_patterns(sub=rf"org/{_NAME}/")),
    "api.bitbucket.org/2.0/workspaces": _BITBUCKET,
    "accounts.google.com": _AUDIENCE,
    "cognito-identity.amazonaws.com": _AUDIENCE,
    "graph.facebook.com": _APPLICATION,
    "www.amazon.com": _APPLICATION,
}
