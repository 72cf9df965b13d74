"""`gitiam.yaml`'s schema → the page that documents every key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gitiam.load.config import ConfigFile
from gitiam.risk import LEVELS

#: What each key means. Types, defaults and bounds come from the schema.
MEANINGS = {
    "accounts": "The accounts of the estate. `NAME` is the short name that requests use.",
    "accounts.NAME.id": "The account's id; in quotes, so that it reads as what it is.",
    "accounts.NAME.partition": "AWS's partition.",
    "accounts.NAME.region": "Where IAM and STS are called, and what `{region}` stands for. Left"
    " out: `us-east-1`, `cn-north-1` or `us-gov-west-1`, by partition.",
    "accounts.NAME.tier": "A word of your own for accounts of a kind, such as `sandbox` or"
    " `critical`; `requests.expiry.never_tiers` names such words.",
    "accounts.NAME.roles.plan": "The role that Terraform assumes to plan. Left out: the credentials"
    " at hand.",
    "accounts.NAME.roles.apply": "The role that Terraform and gitiam assume to apply. Left out: the"
    " credentials at hand.",
    "accounts.NAME.roles.crawl": "The role that gitiam assumes to read live IAM. Left out: the"
    " credentials at hand.",
    "store": "Where states and ledger lie: either `local` or `s3`.",
    "store.local.folder": "A folder, relative to the estate's. Without `store`: `.gitiam/store`.",
    "store.s3.bucket": "A bucket that exists.",
    "store.s3.region": "The bucket's region.",
    "store.s3.prefix": "What the keys begin with.",
    "store.s3.kms_key_id": "The KMS key that objects are encrypted with. Left out: S3's own keys.",
    "store.s3.endpoint": "The address of an S3 look-alike. Left out: AWS's.",
    "store.s3.path_style": "Whether the bucket stands in the path, as some look-alikes need it.",
    "terraform.provider_source": "The AWS provider's address.",
    "terraform.provider_version": "Its exact version.",
    "terraform.lock_file": "A dependency lock file in the estate, for another source or version."
    " Left out: gitiam's own.",
    "requests.reason_min_length": "The fewest characters that a reason may have.",
    "requests.ticket": "Whether every request must name a ticket.",
    "requests.expiry.max_days": "How many days from now access may end at the latest.",
    "requests.expiry.never_tiers": "Requests for accounts of these tiers may say `expires: never`.",
    "requests.expiry.never_accounts": "Requests for these accounts may say `expires: never`.",
    "requests.expiry.by_risk.low": "How many days proposed access of this risk may last. What is"
    " said of a lower risk holds for every higher one, too, and `max_days` for all; `never` is"
    " longer than any number of days, also where it is allowed.",
    "requests.expiry.by_risk.medium": "The same for medium risk.",
    "requests.expiry.by_risk.high": "The same for high risk.",
    "requests.expiry.by_risk.critical": "The same for critical risk.",
    "rules": "What the estate makes of single [rules](rules.md), `NAME` being that of a rule."
    " `missing-ticket: note` is short for `missing-ticket: {severity: note}`. Rules that gitiam"
    " needs as they are cannot be changed.",
    "rules.NAME.severity": "How much a finding of the rule weighs here: only an error blocks."
    " What is `off` is not run. Left out: as the rule has it.",
    "rules.NAME.risk": "How risky a file is at the least in which the rule finds something. Left"
    " out: what the rule says, if anything.",
    "rules.NAME.allowable": "Whether a file may allow what the rule finds in it, by an entry of"
    " `allow:` with a reason. It blocks nothing then, but is shown, and counts for the risk. Left"
    " out: as the rule has it.",
    "risk.access.list": "How risky access is that lists what there is.",
    "risk.access.read": "The same for access that reads.",
    "risk.access.tagging": "The same for access that changes tags.",
    "risk.access.write": "The same for access that changes, makes or deletes.",
    "risk.access.permissions-management": "The same for access that changes who may do what.",
    "risk.access.unread": "The same for what gitiam cannot read: a managed policy whose contents it"
    " does not know, a group that the estate does not own, an action that is not in its catalogue.",
    "risk.tiers": "What weighs differently in accounts of a tier, `NAME` being that of a tier.",
    **{
        f"risk.tiers.NAME.{level}": f"As `risk.access.{level}`. Left out: that." for level in LEVELS
    },
    "risk.break_glass": "The principals that are for emergencies, as globs over"
    " `ACCOUNT/KIND/NAME`: whatever gives them access, or lets somebody become them, is critical.",
    "risk.duration": "How risky access is at the least when it lasts longer than so many days, or"
    " has no end (`never`). Access that only lists and reads does not count.",
    "limits.managed_policies_per_role": "The account's quota.",
    "limits.managed_policies_per_user": "The account's quota.",
    "limits.managed_policies_per_group": "The account's quota.",
    "limits.trust_policy_size": "The account's quota for a role's trust policy, in characters.",
    "drift.unmanaged": "`everything` reports whatever is in an account and not in the estate;"
    " `declared` only what is on principals that the estate declares, or bears gitiam's names.",
    "drift.ignore": "Patterns over `ACCOUNT/KIND/PATH+NAME` that drift leaves out; `*` and `?`"
    " match as in IAM.",
    "access_analyzer.validate_policy": "Whether `gitiam validate --access-analyzer` has AWS check"
    " the grammar and the good sense of each policy document (`ValidatePolicy`).",
    "access_analyzer.required": "Whether it blocks when IAM Access Analyzer could not be asked.",
    "access_analyzer.no_new_access.than": "What access must stay within (`CheckNoNewAccess`):"
    " `before`, for what the folder of `--against` gives, or the path of a policy document"
    " (`.json`) in the estate.",
    "access_analyzer.no_new_access.severity": "How much it weighs when access goes beyond that."
    " Left out: a note beside `before`, an error beside a document.",
    "access_analyzer.not_granted": "Access that no request may give (`CheckAccessNotGranted`): a"
    " list of mappings with `actions`, `resources` or both.",
    "access_analyzer.not_granted[].actions": "The actions. Left out: all.",
    "access_analyzer.not_granted[].resources": "The resources. Left out: all.",
    "approvals.organization": "The organisation on GitHub of teams that are written without one.",
    "approvals.needed": "[Who must approve](../operators.md#who-must-approve) which requests: a"
    " list. All entries that match a request must be met; one approval can serve several. Whatever"
    " it says, each request needs one approval from somebody with write permission.",
    "approvals.needed[].count": "How many approvals.",
    "approvals.needed[].teams": "Members of these teams may give them: `@ORGANISATION/TEAM`, in"
    " quotes, or `TEAM`. Left out, as `people`: everybody with write permission.",
    "approvals.needed[].people": "These people may give them, by their names on GitHub.",
    "approvals.needed[].risk": "The entry is for requests of this risk and more.",
    "approvals.needed[].tiers": "It is for requests in accounts of these tiers. Left out: all.",
    "approvals.needed[].owners": "Whether one approval must come from each owner (`owner:`) of a"
    " principal that the request is for. With `required`, a principal without an owner cannot be"
    " approved; with `where-declared` it needs no such approval.",
    "approvals.owners": "Who speaks for an `owner:` in the estate, by its text; each with `teams`,"
    " `people` or both. `@ORGANISATION/TEAM` and `@PERSON` speak for themselves.",
    "approvals.estate.count": "How many approvals a change of anything but requests needs. Where"
    " all of `estate` is left out: what a critical request in every tier would need.",
    "approvals.estate.teams": "Members of these teams may give them; CODEOWNERS names them.",
    "approvals.estate.people": "These people may give them, too.",
    "approvals.by_rule": "Which requests need no person: a list of rules. The first that a request"
    " stays within approves it, and is recorded with its version.",
    "approvals.by_rule[].id": "The rule's name, in the record of what it approved.",
    "approvals.by_rule[].version": "Raise it with every change of the rule.",
    "approvals.by_rule[].max_risk": "The request may be as risky as this.",
    "approvals.by_rule[].tiers": "All its accounts must be of these tiers.",
    "approvals.by_rule[].access": "It may give access of these levels.",
    "approvals.by_rule[].max_days": "It may last so many days from now; never for good.",
    "approvals.since": "A commit of the main branch, whole: what came up to it counts as approved"
    " when it is applied. For a repository that is older than its approvals.",
    "approvals.emails": "Whose commits those of an e-mail address are, where GitHub does not know:"
    " `address: PERSON`. A commit of somebody unknown can be approved by nobody.",
    "notify.slack.webhook": "The environment variable that holds the address of an incoming webhook"
    " of Slack; never the address itself. Without `notify.slack`, Slack is told nothing.",
    "notify.slack.events": "What Slack is told of.",
}

_INTRODUCTION = """\
# gitiam.yaml

