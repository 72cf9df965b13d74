"""`gitiam rules` as people call it."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner, Result

from gitiam.cli.main import cli
from gitiam.errors import UsageError


def rules(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["rules", *arguments])


def test_all_of_them() -> None:
    done = rules()
    assert done.exit_code == 0
    assert re.search(r"^duplicate-grant +warning  A file asks for .+ twice$", done.stdout, re.M)


@pytest.mark.parametrize("name", ["duplicate-grant", "[duplicate-grant]", "Duplicate-Grant"])
def test_one_by_the_name_that_findings_show(name: str) -> None:
    done = rules(name)
    assert done.stdout.startswith("duplicate-grant  warning\n\nA file asks for the same")
    assert "\n    grants:\n" in done.stdout
    assert "```" not in done.stdout


def test_json_of_one_is_a_list_of_one() -> None:
    (one,) = json.loads(rules("schema", "--format", "json").stdout)
    assert (one["id"], one["severity"], one["sections"]) == ("schema", "error", {})


def test_a_name_that_is_none_is_a_usage_error() -> None:
    done = rules("duplicate-grants")
    assert isinstance(done.exception, UsageError)
    assert done.exception.hint == "Did you mean `duplicate-grant`?"


def test_help_has_examples() -> None:
    assert "gitiam rules inapplicable-action" in rules("--help").stdout
