"""`approvals:` in `gitiam.yaml`: what holds without it, what it says, and what is wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitiam.approvals.policy import ApprovalPolicy, Owners, Requirement, Rule, Voters
from gitiam.errors import GitiamError
from gitiam.findings import Risk
from gitiam.load.estate import ConfigError, load_config

ACCOUNTS = """\
accounts:
  prod: {id: '111122223333', tier: critical}
  dev: {id: '444455556666', tier: sandbox}
approvals:
"""


def load(root: Path, text: str) -> ApprovalPolicy:
    (root / "gitiam.yaml").write_text(text)
    return load_config(root).approvals


def test_what_holds_where_nothing_is_said(tmp_path: Path) -> None:
    text = ACCOUNTS.removesuffix("approvals:\n")
    assert load(tmp_path, text) == ApprovalPolicy()
    assert ApprovalPolicy().requirements == (Requirement(2, risk=Risk.CRITICAL),)
    only_org = load(tmp_path, ACCOUNTS + "  organization: example\n")
    assert only_org == ApprovalPolicy()


def test_everything_can_be_said(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        ACCOUNTS
        + """
  organization: Example
  needed:
    - teams: access-reviewers
    - tiers: [critical]
      risk: high
      count: 2
      teams: ["@Other/Security"]
      people: ["@Alice", bob]
      owners: required
  owners:
    data platform: {teams: [data]}
  estate: {people: [alice, bob], count: 2}
  by_rule:
    - id: reads
      version: 3
      max_risk: medium
      tiers: sandbox
      access: [list, read]
      max_days: 30
  emails: {Alice@example.com: ALICE}
""",
    )
    assert found == ApprovalPolicy(
        requirements=(
            Requirement(1, Voters(frozenset(["example/access-reviewers"]))),
            Requirement(
                2,
                Voters(frozenset(["other/security"]), frozenset(["alice", "bob"])),
                Risk.HIGH,
                ("critical",),
                Owners.REQUIRED,
            ),
        ),
        owners={"data platform": Voters(frozenset(["example/data"]))},
        estate=Requirement(2, Voters(people=frozenset(["alice", "bob"]))),
        by_rule=(Rule("reads", 3, ("sandbox",), frozenset(["list", "read"]), 30, Risk.MEDIUM),),
        emails={"alice@example.com": "alice"},
    )


RULE = "id: reads, version: 1, tiers: [sandbox], access: [read], max_days: 30"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("needed: []", "5:11: `approvals.needed` is empty; it needs at least one entry"),
        ("needed: [{}]", "says nothing; give `count`, `teams` or `people`"),
        ("needed: [{teams: []}]", "5:20: `teams` in entry 1 of `approvals.needed` is empty"),
        ("needed: [{people: []}]", "5:21: `people` in entry 1 of `approvals.needed` is empty"),
        (
            "needed: [{teams: }]",
            "`teams` in entry 1 of `approvals.needed`: names nobody; name somebody",
        ),
        ("needed: [{people: }]", "`people` in entry 1 of `approvals.needed`: names nobody"),
        ("needed: [{tiers: []}]", "`tiers` in entry 1 of `approvals.needed` is empty"),
        ("needed: [{people: alice, count: 2}]", "2 approvals cannot come from 1 person"),
        ("needed: [{people: [bob, BOB], count: 2}]", "2 approvals cannot come from 1 person"),
        ("needed: [{count: 0}]", "`count` in entry 1 of `approvals.needed`"),
        ("needed: [{teams: security}]", "5:20: `security`: of which organisation? write `@ORG"),
        ('needed: [{teams: "@a b/c"}]', "5:20: `@a b/c` is not a team on GitHub"),
        ("needed: [{teams: [a/b/c]}]", "`a/b/c` is not a team on GitHub"),
        ('needed: [{people: "x y"}]', "`x y` is not the name of a person on GitHub"),
        ('needed: [{people: "helper[bot]"}]', "is not the name of a person on GitHub"),
        (r'needed: [{people: "x\n* @y"}]', "is not the name of a person on GitHub"),
        ("needed: [{tiers: critcal}]", "5:20: no account is of the tier `critcal`; did you mean"),
        ("needed: [{tiers: [sandbox, free]}]", "5:30: no account is of the tier `free`; there are"),
        ("needed: [{risk: hihg}]", "must be 'low', 'medium', 'high' or 'critical'"),
        ("needed: [{owners: yes}]", "must be 'optional', 'where-declared' or 'required'"),
        ("needed: [{team: x}]", "unknown key `team`; did you mean `teams`?"),
        ("owners: {data: {}}", "`approvals.owners.data`: give `teams`, `people` or both"),
        ("owners: {data: {teams: [x]}}", "5:27: `x`: of which organisation?"),
        ("estate: {}", "says nothing"),
        ("estate: {teams: x}", "5:19: `x`: of which organisation?"),
        ("estate: {tiers: sandbox}", "`tiers` does not belong here"),
        ("organization: a/b", "`approvals.organization` has a form that cannot be right"),
        (f"by_rule: [{{{RULE}}}, {{{RULE}}}]", "a rule `reads` stands above"),
        (f"by_rule: [{{{RULE.replace('sandbox', 'sandbx')}}}]", "did you mean `sandbox`?"),
        (
            f"by_rule: [{{{RULE.replace('[sandbox]', '[]')}}}]",
            "`tiers` in entry 1 of `approvals.by_rule` is empty",
        ),
        (
            f"by_rule: [{{{RULE.replace('[read]', '[]')}}}]",
            "`access` in entry 1 of `approvals.by_rule` is empty",
        ),
        (
            f"by_rule: [{{{RULE.replace('[read]', 'permissions-management')}}}]",
            "must be 'list', 'read', 'write' or 'tagging', not `permissions-management`",
        ),
        (f"by_rule: [{{{RULE}, max_risk: high}}]", "must be 'low' or 'medium', not `high`"),
        (
            f"by_rule: [{{{RULE.replace(', max_days: 30', '')}}}]",
            "`max_days` in entry 1 of `approvals.by_rule` is missing",
        ),
        (
            f"by_rule: [{{{RULE.replace('version: 1, ', '')}}}]",
            "`version` in entry 1 of `approvals.by_rule` is missing",
        ),
        ("emails: {not an address: alice}", "has a form that cannot be right"),
        ("emails: {a@x.org: b c}", "is not the name of a person on GitHub"),
        ("emails: {A@x.org: alice, a@x.org: bob}", "`a@x.org` and `A@x.org` are one address"),
    ],
)
def test_what_is_wrong_and_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"{ACCOUNTS}  {text}\n")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "mend"),
    [("needed: [{tiers: critcal}]", "critical"), ("needed: [{risk: HIGH}]", "high")],
)
def test_what_can_be_mended_is_offered(tmp_path: Path, text: str, mend: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"{ACCOUNTS}  {text}\n")
    (finding,) = caught.value.findings
    assert finding.fix is not None
    assert finding.fix.is_exact
    assert finding.fix.replacement == mend


def test_nothing_at_all_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(GitiamError, match="`approvals` must be a mapping"):
        load(tmp_path, ACCOUNTS)
