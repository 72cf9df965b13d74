"""Whether IAM would take a policy document: the grammar beyond what parsing needs to know."""

from gitiam.policy.check.document import problems
from gitiam.policy.check.problem import Problem, Use

__all__ = ["Problem", "Use", "problems"]
