"""What is remembered of an estate that was judged without anything that blocks.

With it the next look at the estate judges and renders only what has changed since. It is a cache:
without it everything is computed anew, and comes out the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from gitiam.models import ModuleKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMAT = 1


class Remembered(NamedTuple):
    """One file: the SHA-256 of its bytes, when it expires (`instant`), and what binds it to others.

    `owns` holds `KIND/NAME` of the modules that the file has a part in; `mentions` those of the
    groups and policies that it names without having a part in them. Both are in small letters, as
    IAM compares names.
    """

    digest: str
    expires: int | None
    owns: Sequence[str]
    mentions: Sequence[str]


@dataclass(frozen=True)
class Memory:
    """The estate as it was judged at `judged_at`, by what `fingerprint` stands for.

    `files` are all request files, `modules` the digests of all modules that came of them.
    """

    fingerprint: str
    judged_at: int
    files: Mapping[str, Remembered]
    modules: Mapping[ModuleKey, str]

    def as_text(self) -> str:
        """JSON, for `from_text`."""
        return json.dumps(
            {
                "format": _FORMAT,
                "fingerprint": self.fingerprint,
                "judged_at": self.judged_at,
                "files": self.files,
                "modules": {str(key): digest for key, digest in self.modules.items()},
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_text(cls, text: str) -> Memory:
        """Read what `as_text` wrote; ValueError when it is something else."""
        try:
            body = json.loads(text)
            if body["format"] != _FORMAT:
                raise ValueError("another format")
            return cls(
                fingerprint=str(body["fingerprint"]),
                judged_at=int(body["judged_at"]),
                files={path: _remembered(entry) for path, entry in body["files"].items()},
                modules={ModuleKey.parse(key): str(d) for key, d in body["modules"].items()},
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a memory: {error}") from error


def _remembered(entry: list[Any]) -> Remembered:
    digest, expires, owns, mentions = entry
    for value, kind in ((digest, str), (expires, int | None), (owns, list), (mentions, list)):
        if not isinstance(value, kind):
            raise TypeError("a file of other types")
    return Remembered(digest, expires, owns, mentions)


def instant(moment: datetime) -> int:
    """An aware instant in whole microseconds: exact, and the same in every time zone."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
