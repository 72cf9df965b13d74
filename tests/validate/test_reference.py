"""Every rule is documented, its examples do what they say, and the page is up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gitiam.findings import Finding
from gitiam.validate import rules as rules_folder
from gitiam.validate.reference import rule_text, rules_page
from gitiam.validate.registry import LASTING, OTHERS, RULES
from gitiam.validate.rule import Rule
from gitiam.validate.rules.unknown_account import UnknownAccount
from tests.support.estates import CONFIG, RISKS, findings_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"

#: What is dangerous is so in more than one way, and so is everything.
IN_COMPANY = RISKS | {"full-wildcard"}
#: Accounts of somebody else are what these rules are about, rightly done or not.
EVEN_SO = {"missing-external-id": frozenset(["cross-account-access"])}

_FILE = re.compile(r"^# (requests/\S+|gitiam\.yaml)$", re.MULTILINE)


def files_in(fence: str) -> dict[str, str]:
    """The files of a fenced example; one without a comment that names it is `requests/x.yaml`."""
    text = fence.removeprefix("```yaml\n").removesuffix("```")
    lone, *named = _FILE.split(text)
    return dict(zip(named[::2], named[1::2], strict=True)) or {"requests/x.yaml": lone}


def judged(fence: str) -> tuple[Finding, ...]:
    files = files_in(fence)
    return findings_of({"gitiam.yaml": CONFIG} | files, *files, dangers=True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_example_offends_and_its_mend_does_not(rule: Rule) -> None:
    parts = rule_text(rule).parts
    even_so = frozenset(EVEN_SO.get(rule.id, ()))
    # What an example shows may be so risky that its date is too far away for it.
    beside = {LASTING, *even_so, *(RISKS if rule.id in IN_COMPANY else ())} - {rule.id}
    assert {f.rule for f in judged(parts["Example"])} - beside == {rule.id}
    assert {f.rule for f in judged(parts["Use instead"])} == even_so


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_named_for_its_file_and_class(rule: Rule) -> None:
    assert type(rule).__module__.rpartition(".")[2] == rule.id.replace("-", "_")
    assert type(rule).__name__ == "".join(map(str.capitalize, rule.id.split("-")))


def test_every_file_of_the_folder_is_registered_and_tested() -> None:
    folder = Path(next(iter(rules_folder.__path__)))
    names = {file.stem for file in folder.glob("[a-z]*.py")}
    assert names == {rule.id.replace("-", "_") for rule in RULES}
    tests = {file.stem for file in (Path(__file__).parent / "rules").glob("test_*.py")}
    assert tests == {f"test_{name}" for name in names}


def test_names_are_unique() -> None:
    ids = [rule.id for rule in RULES]
    assert len({*ids, *OTHERS}) == len(ids) + len(OTHERS)


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page(), (
        "python -m gitiam.validate.reference > docs/reference/rules.md"
    )


def test_a_docstring_without_its_headings_is_refused() -> None:
    class Undocumented(UnknownAccount):
        """A rule in a module whose docstring is another's."""

    Undocumented.__module__ = __name__

    with pytest.raises(ValueError, match="needs the headings"):
        rule_text(Undocumented())
