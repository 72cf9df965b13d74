"""What an apply would do, told to people and to machines."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given

from gitiam.catalog import catalog
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.outcomes import Outcome, Result
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.report.plan import as_json, as_text, plans_of
from gitiam.reviewed import Reviewed, ReviewedModule, read_reviewed
from tests.support.estates import NOW
from tests.support.hcl import hostile
from tests.support.modules import change, module

ARN = "arn:aws:s3:::"
ROLE = module("prod/role/a", "a")


def document(*resources: str) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": list(resources)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


PLAN = ModulePlan(
    (
        PlannedResource(
            "aws_iam_role.this",
            "aws_iam_role",
            ("update",),
            {"name": "a", "max_session_duration": 7200, "arn": "x"},
            {"name": "a", "max_session_duration": 3600, "arn": "x"},
        ),
        PlannedResource(
            "aws_iam_role_policy.inline",
            "aws_iam_role_policy",
            ("update",),
            {"policy": document(f"{ARN}gone", f"{ARN}stays", f"{ARN}moved")},
            {"policy": document(f"{ARN}new", f"{ARN}stays")},
        ),
        PlannedResource(
            'aws_iam_policy.overflow["1"]',
            "aws_iam_policy",
            ("create",),
            None,
            {"name": "o", "policy": document(f"{ARN}moved")},
            frozenset({"arn", "path"}),
        ),
        PlannedResource(
            "aws_iam_role_policy_attachment.managed",
            "aws_iam_role_policy_attachment",
            ("delete",),
            {"role": "a", "policy_arn": "arn:x"},
            None,
        ),
        PlannedResource("aws_iam_role.idle", "aws_iam_role", ("no-op",), {}, {}),
    )
)
WELL = Result(change(ROLE, "requests/a.yaml changed"), 1.0, outcome=Outcome(plan=PLAN, notes=["!"]))
IDLE = Result(change(ROLE, "template changed"), 1.0, outcome=Outcome(plan=ModulePlan(())))
BADLY = Result(change(ROLE, "requests/b.yaml expired"), 1.0, GitiamError("Denied", hint="Ask"))


def test_for_people() -> None:
    assert as_text([WELL, IDLE, BADLY], 3).splitlines() == [
        "prod/role/a  requests/a.yaml changed",
        "  !",
        "  update aws_iam_role.this",
        "      max_session_duration: 7200 → 3600",
        "  update aws_iam_role_policy.inline",
        '  create aws_iam_policy.overflow["1"]',
        "      name: o",
        "      path: known after the apply",
        "  delete aws_iam_role_policy_attachment.managed",
        "      policy_arn: arn:x",
        "      role: a",
        "  permissions",
        "    - allow s3:GetObject",
        "    -   on arn:aws:s3:::gone",
        "    + allow s3:GetObject",
        "    +   on arn:aws:s3:::new",
        f"  plan {PLAN.digest()}",
        "prod/role/a  template changed",
        "  nothing to do; an apply records it",
        "prod/role/a  requests/b.yaml expired",
        "  failed: Denied. Ask",
        "3 modules pending, 3 unchanged",
    ]


def test_what_waits_for_a_decision_is_not_said_to_be_recorded() -> None:
    """An apply does nothing more, and ends with an error until somebody decides."""
    waiting = Outcome(plan=ModulePlan(()), notes=["arn:x itself is kept"], kept="arn:x")
    assert as_text([Result(change(ROLE, "its access is gone"), 1.0, outcome=waiting)], 0) == (
        "prod/role/a  its access is gone\n"
        "  arn:x itself is kept\n"
        "  nothing to do until then: its access is gone\n"
        "1 module pending, 0 unchanged"
    )


def test_for_machines() -> None:
    body = json.loads(as_json([WELL, BADLY], 3, NOW))
    (planned,), (failed,) = body["planned"], body["failed"]
    assert planned["plan"] == PLAN.digest()
    assert planned["opens"] == [f"allow s3:getobject on {ARN}new"]
    assert planned["notes"] == ["!"]
    assert [(r["action"], r["address"]) for r in planned["resources"]] == [
        (r.action, r.address) for r in PLAN.changes
    ]
    assert planned["resources"][0]["after"] == {"name": "a", "max_session_duration": 3600}
    assert failed["error"] == "Denied. Ask"
    assert body["unchanged"] == 3
    assert body["left"] == 0


def test_what_was_left_out_is_counted() -> None:
    text = as_text([IDLE], 3, left=2)
    assert text.splitlines()[-1] == "1 module pending, 3 unchanged, 2 more pending and not planned"
    assert json.loads(as_json([IDLE], 3, NOW, 2))["left"] == 2


def test_what_cannot_be_read_is_said() -> None:
    role, inline, *_ = PLAN.resources
    odd = replace(inline, before={"policy": "?"})
    plan = Outcome(plan=ModulePlan((role, odd)))
    text = as_text([Result(change(ROLE), 1.0, outcome=plan)], 0)
    assert "policy: what is there now cannot be read" in text


@given(hostile())
def test_no_value_gives_an_order_to_a_terminal(text: str) -> None:
    odd = PlannedResource(text, text, ("create",), None, {text: text, "policy": text})
    outcome = Outcome(plan=ModulePlan((odd,)), notes=[text])
    failed = Result(change(ROLE, text), 1.0, GitiamError(text, hint=text))
    said = as_text([Result(change(ROLE, text), 1.0, outcome=outcome), failed], 0)
    assert all(line.isprintable() for line in said.split("\n"))


def test_a_record_for_reviewers() -> None:
    kept = Reviewed(
        (ReviewedModule(ROLE.key, ROLE.digest, PLAN),), unplanned={"dev/user/b": "Denied\n+ x"}
    )
    said = plans_of(read_reviewed(kept.as_text().encode(), "it"), catalog())
    assert list(said) == [ROLE.key, ModuleKey.parse("dev/user/b")]
    assert said[ROLE.key].splitlines()[-6:] == [
        "permissions",
        "- allow s3:GetObject",
        "-   on arn:aws:s3:::gone",
        "+ allow s3:GetObject",
        "+   on arn:aws:s3:::new",
        f"plan {PLAN.digest()}",
    ]
    assert said[ModuleKey.parse("dev/user/b")] == "could not be planned: Denied\ufffd+ x"


def test_a_record_that_names_no_module_is_refused() -> None:
    with pytest.raises(GitiamError, match="names no module"):
        plans_of(Reviewed((), unplanned={"../x": "y"}), catalog())
