"""The policies that AWS itself manages: what they are called, and what they say.

Names and documents come from moto (see NOTICE), by `make managed`. The documents are one text of
some megabytes: a policy is found in it by the line that its name stands in, which takes less than
a millisecond, and only that one is read.

What AWS publishes is written for the partition `aws`. The policies of the same name in `aws-cn` and
`aws-us-gov` say the same of that partition's own resources (IAM User Guide, "AWS managed policies":
the ARN of a policy of AWS differs by partition alone), but a few are missing there, and now and
then a change arrives later. So the document of another partition is the one of `aws` with the
partition of its ARNs replaced: near enough to judge by, as ARNs of `aws` would match nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from gitiam.canonical import read_document
from gitiam.catalog_sources import data_lines
from gitiam.errors import GitiamError
from gitiam.models import Condition
from gitiam.policy.statement import Document, PolicyError, Statement

#: The files in `gitiam/data`.
NAMES, DOCUMENTS = "aws_managed_policies.txt", "aws_managed_documents.txt"

_DATA = Path(__file__).parent / "data"
_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):iam::aws:policy/")
_PARTITION = "aws"
_ANY_ARN = re.compile(r"^arn:aws:")


class ManagedPolicyError(GitiamError):
    """A policy that AWS manages has a document here that cannot be read: nobody may judge by it."""


class ManagedPolicies:
    """The names and documents of AWS's managed policies, each read when it is first asked for."""

    def __init__(self, documents: Path = _DATA / DOCUMENTS) -> None:
        self._file = documents
        self._read: dict[tuple[str, str], Document] = {}

    @cached_property
    def by_key(self) -> Mapping[str, str]:
        """`path/Name` by its own lower-case form, and by that of the name alone."""
        lines = data_lines(NAMES)
        return {key.lower(): line for line in lines for key in (line, line.rpartition("/")[2])}

    def path_of(self, name_or_path: str) -> str | None:
        """`path/Name` from the name, that or the ARN, in any case."""
        return self.by_key.get(without_arn(name_or_path).lower().strip("/"))

    def document_of(self, name_or_path: str) -> Document | None:
        """What the policy says; None when AWS has no such policy.

        An ARN of another partition gives the document with that partition in its ARNs. Raises
        ManagedPolicyError rather than say less than the policy does.
        """
        path = self.path_of(name_or_path)
        if path is None:
            return None
        found = _ARN.match(name_or_path)
        partition = found[1] if found else _PARTITION
        if (path, partition) not in self._read:
            self._read[path, partition] = tuple(
                _moved(statement, partition) for statement in self._parsed(path)
            )
        return self._read[path, partition]

    def _parsed(self, path: str) -> Document:
        try:
            _, document = read_document(self._text(path))
        except (OSError, UnicodeDecodeError, PolicyError) as error:
            raise ManagedPolicyError(
                f"what AWS's managed policy {path} says cannot be read: {error}",
                hint="Install gitiam again",
            ) from None
        return document

    def _text(self, path: str) -> str:
        """The paragraph below the line with its name; no line of a document begins like that."""
        data = self._file.read_bytes()
        title = data.find(b"\n%b v" % path.encode())
        start = data.find(b"\n", title + 1)
        if -1 in (title, start):
            raise PolicyError(f"it is not in {self._file.name}")
        end = data.find(b"\n\n", start)
        return data[start : end if end != -1 else None].decode()


def without_arn(name_or_path: str) -> str:
    """`path/Name` of an ARN of AWS's own policies; anything else unchanged."""
    return _ARN.sub("", name_or_path, count=1)


def _moved(statement: Statement, partition: str) -> Statement:
    """The statement with its ARNs in another partition."""
    if partition == _PARTITION:
        return statement
    return replace(
        statement,
        resources=_texts_moved(statement.resources, partition),
        not_resources=_texts_moved(statement.not_resources, partition),
        conditions=tuple(
            Condition(c.operator, c.key, _texts_moved(c.values, partition))
            for c in statement.conditions
        ),
    )


def _texts_moved(texts: tuple[str, ...], partition: str) -> tuple[str, ...]:
    return tuple(_ANY_ARN.sub(f"arn:{partition}:", text) for text in texts)
