"""ARNs in words, where they are well known; all others as they are written.

The forms of ARNs are those of the Service Authorization Reference, "Resource types defined by …" of
each service. What a wildcard leaves open is said, never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitiam.policy.glob import is_glob

_PARTS = 6
# Service → beginning of the resource → what it is, one and many. The empty beginning is the last.
_NOUNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "athena": {
        "workgroup/": ("workgroup", "workgroups"),
        "datacatalog/": ("data catalog", "data catalogs"),
    },
    "batch": {
        "job-queue/": ("job queue", "job queues"),
        "job-definition/": ("job definition", "job definitions"),
    },
    "cloudfront": {"distribution/": ("distribution", "distributions")},
    "cloudwatch": {"alarm:": ("alarm", "alarms"), "dashboard/": ("dashboard", "dashboards")},
    "cloudformation": {"stack/": ("stack", "stacks")},
    "codebuild": {"project/": ("project", "projects")},
    "dynamodb": {"table/": ("table", "tables")},
    "ec2": {
        "instance/": ("instance", "instances"),
        "volume/": ("volume", "volumes"),
        "snapshot/": ("snapshot", "snapshots"),
        "security-group/": ("security group", "security groups"),
        "subnet/": ("subnet", "subnets"),
        "vpc/": ("VPC", "VPCs"),
        "key-pair/": ("key pair", "key pairs"),
        "image/": ("image", "images"),
    },
    "ecr": {"repository/": ("repository", "repositories")},
    "ecs": {
        "cluster/": ("cluster", "clusters"),
        "service/": ("service", "services"),
        "task/": ("task", "tasks"),
        "task-definition/": ("task definition", "task definitions"),
    },
    "eks": {"cluster/": ("cluster", "clusters")},
    "elasticfilesystem": {"file-system/": ("file system", "file systems")},
    "events": {"event-bus/": ("event bus", "event buses"), "rule/": ("rule", "rules")},
    "firehose": {"deliverystream/": ("delivery stream", "delivery streams")},
    "glue": {
        "database/": ("database", "databases"),
        "table/": ("table", "tables"),
        "job/": ("job", "jobs"),
    },
    "iam": {
        "role/": ("role", "roles"),
        "user/": ("user", "users"),
        "group/": ("group", "groups"),
        "policy/": ("policy", "policies"),
        "instance-profile/": ("instance profile", "instance profiles"),
        "mfa/": ("MFA device", "MFA devices"),
        "oidc-provider/": ("OIDC provider", "OIDC providers"),
        "saml-provider/": ("SAML provider", "SAML providers"),
    },
    "kinesis": {"stream/": ("stream", "streams")},
    "kms": {"key/": ("key", "keys"), "alias/": ("key alias", "key aliases")},
    "lambda": {"function:": ("function", "functions"), "layer:": ("layer", "layers")},
    "logs": {"log-group:": ("log group", "log groups")},
    "rds": {"db:": ("database", "databases"), "cluster:": ("cluster", "clusters")},
    "route53": {"hostedzone/": ("hosted zone", "hosted zones")},
    "ses": {"identity/": ("identity", "identities")},
    "secretsmanager": {"secret:": ("secret", "secrets")},
    "sns": {"": ("topic", "topics")},
    "sqs": {"": ("queue", "queues")},
    "ssm": {"parameter/": ("parameter", "parameters"), "document/": ("document", "documents")},
    "states": {
        "stateMachine:": ("state machine", "state machines"),
        "execution:": ("execution", "executions"),
    },
}
_GLOBAL = frozenset({"cloudfront", "iam", "route53", "s3"})
_OWN_NAME = "${aws:username}"


@dataclass(frozen=True, slots=True)
class Home:
    """From where a resource is seen: its own account is not named, others by their names."""

    account: str
    partition: str
    names: Mapping[str, str]

    def of(self, account: str) -> str:
        """` in account 444455556666 (dev)`; nothing for the own one."""
        if account in ("", self.account):
            return ""
        if not account.strip("*"):
            return " in any account"
        name = self.names.get(account)
        return f" in account {account}" + (f" ({name})" if name else "")


def resource_words(arn: str, home: Home) -> str:
    """`table orders in us-east-1`, `every queue in every region`; what is strange as it stands."""
    if not arn.strip("*"):
        return "every resource"
    parts = arn.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != "arn" or parts[1] not in (home.partition, "*"):
        return arn
    _, _, service, region, account, rest = parts
    thing = _s3(rest) if service == "s3" and not region else _thing(service, rest)
    if thing is None or _is_partly_open(region) or _is_partly_open(account):
        return arn
    where = "" if service in _GLOBAL else _region(region)
    if service == "s3" and not account:
        return thing
    return f"{thing}{where}{home.of(account)}"


def _is_partly_open(part: str) -> bool:
    """Whether a wildcard stands there, and something else."""
    return is_glob(part) and bool(part.strip("*"))


def _region(region: str) -> str:
    if not region:
        return ""
    return f" in {region}" if region.strip("*") else " in every region"


def _thing(service: str, rest: str) -> str | None:
    for beginning, (one, many) in _NOUNS.get(service, {}).items():
        if rest.startswith(beginning):
            name = rest.removeprefix(beginning)
            if service == "logs" and ":" in name:
                return _of_log_group(name)
            if service == "lambda" and ":" in name:
                function, _, version = name.partition(":")
                return f"{_named(version, 'version', 'versions')} of {_named(function, one, many)}"
            if service == "iam" and name == _OWN_NAME:
                return f"the caller's own {one}"
            if service == "dynamodb" and "/" in name:
                return _of_table(name)
            return _named(name, one, many)
    if not rest.strip("*"):
        return "everything"
    return None


def _named(name: str, one: str, many: str) -> str:
    if not name:
        return f"{one} without a name"
    if not name.strip("*"):
        return f"every {one}"
    if not is_glob(name):
        return f"{one} {name}"
    if name.endswith("*") and not is_glob(name[:-1]):
        return f"{many} {name}"
    return f"{many} like {name}"


def _of_table(name: str) -> str | None:
    table, _, rest = name.partition("/")
    kind, _, what = rest.partition("/")
    nouns = {"index": ("index", "indexes"), "stream": ("stream", "streams")}.get(kind)
    if nouns is None or "/" in what:
        return None
    return f"{_named(what, *nouns)} of {_named(table, 'table', 'tables')}"


def _of_log_group(name: str) -> str | None:
    group, _, rest = name.partition(":")
    of = f"of {_named(group, 'log group', 'log groups')}"
    if rest == "*":
        return f"the streams {of}"
    stream = rest.removeprefix("log-stream:")
    return f"{_named(stream, 'stream', 'streams')} {of}" if stream != rest else None


def _s3(rest: str) -> str:
    bucket, slash, key = rest.partition("/")
    place = _named(bucket, "bucket", "buckets")
    if not slash:
        if bucket.endswith("*"):
            return f"{place}, and the objects in them"
        return place
    if not key.strip("*"):
        return f"every object in {place}" if key else f"objects without a name in {place}"
    if not is_glob(key):
        return f"object {key} in {place}"
    if key.endswith("/*") and not is_glob(key[:-1]):
        return f"objects in {place} under {key[:-1]}"
    return f"objects {key} in {place}"
