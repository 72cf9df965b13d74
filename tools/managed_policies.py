"""`make managed`: takes the names and documents of AWS's managed policies from the installed moto.

Two files come of it: the names, which every run may need, and the documents, of which a run reads
one or two. The documents stay plain text, one statement a line: a diff then names the statement
that AWS has changed, git keeps only what is new, and one policy is found without unpacking the
rest. There is no clock in them, so the same moto gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from gitiam.catalog_managed import DOCUMENTS, NAMES

FOLDER = Path(__file__).parents[1] / "gitiam" / "data"


def files() -> dict[str, str]:
    """The names of both files, and what belongs in them."""
    policies = _by_path(json.loads(aws_managed_policies_data))
    head = tuple(_head(policies))
    documents = (_paragraph(path, policy) for path, policy in policies.items())
    return {
        NAMES: "\n".join((*head, *policies)) + "\n",
        DOCUMENTS: "\n".join(("\n".join((*head, "")), *documents)),
    }


def _by_path(policies: Mapping[str, Any]) -> dict[str, Any]:
    """`service-role/Name` → what moto has of it, sorted as people look for it."""
    found = {policy["Path"].lstrip("/") + name: policy for name, policy in policies.items()}
    return {path: found[path] for path in sorted(found, key=lambda path: (path.lower(), path))}


def _head(policies: Mapping[str, Any]) -> Iterator[str]:
    newest = max(policy["UpdateDate"] for policy in policies.values())[:10]
    yield (
        f"# Source: moto {version('moto')}, moto/iam/aws_managed_policies.py"
        " (https://github.com/getmoto/moto), Apache License 2.0."
    )
    yield f"# Count: {len(policies)}. The newest was changed on {newest}."
    yield "# Written by `make managed`."


def _paragraph(path: str, policy: Mapping[str, Any]) -> str:
    """Name, version and day in the first line, then the document, and an empty line."""
    title = f"{path} {policy['DefaultVersionId']} {policy['UpdateDate'][:10]}"
    return f"{title}\n{_document(policy['Document'])}\n"


def _document(document: Mapping[str, Any]) -> str:
    """The document unchanged, as JSON with one statement a line."""
    parts = [f"{_compact(key)}:{_value(value)}" for key, value in document.items()]
    return "{" + ",".join(parts) + "}"


def _value(value: Any) -> str:
    if not isinstance(value, list):
        return _compact(value)
    return "[\n" + ",\n".join(map(_compact, value)) + "\n]"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def main() -> None:
    """Write both files anew."""
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{FOLDER / name}: {len(text):,} characters")


if __name__ == "__main__":
    main()
