"""Histories that are told in full: they are played in memory, and on the real path as well."""

from __future__ import annotations

from tests.support.histories import (
    GRANTS,
    Apply,
    Die,
    Fail,
    Lose,
    Remove,
    Write,
    declaration,
    policy,
    request,
)

_APP = "requests/app.yaml"
_ONE, _TWO = "requests/r1.yaml", "requests/r2.yaml"
_READ, _SEND, _AWS, _SHARED, _MUCH, _MORE, _MOST = GRANTS


def _ask(path: str, *grants: str, who: str = "role/app") -> Write:
    return Write(path, request("prod", who, "never", ", ".join(grants)))


TOLD = {
    "moved-with-its-access": (
        Write(_APP, declaration("role/app", "prod")),
        _ask(_ONE, _READ, _AWS, _MUCH, _MORE, _MOST),
        Apply(),
        Write(_APP, declaration("role/app", "prod", "/team/")),
        Apply(allow_destroy=True),
        Write(_APP, declaration("role/app", "prod", "/other/")),
        Lose("state", 0),
        Apply(allow_destroy=True),
        _ask(_TWO, _SEND),
        Apply(harm=Die(4, late=False)),
        Remove(_TWO),
    ),
    "killed-and-gone-back": (
        Write(_APP, declaration("role/app", "prod")),
        _ask(_ONE, _SEND),
        Apply(),
        _ask(_ONE, _AWS, _READ),
        Apply(harm=Fail(0, "killed", 1)),
        _ask(_ONE, _SEND),
        Lose("state", 0),
        Apply(),
        Remove(_ONE),
        Lose("record", 0),
    ),
    "a-shared-policy-comes-and-goes": (
        Write("requests/readers.yaml", policy("prod", _READ)),
        Write(_APP, declaration("role/app", "prod")),
        _ask(_ONE, _SHARED, _SEND),
        Apply(harm=Die(6, late=True)),
        Apply(),
        Remove("requests/readers.yaml"),
        _ask(_ONE, _SEND),
    ),
}
