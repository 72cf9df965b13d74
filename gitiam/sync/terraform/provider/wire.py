"""As much of the protobuf wire format as the relay has to read: which field, and its bytes.

The relay passes messages on as they are. It looks into three of them alone, and never decodes more
than it must; the format is described at "Encoding" in the Protocol Buffers documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_FIXED = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}


class UnfamiliarError(Exception):
    """The provider or Terraform said something that the relay does not understand."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message: its value if it is a number, its bytes, and all of it as it came."""

    number: int
    value: int
    body: bytes
    raw: bytes


def fields(message: bytes) -> Iterator[Field]:
    """The fields of a message, in order; UnfamiliarError for what is none."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        value = 0
        if kind == _VARINT:
            value, end = _varint(message, at)
            at = end
        elif kind == _BYTES:
            size, at = _varint(message, at)
            end = at + size
        elif kind in _FIXED:
            end = at + _FIXED[kind]
        else:
            raise UnfamiliarError(f"a field of wire type {kind}")
        if end > len(message) or number == 0:
            raise UnfamiliarError("a message that breaks off")
        yield Field(number, value, message[at:end], message[start:end])
        at = end


def only_field(message: bytes, number: int) -> bytes:
    """The bytes of the last field of this number, as protobuf reads it; empty if there is none."""
    found = b""
    for field in fields(message):
        if field.number == number:
            found = field.body
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first; and where the next thing begins."""
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise UnfamiliarError("a number that does not end")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
