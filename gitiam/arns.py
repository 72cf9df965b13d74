"""ARN patterns, in the two dialects that gitiam meets: AWS's reference and the bundles' files.

AWS writes `arn:${Partition}:s3:::${BucketName}/${ObjectName}`; a bundle writes
`arn:{partition}:s3:::{name}`, where a placeholder takes one segment, or, as `{name+}`, any text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from gitiam.policy.glob import intersects, is_glob, matches

SEGMENTS = 6
_AWS_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\*+")
_PARTITIONS = frozenset(["aws", "aws-cn", "aws-us-gov", "*"])
_BUNDLE_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(\+?)\}")
# Anything up to a colon, a slash or white space; a policy variable counts as one character.
_ONE_SEGMENT = r"(?:\$\{[^{}\s]*\}|\$(?!\{)|[^:/$\s])+"
_POLICY_VARIABLE = re.compile(r"\$\{[^}]*\}")

# Placeholders of AWS's patterns whose values cannot hold a slash, by the naming rules of S3, SQS,
# SNS, DynamoDB, KMS and EC2. All others might: role names have paths, secrets and log groups too.
_WITHOUT_SLASH = frozenset(
    f"${{{name}}}"
    for name in (
        "BucketName",
        "IndexName",
        "InstanceId",
        "KeyId",
        "QueueName",
        "TableName",
        "TopicName",
        "VolumeId",
    )
)


@dataclass(frozen=True, slots=True)
class AwsPattern:
    """A type of resource in AWS's reference, as a test for ARNs and for globs of ARNs."""

    segments: tuple[str, ...]  # six globs, each for one segment of an ARN
    glob: str
    literals: int
    slashes: int | None  # how many each such ARN has; None when that varies

    def takes(self, arn: str) -> bool:
        """Whether an ARN is of this type; wildcards in it are text, and may fill placeholders.

        Written with globs, not with a regular expression: six `.+` in a row would let a hostile
        ARN burn a minute.
        """
        parts = arn.split(":", SEGMENTS - 1)
        if len(parts) != SEGMENTS or parts[1] not in _PARTITIONS:
            return False
        if self.slashes is not None and arn.count("/") != self.slashes:
            return False
        return all(map(matches, self.segments, parts))

    def may_meet(self, arn: str) -> bool:
        """Whether the glob `arn`, with policy variables, leaves room for an ARN of this type.

        Segments are compared one by one up to the first wildcard that might reach across colons;
        from there on the whole is compared, which says yes rather too often than too rarely.
        """
        loose = _POLICY_VARIABLE.sub("*", arn)
        if self.slashes is not None and loose.count("/") > self.slashes:
            return False
        parts = loose.split(":", SEGMENTS - 1)
        for pattern, part in zip(self.segments, parts[:-1], strict=False):
            if is_glob(part):
                return intersects(self.glob, loose)
            if not intersects(pattern, part):
                return False
        if len(parts) < SEGMENTS:
            return intersects(self.glob, loose)
        return intersects(self.segments[-1], parts[-1])


@lru_cache(4096)
def aws_pattern(text: str) -> AwsPattern:
    """Compile one pattern of AWS's reference, `arn:${Partition}:service:…`."""
    placeholders = _AWS_PLACEHOLDER.findall(text)
    segments = text.split(":", SEGMENTS - 1)
    open_ended = set(_AWS_PLACEHOLDER.findall(segments[-1])) - _WITHOUT_SLASH
    return AwsPattern(
        segments=tuple(_AWS_PLACEHOLDER.sub("?*", segment) for segment in segments),
        glob=_AWS_PLACEHOLDER.sub("*", text),
        literals=len(text) - sum(map(len, placeholders)),
        slashes=None if open_ended else text.count("/"),
    )


def service_of(arn: str) -> str | None:
    """The service segment of an ARN with all its segments; None for anything else."""
    segments = arn.split(":", SEGMENTS - 1)
    return segments[2] if len(segments) == SEGMENTS and segments[0] == "arn" else None


@dataclass(frozen=True, slots=True)
class BundlePattern:
    """A type of ARN that a bundle takes."""

    regex: re.Pattern[str]
    placeholders: tuple[str, ...]

    def parts(self, arn: str) -> Mapping[str, str] | None:
        """What each placeholder stands for in this ARN; None when it is of another type.

        Wildcards in the ARN are text like any other, and so may stand wherever a placeholder does.
        """
        found = self.regex.fullmatch(arn)
        return found.groupdict() if found else None


@lru_cache(1024)
def bundle_pattern(text: str) -> BundlePattern:
    """Compile a bundle's pattern; ValueError says which placeholder is written wrongly.

    A placeholder fills a segment up to the next `:` or `/`, so no ARN can be cut in two ways, and
    none can keep the regular expression busy.
    """
    parts: list[str] = []
    names: list[str] = []
    at = 0
    for found in _BUNDLE_PLACEHOLDER.finditer(text):
        name, many = found.groups()
        _check_placeholder(text, found, names)
        names.append(name)
        taken = r"\S+" if many else _ONE_SEGMENT
        parts += [_literal(text, at, found.start()), f"(?P<{name}>{taken})"]
        at = found.end()
    parts.append(_literal(text, at, len(text)))
    return BundlePattern(re.compile("".join(parts)), tuple(names))


def _check_placeholder(text: str, found: re.Match[str], before: list[str]) -> None:
    name, many = found.groups()
    after = text[found.end() : found.end() + 1]
    if name in before:
        raise ValueError(f"the placeholder {{{name}}} stands twice in `{text}`")
    if many and after:
        raise ValueError(f"{found[0]} takes all that is left, so it must stand last in `{text}`")
    if after not in ("", ":", "/"):
        raise ValueError(f"after {found[0]} in `{text}` only `:` or `/` may follow")


def _literal(text: str, start: int, end: int) -> str:
    literal = text[start:end]
    if "{" in literal or "}" in literal:
        raise ValueError(f"a placeholder in `{text}` is not of the form {{name}} or {{name+}}")
    return re.escape(literal)
