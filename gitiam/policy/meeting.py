"""Where the resources of a statement meet what an action works on, and how much is left open."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from gitiam.policy.glob import includes, is_glob
from gitiam.policy.resource import meets_type, narrowed, resource_within, resources_meet
from gitiam.policy.statement import Statement

_COLONS = 5
#: What AWS puts into every name of a kind, from the references of the services. A pattern that
#: asks for no more than that leaves all of them open.
_FORMS = {
    ("secretsmanager", "secret:*"): "secret:*-??????",
    ("ec2", "instance/*"): "instance/i-*",
    ("ssm", "managed-instance/*"): "managed-instance/mi-*",
    ("ec2", "image/*"): "image/ami-*",
    ("ec2", "snapshot/*"): "snapshot/snap-*",
    ("ec2", "volume/*"): "volume/vol-*",
    ("ec2", "security-group/*"): "security-group/sg-*",
    ("ec2", "launch-template/*"): "launch-template/lt-*",
}


def met(statement: Statement, targets: tuple[str, ...]) -> Iterator[tuple[str, str, bool]]:
    """Where its resources meet the targets: which, the narrower of the two, and whether broad."""
    for target in targets:
        if statement.not_resources:
            excepted = _of_the_service(target, statement.not_resources)
            if not any(resource_within(r, target) for r in excepted):
                yield target, target, True
            continue
        likely = _of_the_service(target, statement.resources)
        for resource in (narrowed(r, target) for r in likely):
            if target == "*":
                # An action without resources is asked for on `*`, which a narrower text misses.
                if not resource.strip("*"):
                    yield target, target, True
            elif meets_type(resource, target):
                narrow = resource if resource_within(target, resource) else target
                yield target, narrow, includes(_name(resource), _least(target))


def _of_the_service(target: str, resources: tuple[str, ...]) -> Iterator[str]:
    """Those resources that can be of the target's service: lists can be long."""
    wanted = service_of_resource(target)
    return (r for r in resources if not wanted or service_of_resource(r) in ("", wanted))


@lru_cache(65_536)
def service_of_resource(arn: str) -> str:
    """The service that an ARN names; empty where that is left open."""
    parts = arn.split(":", _COLONS)
    is_open = len(parts) <= _COLONS or is_glob(parts[2]) or "$" in arn.rpartition(":")[0]
    return "" if is_open else parts[2]


def is_all_of_a_kind(resource: str) -> bool:
    """Whether a policy's resource is everything of its kind, as far as its text tells."""
    name = resource.split(":", _COLONS)[-1]
    if ":s3:" in resource:
        name = name.partition("/")[0]  # a bucket is named before the slash, and has no kind there
    return not name.rpartition("/")[2].rpartition(":")[2].strip("*?")


@lru_cache(16_384)
def _least(target: str) -> str:
    """The name of the target, as narrow as all names are: none is empty, so `?*` takes all."""
    name = _name(target)
    return _FORMS.get((service_of_resource(target), name), name).replace("*", "?*")


def _name(resource: str) -> str:
    """What stands after the account, where an ARN says so much."""
    return resource.split(":", _COLONS)[_COLONS] if resource.count(":") >= _COLONS else resource


def takes_all(statement: Statement, resource: str) -> bool:
    """Whether every ARN of the pattern is among the statement's own."""
    if statement.not_resources:
        return not any(resources_meet(r, resource) for r in statement.not_resources)
    return any(resource_within(r, resource) for r in statement.resources)