Every key of the configuration, as the schema has it. `NAME` stands for the name of an account, a
rule or a tier, and `[]` for each entry of a list.
Unknown keys are refused. [A whole file with comments](../operators.md#gitiamyaml) shows the keys in
place. This page is made from the schema by `make docs`.

| key | value | default | meaning |
|---|---|---|---|
"""

Schema = Mapping[str, Any]


def configuration_page(meanings: Mapping[str, str] = MEANINGS) -> str:
    """The page as Markdown; KeyError for a key without a meaning, ValueError for the opposite."""
    schema = ConfigFile.model_json_schema()
    found = dict(_keys(schema, schema["$defs"]))
    strangers = sorted(meanings.keys() - found.keys())
    if strangers:
        raise ValueError(f"gitiam.yaml has no {', '.join(strangers)}")
    return _INTRODUCTION + "".join(
        f"| `{key}` | {_value(body)} | {_default(body)} | {meanings[key]} |\n"
        for key, body in found.items()
    )


def _keys(schema: Schema, definitions: Schema, above: str = "") -> Iterator[tuple[str, Schema]]:
    """Every key with its schema, in the order of the file; sections give way to what is in them."""
    required = schema.get("required", ())
    for name, body in schema["properties"].items():
        key = f"{above}{name}"
        told = {**_resolved(body, definitions), "is_required": name in required}
        named = told.get("patternProperties")
        if named:
            yield key, told
            (inner,) = (_resolved(inner, definitions) for inner in named.values())
            if "properties" in inner:
                yield from _keys(inner, definitions, f"{key}.NAME.")
        elif "properties" in told:
            if key == "store":
                yield key, told
            yield from _keys(told, definitions, f"{key}.")
        else:
            yield key, told
            inner = _resolved(told.get("items", {}), definitions)
            if "properties" in inner:
                yield from _keys(inner, definitions, f"{key}[].")


def _resolved(body: Schema, definitions: Schema) -> Schema:
    """The schema without references, and without the `null` that stands for "left out"."""
    options = [o for o in body.get("anyOf", ()) if o.get("type") != "null"]
    if options:
        (only,) = options
        body = {**body, **only}
    if "$ref" in body:
        body = {**definitions[body["$ref"].rsplit("/", 1)[1]], **body}
    return body


def _value(body: Schema) -> str:
    if "enum" in body:
        return " or ".join(f"`{value}`" for value in body["enum"])
    match body["type"]:
        case "integer":
            unless = f" or `{body['unless']}`" if "unless" in body else ""
            return f"{body['minimum']} to {body['maximum']}{unless}"
        case "boolean":
            return "`true` or `false`"
        case "array":
            return "a list"
        case "object":
            return "a mapping"
        case _:
            return "text"


def _default(body: Schema) -> str:
    if body["is_required"]:
        return "must be given"
    value = body.get("default")
    if value is None and "unless" in body:
        return f"`{body['unless']}`"
    if value is None or value in ([], {}):
        return "none"
    value = _without_nothing(value)
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _without_nothing(value: Any) -> Any:
    """The same without keys that are left out, at any depth."""
    if isinstance(value, dict):
        return {k: _without_nothing(inner) for k, inner in value.items() if inner is not None}
    return [_without_nothing(inner) for inner in value] if isinstance(value, list) else value
