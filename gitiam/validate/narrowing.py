"""Whether it is said which resource is meant."""

from __future__ import annotations

from gitiam.models import Condition
from gitiam.policy.operators import ALL, operator
from gitiam.policy.reach import Permit
from gitiam.policy.statement import PolicyError


def is_wide(permit: Permit) -> bool:
    """Whether it is left open which resource is meant, by ARN and by tag."""
    return permit.is_broad and not any(map(_is_about_tag, permit.piece.statement.conditions))


def _is_about_tag(condition: Condition) -> bool:
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
