"""Whom the roles let in and what they may, decided by gitiam's own reading of IAM."""

from __future__ import annotations

import pytest

from gitiam.catalog import catalog
from gitiam.founding.answers import MOST_ACCOUNTS, NewAccount
from gitiam.founding.roles import ISSUER, WRITES, Purpose, documents
from gitiam.policy.evaluate import Decision, evaluate
from gitiam.policy.statement import Document, document_size
from tests.docs.test_coverage import text_of
from tests.support.founding import DEV, PROD, answers

IDS = ("12", "34")
CLASSIC, NUMBERED = "repo:example/access", "repo:example@12/access@34"
ROLE = f"arn:aws:iam::{PROD.id}:role"
PIPELINE = f"{ROLE}/gitiam-pipeline-apply"


def trusts(purpose: Purpose, subject: str, audience: str = "sts.amazonaws.com") -> bool:
    """Whether a run with this subject becomes the role of the pipeline."""
    document = documents(answers(ids=IDS), PROD)[f"pipeline-{purpose}-trust"]
    context = {f"{ISSUER}:sub": (subject,), f"{ISSUER}:aud": (audience,)}
    return is_allowed(document, "sts:AssumeRoleWithWebIdentity", "*", **context)


def is_allowed(document: Document, action: str, resource: str, **context: tuple[str, ...]) -> bool:
    known = {key.lower(): values for key, values in context.items()}
    return evaluate(document, action, resource, known) is Decision.ALLOWED


@pytest.mark.parametrize("place", [CLASSIC, NUMBERED])
def test_the_main_branch_gets_every_role(place: str) -> None:
    assert all(trusts(purpose, f"{place}:ref:refs/heads/main") for purpose in Purpose)


@pytest.mark.parametrize("place", [CLASSIC, NUMBERED])
def test_a_pull_request_gets_the_role_that_plans_alone(place: str) -> None:
    assert [p for p in Purpose if trusts(p, f"{place}:pull_request")] == [Purpose.PLAN]


@pytest.mark.parametrize(
    "subject",
    [
        "repo:mallory/access:ref:refs/heads/main",
        "repo:mallory/access:pull_request",
        "repo:example/other:ref:refs/heads/main",
        "repo:example/access-2:ref:refs/heads/main",
        "repo:example@99/access@34:ref:refs/heads/main",
        "repo:example@12/access@99:ref:refs/heads/main",
        "repo:example@12/access:ref:refs/heads/main",
        f"{CLASSIC}:ref:refs/heads/other",
        f"{CLASSIC}:ref:refs/heads/main2",
        f"{CLASSIC}:ref:refs/tags/main",
        f"{CLASSIC}:environment:main",
        f"{CLASSIC.upper()}:ref:refs/heads/main",
        f"{CLASSIC}:pull_request:ref:refs/heads/main",
        f"{CLASSIC}:*",
        "*",
        "",
    ],
)
def test_nobody_else_gets_any(subject: str) -> None:
    assert not [purpose for purpose in Purpose if trusts(purpose, subject)]


def test_a_token_for_somebody_else_does_not_do() -> None:
    main = f"{CLASSIC}:ref:refs/heads/main"
    assert not [p for p in Purpose if trusts(p, main, "https://github.com/example")]
    document = documents(answers(), PROD)["pipeline-apply-trust"]
    action = "sts:AssumeRoleWithWebIdentity"
    assert not is_allowed(document, action, "*", **{f"{ISSUER}:sub": (main,)})


def test_without_numbers_the_numbered_form_gets_nothing() -> None:
    document = documents(answers(), PROD)["pipeline-apply-trust"]
    context = {f"{ISSUER}:sub": (f"{NUMBERED}:ref:refs/heads/main",)}
    context[f"{ISSUER}:aud"] = ("sts.amazonaws.com",)
    assert not is_allowed(document, "sts:AssumeRoleWithWebIdentity", "*", **context)


@pytest.mark.parametrize("account", [PROD, DEV])
def test_each_role_trusts_one_role_of_the_pipeline(account: NewAccount) -> None:
    found = documents(answers(), account)
    for purpose in Purpose:
        (statement,) = found[f"{purpose}-trust"]
        arn = f"{ROLE}/gitiam-pipeline-{purpose}"
        assert statement.principals == (("AWS", (arn,)),)
        assert (statement.effect, statement.actions) == ("Allow", ("sts:AssumeRole",))


def test_github_comes_in_by_the_home_account_alone() -> None:
    assert not [name for name in documents(answers(), DEV) if "pipeline" in name]
    everything = [d for a in (PROD, DEV) for d in documents(answers(), a).items()]
    federated = {
        name for name, document in everything for s in document if "Federated" in dict(s.principals)
    }
    assert federated == {f"pipeline-{purpose}-trust" for purpose in Purpose}


@pytest.mark.parametrize("purpose", [Purpose.PLAN, Purpose.CRAWL])
def test_who_only_reads_writes_nothing(purpose: Purpose) -> None:
    found = documents(answers(), PROD)
    calls = [f"iam:{call}" for calls in WRITES.values() for call in calls]
    calls += ["s3:PutObject", "s3:DeleteObject", "iam:CreateAccessKey", "iam:PassRole"]
    for document in (found[purpose], found[f"pipeline-{purpose}"]):
        for call in calls:
            resource = "arn:aws:s3:::example-gitiam/gitiam/x" if "s3" in call else f"{ROLE}/app"
            assert not is_allowed(document, call, resource), call


