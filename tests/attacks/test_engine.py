"""Ways to make the engine apply what nobody saw, or take for applied what is not."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gitiam.cli.main import cli
from gitiam.errors import GitiamError
from gitiam.memory import Memory
from gitiam.models import ModuleKey
from gitiam.modules import Change, Module
from gitiam.plans import ModulePlan, PlannedResource, read_plan
from gitiam.sync.apply.applier import Applier
from gitiam.sync.apply.intent import Intent
from gitiam.sync.apply.shown import judge
from gitiam.sync.store.lease import Leases
from gitiam.sync.store.ledger import Ledger, marker_key, read_marker
from gitiam.sync.store.state import lock_in_bucket
from gitiam.sync.terraform.provider.verified import lock_hashes
from gitiam.sync.terraform.workspace import TerraformError
from tests.support.estates import NOW, request, write_estate
from tests.support.intents import Says
from tests.support.modules import change, module, record
from tests.support.objects import MemoryObjects
from tests.support.plans import plan_between, plan_of, state_of
from tests.support.states import modules_of
from tests.support.terraform import Cloud, fake_terraform

KEY = ModuleKey.parse("prod/role/data-pipeline")
_READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
_MORE = "- {actions: [s3:PutObject], resources: ['arn:aws:s3:::orders/*']}"


def _of(*grants: str) -> Module:
    return modules_of({"requests/0.yaml": request("\n".join(grants))})[KEY]


def test_a_plan_that_leaves_out_what_the_module_has_is_refused() -> None:
    wanted = _of(_READ)
    with pytest.raises(GitiamError):
        Intent(NOW).check(
            Change(wanted, None, ("a reason",)),
            None,
            None,
            plan_between({}, {}, wanted.account.id),
        )


def test_what_stays_as_it_is_must_be_what_the_module_says() -> None:
    before, wanted = _of(_READ, _MORE), _of(_READ)
    as_before = state_of(before)
    with pytest.raises(GitiamError):
        Intent(NOW).check(
            Change(wanted, before.digest, ("a reason",)),
            replace(record(before), imports=before.imports),
            None,
            plan_between(as_before, as_before, wanted.account.id),
        )


def test_what_ends_later_is_open_until_then_whatever_instant_is_given() -> None:
    """`apply --at` a time to come is allowed; what ends before that is still open today."""
    end = (NOW + timedelta(days=300)).strftime("%Y-%m-%dT%H:%M:%SZ")
    grant = f"{_MORE[:-1]}, conditions: {{DateLessThan: {{'aws:CurrentTime': '{end}'}}}}}}"
    wanted = _of(_READ, grant)
    with pytest.raises(GitiamError, match="no reviewed plan"):
        Intent(NOW + timedelta(days=400), {}).check(
            Change(wanted, None, ("a reason",)), None, None, plan_of(wanted, _of(_READ))
        )


OWN, ARN = "aws_iam_role.this", "arn:aws:iam::111122223333:role/data-pipeline"
_FIRST = module(str(KEY), "first", creates={OWN: ARN}, imports={OWN: "data-pipeline"})
_SECOND = module(str(KEY), "second", creates={OWN: ARN}, imports={OWN: "data-pipeline"})


class _Killed(BaseException):
    pass


def _apply(cloud: Cloud, found: Module, rule: str) -> None:
    ledger = Ledger(cloud.objects)
    leases = Leases(cloud.objects, is_gone=lambda holder: True)
    applier = Applier(
        fake_terraform(cloud, cloud.objects), ledger, cloud, ledger.standings(), leases=leases
    )
    replace(applier, intent=Says(rule)).apply(change(found))


def test_what_was_shown_once_is_not_repeated_after_something_else_was_applied() -> None:
    """The first was shown, and failed; second took it back, and was killed; it comes back."""
    cloud = Cloud(MemoryObjects())
    cloud.failing[str(KEY)] = TerraformError("AccessDenied")
    with pytest.raises(TerraformError):
        _apply(cloud, _FIRST, "as-shown")
    cloud.failing.clear()
    with pytest.MonkeyPatch.context() as patch:
        # As after SIGKILL: nothing of what comes after a failure is done.
        patch.setattr("gitiam.sync.apply.applier._let_go", lambda lease, attempt: None)
        patch.setattr(Ledger, "finish", _kill)
        with suppress(_Killed):
            _apply(cloud, _SECOND, "takes-away")
    raw = cloud.objects.get(marker_key(KEY))
    assert raw is not None
    left = read_marker(KEY, raw)
    assert left.digest == _SECOND.digest
    assert left.reviewed != _FIRST.digest


def _kill(*_: Any) -> None:
    raise _Killed


def test_what_was_shown_can_be_repeated_after_a_plan_that_failed() -> None:
    """The second try did not come as far as to be judged: nothing has changed since the first."""
    cloud = Cloud(MemoryObjects())
    cloud.failing[str(KEY)] = TerraformError("AccessDenied")
    with pytest.raises(TerraformError):
        _apply(cloud, _FIRST, "as-shown")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gitiam.sync.apply.attempt.extra_files", _throttled)
        with pytest.raises(TerraformError):
            _apply(cloud, _FIRST, "as-shown")
    raw = cloud.objects.get(marker_key(KEY))
    assert raw is not None
    assert read_marker(KEY, raw).reviewed == _FIRST.digest


def _throttled(*_: Any, **__: Any) -> None:
    raise TerraformError("Throttling: Rate exceeded")


def test_an_empty_variable_does_not_switch_the_review_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step of a workflow that found no record hands on an empty text."""
    root = write_estate(tmp_path, {"requests/x.yaml": request(_READ)})
    monkeypatch.setenv("GITIAM_REVIEWED", "")
    seen: list[Any] = []

    def look(*_: Any, **__: Any) -> None:
        seen.append("went on without a record")
        raise GitiamError("stop")

    monkeypatch.setattr("gitiam.cli.apply.look", look)
    CliRunner().invoke(cli, ["apply", "-C", str(root)])
    assert seen == []


