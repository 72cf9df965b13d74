"""Where to cut a file so that it loses one entry of a list, and nothing else."""

from __future__ import annotations

from gitiam.findings import Location
from gitiam.load.document import Document, DocumentError, read_document

# What ends a line to YAML, but not to who counts line feeds.
_ODD_BREAKS = frozenset("\r\x85\u2028\u2029")


def entry_to_cut(document: Document, key: str, index: int) -> Location | None:
    """The whole lines of this entry below a key of the file's; None where they hold other things.

    The only entry goes together with its key. That the cut is exact is tried, not argued.
    """
    entries = document.data[key]
    expected = dict(document.data)
    if len(entries) > 1:
        expected[key] = [entry for at, entry in enumerate(entries) if at != index]
    else:
        del expected[key]
    lines = document.text.split("\n")
    place = _lines_of(document, key, index, alone=len(entries) == 1)
    rest = [*lines[: place.line - 1], *lines[place.end_line - 1 :]]
    if _ODD_BREAKS & set(document.text) or not _says("\n".join(rest), expected):
        return None
    return place


def _lines_of(document: Document, key: str, index: int, *, alone: bool) -> Location:
    entry = document.data[key][index]
    whole = document.place(key, index)
    # The end of a block is where the next begins, which may be below comments: the last value's is
    # its own.
    parts = [document.place(key, index, part) for part in entry] if isinstance(entry, dict) else []
    last = max(((p.end_line, p.end_column) for p in parts), default=(whole.end_line, 2))
    first = document.place_of_key(key).line if alone else whole.line
    end = last[0] if last[1] == 1 else last[0] + 1
    return Location(document.path, first, 1, end, 1)


def _says(text: str, expected: object) -> bool:
    try:
        found: object = read_document("", text.encode()).data
    except DocumentError:
        return False
    return found == expected
