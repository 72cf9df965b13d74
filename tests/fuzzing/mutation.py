"""Mutations that know a little of YAML, ARNs and policies; what they make is seldom a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

#: Nothing that is longer is made: a little more than the most that gitiam reads.
LONGEST = 300_000

_SCALAR = re.compile(rb"(?<=[:\[,-] )[^\s\[\]{},][^\n\[\]{},]*|\"[^\"\n]*\"")
_WORD = re.compile(rb"[A-Za-z0-9_/:*.-]+")

_TEXTS: tuple[bytes, ...] = (
    *(
        b"",
        b"''",
        b'""',
        b"~",
        b"null",
        b"[]",
        b"{}",
        b"- ",
        b"[[]]",
        b"true",
        b"0",
        b"-1",
        b"1e999",
    ),
    *(b"9" * 400, b"0x10", b".inf", b".nan", b"1_000", b"2027-01-15", b"0000-00-00", b"never"),
    *(b"9999-12-31", b"0001-01-01", b"9999-12-31T23:59:59-23:59", b"0001-01-01T00:00:00+23:59"),
    *(b"'*'", b"'**'", b"'*:*'", b"'?'", b"'s3:*'", b"'*:Get*'", b"iam:*", b"'i?m:*'", b"':'"),
    *(b"s3:" + b"*a" * 200, b"s3:" + b"?" * 500, b"'" + b"*?" * 300 + b"'", b"a" * 5000),
    *(b"'${'", b"'${}'", b"'${aws:username}'", b"'${aws:username, ''x''}'", b"'${*}'"),
    *(b"'" + b"${" * 800 + b"'", b"'" + b"${a" * 800 + b"}" * 800 + b"'"),
    *(b"'{account_id}'", b"'{account'", b"'{{account}}'", b"'{x}'", b"'${account_id}'", b"'{}'"),
    *(b"arn:", b"arn:aws:s3:::", b"arn:aws:s3:::b/*", b"arn:aws:iam::111122223333:role/x"),
    *(b"'arn:*:*:*:*:*'", b"arn:aws:s3:::" + b"*/" * 400, b"'" + b":" * 900 + b"'"),
    *(b"role/x", b"user/x", b"group/x", b"role/..", b"policy/x", b"role/" + b"x" * 65),
    *(
        "'\u00e4\u00df\u2028\u2029\ufeff\U0001f600'".encode(),
        b'"\\x00"',
        b'"\\u0000"',
        b'"\\e[31m"',
    ),
    *(b'"\\ud800"', b"\xff\xfe", b"\x00", b"\x1b]0;x\x07", "'\u202e\u0130\u0131\ufb01'".encode()),
    *(b"&a [*a]", b"*a", b"&a x", b"!!python/object:os.system x", b"!x y", b"<<: *a", b"? a"),
    *(b"StringEquals", b"ForAllValues:StringLike", b"DateLessThan", b"IpAddress", b"NULL", b"Null"),
    *(b"NumericLessThanEqualsIfExists", b"stringequals", b"aws:CurrentTime", b"AWS:CURRENTTIME"),
    *(b"'0.0.0.0/0'", b"'::/0'", b"'1.2.3.4/33'", b"kind: principal", b"kind: policy", b"kind: x"),
)
_LINES: tuple[bytes, ...] = (
    *(
        b"kind: principal",
        b"kind: policy",
        b"policy: shared",
        b"path: /a/",
        b"max_session: 9999999",
    ),
    *(b"allow: [{rule: full-wildcard, reason: x}]", b"tags: {a: b, A: c}", b"owner: x"),
    *(b"permissions_boundary: ReadOnlyAccess", b"trust: [{service: x}]", b"trust: [{aws: '*'}]"),
    *(b"  - actions: ['*']\n    resources: ['*']", b"  - bundle: s3-read\n    resources: ['*']"),
    *(b"  - access: [read, write]\n    resources: ['arn:aws:s3:::*']", b"  - group: analysts"),
    *(b"  - managed_policy: AdministratorAccess", b"  - assume: 'arn:aws:iam::*:role/*'"),
    b"  - effect: deny\n    not_actions: ['iam:*']\n    not_resources: ['*']",
    b"    conditions: {DateLessThan: {aws:CurrentTime: 99999999999999}}",
    b"    conditions: {StringLike: {aws:PrincipalArn: '${aws:username}*'}}",
    b"    conditions: {NumericLessThan: {s3:max-keys: 1e999999999}}",
    *(b"---", b"...", b"# x", b"\t", b"%YAML 1.1", b"a: &b [x, *b]"),
)

Mutation = Callable[[bytes, Random, Sequence[bytes]], bytes]


def mutated(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """A file after one to five mutations; `others` are files to take parts from."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        raw = random.choice(_MUTATIONS)(raw, random, others)[:LONGEST]
    return raw


