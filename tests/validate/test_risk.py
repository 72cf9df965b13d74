"""How risky a file is, and why: access, length, findings; and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from gitiam.catalog import catalog
from gitiam.findings import Finding, Location, Risk, Severity
from gitiam.risk import Assessment
from gitiam.validate.run import judge
from tests.support.estates import CONFIG, NOW, PLAIN_RULES, Files, estate_of, request

TIERS = """\
risk:
  tiers:
    critical: {write: high, permissions-management: critical}
"""
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"


def assessed(files: Files | str, config: str = "") -> Assessment:
    """The one file, or `requests/x.yaml`, with more configuration; no rules about danger."""
    given = {"requests/x.yaml": files} if isinstance(files, str) else dict(files)
    estate = estate_of({"gitiam.yaml": CONFIG + config} | given)
    asked = frozenset(["requests/x.yaml"])
    (found,) = judge(estate, catalog(), NOW, asked, rules=PLAIN_RULES).assessments
    assert found.path == "requests/x.yaml"
    return found


def said(assessment: Assessment) -> list[str]:
    return [f"{reason.risk}: {reason.text}" for reason in assessment.reasons]


def level(name: str, resource: str = TABLE) -> str:
    return f"- access: [{name}]\n  resources: '{resource}'\n"


def test_the_level_decides_and_is_named_with_service_and_account() -> None:
    found = assessed(request(level("read, list, write")))
    assert found.risk is Risk.MEDIUM
    assert said(found) == [
        "medium: write access to dynamodb in prod",
        "low: list and read access to dynamodb in prod",
    ]


def test_the_tier_of_the_account_can_decide() -> None:
    found = assessed(request(level("write")), TIERS)
    assert said(found) == ["high: write access to dynamodb in prod, an account of tier critical"]
    assert assessed(request(level("write"), account="dev"), TIERS).risk is Risk.MEDIUM


def test_each_account_weighs_as_its_tier_has_it() -> None:
    found = assessed(request(level("write"), account="[dev, prod]"), TIERS)
    assert said(found) == [
        "high: write access to dynamodb in prod, an account of tier critical",
        "medium: write access to dynamodb in dev",
    ]


def test_accounts_and_services_that_weigh_alike_are_one_reason() -> None:
    text = request(level("write") + level("write", "arn:aws:sqs:*:*:orders"), account="[dev, prod]")
    assert said(assessed(text)) == ["medium: write access to dynamodb and sqs in dev and prod"]


def test_what_a_wildcard_means_is_looked_up() -> None:
    text = request("- actions: 'iam:*Policy'\n  resources: '*'")
    found = assessed(text)
    assert found.risk is Risk.HIGH
    assert "high: permissions-management access to iam in prod" in said(found)


def test_all_but_some_is_nearly_everything() -> None:
    (first, second, *_) = said(assessed(request("- not_actions: 's3:*'\n  resources: '*'")))
    assert first.startswith("critical: full-wildcard: this gives every action of AWS but those ")
    assert second.startswith("high: permissions-management access to ")
    assert second.endswith(" services in prod")


def test_a_denial_adds_nothing() -> None:
    deny = "- effect: deny\n  actions: 'iam:*'\n  resources: '*'\n"
    assert said(assessed(request(level("read") + deny))) == ["low: read access to dynamodb in prod"]


def test_an_action_that_nobody_knows_is_unread() -> None:
    found = assessed(request("- actions: s3:GetNonsense\n  resources: arn:aws:s3:::b/*"))
    assert said(found) == ["high: nobody can say what action `s3:GetNonsense` gives in prod"]


@pytest.mark.parametrize("account", ["prd", "[prod, prd]"])
def test_an_account_that_nobody_knows_is_unread(account: str) -> None:
    found = assessed(request(level("read"), account=account))
    assert said(found)[0] == "high: nobody can say what it gives in `prd`"


def test_a_grant_that_is_wrong_is_unread() -> None:
    found = assessed(request(f"{level('read')}- bundle: nonsense"))
    assert said(found)[0] == "high: nobody can say what grant 2 gives in prod"


def test_a_policy_whose_contents_are_elsewhere_is_unread() -> None:
    arn = "arn:aws:iam::{account_id}:policy/theirs"
    found = assessed(request(f"- managed_policy: '{arn}'"))
    assert said(found) == [
        "high: nobody can say what policy `111122223333:policy/theirs` gives in prod"
    ]
    assert assessed(
        request(f"- managed_policy: '{arn}'"), "risk: {access: {unread: low}}"
    ).risk is (Risk.LOW)


@pytest.mark.parametrize("account", ["prod", "china"])
def test_a_policy_of_aws_is_read(account: str) -> None:
    accounts = CONFIG.replace(
        "requests:", "  china: {id: '777788889999', partition: aws-cn}\nrequests:"
    )
    files = {
        "gitiam.yaml": accounts,
        "requests/x.yaml": request("- managed_policy: AmazonS3ReadOnlyAccess", account=account),
    }
    (found, *_) = said(assessed(files))
    assert found == f"low: list and read access to s3 and s3-object-lambda in {account}"


POLICY = """\
kind: policy
account: [dev, prod]
policy: shared
path: /ours/
reason: several pipelines need it
grants:
"""


@pytest.mark.parametrize("name", ["shared", "'arn:aws:iam::{account_id}:policy/ours/shared'"])
def test_a_policy_of_the_estate_is_read(name: str) -> None:
    files = {
        "requests/x.yaml": request(f"- managed_policy: {name}"),
        "requests/p.yaml": POLICY + f"  - access: write\n    resources: '{TABLE}'\n",
    }
    assert said(assessed(files)) == ["medium: write access to dynamodb in prod"]


def test_a_policy_of_the_estate_is_assessed_itself() -> None:
    text = POLICY + f"  - access: write\n    resources: '{TABLE}'\n"
    assert said(assessed(text)) == ["medium: write access to dynamodb in dev and prod"]


def test_a_group_of_the_estate_is_read() -> None:
    declared = "kind: principal\naccount: prod\nprincipal: group/analysts\nreason: They read\n"
    gives = request(level("write"), principal="group/analysts")
    joins = request("- group: analysts", principal="user/alice")
    files = {"requests/x.yaml": joins, "requests/g.yaml": declared, "requests/h.yaml": gives}
    assert said(assessed(files)) == ["medium: write access to dynamodb in prod"]
    del files["requests/g.yaml"]
    assert said(assessed(files)) == ["high: nobody can say what group `analysts` gives in prod"]


def test_a_principal_alone_is_mild() -> None:
    declared = "kind: principal\naccount: prod\nprincipal: user/alice\nreason: Joined the team\n"
    assert assessed(declared) == Assessment("requests/x.yaml", Risk.LOW)


@pytest.mark.parametrize(
    ("expires", "reasons"),
    [
        ("2027-05-22", []),  # 180 days
        ("2027-05-23", ["medium: lasts 181 days"]),
        ("never", ["medium: never ends"]),
    ],
)
def test_what_lasts_long_is_riskier(expires: str, reasons: list[str]) -> None:
    config = "risk: {access: {write: low}}"
    text = request(level("write"), expires=expires)
    assert [r for r in said(assessed(text, config)) if "access" not in r] == reasons


def test_looking_for_long_is_not_riskier() -> None:
    assert assessed(request(level("read, list"), expires="never")).risk is Risk.LOW


def test_without_a_date_it_never_ends() -> None:
    found = assessed(request(level("write"), expires=""), "risk: {duration: {never: critical}}")
    assert said(found)[0] == "critical: never ends"


def test_findings_with_a_risk_count_in_their_own_file_alone() -> None:
    config = "rules: {full-wildcard: {risk: critical, severity: note}}"
    star = request("- actions: '*'\n  resources: 'arn:aws:s3:::orders'")
    found = assessed(star, config)
    assert found.risk is Risk.CRITICAL
    assert said(found)[0].startswith("critical: full-wildcard: ")
    files = {"requests/x.yaml": request(level("read")), "requests/y.yaml": star}
    assert assessed(files, config).risk is Risk.LOW


def test_only_what_is_proposed_is_assessed() -> None:
    files = {f"requests/{name}.yaml": request(level("read")) for name in "abc"}
    asked = frozenset(["requests/c.yaml", "requests/a.yaml", "requests/none.yaml"])
    found = judge(estate_of(files), catalog(), NOW, asked).assessments
    assert [assessment.path for assessment in found] == ["requests/a.yaml", "requests/c.yaml"]
    assert judge(estate_of(files), catalog(), NOW).assessments == ()


def test_the_order_of_findings_does_not_matter() -> None:
    from gitiam.desired.compute import desired_state
    from gitiam.validate.context import Context
    from gitiam.validate.risk import assess

    estate = estate_of({"requests/x.yaml": request(level("read, write, list"))})
    context = Context(estate, catalog(), NOW, desired_state(estate, catalog(), NOW))

    def made(findings: Iterable[Finding]) -> Assessment:
        return assess(estate.requests[0], findings, context)

    place = Location("requests/x.yaml")
    findings = [
        Finding(name, Severity.NOTE, place, "danger", risk=risk)
        for name, risk in (("a", Risk.LOW), ("b", Risk.CRITICAL), ("c", None))
    ]
    assert made(findings) == made(reversed(findings))
    assert [r.risk for r in made(findings).reasons] == ["critical", "medium", "low", "low"]


def test_a_denial_alone_gives_nothing() -> None:
    deny = "- effect: deny\n  actions: 'iam:*'\n  resources: '*'\n"
    assert said(assessed(request(deny))) == ["low: it gives nothing"]


def test_a_finding_is_told_at_length_in_brief_and_in_one_sentence() -> None:
    estate = estate_of(
        {
            "gitiam.yaml": CONFIG,
            "requests/x.yaml": request("- actions: '*'\n  resources: '*'"),
        }
    )
    asked = frozenset(["requests/x.yaml"])
    (found,) = judge(estate, catalog(), NOW, asked).assessments
    (reason,) = (one for one in found.reasons if one.name == "destructive-action")
    assert reason.text.startswith("destructive-action: with this, role/data-pipeline in prod can ")
    assert reason.brief == "destructive-action, line 6"
    assert reason.alone == (
        "destructive-action: with this, role/data-pipeline in prod can destroy for good anywhere"
    )
