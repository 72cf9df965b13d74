"""The shapes of files: what is accepted, what becomes of it, and what is said of the rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gitiam.models import (
    AccessGrant,
    AccessLevel,
    ActionsGrant,
    AssumeGrant,
    BundleGrant,
    Condition,
    GroupGrant,
    Kind,
    ManagedPolicyGrant,
    Principal,
    TrustEntry,
)
from tests.support.estates import estate_of, findings_of, request

READ = "- managed_policy: ReadOnlyAccess"
DECLARED = "kind: principal\naccount: prod\nprincipal: {}\nreason: joined the team\n"
ROLE = DECLARED.format("role/x") + "trust: [{service: ec2.amazonaws.com}]\n"
POLICY = (
    "kind: policy\naccount: prod\npolicy: p\nreason: for analysts\n"
    "grants: [{actions: 's3:GetObject', resources: 'arn:aws:s3:::b/*'}]\n"
)


def said(text: str) -> list[str]:
    """`line:column message` of each finding about the shape of the file."""
    findings = estate_of({"requests/x.yaml": text}).findings
    assert {f.rule for f in findings} <= {"schema"}
    return [f"{f.location.line}:{f.location.column} {f.message}" for f in findings]


# -- what becomes of it ---------------------------------------------------------------------------


def test_a_request_with_every_form_of_grant() -> None:
    text = request(
        """
        - bundle: s3-read-folder
          resources: [arn:aws:s3:::orders]
          parameters: {folder: "2026"}
        - access: [read, list]
          resources: arn:aws:s3:::x
        - effect: deny
          actions: sqs:SendMessage
          resources: "*"
          conditions:
            StringEquals: {aws:RequestedRegion: [a, b]}
            Bool: {aws:SecureTransport: true}
        - not_actions: [iam:x]
          not_resources: [arn:aws:s3:::x]
        - managed_policy: ReadOnlyAccess
        - group: analysts
        - assume: arn:aws:iam::444455556666:role/audit
        """,
        account="[dev, prod]",
        principal="[role/a, user/b, group/c]",
        ticket="INC-1",
        expires="2027-01-15T18:00:00+02:00",
    )
    estate = estate_of({"requests/x.yaml": text})
    assert estate.findings == ()
    (found,) = estate.requests
    assert found.accounts == ("dev", "prod")
    assert found.principals == (
        Principal(Kind.ROLE, "a"),
        Principal(Kind.USER, "b"),
        Principal(Kind.GROUP, "c"),
    )
    assert (found.ticket, found.expires) == ("INC-1", datetime(2027, 1, 15, 16, tzinfo=UTC))
    assert found.grants == (
        BundleGrant("s3-read-folder", ("arn:aws:s3:::orders",), {"folder": "2026"}),
        AccessGrant((AccessLevel.READ, AccessLevel.LIST), ("arn:aws:s3:::x",)),
        ActionsGrant(
            ("sqs:SendMessage",),
            ("*",),
            "Deny",
            conditions=(
                Condition("Bool", "aws:SecureTransport", ("true",)),
                Condition("StringEquals", "aws:RequestedRegion", ("a", "b")),
            ),
        ),
        ActionsGrant(not_actions=("iam:x",), not_resources=("arn:aws:s3:::x",)),
        ManagedPolicyGrant("ReadOnlyAccess"),
        GroupGrant("analysts"),
        AssumeGrant(("arn:aws:iam::444455556666:role/audit",)),
    )


def test_a_date_ends_when_its_day_ends_and_never_is_never() -> None:
    files = {
        "requests/a.yaml": request(READ, expires="2027-01-15"),
        "requests/b.yaml": request(READ, expires="never"),
        "requests/c.yaml": request(READ, expires=""),
    }
    date, never, absent = estate_of(files).requests
    assert (date.expires, date.never_expires) == (datetime(2027, 1, 16, tzinfo=UTC), False)
    assert (never.expires, never.never_expires) == (None, True)
    assert (absent.expires, absent.never_expires) == (None, False)


def test_a_declared_role() -> None:
    text = (
        ROLE + "  \npath: /team/\ndescription: d\npermissions_boundary: B\nmax_session: 7200\n"
        "tags: {a: b}\nowner: data\n"
    )
    (found,) = estate_of({"requests/x.yaml": text}).declarations
    assert found.principal == Principal(Kind.ROLE, "x")
    assert found.trust == (TrustEntry((("Service", ("ec2.amazonaws.com",)),), ("sts:AssumeRole",)),)
    assert (found.path, found.max_session, found.tags, found.owner) == (
        "/team/",
        7200,
        {"owner": "data", "a": "b"},
        "data",
    )


@pytest.mark.parametrize(
    ("who", "action"),
    [
        ("federated: accounts.google.com", "sts:AssumeRoleWithWebIdentity"),
        ("federated: arn:aws:iam::111122223333:saml-provider/x", "sts:AssumeRoleWithSAML"),
        ("aws: '*'", "sts:AssumeRole"),
    ],
)
def test_the_usual_action_of_a_trust(who: str, action: str) -> None:
    text = DECLARED.format("role/x") + f"trust: [{{{who}}}]\n"
    (found,) = estate_of({"requests/x.yaml": text}).declarations
    assert found.trust[0].actions == (action,)


def test_a_shared_policy() -> None:
    (found,) = estate_of({"requests/x.yaml": POLICY}).policies
    assert (found.name, found.path, len(found.grants)) == ("p", "/", 1)


# -- what is said of the rest ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 the file must be a mapping of keys to values, not nothing"),
        ("just text\n", "1:1 the file must be a mapping of keys to values, not `just text`"),
        ("- a\n", "1:1 the file must be a mapping of keys to values, not a list"),
        ("kind: nonsense\n", "1:7 `kind` must be one of request, principal, policy"),
        ("kind: [request]\n", "1:7 `kind` must be one of request, principal, policy"),
        (request(READ, account="Prod!"), "1:10 `account` has a form that cannot be right: `Prod!`"),
        (
            request(READ, account="[prod, [x]]"),
            "1:17 entry 2 of `account` must be text, not a list",
        ),
        (request(READ, account="[]"), "1:10 `account` is empty; it needs at least one entry"),
        (request(READ, account="{a: b}"), "1:10 `account` must be a list, not a mapping"),
        (
            request(READ, principal="data-pipeline"),
            "2:12 `principal`: `data-pipeline` is not role/NAME, user/NAME or group/NAME",
        ),
        (
            request(READ, principal="role/team/x"),
            "2:12 `principal`: `role/team/x` has a path; write the name alone: role/x",
        ),
        (
            request(READ, principal="'role/a b'"),
            "2:12 `principal`: `a b` is not an IAM name; letters, digits and +=,.@_- may stand in",
        ),
        (request(READ, principal="role/.."), "2:12 `principal`: `..` cannot be used as a name"),
        (
            request(READ, principal=f"role/{'x' * 65}"),
            "2:12 `principal`: a role's name has at most 64 characters",
        ),
        (
            request(READ, expires="2027-02-30"),
            "4:10 `expires`: `2027-02-30` is not a date that exists",
        ),
        (
            request(READ, expires="soon"),
            "4:10 `expires`: `soon` is not a date; write 2027-01-15, 2027-01-15T18:00:00Z or never",
        ),
        (
            request(READ, expires="2027-01-15T18:00:00"),
            "4:10 `expires`: `2027-01-15T18:00:00` is not a date; write 2027-01-15,"
            " 2027-01-15T18:00:00Z or never",
        ),
        (
            request(READ, expires="9999-12-31"),
            "4:10 `expires`: `9999-12-31` is not a date that exists",
        ),
        (request(READ, expire="x"), "5:1 unknown key `expire`; did you mean `expires`?"),
        (
            request("- {}"),
            "6:5 grant 1 is no grant: it needs one of bundle, access, actions, managed_policy,"
            " group, assume",
        ),
        (
            request("- bundel: x"),
            "6:5 grant 1 is no grant: it needs one of bundle, access, actions, managed_policy,"
            " group, assume",
        ),
        (
            request("- {bundle: x, group: y}"),
            "6:17 `group` does not go with `bundle`; make it a grant of its own",
        ),
        (
            request("- {bundle: x, actions: y}"),
            "6:17 `actions` does not go with `bundle`; make it a grant of its own",
        ),
        (
            request("- {bundle: x, not_actions: y}"),
            "6:17 `not_actions` does not go with `bundle`; make it a grant of its own",
        ),
        (
            request("- {not_actions: x, resources: '*', group: y}"),
            "6:38 `group` does not go with `not_actions`; make it a grant of its own",
        ),
        (
            request("- {bundle: x, effect: deny}"),
            "6:17 `effect` does not go with `bundle`; it belongs to a grant with `actions`",
        ),
        (
            request("- {group: x, resources: '*'}"),
            "6:16 `resources` does not go with `group`;"
            " it belongs to a grant with `bundle`, `access` or `actions`",
        ),
        (request("- {group: x, resourses: '*'}"), "6:16 unknown key `resourses`"),
        (request("- {bundle: x, resourses: '*'}"), "6:17 unknown key `resourses`; did you mean"),
        (request("- {bundle: x, reason: y}"), "6:17 `reason` does not belong here"),
        (request(READ, resources="'*'"), "5:1 `resources` does not belong here"),
        (
            request(READ, tags="{a: b}"),
            "5:1 `tags` does not go with `kind: request`;"
            " it belongs to `kind: principal` or `kind: policy`",
        ),
        (
            request("- access: reed\n  resources: '*'"),
            "6:13 `access` in grant 1 must be 'list', 'read',",
        ),
        (request("- actions: x"), "6:5 grant 1: give `resources`"),
        (
            request("- {actions: x, not_actions: y, resources: '*'}"),
            "6:5 grant 1: give either `actions` or `not_actions`, not both",
        ),
        (
            request("- {actions: x, resources: '*', effect: maybe}"),
            "6:42 `effect` in grant 1 must be",
        ),
        (
            request("- {actions: x, resources: ['*', 'Ā']}"),
            "6:35 entry 2 of `resources` in grant 1: the character",
        ),
        (request("- bundle: S3 read"), "6:13 `bundle` in grant 1 has a form that cannot be right"),
        (request("- {group: 'a/b'}"), "6:13 `group` in grant 1: `a/b` is not an IAM name"),
        (DECLARED.format("role/x"), "1:1 a role needs `trust`: who may assume it"),
        (ROLE.replace("service", "servce"), "5:10 unknown key `servce`; did you mean `service`?"),
        (
            ROLE.replace("service: ec2.amazonaws.com", ""),
            "5:9 entry 1 of `trust`: say who is trusted",
        ),
        (ROLE + "max_session: 1h\n", "6:14 `max_session` must be a whole number, not `1h`"),
        (ROLE + "max_session: 60\n", "6:14 `max_session`: input should be greater than"),
        (
            ROLE + "description: 'a \u2013 b'\n",
            "6:14 `description`: the character U+2013 cannot stand in a role's description",
        ),
        (
            request("- {actions: x, resources: '*', conditions: {StringEquals: {}}}"),
            "6:46 `conditions` in grant 1: `StringEquals` has no key to compare; take it out",
        ),
        (ROLE + "path: team\n", "6:7 `path` has a form that cannot be right: `team`"),
        (DECLARED.format("group/g") + "tags: {a: b}\n", "1:1 a group has no tags"),
        (
            DECLARED.format("user/u") + "max_session: 3600\n",
            "1:1 a user has no max_session; only roles",
        ),
        (POLICY.replace("policy: p", "policy: 'a b'"), "3:9 `policy`: `a b` is not an IAM name"),
        (
            POLICY + "expires: 2027-01-15\n",
            "6:1 `expires` does not go with `kind: policy`; it belongs to `kind: request`",
        ),
    ],
)
def test_what_is_said_and_where(text: str, expected: str) -> None:
    assert [line[: len(expected)] for line in said(text)].count(expected) == 1, said(text)


@pytest.mark.parametrize(
    ("grant", "meant"),
    [
        ("{bundle: x, actions: y}", None),
        ("{bundle: x, effect: deny}", None),
        ("{bundle: x, resourses: y}", "resources"),
        ("{group: x, resourses: y}", None),
    ],
)
def test_only_a_key_that_the_form_takes_is_offered(grant: str, meant: str | None) -> None:
    (found,) = findings_of(request(f"- {grant}"), rule="schema")
    assert (found.fix and found.fix.replacement) == meant


def test_all_that_is_wrong_in_a_file_is_said_at_once() -> None:
    text = request("- bundle: B!\n- nothing: x", account="P!", principal="x", expires="soon")
    assert [line.split(" ")[0] for line in said(text)] == ["1:10", "2:12", "4:10", "6:13", "7:5"]


def test_missing_keys() -> None:
    assert sorted(said("reason: why not\n")) == [
        "1:1 `account` is missing",
        "1:1 `grants` is missing",
        "1:1 `principal` is missing",
    ]


@pytest.mark.parametrize(
    ("text", "expected", "written"),
    [
        (
            request(READ, principal="roles/app"),
            "2:12 `principal`: `roles/app` is not role/NAME, user/NAME or group/NAME;"
            " did you mean `role/app`?",
            "role/app",
        ),
        (
            request("- access: [raed, list]\n  resources: arn:aws:s3:::orders"),
            "6:14 entry 1 of `access` in grant 1 must be 'list', 'read', 'write', 'tagging' or"
            " 'permissions-management', not `raed`; did you mean `read`?",
            "read",
        ),
        (
            request(READ).replace("account:", "acount:"),
            "1:1 unknown key `acount`; did you",
            "account",
        ),
    ],
)
def test_a_slip_is_one_finding_with_what_was_meant(text: str, expected: str, written: str) -> None:
    (line,) = said(text)
    assert line.startswith(expected)
    (fix,) = (finding.fix for finding in estate_of({"requests/x.yaml": text}).findings)
    assert fix is not None
    assert (fix.replacement, fix.safe) == (written, False)
