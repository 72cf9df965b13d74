"""`allow:` silences what the estate lets it and nothing else, and nothing in secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gitiam.catalog import catalog
from gitiam.findings import Finding, Fix, Risk
from gitiam.validate.context import Context, File
from gitiam.validate.registry import RULES
from gitiam.validate.rule import Rule
from gitiam.validate.run import judge, validate
from tests.support.estates import CONFIG, NOW, Files, estate_of, findings_of, mended, request, said
from tests.validate.test_run import Crashing

READ = request("- bundle: s3-read\n  resources: arn:aws:s3:::orders")
WHY = "The whole bucket is ours alone"


class Risky(Rule):
    """Finds something in every file."""

    id = "risky"
    allowable = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        found = self.finding(file.source.place("grants", 0), "danger", Fix("less"))
        yield replace(found, risk=Risk.CRITICAL)


class Peaceful(Risky):
    """Finds nothing."""

    id = "peaceful"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        yield from ()


def allowing(rule: str, reason: str = WHY, text: str = READ) -> str:
    return f"{text}allow:\n  - rule: {rule}\n    reason: {reason}\n"


def found_in(files: Files | str, *rules: Rule, rules_of_estate: str = "") -> tuple[Finding, ...]:
    given = {"requests/x.yaml": files} if isinstance(files, str) else dict(files)
    given = {"gitiam.yaml": f"{CONFIG}rules: {{{rules_of_estate}}}\n"} | given
    return validate(estate_of(given), catalog(), NOW, rules=(*RULES, *rules))


def test_what_is_allowed_stays_to_be_seen_and_blocks_nothing() -> None:
    (found,) = found_in(allowing("risky"), Risky())
    assert (found.rule, found.message, found.allowed) == ("risky", "danger", WHY)
    assert (found.severity, found.blocks, found.fix) == ("note", False, None)
    assert found.risk is Risk.CRITICAL
    assert found_in(READ, Risky())[0].blocks


def test_what_is_allowed_counts_for_the_risk() -> None:
    estate = estate_of({"requests/x.yaml": allowing("risky")})
    asked = frozenset(["requests/x.yaml"])
    (assessment,) = judge(estate, catalog(), NOW, asked, rules=[Risky()]).assessments
    assert assessment.risk is Risk.CRITICAL
    assert assessment.decisive[0].text == f"risky: danger (allowed: {WHY})"


@pytest.mark.parametrize("kind", ["request", "policy", "principal"])
def test_every_kind_of_file_may_allow(kind: str) -> None:
    grants = "grants: [{actions: 's3:GetObject', resources: 'arn:aws:s3:::b/*'}]\n"
    text = {
        "request": READ,
        "policy": f"kind: policy\naccount: prod\npolicy: p\nreason: for analysts\n{grants}",
        "principal": "kind: principal\naccount: prod\nprincipal: user/x\nreason: joined today\n",
    }[kind]
    (found,) = found_in(allowing("risky", text=text), Risky())
    assert found.allowed == WHY


def test_an_entry_is_for_its_own_file_alone() -> None:
    files = {"requests/a.yaml": allowing("risky"), "requests/b.yaml": READ.replace("orders", "x")}
    found = found_in(files, Risky())
    assert [(f.location.path[9:], f.blocks) for f in found] == [("a.yaml", False), ("b.yaml", True)]


def test_what_is_allowed_does_not_excuse_what_cannot_be_resolved() -> None:
    text = allowing("unknown-managed-policy", text=request("- managed_policy: NoSuchPolicy"))
    found = found_in(text, rules_of_estate="unknown-managed-policy: {allowable: true}")
    assert [(f.rule, f.blocks) for f in found] == [
        ("unresolved-grant", True),
        ("unknown-managed-policy", False),
    ]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("own-role", "no file may allow `own-role`: gitiam needs the rule as it is"),
        ("rule-crashed", "no file may allow `rule-crashed`: gitiam needs the rule as it is"),
        (
            "distant-expiry",
            "no file may allow `distant-expiry` in this estate;"
            " `rules.distant-expiry.allowable` in gitiam.yaml would let it",
        ),
        ("alredy-granted", "there is no rule `alredy-granted`; did you mean `already-granted`?"),
        ("nonsense", "there is no rule `nonsense`"),
    ],
)
def test_what_may_not_be_allowed(rule: str, message: str) -> None:
    assert said(findings_of(allowing(rule))) == [f"9:11 error forbidden-allowance: {message}"]


def test_a_misspelled_entry_can_be_mended() -> None:
    text = allowing("alredy-granted")
    (found,) = findings_of(text)
    assert "rule: already-granted\n" in mended(text, found)


def test_a_forbidden_entry_silences_nothing() -> None:
    far = request("- bundle: s3-read\n  resources: arn:aws:s3:::orders", expires="2099-01-01")
    found = findings_of(allowing("distant-expiry", text=far))
    assert {(f.rule, f.blocks) for f in found} == {
        ("distant-expiry", True),
        ("forbidden-allowance", True),
    }
    let = "distant-expiry: {allowable: true}"
    (found_now,) = found_in(allowing("distant-expiry", text=far), rules_of_estate=let)
    assert (found_now.rule, found_now.allowed) == ("distant-expiry", WHY)


def test_the_estate_may_forbid_what_a_rule_lets() -> None:
    found = found_in(allowing("risky"), Risky(), rules_of_estate="risky: {allowable: false}")
    assert [f.rule for f in found if f.blocks] == ["risky", "forbidden-allowance"]


def test_an_entry_that_silences_nothing_is_said_and_can_be_taken_out() -> None:
    text = allowing("peaceful")
    (found,) = found_in(text, Peaceful())
    assert said((found,)) == [
        "9:5 warning unused-allowance: `peaceful` finds nothing here that wants allowing"
    ]
    assert found.fix is not None
    assert found.fix.safe
    place = found.fix.location
    assert place is not None
    assert (place.line, place.end_line, found.fix.replacement) == (8, 11, "")
    assert "".join(text.splitlines(keepends=True)[: place.line - 1]) == READ


def test_of_two_entries_for_one_rule_the_first_holds() -> None:
    text = allowing("risky") + "  - rule: risky\n    reason: Said a second time over\n"
    found = found_in(text, Risky())
    assert [(f.rule, f.allowed) for f in found] == [("risky", WHY), ("unused-allowance", None)]
    assert found[1].message == "`risky` is allowed above already"


def test_entries_that_are_all_idle_are_not_cut_one_by_one() -> None:
    """Each cut alone is exact; both together would leave a key with nothing below it."""
    text = allowing("peaceful") + f"  - rule: already-granted\n    reason: {WHY}\n"
    found = found_in(text, Peaceful())
    assert [f.rule for f in found] == ["unused-allowance"] * 2
    assert [f.fix.location for f in found if f.fix] == [None, None]


@pytest.mark.parametrize("made", ["peaceful: off", "unused-allowance: off"])
def test_nothing_is_said_of_what_is_off(made: str) -> None:
    assert found_in(allowing("peaceful"), Peaceful(), rules_of_estate=made) == ()


def test_nothing_is_said_of_a_rule_that_crashed() -> None:
    files = {
        "requests/b.yaml": READ,
        "requests/c.yaml": allowing("crashing", text=READ.replace("orders", "x")),
    }
    found = found_in(files, Crashing(), rules_of_estate="crashing: {allowable: true}")
    assert {f.rule for f in found} == {"crashing", "rule-crashed"}


def test_nothing_is_said_of_what_has_expired() -> None:
    old = allowing("peaceful", text=READ.replace("2027-01-15", "2020-01-15"))
    assert "unused-allowance" not in {f.rule for f in found_in(old, Peaceful())}


def test_an_idle_entry_blocks_only_while_it_is_proposed() -> None:
    """Findings can go away as time passes; that must not make an error of what stands."""
    config = f"{CONFIG}rules: {{unused-allowance: error}}\n"
    estate = estate_of({"requests/x.yaml": allowing("already-granted"), "gitiam.yaml": config})
    for proposed, severity in ((["requests/x.yaml"], "error"), ([], "warning")):
        (found,) = validate(estate, catalog(), NOW, frozenset(proposed))
        assert (found.rule, found.severity) == ("unused-allowance", severity)


def test_a_reason_is_as_long_as_any_other() -> None:
    found = found_in(allowing("risky", reason="because"), Risky())
    assert [str(f.location)[16:] for f in found if f.rule == "missing-reason"] == ["10:13"]
    assert "the reason has 7 characters; it needs at least 10" in {f.message for f in found}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{rule: risky}", "`reason` in entry 1 of `allow` is missing"),
        (f"{{reason: {WHY}}}", "`rule` in entry 1 of `allow` is missing"),
        (
            f"{{rule: 'a b', reason: {WHY}}}",
            "`rule` in entry 1 of `allow` has a form that cannot be right",
        ),
        (f"{{rule: a, raeson: {WHY}}}", "did you mean `reason`?"),
        ("risky", "entry 1 of `allow` must be a mapping"),
    ],
)
def test_the_shape_of_an_entry(entry: str, message: str) -> None:
    found = findings_of(f"{READ}allow: [{entry}]\n")
    assert {f.rule for f in found} == {"schema"}
    assert any(message in f.message for f in found)
