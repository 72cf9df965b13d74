"""Writes protobuf messages by hand: an encoder that owes nothing to the decoder under test."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    if number < 0x80:
        return bytes([number])
    return bytes([number & 0x7F | 0x80]) + varint(number >> 7)


def number(field: int, value: int) -> bytes:
    """A field that holds a number."""
    return varint(field << 3) + varint(value)


def block(field: int, *parts: bytes | str) -> bytes:
    """A field that holds a text, bytes or a message, made of its parts."""
    body = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field << 3 | 2) + varint(len(body)) + body


def fixed(field: int, body: bytes) -> bytes:
    """A field of four or eight bytes."""
    return varint(field << 3 | {4: 5, 8: 1}[len(body)]) + body


def entry(field: int, key: str, value: bytes) -> bytes:
    """An entry of a map from text to messages."""
    return block(field, block(1, key), block(2, value))


def diagnostic(severity: int, summary: str, detail: str = "") -> bytes:
    """A diagnostic of the plugin protocol; severity 1 is an error, 2 a warning."""
    return number(1, severity) + block(2, summary) + (block(3, detail) if detail else b"")
