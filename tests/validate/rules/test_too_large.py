"""Principals that would exceed what AWS lets them hold."""

from __future__ import annotations

from tests.support.estates import findings_of, places, request, said

RULE = "too-large"


def groups(first: int, count: int) -> str:
    return "\n".join(f"- group: g{number}" for number in range(first, first + count))


def long_grant(count: int, tag: str = "x") -> str:
    resources = "\n".join(f"    - arn:aws:s3:::{tag}-{'y' * 40}-{n}/*" for n in range(count))
    return f"- actions: s3:GetObject\n  resources:\n{resources}"


def test_groups_of_a_user_are_counted_over_all_files() -> None:
    files = {
        "requests/a.yaml": request(groups(0, 8), principal="user/alice"),
        "requests/b.yaml": request(groups(8, 3), principal="[user/alice, user/bob]"),
    }
    (found,) = findings_of(files, "requests/b.yaml")
    assert said((found,)) == [
        "6:3 error too-large: user/alice in prod would be in 11 groups; 10 are the most"
    ]
    assert found.location.path == "requests/b.yaml"
    assert findings_of(files)[0].location.path == "requests/a.yaml"


def test_managed_policies_are_counted() -> None:
    names = [f"arn:aws:iam::{{account_id}}:policy/p{n}" for n in range(11)]
    text = request("\n".join(f"- managed_policy: '{name}'" for name in names))
    assert said(findings_of(text)) == [
        "6:3 error too-large: role/data-pipeline in prod would have 11 managed policies;"
        " 10 are the most"
    ]


def test_policies_that_do_not_fit_name_size_room_and_files() -> None:
    files = {
        f"requests/{tag}.yaml": request(long_grant(300, tag), principal="user/alice")
        for tag in "abcdefgh"
    }
    found = findings_of(files, "requests/c.yaml", "requests/d.yaml", rule=RULE)
    assert [f.location.path for f in found] == ["requests/c.yaml", "requests/d.yaml"]
    assert "user/alice in prod would need" in found[0].message
    assert "lets it hold 63,488" in found[0].message
    assert "requests/a.yaml, requests/b.yaml, requests/c.yaml and 5 more" in found[0].message


def test_a_shared_policy_is_one_policy() -> None:
    text = (
        "kind: policy\naccount: prod\npolicy: p\nreason: for all analysts\n"
        f"grants:\n{long_grant(200)}\n"
    )
    (found,) = findings_of(text)
    assert found.rule == RULE
    assert "policy/p in prod would need" in found.message
    assert "6,144" in found.message


def test_trust_policies_are_measured() -> None:
    roles = ", ".join(f"'arn:aws:iam::111122223333:role/{'x' * 40}{n}'" for n in range(40))
    text = (
        "kind: principal\naccount: prod\nprincipal: role/x\nreason: runs the pipeline\n"
        f"trust: [{{aws: [{roles}]}}]\n"
    )
    (found,) = findings_of(text)
    assert (found.rule, places((found,))) == (RULE, [(5, 8)])
    assert "2,048 are the most" in found.message


def test_the_limits_themselves_are_fine() -> None:
    assert findings_of(request(groups(0, 10), principal="user/alice")) == ()
    assert findings_of(request(long_grant(300))) == ()