def test_the_role_that_applies_changes_the_estate_and_not_what_it_stands_on() -> None:
    document = documents(answers(), PROD)[Purpose.APPLY]
    own = [f"{ROLE}/gitiam-{name}" for name in Purpose]
    own += [f"{ROLE}/gitiam-pipeline-{name}" for name in Purpose]
    for call in WRITES["role"]:
        assert is_allowed(document, f"iam:{call}", f"{ROLE}/app")
        assert not [arn for arn in own if is_allowed(document, f"iam:{call}", arn)]
    assert is_allowed(document, "iam:GetRole", own[0])
    assert is_allowed(document, "iam:AddUserToGroup", f"arn:aws:iam::{PROD.id}:group/analysts")
    assert not is_allowed(document, "iam:PutRolePolicy", f"arn:aws:iam::{DEV.id}:role/app")


@pytest.mark.parametrize(
    "call",
    [
        *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:DeactivateMFADevice"),
        *("iam:UpdateOpenIDConnectProviderThumbprint", "iam:DeleteOpenIDConnectProvider"),
        *("iam:CreateOpenIDConnectProvider", "iam:AddClientIDToOpenIDConnectProvider"),
        *("iam:CreateSAMLProvider", "iam:PassRole", "sts:AssumeRole", "s3:PutBucketPolicy"),
    ],
)
def test_no_secrets_no_ways_in_and_no_other_role(call: str) -> None:
    document = documents(answers(), PROD)[Purpose.APPLY]
    for resource in ("*", f"{ROLE}/app", f"arn:aws:iam::{PROD.id}:oidc-provider/{ISSUER}"):
        assert not is_allowed(document, call, resource)


def test_a_role_that_it_makes_cannot_be_its_own_way_out() -> None:
    """A trust in the very role lets it in without more, unless a policy forbids that."""
    document = documents(answers(), PROD)[Purpose.APPLY]
    decided = evaluate(document, "sts:AssumeRole", f"{ROLE}/made", {})
    assert decided is Decision.EXPLICIT_DENY


def test_the_bucket_has_one_writer_and_hears_tls_alone() -> None:
    document = documents(answers(), PROD)["bucket"]
    bucket = "arn:aws:s3:::example-gitiam"

    def forbids(action: str, resource: str, who: str | None, tls: str = "true") -> bool:
        context = {"aws:securetransport": (tls,)} | ({"aws:principalarn": (who,)} if who else {})
        return evaluate(document, action, resource, context) is Decision.EXPLICIT_DENY

    inside = f"{bucket}/gitiam/ledger/x"
    for call in ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert not forbids(call, inside, PIPELINE)
        others = (f"{ROLE}/gitiam-pipeline-plan", f"{ROLE}/gitiam-apply", f"{ROLE}/admin", None)
        assert all(forbids(call, inside, who) for who in others)
        assert forbids(call, inside, PIPELINE, tls="false")
    assert not forbids("s3:GetObject", inside, f"{ROLE}/gitiam-pipeline-plan")
    assert forbids("s3:ListBucket", bucket, f"{ROLE}/gitiam-pipeline-plan", tls="false")


def test_the_pipeline_reaches_the_state_and_one_role_in_each_account() -> None:
    found = documents(answers(), PROD)
    state = "arn:aws:s3:::example-gitiam/gitiam/state/x"
    for purpose in Purpose:
        document = found[f"pipeline-{purpose}"]
        assert is_allowed(document, "s3:GetObject", state)
        assert is_allowed(document, "s3:PutObject", state) is (purpose is Purpose.APPLY)
        assert not is_allowed(document, "s3:GetObject", "arn:aws:s3:::example-gitiam/other")
        for account in (PROD, DEV):
            roles = [f"arn:aws:iam::{account.id}:role/{p.role}" for p in Purpose]
            may = [arn for arn in roles if is_allowed(document, "sts:AssumeRole", arn)]
            assert may == [f"arn:aws:iam::{account.id}:role/gitiam-{purpose}"]


def test_it_all_fits_and_every_action_exists() -> None:
    accounts = [NewAccount(f"a{n}" * 20, f"{n:012}") for n in range(MOST_ACCOUNTS)]
    found = documents(answers(*accounts, ids=("9" * 19, "9" * 19)), accounts[0])
    for name, document in found.items():
        size = document_size(document)
        assert size <= (2_048 if name.endswith("-trust") else 10_240), name
        for statement in document:
            for action in statement.actions:
                assert "*" in action or catalog().action(action), action


def test_it_is_what_the_page_for_operators_says() -> None:
    page = text_of("docs/operators.md")
    block = page.partition("```text\nroles ")[2].partition("```")[0]
    said = {word for word in block.split() if word.startswith("iam:")}
    assert said == {f"iam:{call}" for calls in WRITES.values() for call in calls}


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")],
)
def test_partitions(region: str, partition: str) -> None:
    for document in documents(answers(region=region), PROD).values():
        for statement in document:
            named = [arn for _, names in statement.principals for arn in names if arn != "*"]
            named += [arn for arn in statement.resources if arn != "*"]
            assert all(arn.startswith(f"arn:{partition}:") for arn in named)
