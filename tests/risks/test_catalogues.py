"""Every path of every public catalogue is one of ours, or it is said why not."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitiam.catalog import catalog
from gitiam.risks.data import read
from gitiam.risks.paths import escalation_paths

CATALOGUES: dict[str, dict[Any, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "escalation_catalogues.yaml").read_text(encoding="utf-8")
)
#: How many paths each catalogue had in November 2026; a slip of the pen in the file would show.
SIZES = {
    "rhino": 28,
    "bishopfox": 31,
    "pathfinding": 89,
    "hackingthecloud": 37,
    "pmapper": 35,
    "pacu": 26,
    "cloudsplaining": 59,
    "parliament": 22,
    "prowler": 74,
    "awspx": 21,
    "primeharbor": 26,
    "stratus": 17,
}


def ours(value: Any) -> list[str]:
    """Our paths for one of theirs."""
    if isinstance(value, dict):
        assert value.keys() == {"not"}, value
        assert len(value["not"]) > 20, "say why"
        return []
    return [value] if isinstance(value, str) else list(value)


def test_the_catalogues_are_whole() -> None:
    assert {name: len(paths) for name, paths in CATALOGUES.items()} == SIZES
    assert read("escalations.json")["catalogues"].keys() == SIZES.keys()


@pytest.mark.parametrize("name", CATALOGUES)
def test_each_path_is_one_of_ours(name: str) -> None:
    known = {path.id for path in escalation_paths()}
    missing = {
        theirs: set(ours(value)) - known
        for theirs, value in CATALOGUES[name].items()
        if set(ours(value)) - known
    }
    assert missing == {}


def test_aka_says_the_same_as_the_catalogues() -> None:
    expected: defaultdict[str, set[str]] = defaultdict(set)
    for name, paths in CATALOGUES.items():
        for theirs, value in paths.items():
            for found in ours(value):
                expected[found].add(f"{name}:{theirs}")
    for path in escalation_paths():
        assert set(path.aka) == expected[path.id], path.id
        assert len(set(path.aka)) == len(path.aka)


def test_catalogues_that_name_actions_need_no_less_than_we_do() -> None:
    """Where a catalogue's name is its actions, those meet all needs of one of our paths.

    A path of ours that needs more would miss what the catalogue finds. What is passed over is a
    step that every catalogue leaves out because something else takes it, and is listed here.
    """
    short = [
        (theirs, found)
        for theirs, value in CATALOGUES["hackingthecloud"].items()
        for found in ours(value)[-1:]
        if not _meets(theirs, found)
    ]
    assert short == [
        # The job must still be started, which the catalogue says in its text.
        ("iam:PassRole, glue:CreateJob", "glue-create-job"),
    ]


def _meets(theirs: str, found: str) -> bool:
    named = {word.strip() for part in theirs.split(" or ") for word in part.split(",")} - {""}
    assert all(catalog().action(action) for action in named), theirs
    path = {p.id: p for p in escalation_paths()}[found]
    return all(
        "iam:PassRole" in named if need.passes else named & set(need.actions) for need in path.needs
    )
