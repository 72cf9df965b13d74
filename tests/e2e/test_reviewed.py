"""What a pull request's plan shows is what runs after the merge, or it stops and says why not."""

from __future__ import annotations

import json
from typing import Any

from gitiam.reviewed import read_reviewed
from gitiam.shipped import templates_dir
from tests.support.world import World

QUEUE = "arn:aws:sqs:us-east-1:{account_id}:"
OTHERS = "\n".join(
    f'- actions: [sqs:SendMessage]\n  resources: ["{QUEUE}{n}{"x" * 1000}"]' for n in range(8)
)

OTHER = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def send(queue: str, action: str = "SendMessage") -> str:
    return f'- actions: [sqs:{action}]\n  resources: ["{QUEUE}{queue}"]'


def planned(world: World, *arguments: str) -> dict[str, Any]:
    ran = world.gitiam("plan", "--format", "json", *arguments)
    assert ran.code == 11, ran.err
    return {f"{e['account']}/{e['principal']}": e for e in ran.json["planned"]}


def applied(world: World, *arguments: str) -> dict[str, Any]:
    ran = world.gitiam("apply", "--format", "json", *arguments)
    done = {f"{e['account']}/{e['principal']}": e.get("passed") for e in ran.json["applied"]}
    return done | ran.failed


def test_shown_is_what_runs(world: World) -> None:
    world.declare("role/app", description="Runs", tags={"team": "data"}, max_session=7200)
    world.declare("user/bob")
    world.declare("group/analysts")
    world.ask("role", f"{send('one')}\n- managed_policy: ReadOnlyAccess")
    world.ask("user", f"{OTHERS}\n- group: analysts", principal="user/bob")
    world.ask("group", send("two"), principal="group/analysts")
    shared = "kind: policy\naccount: prod\npolicy: shared\nreason: Several have it\n"
    world.write({"requests/shared.yaml": f"{shared}grants:\n{send('three')}\n"})

    # Every kind of module is planned, shown, and applied just so.
    record = world.root / "one.json"
    found = planned(world, "--save", str(record))
    assert sorted(found) == [
        "prod/group/analysts",
        "prod/policy/shared",
        "prod/role/app",
        "prod/user/bob",
    ]
    saved = read_reviewed(record.read_bytes(), "one.json")
    assert {str(m.key): m.plan.digest() for m in saved.modules} == {
        name: entry["plan"] for name, entry in found.items()
    }
    assert applied(world, "--reviewed", str(record)) == dict.fromkeys(found, "as-shown")

    # What was merged besides was not shown with it, and stops; without it, all is well.
    world.ask("role", send("other"))
    second = world.root / "two.json"
    planned(world, "--save", str(second))
    more = world.ask("more", send("other", "DeleteMessage"))
    failed = applied(world, "--reviewed", str(second))["prod/role/app"]
    assert "reviewers were not shown that it would allow sqs:deletemessage on" in failed
    assert world.resources("role/app") == {f"{QUEUE}one".format(account_id=world.accounts["prod"])}
    third = world.root / "three.json"
    planned(world, "--save", str(third))
    assert applied(world, "--reviewed", str(second), "--reviewed", str(third)) == {
        "prod/role/app": "as-shown"
    }

    # Nobody needs to be shown that access ends; nor that a principal is kept.
    (world.root / more).unlink()
    (world.root / "requests/user.yaml").unlink()
    assert applied(world, "--reviewed", str(second)) == {
        "prod/role/app": "same-result",
        "prod/user/bob": "takes-away",
    }
    (world.root / "requests/user-bob.yaml").unlink()
    kept = planned(world)["prod/user/bob"]
    assert kept["resources"] == []
    assert kept["notes"] == [
        f"arn:aws:iam::{world.accounts['prod']}:user/bob itself is kept until"
        " --allow-destroy prod/user/bob; without that, an apply ends with 1"
    ]
    gone = planned(world, "--allow-destroy", "prod/user/bob")["prod/user/bob"]
    assert [(r["action"], r["address"]) for r in gone["resources"]] == [
        ("delete", "aws_iam_user.this")
    ]

    # A go-ahead for everything is for what reviewers were shown to go.
    fourth = world.root / "four.json"
    planned(world, "--save", str(fourth))
    world.variables["GITIAM_ALLOW_DESTROY"] = "all"
    assert planned(world)["prod/user/bob"] == gone
    failed = applied(world, "--reviewed", str(fourth))["prod/user/bob"]
    assert "would destroy prod/user/bob itself, and reviewers were shown that it stays" in failed
    assert world.iam().get_user(UserName="bob")

    # States and ledger are nobody else's business.
    store = world.root / ".gitiam/store"
    assert [path for path in store.rglob("*.tfstate") if path.is_file()]
    assert not [p for p in (store, *store.rglob("*")) if p.stat().st_mode & 0o077]

    # A record that somebody has touched shows nothing at all.
    forged = second.read_text().replace("sqs:sendmessage", "sqs:*")
    second.write_text(forged)
    ran = world.gitiam("apply", "--reviewed", str(second))
    assert ran.code == 1
    assert "is no record of reviewed plans: a recorded plan has another digest" in ran.err
    assert "Traceback" not in ran.err


def test_a_template_that_does_more_is_stopped(world: World) -> None:
    """Whatever a template or a state says: a module touches its own principal alone."""
    world.iam("prod").create_role(RoleName="app", AssumeRolePolicyDocument="{}")
    world.iam("prod").create_role(RoleName="admin", AssumeRolePolicyDocument="{}")
    world.ask("role", send("one"))
    template = (templates_dir() / "terraform" / "role.tf.j2").read_text(encoding="utf-8")
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    extra = (
        'resource "aws_iam_role_policy_attachment" "x" {\n'
        f'  role = local.role\n  policy_arn = "{arn}"\n}}\n'
    )
    wrong = {
        "aws_iam_role_policy_attachment.x, which is not of this module": template + extra,
        'role of aws_iam_role_policy.inline would be "admin"': template.replace(
            "role   = local.role", 'role   = "admin"'
        ),
        "it has a `provisioner` block": template.replace(
            "role   = local.role",
            'role   = local.role\n  provisioner "local-exec" {\n    command = "true"\n  }',
        ),
        "policy of aws_iam_role_policy.inline would be another": template.replace(
            'policy = file("${path.module}/policies/inline.json")',
            'policy = replace(file("${path.module}/policies/inline.json"), "sqs:", "*")',
        ),
    }
    for said, text in wrong.items():
        assert text != template
        world.write({"templates/terraform/role.tf.j2": text})
        for command in ("plan", "apply"):
            ran = world.gitiam(command, "--format", "json")
            assert ran.code == 1
            assert said in ran.failed["prod/role/app"]
    assert world.inline("role/app") == []
    assert not world.iam("prod").list_attached_role_policies(RoleName="app")["AttachedPolicies"]


def test_what_real_terraform_says_of_drift_is_understood(world: World) -> None:
    """The same change, planned twice against a live role that others touch, is the same plan."""
    world.declare("role/app")
    world.ask("role", send("one"))
    assert world.gitiam("apply").code == 0
    world.ask("role", send("two"))
    before = planned(world)["prod/role/app"]
    world.iam("prod").attach_role_policy(
        RoleName="app", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )
    world.iam("prod").put_role_policy(
        RoleName="app",
        PolicyName="other",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [OTHER]}),
    )
    assert planned(world)["prod/role/app"] == before
