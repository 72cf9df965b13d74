"""Tags that IAM refuses."""

from __future__ import annotations

from tests.support.estates import findings_of, said

DECLARED = "kind: principal\naccount: prod\nprincipal: user/a\nreason: joined the team\ntags:\n"


def test_each_sort_is_named_at_its_place() -> None:
    text = DECLARED + "  aws:team: x\n  Team: x\n  team: x\n  'a#b': x\n  ok: 'a<b'\n"
    assert said(findings_of(text)) == [
        "6:3 error unusable-tag: `aws:team`: what begins with `aws:` is AWS's own",
        "8:3 error unusable-tag: `team` and `Team` are one key to IAM",
        "9:3 error unusable-tag: `a#b` holds a character that no tag may hold",
        "10:7 error unusable-tag: `a<b` holds a character that no tag may hold",
    ]


def test_what_iam_takes() -> None:
    text = DECLARED + "  Größe: 'data & co'\n".replace("& ", "+ ") + "  'a b_.:/=+-@1': ''\n"
    assert findings_of(text) == ()


def test_the_owner_is_a_tag_and_is_named_where_it_stands() -> None:
    text = DECLARED.replace("tags:\n", "owner: 'data & co'\n")
    assert said(findings_of(text)) == [
        "5:8 error unusable-tag: `data & co` holds a character that no tag may hold"
    ]
