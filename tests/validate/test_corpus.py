"""AWS's own managed policies, some 1,600, against the rules about conditions and ARNs.

Whoever speaks where AWS is right would speak at many an estate. What these rules say of AWS's
policies is listed here, each with what is true in it; anything else is a rule that claims too much.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import yaml

from gitiam.catalog import catalog
from gitiam.desired.state import DesiredState
from gitiam.findings import Finding
from gitiam.models import Conditions
from gitiam.policy.statement import Statement, document_as_json
from gitiam.validate.registry import RULES
from gitiam.validate.run import validate
from tests.support.estates import NOW, estate_of
from tests.test_aws_managed_policies import CONFIG, policies, request_files, role_of
from tests.test_bundles import BUNDLES, granted

JUDGED = frozenset(
    [
        "foreign-partition",
        "inapplicable-condition",
        "literal-wildcard",
        "malformed-condition",
        "mismatched-operator",
        "mismatched-set-operator",
        "misplaced-variable",
        "unknown-condition",
        "unknown-placeholder",
        "unknown-region",
        "unknown-variable",
    ]
)

# rule, a part of the message → how many policies it may be said of.
ALLOWED = {
    # Text operators on true and false: they work, `Bool` is what the guide asks for.
    ("mismatched-operator", "aws:ViaAWSService"): 1,
    ("mismatched-operator", "lakeformation:EnabledOnlyForMetaDataAccess"): 1,
    # The reference lists it as an array; AWS compares it without a set operator.
    ("mismatched-set-operator", "events:detail-type"): 3,
    # Set operators on keys of which a request has one value.
    ("mismatched-set-operator", "codestar-connections:ProviderAction"): 2,
    ("mismatched-set-operator", "ec2:ResourceTag/eks:eni:owner"): 1,
    ("mismatched-set-operator", "iam:AWSServiceName"): 1,
    # Keys that have left the reference with their service, or never were in it.
    ("unknown-condition", "aws:PrincipalOrgMasterAccountId"): 1,
    ("unknown-condition", "deepracer:MultiUser"): 1,
    ("unknown-condition", "deepracer:UserToken"): 2,
    ("unknown-condition", "lakeformation:GlueARN"): 1,
    # They are for users; here roles have them, and a role has no user name.
    ("unknown-variable", "has no `${aws:username}`"): 6,
    # The reference lists the key with other actions of the marketplace.
    ("inapplicable-condition", "aws-marketplace:ProductId"): 3,
}


def conditions_of(conditions: Conditions) -> Any:
    """As a file writes them."""
    (statement,) = document_as_json([Statement("Allow", conditions=conditions)])["Statement"]
    return statement.get("Condition", {})


@pytest.fixture(scope="module")
def found() -> tuple[Finding, ...]:
    pairs = (pair for item in policies().items() for pair in request_files(*item))
    estate = estate_of({"gitiam.yaml": CONFIG, **dict(pairs)})
    rules = [rule for rule in RULES if rule.id in JUDGED]
    assert len(rules) == len(JUDGED)
    state = DesiredState({}, (), ())
    return tuple(
        f for f in validate(estate, catalog(), NOW, state=state, rules=rules) if f.rule in JUDGED
    )


def test_what_is_said_of_awss_own_policies_is_known(found: tuple[Finding, ...]) -> None:
    names = {role_of(name): name for name in policies()}
    said: dict[tuple[str, str], set[str]] = {}
    for finding in found:
        right = next((k for k in ALLOWED if k[0] == finding.rule and k[1] in finding.message), None)
        assert right, f"{names[finding.location.path[9:14]]}: {finding.rule}: {finding.message}"
        said.setdefault(right, set()).add(names[finding.location.path[9:14]])
    counts = Counter({key: len(who) for key, who in said.items()})
    assert {k: n for k, n in counts.items() if n > ALLOWED[k]} == {}


@pytest.mark.parametrize("name", BUNDLES)
def test_nothing_is_said_of_what_bundles_give(name: str) -> None:
    grants = [
        {
            "actions": list(statement.actions),
            "resources": list(statement.resources),
            "conditions": conditions_of(statement.conditions),
        }
        for statement in granted(BUNDLES[name])
    ]
    body = {"account": "a", "principal": "role/x", "reason": f"What {name} gives", "grants": grants}
    text = yaml.safe_dump({**body, "expires": "never"})
    rules = [rule for rule in RULES if rule.id in JUDGED | {"redundant-entry"}]
    estate = estate_of({"gitiam.yaml": CONFIG, "requests/x.yaml": text})
    assert validate(estate, catalog(), NOW, rules=rules) == ()


def test_none_of_it_blocks(found: tuple[Finding, ...]) -> None:
    assert [f.message for f in found if f.blocks] == []
