"""Principals that are for emergencies."""

from __future__ import annotations

import pytest

from tests.support.estates import CONFIG, findings_of, places, request

RULE = "break-glass"
GLASS = CONFIG + "risk:\n  break_glass: [prod/role/emergency, '*/user/glass-*']\n"
KEYS = "actions: iam:CreateAccessKey\n  resources:"
EMERGENCY = "arn:aws:iam::111122223333:role/emergency"


def judged(text: str) -> list[tuple[str, str | None, tuple[int, int]]]:
    found = findings_of({"gitiam.yaml": GLASS, "requests/x.yaml": text}, rule=RULE)
    return [(f.severity.value, f.risk, p) for f, p in zip(found, places(found), strict=True)]


READ = "- actions: s3:GetObject\n  resources: arn:aws:s3:::orders/*"


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"principal": "role/emergency"}, (2, 12)),
        ({"principal": "[role/data-pipeline, role/emergency]"}, (2, 33)),
        ({"principal": "user/glass-alice", "account": "dev"}, (2, 12)),
    ],
)
def test_a_request_for_one(keys: dict[str, str], place: tuple[int, int]) -> None:
    assert judged(request(READ, **keys)) == [("warning", "critical", place)]


def test_a_declaration_of_one() -> None:
    text = (
        "kind: principal\naccount: prod\nprincipal: role/emergency\nreason: For the worst of days\n"
        "trust: [{aws: '{account_id}'}]\n"
    )
    assert judged(text) == [("warning", "critical", (3, 12))]


@pytest.mark.parametrize(
    "keys",
    [
        {"principal": "role/emergency", "account": "dev"},
        {"principal": "user/emergency"},
        {"principal": "role/emergency-2"},
        {"principal": "user/shattered-glass-1"},
    ],
)
def test_others(keys: dict[str, str]) -> None:
    assert judged(request(READ, **keys)) == []


@pytest.mark.parametrize(
    ("grant", "place"),
    [
        (f"assume: {EMERGENCY}", (6, 5)),
        ("assume: arn:aws:iam::111122223333:role/some/path/emergency", (6, 5)),
        (f"actions: [iam:GetRole, iam:UpdateAssumeRolePolicy]\n  resources: {EMERGENCY}", (6, 28)),
        (f"{KEYS} arn:aws:iam::111122223333:user/glass-bob", (6, 14)),
        (f"{KEYS} 'arn:aws:iam::111122223333:user/glass-*'", (6, 14)),
        # IAM's own actions do not work in another account.
        (f"{KEYS} arn:aws:iam::444455556666:user/glass-bob", None),
        (f"actions: iam:GetRole\n  resources: {EMERGENCY}", None),
        ("assume: arn:aws:iam::111122223333:role/audit", None),
        # Under a path of that name one could stand; what it says is about teams.
        ("actions: iam:PutRolePolicy\n  resources: arn:aws:iam::111122223333:role/team-*", None),
        ("actions: iam:PutRolePolicy\n  resources: arn:aws:iam::111122223333:role/ops/e*", (6, 14)),
        # What is about everything is for other rules to say.
        ("actions: sts:AssumeRole\n  resources: '*'", None),
        ("actions: sts:AssumeRole\n  resources: 'arn:aws:iam::111122223333:role/*'", None),
    ],
)
def test_a_way_to_become_or_change_one(grant: str, place: tuple[int, int] | None) -> None:
    found = judged(request(f"- {grant}"))
    assert found == ([] if place is None else [("warning", "critical", place)])


def test_who_and_whom_are_named() -> None:
    files = {"gitiam.yaml": GLASS, "requests/x.yaml": request(f"- assume: {EMERGENCY}")}
    (found,) = findings_of(files, rule=RULE)
    assert "role/data-pipeline in prod could become or change" in found.message
    assert EMERGENCY in found.message
    assert found.fix is not None


@pytest.mark.parametrize(
    ("denied", "is_found"),
    [(EMERGENCY, False), ("*", False), ("arn:aws:iam::111122223333:role/audit", True)],
)
def test_denials(denied: str, is_found: bool) -> None:
    deny = f"- effect: deny\n  actions: sts:AssumeRole\n  resources: '{denied}'"
    assert bool(judged(request(f"- assume: {EMERGENCY}\n{deny}"))) is is_found


@pytest.mark.parametrize(
    ("conditions", "is_found"),
    [
        ("{DateLessThan: {'aws:CurrentTime': '2020-01-01T00:00:00Z'}}", False),
        ("{Bool: {'aws:MultiFactorAuthPresent': 'true'}}", True),
    ],
)
def test_conditions(conditions: str, is_found: bool) -> None:
    text = request(f"- assume: {EMERGENCY}\n  conditions: {conditions}")
    assert bool(judged(text)) is is_found


def test_a_group_that_opens_the_way() -> None:
    files = {
        "gitiam.yaml": GLASS,
        "requests/g.yaml": "kind: principal\naccount: prod\nprincipal: group/team\n"
        "reason: They run the shop\n",
        "requests/h.yaml": request(f"- assume: {EMERGENCY}", principal="group/team"),
        "requests/x.yaml": request("- group: team", principal="user/alice"),
    }
    found = findings_of(files, rule=RULE)
    assert [f.location.path for f in found] == ["requests/h.yaml", "requests/x.yaml"]


def test_without_any_nothing_is_for_emergencies() -> None:
    assert findings_of(request(f"- assume: {EMERGENCY}"), rule=RULE) == ()
