"""A tag is one that IAM refuses.

## What it does
Checks the tags of declared principals and policies: no `aws:` in front, no two keys that differ
in letter case alone, and only letters, digits, spaces and `_.:/=+-@`. `owner` becomes a tag, too.

## Why is this bad?
AWS would refuse the principal when it is applied.

## Example
```yaml
kind: principal
account: prod
principal: user/alice
reason: Alice joined the data team
tags: {"aws:team": data}
```

## Use instead
```yaml
kind: principal
account: prod
principal: user/alice
reason: Alice joined the data team
tags: {team: data}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category

from gitiam.findings import Finding
from gitiam.models import Declaration, Request
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, shown

_MARKS = frozenset("_.:/=+-@")


class UnusableTag(Rule):
    """Every tag is one that IAM takes."""

    id = "unusable-tag"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each key or value that IAM refuses."""
        if isinstance(file, Request):
            return
        seen: dict[str, str] = {}
        for key, value in file.tags.items():
            is_owner = isinstance(file, Declaration) and key == "owner" and value == file.owner
            steps = ("owner",) if is_owner else ("tags", key)
            place = file.source.place_of_key(*steps)
            twin = seen.setdefault(key.lower(), key)
            if twin != key:
                yield self.finding(place, f"{shown(key)} and {shown(twin)} are one key to IAM")
            if key.lower().startswith("aws:"):
                yield self.finding(place, f"{shown(key)}: what begins with `aws:` is AWS's own")
            if not _is_tag_text(key):
                yield self.finding(place, f"{shown(key)} holds a character that no tag may hold")
            if not _is_tag_text(value):
                message = f"{shown(value)} holds a character that no tag may hold"
                yield self.finding(file.source.place(*steps), message)


def _is_tag_text(text: str) -> bool:
    """Letters, digits and spaces of any script, and a few marks: what IAM takes in tags."""
    return all(c in _MARKS or category(c)[0] in "LNZ" for c in text)
