"""Conditions that say which resource is meant."""

from __future__ import annotations

from gitiam.models import Condition
from gitiam.policy.operators import ALL, operator
from gitiam.policy.statement import PolicyError


def narrows_by_tag(condition: Condition) -> bool:
    """Whether it holds for resources with certain tags alone, and not for those that have none."""
    return "resourcetag/" in condition.key.lower() and narrows(condition)


def narrows(condition: Condition) -> bool:
    """Whether a value must be there, and be one of those that are named."""
    try:
        how = operator(condition.operator)
    except PolicyError:
        return False  # an error of its own
    if how.negated or how.if_exists or how.quantifier == ALL:
        return False
    if how.base == "null":
        return {value.lower() for value in condition.values} == {"false"}
    return bool(condition.values) and all(value.strip("*?") for value in condition.values)
