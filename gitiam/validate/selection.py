r"""Which files matter when only some are asked about, told from bytes: most are never parsed.

Files bear on each other by the names that they share, as `Bearing` has it. A file is parsed only
where one of the names stands that matter, or a backslash: that is sound, because the loader's YAML
spells a name in no other way. Scalars stand for themselves, but for escapes, which need a
backslash, for doubled single quotes, which no name can hold, and for folded lines, which leave
white space, which no name can hold either. An alias repeats what stands in the same file. Tags are
refused, and bytes that are not UTF-8 as well. IAM ignores letter case, and so does this. A file
that cannot be read names nobody: what is wrong with it is a finding of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from gitiam.load.estate import parse_file
from gitiam.validate.bearing import Bearing, Ties, ties_of

_NAMELESS = Ties((), ())


class Selection:
    """Answers about these files: `requests/…` → bytes. Each is parsed once at most."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._ties: dict[str, Ties] = {}
        self._sought: set[str] = set()

    def needed_for(self, asked: Iterable[str]) -> frozenset[str]:
        """The files without which these cannot be judged: see `Bearing.needed_for`."""
        asked = [path for path in asked if path in self._files]
        self._read(asked)
        while True:
            bearing = Bearing(self._ties)
            found = bearing.needed_for(asked)
            if not self._seek(bearing.named(found)):
                return frozenset(found)

    def judged_anew(self, changed: Iterable[str], touched: frozenset[str]) -> frozenset[str]:
        """The files about which rules can say something else now: see `Bearing.judged_anew`.

        `touched` are the names that the changed files own, or owned before.
        """
        self._read(path for path in changed if path in self._files)
        wanted = set(touched)
        # Who attaches a policy that has changed may be a group, whose members count as well.
        while self._seek(wanted):
            bearing = Bearing(self._ties)
            shared = {name for name in wanted if name.startswith(("policy/", "group/"))}
            wanted |= bearing.owned(bearing.mentioners(shared))
        return frozenset(Bearing(self._ties).judged_anew(changed, touched))

    def _read(self, paths: Iterable[str]) -> None:
        for path in paths:
            if path not in self._ties:
                self._ties[path] = read_ties(path, self._files[path])

    def _seek(self, names: Iterable[str]) -> bool:
        """Read the files that may name one of these; whether any of them is a new question."""
        new = set(names) - self._sought
        self._sought |= new
        if new:
            may_name = _naming(new)
            self._read(path for path, raw in self._files.items() if may_name(raw))
        return bool(new)


def read_ties(path: str, raw: bytes) -> Ties:
    """What binds a file to others; nothing does where it cannot be read."""
    value = parse_file(path, raw)
    return _NAMELESS if isinstance(value, tuple) else ties_of(value)


def _naming(names: Iterable[str]) -> Callable[[bytes], bool]:
    """Whether a file may name one of these, `KIND/NAME`: groups and policies stand without kind.

    A name may be a part of a longer one, whose file is read in vain, but where letters or digits
    would make it so, which cannot be what a YAML scalar stands beside.
    """
    short = sorted({re.escape(name.partition("/")[2].encode()) for name in names})
    patterns = [rb"\\", rb"(?<![A-Za-z0-9_])(?:" + b"|".join(short) + rb")(?![A-Za-z0-9_])"]
    search = re.compile(b"|".join(patterns), re.IGNORECASE).search
    return lambda raw: search(raw) is not None
