"""`python -m tools.risk_data`: writes the JSON that a run reads from the YAML that people edit."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

DATA = Path(__file__).parents[1] / "gitiam" / "data"
NAMES = ("escalations", "risky_actions")


def json_of(name: str) -> str:
    """The JSON file of this name, as it should be: one line for git to call changed or not."""
    text = (DATA / f"{name}.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def main() -> None:
    """Write all of them."""
    for name in NAMES:
        (DATA / f"{name}.json").write_text(json_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
