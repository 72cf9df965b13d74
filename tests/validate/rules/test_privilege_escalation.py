"""Ways up: where a file opens one, with what, and where the rest of it comes from.

That every catalogued way is found, however it is disguised, is for `test_escalation.py`.
"""

from __future__ import annotations

from textwrap import indent

import pytest

from gitiam.findings import Finding, Location
from tests.support.estates import Files, findings_of, places, request

RULE = "privilege-escalation"
ACCOUNT = "arn:aws:iam::111122223333"
PASS = "- actions: iam:PassRole\n  resources: '*'\n"
CREATE = (
    "- actions: [lambda:CreateFunction, lambda:InvokeFunction]\n"
    "  resources: 'arn:aws:lambda:us-east-1:111122223333:function:*'\n"
)
WRITE_OWN = "- actions: iam:PutRolePolicy\n  resources: '*'\n"
GROUP = "kind: principal\naccount: prod\nprincipal: group/team\nreason: They run the shop\n"


def found_in(files: Files | str, *proposed: str) -> tuple[Finding, ...]:
    return findings_of(files, *proposed, rule=RULE)


def paths(found: tuple[Finding, ...]) -> list[str]:
    return [f.location.path for f in found]


def shared(grants: str, account: str = "prod") -> str:
    head = f"kind: policy\naccount: {account}\npolicy: shared\nreason: For all pipelines\ngrants:\n"
    return head + indent(grants, "  ")


def test_what_a_principal_may_do_to_itself_blocks_at_the_action() -> None:
    (found,) = found_in(request("- actions: [iam:ListRoles, iam:PutRolePolicy]\n  resources: '*'"))
    assert places((found,)) == [(6, 30)]
    assert (found.severity, found.risk, found.related) == ("error", "critical", ())
    assert "role/data-pipeline in prod can get more" in found.message
    assert "iam:PutRolePolicy" in found.message
    assert found.fix is not None


@pytest.mark.parametrize(
    ("resource", "is_found"),
    [
        ("*", True),
        (f"{ACCOUNT}:role/*", True),
        (f"{ACCOUNT}:role/data-pipeline", True),
        (f"{ACCOUNT}:role/any/path/data-pipeline", True),
        (f"{ACCOUNT}:role/data-*", True),
        (f"{ACCOUNT}:*", True),
        (f"{ACCOUNT}:user/data-pipeline", False),
        ("arn:aws:iam::444455556666:role/*", False),
        ("arn:aws:s3:::*", False),
    ],
)
def test_what_is_the_principals_own(resource: str, is_found: bool) -> None:
    text = request(f"- actions: iam:AttachRolePolicy\n  resources: '{resource}'")
    assert bool(found_in(text)) is is_found


def test_one_finding_for_all_ways_from_one_place() -> None:
    (found,) = found_in(request("- managed_policy: AdministratorAccess"))
    assert places((found,)) == [(6, 21)]
    assert "more ways" in found.message
    assert len(found.message) < 500


def test_a_role_is_passed_to_what_acts_for_it() -> None:
    found = found_in(request(PASS + CREATE))
    assert [f.risk for f in found] == ["high"]
    (found_,) = found
    assert "iam:PassRole" in found_.message
    assert "lambda:CreateFunction" in found_.message


@pytest.mark.parametrize("only", [PASS, CREATE], ids=["pass", "create"])
def test_half_a_way_leads_nowhere(only: str) -> None:
    assert found_in(request(only)) == ()


@pytest.mark.parametrize(
    ("change", "by", "is_found"),
    [
        ("resources: '*'", f"resources: '{ACCOUNT}:role/orders'", False),
        ("resources: '*'", f"resources: '{ACCOUNT}:role/*'", True),
        ("resources: '*'", f"resources: '{ACCOUNT}:role/orders-*'", True),
    ],
)
def test_one_role_that_is_named_is_for_reviewers_to_look_at(
    change: str, by: str, is_found: bool
) -> None:
    assert bool(found_in(request(PASS.replace(change, by) + CREATE))) is is_found


@pytest.mark.parametrize(
    ("service", "is_found"),
    [
        ("lambda.amazonaws.com", True),
        ("[ecs-tasks.amazonaws.com, lambda.amazonaws.com]", True),
        ("ecs-tasks.amazonaws.com", False),
    ],
)
def test_to_which_service_counts(service: str, is_found: bool) -> None:
    condition = f"  conditions: {{StringEquals: {{'iam:PassedToService': {service}}}}}\n"
    assert bool(found_in(request(PASS + condition + CREATE))) is is_found