def _scalar(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    return _put(raw, random, _SCALAR, random.choice(_TEXTS))


def _word(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    words = _WORD.findall(random.choice(others))
    return _put(raw, random, _WORD, random.choice(words or [b"x"]))


def _put(raw: bytes, random: Random, where: re.Pattern[bytes], text: bytes) -> bytes:
    places = list(where.finditer(raw))
    if not places:
        return raw + text
    found = random.choice(places)
    return raw[: found.start()] + text + raw[found.end() :]


def _line_in(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    lines = raw.split(b"\n")
    lines.insert(random.randint(0, len(lines)), random.choice(_LINES))
    return b"\n".join(lines)


def _lines_again(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """Some lines, often very often: hundreds of grants, thousands of actions."""
    lines = raw.split(b"\n")
    start = random.randrange(len(lines))
    end = min(len(lines), start + random.choice((1, 1, 2, 3, 8)))
    part = lines[start:end] * random.choice((1, 2, 30, 99, 1000))
    return b"\n".join([*lines[:end], *part, *lines[end:]])


def _value_again(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """A value of a flow list, each time another: `[s3:Get*0, s3:Get*1, …]`."""
    places = list(re.finditer(rb"\[([^\[\],\n]+)", raw))
    if not places:
        return raw
    found = random.choice(places)
    value = found[1].strip(b"'\"")
    often = random.choice((3, 50, 999, 1000))
    many = b", ".join(b'"%b%d"' % (value, number) for number in range(often))
    return raw[: found.start(1)] + many + raw[found.end(1) :]


def _line_out(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    lines = raw.split(b"\n")
    del lines[random.randrange(len(lines))]
    return b"\n".join(lines)


def _indent(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    lines = raw.split(b"\n")
    at = random.randrange(len(lines))
    lines[at] = random.choice((b" " + lines[at], b"  " + lines[at], lines[at].lstrip()))
    return b"\n".join(lines)


def _splice(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    lines, theirs = raw.split(b"\n"), random.choice(others).split(b"\n")
    start = random.randrange(len(theirs))
    at = random.randint(0, len(lines))
    part = theirs[start : start + random.randint(1, 12)]
    return b"\n".join([*lines[:at], *part, *lines[at + random.choice((0, 1, 5)) :]])


def _deep(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    depth = random.choice((5, 24, 25, 2000, 60_000))
    opening, closing = random.choice(((b"[", b"]"), (b"{a: ", b"}"), (b"- ", b"")))
    return _put(raw, random, _SCALAR, opening * depth + b"x" + closing * depth)


def _byte(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(raw))
    new = bytes([random.randrange(256)]) * random.choice((0, 1, 1, 3, 4096))
    return raw[:at] + new + raw[at + random.choice((0, 1, 1, 2, 40)) :]


_MUTATIONS: tuple[Mutation, ...] = (
    *(_scalar, _scalar, _scalar, _word, _word, _line_in, _line_in, _lines_again),
    *(_value_again, _line_out, _indent, _splice, _splice, _deep, _byte),
)
