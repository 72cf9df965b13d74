"""Names that differ in letter case alone."""

from __future__ import annotations

from tests.support.estates import findings_of, mended, request, said

RULE = "clashing-name"
READ = "- managed_policy: ReadOnlyAccess"
DECLARED = "kind: principal\naccount: prod\nprincipal: {}\nreason: Alice joined the team\n"


def test_the_spelling_of_the_declaration_is_right() -> None:
    files = {
        "requests/a.yaml": request(READ, principal="[role/x, user/ALICE]"),
        "requests/b.yaml": DECLARED.format("user/Alice"),
    }
    (found,) = findings_of(files, rule=RULE)
    assert said((found,)) == [
        "2:21 error clashing-name: `ALICE` is spelled `Alice` in requests/b.yaml;"
        " IAM takes the two for one"
    ]
    assert "[role/x, user/Alice]" in mended(str(files["requests/a.yaml"]), found)


def test_without_a_declaration_the_one_that_stood_first_is_right() -> None:
    files = {
        "requests/a.yaml": request(READ, principal="role/Bot"),
        "requests/b.yaml": request("- managed_policy: Billing", principal="role/bot"),
    }
    paths = [f.location.path for f in findings_of(files, rule=RULE)]
    assert paths == ["requests/b.yaml"]
    paths = [f.location.path for f in findings_of(files, "requests/a.yaml", rule=RULE)]
    assert paths == ["requests/a.yaml"]


def test_two_spellings_in_one_file() -> None:
    text = request(READ, principal="[role/Bot, role/bot]")
    assert [f.rule for f in findings_of(text)] == [RULE]


def test_groups_are_spelled_as_they_are_declared() -> None:
    files = {
        "requests/a.yaml": request("- group: Analysts", principal="user/alice"),
        "requests/b.yaml": DECLARED.format("group/analysts"),
    }
    assert said(findings_of(files, rule=RULE)) == [
        "6:12 error clashing-name: `Analysts` is spelled `analysts` in requests/b.yaml;"
        " IAM takes the two for one"
    ]


def test_kinds_and_accounts_have_names_of_their_own() -> None:
    files = {
        "requests/a.yaml": request(READ, principal="role/Bot"),
        "requests/b.yaml": request(READ, principal="user/bot"),
        "requests/c.yaml": request(READ, principal="role/bot", account="dev"),
    }
    assert findings_of(files) == ()


def test_what_has_expired_does_not_say_how_a_name_is_spelled() -> None:
    files = {
        "requests/a.yaml": request(READ, principal="role/Bot", expires="2026-01-01"),
        "requests/b.yaml": request(READ, principal="role/bot"),
    }
    assert findings_of(files, rule=RULE) == ()