# -- several files ------------------------------------------------------------------------------


def test_of_two_files_the_proposed_one_is_told_and_the_other_shown() -> None:
    files = {"requests/a.yaml": request(PASS), "requests/b.yaml": request(CREATE)}
    (found,) = found_in(files, "requests/b.yaml")
    assert found.location == Location("requests/b.yaml", 6, 15, 6, 36)
    (related,) = found.related
    assert (related.location.path, related.location.line) == ("requests/a.yaml", 6)
    assert "iam:PassRole" in related.message

    (found,) = found_in(files, "requests/a.yaml")
    assert found.location.path == "requests/a.yaml"
    assert {r.location.path for r in found.related} == {"requests/b.yaml"}
    # Both proposed at once: both are told. None: the first, so that it is not lost.
    assert paths(found_in(files, *files)) == sorted(files)
    assert paths(found_in(files)) == ["requests/a.yaml"]


def test_a_third_file_has_no_part_in_it() -> None:
    files = {
        "requests/a.yaml": request(PASS),
        "requests/b.yaml": request(CREATE),
        "requests/c.yaml": request("- actions: s3:GetObject\n  resources: arn:aws:s3:::orders/*"),
    }
    assert found_in(files, "requests/c.yaml", "requests/b.yaml")
    assert paths(found_in(files, "requests/c.yaml")) == ["requests/a.yaml"]


def test_principals_do_not_add_up_nor_do_accounts() -> None:
    for keys in ({"principal": "role/other"}, {"account": "dev"}):
        files = {"requests/a.yaml": request(PASS), "requests/b.yaml": request(CREATE, **keys)}
        assert found_in(files, *files) == ()


def test_each_account_and_principal_has_its_own() -> None:
    text = request(WRITE_OWN, account="[dev, prod]", principal="[role/a, role/b]")
    found = found_in(text)
    assert len(found) == 4
    whom = {f"role/{name} in {account}" for name in "ab" for account in ("dev", "prod")}
    assert all(sum(who in f.message for f in found) == 1 for who in whom)


def test_an_expired_file_opens_nothing() -> None:
    files = {
        "requests/a.yaml": request(PASS, expires="2026-01-15"),
        "requests/b.yaml": request(CREATE),
    }
    assert found_in(files, "requests/b.yaml") == ()


# -- groups and managed policies ----------------------------------------------------------------


def test_what_a_group_has_adds_up_with_what_its_member_has() -> None:
    files = {
        "requests/group.yaml": GROUP,
        "requests/g.yaml": request(PASS, principal="group/team"),
        "requests/join.yaml": request("- group: team", principal="user/alice"),
        "requests/x.yaml": request(CREATE, principal="user/alice"),
    }
    (found,) = found_in(files, "requests/join.yaml")
    assert found.location == Location("requests/join.yaml", 6, 12, 6, 16)
    assert {r.location.path for r in found.related} == {"requests/x.yaml"}
    (found,) = found_in(files, "requests/x.yaml")
    assert {r.location.path for r in found.related} == {"requests/join.yaml"}
    # The group alone has no way up, and neither has its other member.
    assert found_in({k: v for k, v in files.items() if "x.yaml" not in k}) == ()


def test_a_policy_of_aws_adds_up_with_a_request() -> None:
    files = {
        "requests/a.yaml": request("- managed_policy: AWSLambda_FullAccess"),
        "requests/b.yaml": request(PASS),
    }
    found = found_in(files, "requests/b.yaml")
    assert [f.location.line for f in found if f.location.path == "requests/b.yaml"] == [6]
    found = found_in(files, "requests/a.yaml")
    assert {f.location for f in found} == {Location("requests/a.yaml", 6, 21, 6, 41)}


def test_a_shared_policy_is_told_where_it_stands_and_where_it_is_attached() -> None:
    files = {
        "requests/p.yaml": shared(PASS + CREATE),
        "requests/x.yaml": request("- managed_policy: shared"),
    }
    found = found_in(files, *files)
    assert paths(found) == ["requests/p.yaml", "requests/x.yaml"]
    assert "policy/shared in prod" in found[0].message
    assert found[1].location.line == 6


def test_a_shared_policy_is_half_a_way() -> None:
    files = {
        "requests/p.yaml": shared(PASS),
        "requests/x.yaml": request("- managed_policy: shared\n" + CREATE),
    }
    (found,) = found_in(files, *files)
    assert found.location.path == "requests/x.yaml"


