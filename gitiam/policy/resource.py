"""Resources of policies: ARNs and patterns of ARNs, compared part by part between their colons.

IAM User Guide, "IAM JSON policy elements: Resource": wildcards stand within the parts of an ARN,
and an ARN with fewer than six parts is completed with `*`. What has no colon, such as `*`, is one
pattern for the whole.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gitiam.policy.glob import includes, intersects, matches

#: `${aws:username}`, `${aws:username, 'nobody'}`, and `${*}`, `${?}`, `${$}` for one character.
VARIABLE = re.compile(r"\$\{[^{}]*\}")
#: Partition, service, region and account stand before the resource, divided by colons.
_COLONS = 5


@lru_cache(32_768)
def resource_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN, in which nothing is a wildcard, belongs to a pattern without variables."""
    if pattern == "*":
        return True
    if not pattern.startswith("arn:"):
        return matches(pattern, arn)
    patterns = pattern.split(":", _COLONS)
    patterns += ["*"] * (_COLONS + 1 - len(patterns))
    parts = arn.split(":", _COLONS)
    return len(parts) > _COLONS and all(map(matches, patterns, parts))


def resource_within(outer: str, inner: str) -> bool:
    """Whether every ARN of `inner` is one of `outer`; no where that is not certain.

    A variable can become any text, and matches no variable but itself.
    """
    if outer in ("*", inner):
        return True
    outers, inners = outer.split(":", _COLONS), inner.split(":", _COLONS)
    if len(outers) <= _COLONS or len(inners) <= _COLONS:
        return False
    return all(map(_part_within, outers, inners))


def resources_meet(one: str, other: str) -> bool:
    """Whether some ARN may belong to both; yes where that is not certain.

    A `*` may reach across colons here, and a variable may be any text.
    """
    if one == "*" or other == "*":
        return True
    return intersects(VARIABLE.sub("*", one), VARIABLE.sub("*", other))


def meets_type(resource: str, arn: str) -> bool:
    """Whether a policy's resource can be of a type: each part of the one meets the other's."""
    parts = VARIABLE.sub("*", resource).split(":", _COLONS)
    types = arn.split(":", _COLONS)
    if len(parts) <= _COLONS or len(types) <= _COLONS:
        return resources_meet(resource, arn)
    return all(map(intersects, parts, types))


@lru_cache(32_768)
def narrowed(resource: str, arn: str) -> str:
    """A policy's resource, with `arn`'s service, region and account where it leaves these open.

    What has too few parts is completed first.
    """
    types = arn.split(":", _COLONS)
    if not resource.startswith("arn:") or len(types) <= _COLONS:
        return resource
    parts = resource.split(":", _COLONS)
    parts += ["*"] * (_COLONS + 1 - len(parts))
    pairs = zip(parts[:_COLONS], types[:_COLONS], strict=True)
    known = [other if _part_within(one, other) else one for one, other in pairs]
    return ":".join([*known, parts[_COLONS]])


def _part_within(outer: str, inner: str) -> bool:
    if outer == inner:
        return True
    widest = VARIABLE.sub("*", inner)
    return "${" not in outer and "${" not in widest and includes(outer, widest)
