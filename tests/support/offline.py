"""No test that uses this can reach a network, or the instance metadata service."""

from __future__ import annotations

import socket
from typing import Any, NoReturn

import pytest


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection fails the test, loopback included."""

    def refuse(_socket: Any, address: Any) -> NoReturn:
        pytest.fail(f"a connection to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
