"""Principals and policies that are declared twice."""

from __future__ import annotations

from tests.support.estates import findings_of, said

USER = "kind: principal\naccount: {}\nprincipal: user/alice\nreason: Alice joined the team\n"
POLICY = (
    "kind: policy\naccount: {}\npolicy: readers\nreason: what analysts may read\n"
    "grants: [{{actions: 's3:GetObject', resources: 'arn:aws:s3:::b/*'}}]\n"
)


def test_the_second_is_wrong() -> None:
    for text in (USER, POLICY):
        files = {
            "requests/a.yaml": text.format("[dev, prod]"),
            "requests/b.yaml": text.format("prod"),
            "requests/c.yaml": text.format("[dev, prod]"),
        }
        found = findings_of(files)
        assert [(f.location.path, f.location.line) for f in found] == [
            ("requests/b.yaml", 3),
            ("requests/c.yaml", 3),
        ]
        assert "is already declared for prod in requests/a.yaml" in found[0].message


def test_the_proposed_one_is_wrong() -> None:
    files = {"requests/a.yaml": USER.format("prod"), "requests/b.yaml": USER.format("prod")}
    assert said(findings_of(files, "requests/a.yaml")) == [
        "3:12 error duplicate-declaration: user/alice is already declared for prod in"
        " requests/b.yaml"
    ]


def test_one_declaration_for_each_account_is_fine() -> None:
    files = {"requests/a.yaml": USER.format("dev"), "requests/b.yaml": USER.format("prod")}
    assert findings_of(files) == ()