# -- what bars it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("denial", "is_found"),
    [
        ("actions: 'iam:*'\n  resources: '*'", False),
        ("actions: iam:PutRolePolicy\n  resources: '*'", False),
        ("not_actions: 's3:*'\n  resources: '*'", False),
        ("actions: iam:AttachRolePolicy\n  resources: '*'", True),
        (f"actions: iam:PutRolePolicy\n  resources: '{ACCOUNT}:role/other'", True),
        (f"actions: iam:PutRolePolicy\n  resources: '{ACCOUNT}:role/*'", False),
        (
            "actions: iam:PutRolePolicy\n  resources: '*'\n"
            "  conditions: {Bool: {'aws:MultiFactorAuthPresent': 'false'}}",
            True,
        ),
        (
            "actions: iam:PutRolePolicy\n  resources: '*'\n"
            "  conditions: {StringEquals: {'aws:PrincipalAccount': '111122223333'}}",
            False,
        ),
    ],
)
def test_a_denial_counts_only_where_it_takes_everything(denial: str, is_found: bool) -> None:
    text = request(f"{WRITE_OWN}- effect: deny\n  {denial}\n")
    assert bool(found_in(text)) is is_found


@pytest.mark.parametrize(
    ("conditions", "is_found"),
    [
        ("{StringEquals: {'aws:PrincipalAccount': '444455556666'}}", False),
        ("{DateLessThan: {'aws:CurrentTime': '2020-01-01T00:00:00Z'}}", False),
        ("{ArnEquals: {'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/other'}}", False),
        ("{StringLike: {'aws:PrincipalAccount': '1111*'}}", True),
        ("{Bool: {'aws:MultiFactorAuthPresent': 'true'}}", True),
        ("{IpAddress: {'aws:SourceIp': '10.0.0.0/8'}}", True),
        ("{StringLooksLike: {'aws:PrincipalAccount': '444455556666'}}", True),
    ],
)
def test_a_condition_counts_only_where_it_never_holds(conditions: str, is_found: bool) -> None:
    assert bool(found_in(request(f"{WRITE_OWN}  conditions: {conditions}"))) is is_found


def test_a_boundary_bars_what_it_leaves_out() -> None:
    declared = (
        "kind: principal\naccount: prod\nprincipal: role/data-pipeline\nreason: It runs the shop\n"
        "trust: [{{service: lambda.amazonaws.com}}]\npermissions_boundary: {}\n"
    )
    files = {"requests/x.yaml": request(WRITE_OWN)}
    bounded = {**files, "requests/d.yaml": declared.format("PowerUserAccess")}
    assert found_in(bounded, "requests/x.yaml") == ()
    wide = {**files, "requests/d.yaml": declared.format("AdministratorAccess")}
    assert paths(found_in(wide, "requests/x.yaml")) == ["requests/x.yaml"]
    # What nobody here can read bars nothing.
    elsewhere = declared.format("'arn:aws:iam::111122223333:policy/elsewhere'")
    unread = {**files, "requests/d.yaml": elsewhere}
    assert paths(found_in(unread, "requests/x.yaml")) == ["requests/x.yaml"]


@pytest.mark.parametrize(
    "grant",
    [
        "bundle: s3-read\n  resources: ['arn:aws:s3:::orders']",
        "access: [read, list]\n  resources: ['arn:aws:iam::111122223333:role/*']",
        "managed_policy: ReadOnlyAccess",
        "actions: [iam:Get*, iam:List*]\n  resources: '*'",
        "actions: [lambda:UpdateFunctionCode]\n"
        "  resources: ['arn:aws:lambda:us-east-1:111122223333:function:orders']",
        "assume: arn:aws:iam::444455556666:role/audit",
    ],
)
def test_ordinary_access_is_no_way_up(grant: str) -> None:
    assert found_in(request(f"- {grant}")) == ()


def test_ones_own_keys_and_password_are_ones_own() -> None:
    own = (
        "- actions: [iam:CreateAccessKey, iam:UpdateLoginProfile]\n"
        "  resources: 'arn:aws:iam::{account_id}:user/${aws:username}'\n"
    )
    assert found_in(request(own, principal="user/alice")) == ()
    assert found_in(request(own, principal="group/team")) == ()
    # As the IAM User Guide writes it: the account is left open, and can only be one's own.
    anywhere = own.replace("{account_id}", "*")
    assert found_in(request(anywhere, principal="user/alice")) == ()
    theirs = own.replace("${aws:username}", "bob")
    assert places(found_in(request(theirs, principal="user/alice"))) == [(6, 15), (6, 36)]
