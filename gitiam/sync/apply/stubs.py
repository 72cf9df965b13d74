"""Terraform text that holds a place for what is to be imported, and says nothing of it.

Terraform imports into a resource that the text has; what that says does not matter. So the text is
made of addresses alone, whatever else a ledger remembers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from gitiam.errors import GitiamError

#: As the addresses of gitiam's modules are: at most one key, and of one line.
_ADDRESS = re.compile(
    r"(?P<type>aws_iam_[a-z_]{1,60})\.(?P<name>[A-Za-z0-9_-]{1,60})"
    r'(?:\["(?P<key>[ !#-\[\]-~]{1,700})"\])?'
)


def stubs(addresses: Iterable[str]) -> str:
    """A block for each resource, with the keys of its instances; GitiamError for an odd address."""
    keys: dict[tuple[str, str], list[str]] = {}
    for address in sorted(addresses):
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise GitiamError(
                f"the ledger names {address[:200]!r}, which is no address of a module of gitiam",
                hint="Somebody has changed the ledger: see `gitiam ledger show`, and who could",
            )
        known = keys.setdefault((found["type"], found["name"]), [])
        if found["key"] is not None:
            known.append(found["key"])
    return "\n".join(_block(*resource, known) for resource, known in keys.items())


def _block(type_: str, name: str, keys: list[str]) -> str:
    # A brace could begin a template.
    quoted = json.dumps(keys).replace("{", "\\u007b")
    each = f"  for_each = toset({quoted})\n" if keys else ""
    return f'resource "{type_}" "{name}" {{\n{each}}}\n'
