"""The JSON that a run reads is what the YAML says that people edit."""

from __future__ import annotations

import pytest
import yaml

from tools.risk_data import DATA, NAMES, json_of


@pytest.mark.parametrize("name", NAMES)
def test_the_json_is_what_the_yaml_says(name: str) -> None:
    written = (DATA / f"{name}.json").read_text(encoding="utf-8")
    assert written == json_of(name), "run: python -m tools.risk_data"


@pytest.mark.parametrize("name", NAMES)
def test_no_key_stands_twice_in_the_yaml(name: str) -> None:
    root = yaml.compose((DATA / f"{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    assert root is not None
    assert list(_doubled(root)) == []


def _doubled(node: yaml.Node) -> list[str]:
    if isinstance(node, yaml.SequenceNode):
        return [found for item in node.value for found in _doubled(item)]
    if not isinstance(node, yaml.MappingNode):
        return []
    keys = [key.value for key, _ in node.value]
    found = [key for key in set(keys) if keys.count(key) > 1]
    return found + [deeper for _, value in node.value for deeper in _doubled(value)]
