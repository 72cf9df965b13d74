"""Which files matter when only some are asked about, told from their bytes alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gitiam.load.document import DocumentError, read_document

# The name may be the beginning of a longer one; whatever would make it so, but cannot end a YAML
# scalar, is ruled out. Other characters of names (`+=,.@-`) may end one, and are let through.
_END = rb"(?![A-Za-z0-9_])"


def related(proposed_raw: Mapping[str, bytes]) -> Callable[[str, bytes], bool]:
    r"""The `wanted` of `load_estate`: True for every file that can bear on findings in these files.

    `proposed_raw` maps the paths that are asked about to their bytes. Findings in a file depend on
    that file, on `gitiam.yaml` and the bundles, which are always read, on declarations and
    policies, on requests for the same principals, and on those for groups that these are in. So a
    file matters when it is asked about, or

    - holds `kind`: declarations and policies cannot do without that key;
    - holds `KIND/NAME` of a principal or group, or the name of a policy, that a file asked about
      names; IAM ignores letter case, and so does this;
    - holds `group/`: which groups a principal is in, other files may say;
    - holds a backslash.

    That is sound, because the loader's YAML spells a name in no other way. Scalars stand for
    themselves, but for escapes, which need a backslash, for doubled single quotes, which no name
    can hold, and for folded lines, which leave white space, which no name can hold either. An alias
    repeats what stands in the same file. Tags are refused, and bytes that are not UTF-8 as well.
    A file that cannot be read names nobody: what is wrong with it is a finding of its own.
    """
    patterns = sorted({p for path, raw in proposed_raw.items() for p in _patterns(path, raw)})
    wanted = re.compile(b"|".join([rb"\\", b"kind", b"group/", *patterns]), re.IGNORECASE).search
    asked = frozenset(proposed_raw)

    def is_related(path: str, raw: bytes) -> bool:
        return path in asked or wanted(raw) is not None

    return is_related


def _patterns(path: str, raw: bytes) -> Iterator[bytes]:
    try:
        data = read_document(path, raw).data
    except DocumentError:
        return
    if isinstance(data, dict):
        for key in ("principal", "policy"):
            yield from (re.escape(text.encode()) + _END for text in _texts(data.get(key)))
        grants = data.get("grants")
        for grant in grants if isinstance(grants, list) else ():
            if isinstance(grant, dict):
                groups = (f"group/{text}" for text in _texts(grant.get("group")))
                yield from (re.escape(group.encode()) + _END for group in groups)


def _texts(value: Any) -> Iterable[str]:
    values = value if isinstance(value, list) else [value]
    return (text for text in values if isinstance(text, str) and text)
