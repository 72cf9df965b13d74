"""Everything that is wrong comes out, once, and what could not be checked blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.desired.state import Unfit, Unresolved
from gitiam.findings import Finding, Location
from gitiam.models import Kind, ModuleKey
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule
from gitiam.validate.run import validate
from tests.support.estates import NOW, PLAIN_RULES, estate_of, findings_of, request, said

READ = request("- managed_policy: ReadOnlyAccess")


class Crashing(Rule):
    """Fails at one file."""

    id = "crashing"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        yield self.finding(file.source.place(), "seen")
        if file.source.path == "requests/b.yaml":
            raise KeyError("a secret\nin two lines" + "x" * 500)


def test_all_findings_of_all_files_come_at_once_in_order() -> None:
    files = {
        "requests/b.yaml": "account: prod\n",
        "requests/a.yaml": READ.replace("prod", "prd"),
        "requests/c.txt": "hello",
        "requests/d.yaml": "a: [\n",
        "requests/e.yaml": "kind: nonsense\n",
    }
    found = findings_of(files)
    assert [(f.location.path[9:], f.rule) for f in found] == [
        ("a.yaml", "unknown-account"),
        ("b.yaml", "schema"),
        ("b.yaml", "schema"),
        ("c.txt", "malformed-yaml"),
        ("d.yaml", "malformed-yaml"),
        ("e.yaml", "schema"),
    ]
    assert all(f.blocks for f in found)


def test_several_accounts_and_principals_give_each_finding_once() -> None:
    text = request(
        "- actions: [s3:GetObjects]\n  resources: ['arn:aws:s3:::{bucket}']\n- bundle: nope",
        account="[dev, prod]",
        principal="[role/a, role/b, user/c]",
    )
    assert sorted(f.rule for f in findings_of(text)) == [
        "unknown-action",
        "unknown-bundle",
        "unknown-placeholder",
    ]


def test_a_rule_that_raises_blocks_and_the_other_rules_still_run() -> None:
    estate = estate_of({f"requests/{name}.yaml": READ for name in "abc"})
    found = validate(estate, catalog(), NOW, rules=[Crashing()])
    assert [(f.location.path, f.rule) for f in found] == [
        ("requests/a.yaml", "crashing"),
        ("requests/b.yaml", "rule-crashed"),
        ("requests/b.yaml", "crashing"),
    ]
    crash = next(f for f in found if f.rule == "rule-crashed")
    assert crash.blocks
    assert crash.location == Location("requests/b.yaml")
    assert "`crashing` failed here (KeyError: 'a secret\\nin two lines" in crash.message
    assert len(crash.message) < 400


def test_what_cannot_be_resolved_blocks_though_no_rule_says_why() -> None:
    estate = estate_of({"requests/x.yaml": READ})
    state = desired_state(estate, catalog(), NOW)
    state = replace(
        state, unresolved=(Unresolved("requests/x.yaml", ("grants", 0), "it is beyond us"),)
    )
    assert said(validate(estate, catalog(), NOW, state=state, rules=PLAIN_RULES)) == [
        "6:5 error unresolved-grant: it is beyond us"
    ]


def test_what_cannot_be_resolved_at_a_place_that_a_rule_has_blamed_is_not_doubled() -> None:
    found = findings_of(request("- bundle: nope\n- bundle: s3-read"))
    assert [f.rule for f in found] == ["unknown-bundle", "mismatched-bundle"]


def test_a_warning_at_the_place_does_not_excuse_what_cannot_be_resolved() -> None:
    estate = estate_of({"requests/x.yaml": request("- managed_policy: AdministratorAccess")})
    state = desired_state(estate, catalog(), NOW)
    state = replace(state, unresolved=(Unresolved("requests/x.yaml", ("grants", 0), "no"),))
    found = validate(estate, catalog(), NOW, state=state, rules=PLAIN_RULES)
    assert {f.rule for f in found} == {"full-wildcard", "unresolved-grant"}


def test_a_date_that_is_none_cannot_be_resolved() -> None:
    text = request(
        "- actions: s3:GetObject\n  resources: 'arn:aws:s3:::b/*'\n"
        "  conditions: {DateLessThan: {'aws:CurrentTime': tomorrow}}"
    )
    estate = estate_of({"requests/x.yaml": text})
    (found,) = validate(estate, catalog(), NOW, rules=[])
    assert found.rule == "unresolved-grant"
    assert "`tomorrow`" in found.message


def test_what_does_not_fit_blocks_though_no_rule_says_so() -> None:
    estate = estate_of({"requests/x.yaml": READ})
    state = desired_state(estate, catalog(), NOW)
    key = ModuleKey("prod", Kind.ROLE, "data-pipeline")
    state = replace(state, unfit=(Unfit(key, 9, 8, ("requests/x.yaml",)),))
    found = validate(estate, catalog(), NOW, state=state, rules=[])
    assert said(found) == [
        "1:1 error too-large: role/data-pipeline in prod needs 9 characters of policy;"
        " 8 are the most (from requests/x.yaml)"
    ]
    found = validate(estate, catalog(), NOW, state=state, rules=PLAIN_RULES)
    assert [f.rule for f in found] == ["too-large"]


def test_only_some_files_can_be_asked_about() -> None:
    estate = estate_of({"requests/a.yaml": "x", "requests/b.yaml": READ.replace("prod", "prd")})
    found = validate(estate, catalog(), NOW, only=frozenset(["requests/b.yaml"]))
    assert [f.rule for f in found] == ["unknown-account"]
    assert validate(estate, catalog(), NOW, only=frozenset()) == ()


def test_an_empty_estate_has_no_findings() -> None:
    assert findings_of({}) == ()
