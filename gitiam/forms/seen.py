"""Whether people see in an issue all that a text says, and what they may have meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from gitiam.nearest import nearest_text

_SPACES = re.compile(" +")
_SHOWN = 200


def spaced(text: str) -> str:
    """The text with single spaces of the usual sort, and none at the ends of its lines.

    Pages and documents leave others behind when text is copied; they change nothing.
    """
    plain = "".join(" " if c == "\t" or unicodedata.category(c) == "Zs" else c for c in text)
    lines = (_SPACES.sub(" ", line).strip(" ") for line in plain.split("\n"))
    return "\n".join(lines).strip("\n")


def unseen(text: str) -> str | None:
    """What the text holds and an issue does not show; None when it shows everything."""
    for character in text:
        if character != "\n" and not character.isprintable():
            return f"it holds {named(character)}, which nobody sees"
    if "<!--" in text:
        return "it holds an HTML comment, which nobody sees in the issue"
    if "##[" in text:
        return "it holds `##[`, which is an order to the machine that reads this"
    return None


def visible(text: str) -> str:
    """The text without the characters that cannot be seen."""
    return "".join(c for c in text if c == "\n" or c.isprintable())


def named(character: str) -> str:
    """`U+0430 (CYRILLIC SMALL LETTER A)`."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def foreign(text: str) -> str | None:
    """The first character that only looks as if it could stand in a name or an ARN."""
    found = next((c for c in text if not c.isascii()), None)
    return None if found is None else f"it holds {named(found)}, which no name and no ARN can"


def plain_letters(text: str) -> str:
    """The text in ASCII as far as Unicode itself says how: full-width letters, accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if c.isascii() and c.isprintable())


def near(text: str, known: Iterable[str]) -> str:
    """What was probably meant, or nothing."""
    known = list(known)
    exact = next((name for name in known if name.lower() == text.lower()), None)
    return exact or nearest_text(text.lower(), known, 0.6) or ""


def shortened(text: str) -> str:
    """Enough of the text for whoever wrote it to know which it is."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
