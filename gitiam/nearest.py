"""What was probably meant: the nearest service, action or policy to a name that does not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches
from typing import Protocol

from gitiam.catalog_sources import Action

# Names longer than any of AWS's are not compared: the time would grow with their square.
_LONGEST = 128
_SHORTEST = 4
# How alike one word of a name is to another, and a name to one of more or fewer words.
_SAME_WORD = 0.65
_OTHER_WORDS = 0.8

# Where many services have an action of the same name, these are meant first.
_USUAL = frozenset(
    [
        "apigateway",
        "athena",
        "autoscaling",
        "cloudformation",
        "cloudfront",
        "cloudtrail",
        "cloudwatch",
        "codebuild",
        "dynamodb",
        "ec2",
        "ecr",
        "ecs",
        "eks",
        "elasticloadbalancing",
        "events",
        "glue",
        "iam",
        "kafka",
        "kafka-cluster",
        "kinesis",
        "kms",
        "lambda",
        "logs",
        "rds",
        "redshift",
        "route53",
        "s3",
        "secretsmanager",
        "ses",
        "sns",
        "sqs",
        "ssm",
        "states",
        "sts",
    ]
)

# What people call services, where it is not near the prefix.
_NICKNAMES = {
    "alb": "elasticloadbalancing",
    "cloudwatch-logs": "logs",
    "cloudwatchlogs": "logs",
    "cognito": "cognito-idp",
    "cost-explorer": "ce",
    "costexplorer": "ce",
    "ddb": "dynamodb",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "eventbridge": "events",
    "msk": "kafka",
    "nlb": "elasticloadbalancing",
    "parameter-store": "ssm",
    "parameterstore": "ssm",
    "secrets": "secretsmanager",
    "sfn": "states",
    "step-functions": "states",
    "stepfunctions": "states",
}

# Operations whose permission has another name. Amazon S3 User Guide, "Required permissions for
# Amazon S3 API operations"; AWS Lambda Developer Guide for Invoke.
_OPERATIONS = {
    "lambda:invoke": "lambda:InvokeFunction",
    "s3:completemultipartupload": "s3:PutObject",
    "s3:copyobject": "s3:PutObject",
    "s3:createmultipartupload": "s3:PutObject",
    "s3:deleteobjects": "s3:DeleteObject",
    "s3:headbucket": "s3:ListBucket",
    "s3:headobject": "s3:GetObject",
    "s3:listbuckets": "s3:ListAllMyBuckets",
    "s3:listmultipartuploads": "s3:ListBucketMultipartUploads",
    "s3:listobjects": "s3:ListBucket",
    "s3:listobjectsv2": "s3:ListBucket",
    "s3:listobjectversions": "s3:ListBucketVersions",
    "s3:listparts": "s3:ListMultipartUploadParts",
    "s3:selectobjectcontent": "s3:GetObject",
    "s3:uploadpart": "s3:PutObject",
    "s3:uploadpartcopy": "s3:PutObject",
}


class Known(Protocol):
    """What the search for an action needs of the catalogue."""

    @property
    def services_by_action_name(self) -> Mapping[str, tuple[str, ...]]:
        """Lower-case name of an action → services."""
        ...

    def services(self) -> frozenset[str]:
        """All prefixes."""
        ...

    def action(self, name: str) -> Action | None:
        """One action."""
        ...

    def actions_of(self, service: str) -> tuple[Action, ...]:
        """All actions of a service."""
        ...


def nearest_text(text: str, known: Iterable[str], cutoff: float) -> str | None:
    """The most similar of the known texts, if one is similar enough."""
    if not text or len(text) > _LONGEST:
        return None
    near = get_close_matches(text, known, n=1, cutoff=cutoff)
    return near[0] if near else None


def nearest_words(text: str, known: Iterable[str]) -> str | None:
    """The most similar of names whose words a hyphen joins, where each word is similar enough.

    `unknown-rule` is near to `unknown-bundle` as a text alone.
    """
    own = text.split("-")
    if len(text) > _LONGEST:
        return None

    def is_alike(name: str) -> bool:
        words = name.split("-")
        if len(words) != len(own):
            return SequenceMatcher(a=name, b=text).ratio() >= _OTHER_WORDS
        return all(
            SequenceMatcher(a=a, b=b).ratio() >= _SAME_WORD for a, b in zip(words, own, strict=True)
        )

    return nearest_text(text, filter(is_alike, known), 0.6)


def nearest_alike(text: str, known: Iterable[str], cutoff: float) -> list[str]:
    """The most similar of the known texts, all of them that are equally so, sorted.

    `us-est-1` is as near to `us-west-1` as to `us-east-1`: who puts one in only guesses.
    """
    if not text or len(text) > _LONGEST:
        return []
    near = get_close_matches(text, known, n=4, cutoff=cutoff)
    likeness = {name: SequenceMatcher(a=name, b=text).ratio() for name in near}
    return sorted(name for name in near if likeness[name] == max(likeness.values()))


def beginning(text: str, known: Iterable[str]) -> str | None:
    """The shortest of the known texts that begin so; None for a text too short to tell."""
    if len(text) < _SHORTEST:
        return None
    return min((k for k in known if k.startswith(text)), key=lambda k: (len(k), k), default=None)


def nearest_service(name: str, services: Collection[str]) -> str | None:
    """The prefix that was probably meant."""
    lower = name.lower()
    if lower in services:
        return lower
    return _NICKNAMES.get(lower) or nearest_text(lower, sorted(services), 0.72)


def nearest_action(name: str, known: Known) -> str | None:
    """The full name of the action that was probably meant.

    In this order: the action itself in AWS's spelling, in the service that was probably meant; the
    permission of an operation that has no own one; a near name in that service; one that begins
    so; and the same name in another service.
    """
    if "*" in name or "?" in name or len(name) > _LONGEST:
        return None
    service, colon, verb = name.strip().lower().partition(":")
    if not colon:
        service, verb = "", service
    prefix = nearest_service(service, known.services()) or ""
    meant = known.action(f"{prefix}:{verb}") if prefix else None
    if meant:
        return meant.full_name
    return (
        _OPERATIONS.get(f"{prefix}:{verb}")
        or _near_in(prefix, verb, 0.8, known)
        or _begins_alike(prefix, verb, known)
        or _same_elsewhere(service, verb, known)
    )


def _near_in(service: str, verb: str, cutoff: float, known: Known) -> str | None:
    names = {action.name.lower(): action for action in known.actions_of(service)}
    near = nearest_text(verb, names, cutoff)
    return names[near].full_name if near else None


def _same_elsewhere(service: str, verb: str, known: Known) -> str | None:
    """The same name in another service: a usual one if possible, of the most similar prefix."""
    if len(verb) < _SHORTEST:
        return None

    def rank(owner: str) -> tuple[bool, float, int, str]:
        likeness = SequenceMatcher(a=service, b=owner).ratio()
        return (owner not in _USUAL, -likeness, len(owner), owner)

    owners = known.services_by_action_name.get(verb, ())
    found = known.action(f"{min(owners, key=rank)}:{verb}") if owners else None
    return found.full_name if found else None


def _begins_alike(service: str, verb: str, known: Known) -> str | None:
    names = {action.name.lower(): action for action in known.actions_of(service)}
    begun = beginning(verb, names)
    return names[begun].full_name if begun else None
