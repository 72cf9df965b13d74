"""Estates from literals, and what is told of one of their files.

`python -m tests.support.explained` writes the texts in `tests/report/explanations` anew: read the
difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.explaining.explain import explained
from gitiam.explaining.sides import Side
from gitiam.explaining.values import Explanation
from gitiam.load.estate import Estate
from gitiam.report.explanation import Page, page_of
from gitiam.report.explanation_text import as_text
from gitiam.report.told import Told
from tests.support.estates import NOW, Files, estate_of, request

FOLDER = Path(__file__).parents[1] / "report" / "explanations"
PATH = "requests/x.yaml"
NAMES = {"111122223333": "prod", "444455556666": "dev"}
OTHER = "requests/y.yaml"


def side_of(estate: Estate, now: datetime = NOW) -> Side:
    """An estate, ready to be asked."""
    return Side(estate, catalog(), now, desired_state(estate, catalog(), now))


def explanation_of(
    files: Files, before: Files | None = None, path: str = PATH, now: datetime = NOW
) -> Explanation:
    """What a file opens, beside the other files or beside those before."""
    against = None if before is None else side_of(estate_of(before), now)
    return explained(path, side_of(estate_of(files), now), against)


def page(explanation: Explanation, *, everything: bool = False) -> Page:
    """The page in words."""
    return page_of(explanation, catalog(), NAMES, NOW, everything=everything)


def told(explanation: Explanation) -> Told:
    """The explanation alone."""
    return Told(explanation)


@dataclass(frozen=True)
class Case:
    """One estate, and the file in it that is explained."""

    name: str
    files: Mapping[str, str]
    before: Mapping[str, str] | None = None
    path: str = PATH
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def golden(self) -> Path:
        """Where the text is kept."""
        return FOLDER / f"{self.name}.txt"

    def text(self) -> str:
        """The text as it is today."""
        found = explanation_of({**self.files, **self.extra}, self.before, self.path)
        return as_text(page(found), None)


READ = "- actions: [s3:GetObject]\n  resources: ['arn:aws:s3:::orders/*']"
WRITE = "- actions: [s3:GetObject, s3:PutObject]\n  resources: ['arn:aws:s3:::orders/*']"
NO_PAYROLL = """
- actions: [s3:GetObject]
  effect: deny
  resources: ['arn:aws:s3:::orders/payroll/*']
"""
ROLE = """
kind: principal
account: prod
principal: role/data-pipeline
reason: Nightly exports
trust:
  - service: lambda.amazonaws.com
"""
TRUST = """
kind: principal
account: prod
principal: role/ci
reason: Deploys from the main branch
trust:
  - federated: arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com
    conditions:
      StringEquals:
        token.actions.githubusercontent.com:aud: sts.amazonaws.com
        token.actions.githubusercontent.com:sub: repo:shop/shop:ref:refs/heads/main
  - aws: ["777788889999", "arn:aws:iam::444455556666:role/audit"]
    conditions:
      Bool: {aws:MultiFactorAuthPresent: "true"}
  - aws: "*"
    effect: deny
    conditions:
      StringNotEquals: {aws:PrincipalOrgID: o-shop}
"""
POLICY = """
kind: policy
account: [dev, prod]
policy: logging
reason: Everybody writes logs
grants:
  - bundle: logs-write
    resources: ["arn:aws:logs:us-east-1:{account_id}:log-group:/pipelines/*"]
"""
LOGGING = "- managed_policy: logging"
CONDITIONS = """
- actions: [s3:GetObject]
  resources: ['arn:aws:s3:::orders/*']
  conditions:
    IpAddress: {aws:SourceIp: [10.0.0.0/8, 192.0.2.0/24]}
    StringEquals: {s3:ExistingObjectTag/colour: blue}
- actions: [iam:PassRole]
  resources: [arn:aws:iam::111122223333:role/orders-function]
  conditions:
    StringEquals: {iam:PassedToService: lambda.amazonaws.com}
- actions: [ec2:StartInstances, ec2:StopInstances]
  resources: ['*']
  conditions:
    StringEquals: {aws:RequestedRegion: us-east-1}
    Bool: {aws:MultiFactorAuthPresent: 'true'}
- actions: [ec2:TerminateInstances]
  resources: ['arn:aws:ec2:us-east-1:111122223333:instance/*']
  conditions:
    BoolIfExists: {aws:MultiFactorAuthPresent: 'true'}
    StringNotLike: {aws:PrincipalTag/team: 'shop-*'}
- actions: [sns:Publish]
  resources: ['arn:aws:sns:us-east-1:111122223333:orders']
  conditions:
    ForAllValues:StringEquals: {aws:TagKeys: [a, b]}
    StringLike: {sns:Endpoint: '*@example.com'}
"""
WILD = """
- actions: ['s3:*']
  resources: ['arn:aws:s3:::orders', 'arn:aws:s3:::orders/*']
- actions: ['dynamodb:Get*', 'dynamodb:Batch*']
  resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/*']
- not_actions: ['iam:*', 'sts:AssumeRole']
  resources: ['*']
- actions: ['sqs:*']
  not_resources: ['arn:aws:sqs:us-east-1:111122223333:orders']
- actions: ['sts:AssumeRole']
  resources: ['*']
- actions: ['s3:Teleport', 'sqs:Zap*']
  resources: ['*']
"""
RESOURCES = """
- actions: [s3:GetObject, s3:DeleteObject]
  resources:
    - 'arn:aws:s3:::orders/logs/*'
    - 'arn:aws:s3:::orders/one.csv'
    - 'arn:aws:s3:::orders-*/*'
    - 'arn:aws:s3:::*'
