"""Files that do not say why."""

from __future__ import annotations

from tests.support.estates import CONFIG, findings_of, request, said

RULE = "missing-reason"
READ = "- managed_policy: ReadOnlyAccess"


def test_absent_empty_and_short() -> None:
    files = {
        "requests/a.yaml": request(READ, reason=""),
        "requests/b.yaml": request(READ, reason="'   '"),
        "requests/c.yaml": request(READ, reason="work"),
    }
    assert said(findings_of(files, rule=RULE)) == [
        "requests/a.yaml:1:1 error missing-reason:"
        " there is no `reason`: say what this is needed for",
        "requests/b.yaml:3:9 error missing-reason:"
        " there is no `reason`: say what this is needed for",
        "requests/c.yaml:3:9 error missing-reason:"
        " the reason has 4 characters; it needs at least 10",
    ]


def test_declarations_and_policies_need_one_too() -> None:
    files = {
        "requests/a.yaml": "kind: principal\naccount: prod\nprincipal: user/a\n",
        "requests/b.yaml": "kind: policy\naccount: prod\npolicy: p\n"
        "grants: [{actions: 's3:GetObject', resources: 'arn:aws:s3:::b/*'}]\n",
    }
    assert [f.location.path for f in findings_of(files, rule=RULE)] == sorted(files)


def test_the_estate_says_how_long() -> None:
    config = CONFIG.replace("requests:", "requests:\n  reason_min_length: 3")
    files = {"gitiam.yaml": config, "requests/x.yaml": request(READ, reason="x y")}
    assert findings_of(files) == ()