def _overtake(cloud: Cloud) -> None:
    """The run that has the module is taken for dead, and another has it."""
    raw = cloud.objects.get(marker_key(KEY))
    assert raw is not None
    ours = read_marker(KEY, raw)
    assert ours.holder is not None
    theirs = replace(ours, holder=replace(ours.holder, token="another"))
    cloud.objects.put(marker_key(KEY), theirs.as_text().encode())


def test_a_run_that_was_taken_for_dead_changes_nothing_any_more() -> None:
    """A machine that slept between plan and apply would bring back what was taken away since."""
    cloud = Cloud(MemoryObjects())
    ledger = Ledger(cloud.objects)
    says = Says("as-shown", meanwhile=lambda: _overtake(cloud))
    applier = Applier(fake_terraform(cloud), ledger, cloud, {}, intent=says)
    with pytest.raises(GitiamError, match="taken"):
        applier.apply(change(_FIRST))
    assert cloud.exists == set()


_DECLARED = """\
kind: principal
account: prod
principal: role/data-pipeline
reason: The nightly pipeline of the data team
trust: [{service: lambda.amazonaws.com}]
"""
_DENY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
)


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("managed_policy_arns", ["arn:aws:iam::aws:policy/AWSDenyAll"]),
        ("inline_policy", [{"name": "stop", "policy": _DENY}]),
    ],
)
@pytest.mark.parametrize("shown", [None, {}], ids=["without-records", "not-shown"])
def test_what_others_put_on_a_role_is_not_taken_off_it(
    name: str, foreign: list[Any], shown: Any
) -> None:
    """`managed_policy_arns = []`, or an empty `inline_policy` block, takes off all there is."""
    wanted = modules_of({"requests/0.yaml": _DECLARED})[KEY]
    before, after = state_of(wanted), state_of(wanted)
    before[OWN][name] = foreign
    after[OWN][name] = []
    with pytest.raises(GitiamError):
        Intent(NOW, shown).check(
            Change(wanted, wanted.digest, ("a reason",)),
            replace(record(wanted), imports=wanted.imports),
            None,
            plan_between(before, after, wanted.account.id),
        )


def test_what_was_plain_text_when_shown_is_no_variable() -> None:
    """Without the new version of the policy language, `${aws:username}` is just that text."""
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::${aws:username}/*",
    }

    def making(version: str) -> ModulePlan:
        policy = json.dumps({"Version": version, "Statement": [statement]})
        values = {"name": "gitiam", "role": "app", "policy": policy}
        address = "aws_iam_role_policy.inline"
        return ModulePlan(
            (PlannedResource(address, "aws_iam_role_policy", ("create",), None, values),)
        )

    with pytest.raises(GitiamError):
        judge(making("2012-10-17"), [making("2008-10-17")], NOW)


def test_a_lock_that_is_nested_without_end_is_an_error_for_people() -> None:
    objects = MemoryObjects()
    objects.put(f"state/{KEY}.tfstate.tflock", b"[" * 200_000)
    with pytest.raises(GitiamError, match="cannot be read"):
        lock_in_bucket(objects, KEY)


def test_a_plan_that_is_nested_deeply_is_refused() -> None:
    deep = "[" * 900 + "]" * 900
    change = f'{{"actions":["create"],"before":null,"after":{{}},"after_unknown":{{"x":{deep}}}}}'
    text = (
        '{"format_version":"1.2","configuration":{"root_module":{}},"resource_changes":[{'
        f'"address":"aws_iam_role.this","type":"aws_iam_role","change":{change}}}]}}'
    )
    with pytest.raises(GitiamError, match="cannot be judged"):
        read_plan(text)


def test_a_memory_of_other_types_is_none() -> None:
    """Otherwise comparing the time of expiry raises TypeError in every run."""
    file = ["digest", "soon", ["role/x"], []]
    body = {"format": 1, "fingerprint": "f", "judged_at": 0, "modules": {}}
    with pytest.raises(ValueError, match="memory"):
        Memory.from_text(json.dumps(body | {"files": {"requests/x.yaml": file}}))


def test_only_the_providers_own_hashes_of_a_lock_file_count() -> None:
    """Terraform would not take another provider's hash, or one in a comment, for this one's."""
    other, own = ("h1:" + letter * 43 + "=" for letter in "AB")
    lock = f'''\
# "{other}"
provider "registry.terraform.io/example/other" {{
  hashes = ["{other}"]
}}
provider "registry.terraform.io/hashicorp/aws" {{
  hashes = ["{own}"]
}}
'''
    assert lock_hashes(lock) == {own}