- actions: [dynamodb:Query]
  resources:
    - 'arn:aws:dynamodb:us-east-1:111122223333:table/orders'
    - 'arn:aws:dynamodb:us-east-1:111122223333:table/orders/index/*'
    - 'arn:aws:dynamodb:*:444455556666:table/*'
    - 'arn:aws:dynamodb:us-east-1:*:table/orders'
    - 'arn:aws:dynamodb:us-east-1:777788889999:table/a'
    - 'arn:aws:dynamodb:us-east-1:777788889999:table/b'
    - 'arn:aws:dynamodb:us-east-1:777788889999:table/c'
- actions: [iam:GetUser]
  resources: ['arn:aws:iam::111122223333:user/${aws:username}']
- actions: [workspaces:StartWorkspaces]
  resources: ['arn:aws:workspaces:us-east-1:111122223333:workspace/ws-1']
"""
BOUNDED = ROLE + "permissions_boundary: limits\n"
LIMITS = """
kind: policy
account: prod
policy: limits
reason: What the pipelines may have at the most
grants:
  - actions: ['s3:*']
    resources: ['*']
"""

CASES = (
    Case("new", {PATH: request(WRITE), "requests/role.yaml": ROLE}),
    Case("had", {PATH: request(READ), OTHER: request(WRITE)}),
    Case("longer", {PATH: request(READ), OTHER: request(READ, expires="2026-12-15")}),
    Case("forbids", {PATH: request(READ + NO_PAYROLL), OTHER: request(READ)}),
    Case(
        "barred",
        {PATH: request(READ), OTHER: request(READ.replace("actions", "effect: deny\n  actions"))},
    ),
    Case("conditions", {PATH: request(CONDITIONS)}),
    Case("wildcards", {PATH: request(WILD)}),
    Case("resources", {PATH: request(RESOURCES)}),
    Case(
        "managed",
        {
            PATH: request(
                "- managed_policy: AWSLambdaBasicExecutionRole\n"
                "- managed_policy: arn:aws:iam::111122223333:policy/team/reports\n"
            )
        },
    ),
    Case(
        "group",
        {
            PATH: request(READ, principal="group/analysts"),
            OTHER: request("- group: analysts", principal="user/alice"),
            "requests/group.yaml": "kind: principal\naccount: prod\nprincipal: group/analysts\n"
            "reason: Analysts\n",
        },
    ),
    Case(
        "member",
        {
            OTHER: request(READ, principal="group/analysts"),
            PATH: request("- group: analysts\n- group: strangers", principal="user/alice"),
            "requests/group.yaml": "kind: principal\naccount: prod\nprincipal: group/analysts\n"
            "reason: Analysts\n",
        },
    ),
    Case("trust", {PATH: TRUST, OTHER: request(READ, principal="role/ci")}),
    Case(
        "trust-changed",
        {PATH: BOUNDED.replace("lambda", "ec2"), "requests/limits.yaml": LIMITS},
        {PATH: ROLE},
    ),
    Case(
        "policy",
        {
            PATH: POLICY,
            OTHER: request(LOGGING),
            "requests/z.yaml": request(LOGGING, principal="role/web", account="[dev, prod]"),
        },
    ),
    Case("policy-of-nobody", {PATH: POLICY}),
    Case(
        "boundary",
        {
            PATH: request(READ + "\n- actions: [sqs:SendMessage]\n  resources: ['*']"),
            "requests/role.yaml": BOUNDED,
            "requests/limits.yaml": LIMITS,
        },
    ),
    Case("expired", {PATH: request(READ, expires="2026-10-01")}),
    Case(
        "alike",
        {
            PATH: request(
                "- actions: [sqs:SendMessage]\n"
                "  resources: ['arn:aws:sqs:us-east-1:{account_id}:orders']",
                account="[dev, prod]",
                principal="[role/web, role/api]",
            ),
            OTHER: request(READ, principal="role/web", account="dev"),
        },
    ),
    Case(
        "unresolved",
        {
            PATH: request(
                READ + "\n- managed_policy: nowhere\n- bundle: teleport", account="[prod, prd]"
            )
        },
    ),
    Case(
        "changed",
        {PATH: request(READ, expires="2026-12-31"), OTHER: request(READ)},
        {PATH: request(WRITE + NO_PAYROLL), OTHER: request(READ)},
    ),
    Case("gone", {OTHER: request(READ)}, {PATH: request(WRITE), OTHER: request(READ)}),
    Case("unreadable", {PATH: "account: [\n"}),
    Case(
        "hostile",
        {
            PATH: request(
                "- actions: [sqs:SendMessage]\n"
                '  resources: ["arn:aws:sqs:us-east-1:111122223333:a|b<b>@everyone"]',
                reason='"See \\e[2J @team <!-- marker --> | `x` https://example.com ##[error]"',
            )
        },
    ),
    Case(
        "many",
        {
            PATH: request(
                "\n".join(
                    f"- actions: [sqs:SendMessage]\n"
                    f"  resources: [arn:aws:sqs:us-east-1:111122223333:q{n}]\n"
                    f"  conditions: {{StringEquals: {{aws:RequestedRegion: us-east-{n}}}}}"
                    for n in range(20)
                )
            )
        },
    ),
)


def main() -> None:
    """Write every text anew."""
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        case.golden.write_text(case.text(), encoding="utf-8")


if __name__ == "__main__":
    main()
