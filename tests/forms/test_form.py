"""The form is one that GitHub takes, and offers what the estate has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitiam.forms.fields import ANOTHER, BY_LABEL, FOR_GOOD, UNTIL, Field
from gitiam.forms.form import FORM_FILE, MOST_OPTIONS, form_text
from gitiam.forms.offer import offer_of
from tests.support.estates import CONFIG, estate_of, request
from tests.support.forms import offer
from tools.docs import issue_form

ROOT = Path(__file__).parents[2]
READ = "- bundle: s3-read\n  resources: [arn:aws:s3:::orders]"


def fields(text: str) -> dict[Field, dict[str, Any]]:
    """Every field of a form but those that only say something."""
    return {Field(item["id"]): item for item in yaml.safe_load(text)["body"] if "id" in item}


def options(text: str, field: Field) -> list[str]:
    found: list[str] = fields(text)[field]["attributes"]["options"]
    return found


def linted(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    file = folder / "form.yml"
    file.write_text(text, encoding="utf-8")
    program = Path(sys.executable).parent / "check-jsonschema"
    command = [str(program), "--builtin-schema", "vendor.github-issue-forms", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_example_estate_has_a_form_that_is_up_to_date() -> None:
    """The golden text: read what has changed in it."""
    assert (ROOT / FORM_FILE).read_text(encoding="utf-8") == issue_form(), "run `make docs`"


CONFIGS = {
    "small": CONFIG,
    "with reserved names": "accounts:\n"
    '  none: {id: "111122223333"}\n  "no": {id: "444455556666"}\n',
    "with many accounts": "accounts:\n"
    + "".join(f'  a{n}: {{id: "{n:012}"}}\n' for n in range(1, 151)),
    "strict": 'accounts:\n  "12": {id: "111122223333"}\n'
    "requests: {ticket: required, expiry: {max_days: 3}}\n",
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_github_takes_it(tmp_path: Path, config: str) -> None:
    text = form_text(offer(config))
    done = linted(tmp_path, text)
    assert done.returncode == 0, done.stdout
    assert len(text.encode()) < 65_536
    found = fields(text)
    assert list(found) == list(Field)
    labels = [item["attributes"]["label"] for item in found.values()]
    assert labels == list(BY_LABEL)
    for item in found.values():
        chosen = item["attributes"].get("options")
        if chosen is not None:
            # What the schema does not know: see "Common validation errors when creating issue
            # forms" in GitHub's documentation.
            assert 1 <= len(chosen) <= MOST_OPTIONS
            assert len({option.lower() for option in chosen}) == len(chosen)
            assert all(isinstance(option, str) and option.strip() for option in chosen)
            assert "none" not in {option.lower() for option in chosen}
    described = yaml.safe_load(text)
    assert 3 <= len(described["description"]) <= 200
    assert (described["title"], described["labels"]) == ("Access: ", ["access-request"])


def test_a_form_that_github_refuses_is_found(tmp_path: Path) -> None:
    assert linted(tmp_path, form_text(offer()).replace("type: input", "type: output")).returncode


def test_no_option_reads_as_anything_but_text() -> None:
    assert '        - "12"\n' in form_text(offer(CONFIGS["strict"]))


def test_reserved_words_and_long_lists_are_written_by_hand() -> None:
    for name in ("with reserved names", "with many accounts"):
        item = fields(form_text(offer(CONFIGS[name])))[Field.ACCOUNTS]
        assert item["type"] == "input"
        assert "with commas between them" in item["attributes"]["description"]


def test_it_offers_what_the_estate_knows() -> None:
    text = form_text(offer())
    assert options(text, Field.ACCOUNTS) == ["prod", "dev"]
    assert options(text, Field.PRINCIPAL) == [ANOTHER, "group/analysts", "role/data-pipeline"]
    assert "s3-read" in options(text, Field.BUNDLES)
    told = fields(text)[Field.BUNDLES]["attributes"]["description"]
    assert "- s3-read: Read the objects of a bucket, and list what is there." in told


def test_how_long_is_what_the_policy_allows() -> None:
    days = ["1 day", "7 days", "30 days", "90 days", "180 days", "365 days"]
    assert options(form_text(offer()), Field.DURATION) == [*days, UNTIL, FOR_GOOD]
    short = 'accounts: {prod: {id: "111122223333"}}\nrequests: {expiry: {max_days: 90}}\n'
    assert options(form_text(offer(short)), Field.DURATION) == [*days[:4], UNTIL]
    assert "For good only in dev." in form_text(offer())


def test_a_policy_of_hours_still_offers_something() -> None:
    assert options(form_text(offer(CONFIGS["strict"])), Field.DURATION)[0] == "1 day"


def test_a_ticket_is_required_where_the_estate_demands_one() -> None:
    def is_required(config: str) -> bool:
        found: bool = fields(form_text(offer(config)))[Field.TICKET]["validations"]["required"]
        return found

    assert [is_required(CONFIG), is_required(CONFIGS["strict"])] == [False, True]


def test_more_principals_than_anybody_looks_through_are_counted() -> None:
    files = {f"requests/{n}.yaml": request(READ, principal=f"role/r{n:03}") for n in range(120)}
    estate = estate_of({"gitiam.yaml": CONFIG, **files})
    text = form_text(offer_of(estate, estate.bundles))
    assert len(options(text, Field.PRINCIPAL)) == MOST_OPTIONS
    described = fields(text)[Field.PRINCIPAL]["attributes"]["description"]
    assert "21 more are known, and not in this list." in described


def test_a_description_is_shown_as_it_is_written() -> None:
    assert json.dumps("orders-\\*")[1:-1] in json.dumps(form_text(offer()))
