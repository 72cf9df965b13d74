"""Pages that are made from the code are those that the code makes today."""

from __future__ import annotations

import pytest

from tools.configuration import MEANINGS, configuration_page
from tools.docs import PAGES, ROOT
from tools.reference import help_text


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_a_key_without_a_meaning_is_noticed() -> None:
    fewer = {key: text for key, text in MEANINGS.items() if key != "drift.ignore"}
    with pytest.raises(KeyError, match=r"drift\.ignore"):
        configuration_page(fewer)


def test_a_meaning_without_a_key_is_noticed() -> None:
    with pytest.raises(ValueError, match=r"drift\.colour"):
        configuration_page({**MEANINGS, "drift.colour": "none"})


def test_help_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = help_text("apply")
    monkeypatch.setenv("COLUMNS", "200")
    assert help_text("apply") == usual
