"""Whether a plan stays within its module: what it touches, what it writes, what it takes away.

Templates, states and the provider are not believed: every resource that something happens to must
be one that the module itself names, about its own principal, with the values that the module gives
it. Only what an earlier apply of the module made may go, and only where the module no longer has
it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitiam.canonical import DOCUMENTS, SHADOWS, Values, canonical, read_document
from gitiam.errors import GitiamError
from gitiam.models import Kind
from gitiam.modules import Marker, Module, Record
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.policy.statement import PolicyError, meaning
from gitiam.sync.apply.fate import own_address

_INDEX = re.compile(r'(?P<name>.+)\["(?P<index>.+)"\]')
#: The characters that IAM takes in a policy. Beyond them are some that lower case makes ASCII of.
_FOREIGN = re.compile(r"[^\t\n\r\x20-\xff]")
_TAINTED = "replace_because_tainted"
_TEMPLATES = (
    "Nothing was done. Look at the estate's own templates in templates/terraform, and at whoever"
    " can write to the store"
)


@dataclass(frozen=True, slots=True)
class Made:
    """What earlier applies of the module made: address → what `terraform import` calls it.

    It is vague where nothing was written down of it in full: in a ledger that is older than that,
    or after a run that took over from one that failed.
    """

    known: Mapping[str, str]
    is_vague: bool
    is_known: bool

    @classmethod
    def of(cls, record: Record | None, marker: Marker | None) -> Made:
        """From the last record, and from the marker of a run that did not end well."""
        known: dict[str, str] = {}
        for source in (record, marker):
            if source is not None:
                known |= source.imports
        is_old = record is not None and not record.imports
        return cls(known, is_old or marker is not None, record is not None or marker is not None)


def check_scope(module: Module, plan: ModulePlan, made: Made, *, may_destroy: bool) -> None:
    """GitiamError for the first thing that the module may not do."""
    if plan.accounts != (module.account.id,):
        named = ", ".join(plan.accounts) or "none"
        raise _stop(f"its provider accepts the accounts {named}, not {module.account.id} alone")
    if not plan.is_complete and not (module.is_empty and not may_destroy):
        raise _stop("Terraform planned only a part of the module")
    addresses = [resource.address for resource in plan.resources]
    if len(set(addresses)) < len(addresses):
        raise _stop("one address stands twice in the plan")
    for resource in plan.resources:
        if resource.is_change or resource.imports is not None or resource.moved_from is not None:
            _check(module, resource, made, may_destroy=may_destroy)
        elif resource.address in module.imports:
            _check_values(module, resource)
    if plan.is_complete and (missing := sorted(module.imports.keys() - set(addresses))):
        raise _stop(f"it leaves out {missing[0]}, which the module has")


def _check(module: Module, resource: PlannedResource, made: Made, *, may_destroy: bool) -> None:
    address, known = resource.address, module.imports
    if resource.type != address.partition(".")[0]:
        raise _stop(f"{address} is said to be of the type {resource.type}")
    if resource.imports is not None and resource.imports != known.get(address):
        raise _stop(f"{address} would be imported from {resource.imports}")
    if resource.moved_from is not None and not resource.moved_from.startswith(resource.type + "."):
        raise _stop(f"{address} would take the place of {resource.moved_from}")
    if resource.before is not None:
        _check_identity(module, resource, made)
    if resource.actions == ("forget",):
        if address != own_address(module) or module.owns or module.is_empty:
            raise _stop(f"{address} would be left behind, and no longer be looked after")
        return
    if resource.is_gone:
        _check_going(module, resource, made, may_destroy=may_destroy)
    if resource.after is not None:
        if address not in known:
            raise _stop(f"it would {resource.action} {address}, which is not of this module")
        _check_values(module, resource)
    elif not resource.is_gone:
        raise _stop(f"nobody knows what would become of {address}")


# -- what may go --------------------------------------------------------------------------------


def _check_going(
    module: Module, resource: PlannedResource, made: Made, *, may_destroy: bool
) -> None:
    address = resource.address
    if address == own_address(module):
        if not may_destroy:
            raise GitiamError(
                f"this would {_verb(resource)} {module.key} itself, and not only its access;"
                " nothing was done",
                hint=f"If that is meant, apply it with --allow-destroy {module.key}",
            )
        return
    if address in module.imports:
        if resource.after is None:
            raise _stop(f"it would delete {address}, which this module still has")
        moved = made.known.get(address, module.imports[address]) != module.imports[address]
        if not (moved or resource.reason == _TAINTED or may_destroy):
            raise _stop(
                f"it would delete {address} to make it anew ({resource.reason or 'no reason'}),"
                " and nothing in the requests says so"
            )
        return
    if not made.is_known and not may_destroy:
        raise GitiamError(
            f"it would delete {address}, and the ledger does not say who made it: there is no"
            " record of this module; nothing was done",
            hint=f"If that shall go, apply it with --allow-destroy {module.key}",
        )
    if address not in made.known and not (made.is_vague or may_destroy):
        raise _stop(f"it would delete {address}, which no earlier apply of this module made")


def _verb(resource: PlannedResource) -> str:
    return "destroy" if resource.after is None else "destroy and make anew"


def _check_identity(module: Module, resource: PlannedResource, made: Made) -> None:
    """What is there now must be on this principal, of this account, and what was made."""
    found = _identity(module, resource.address, resource.before or {})
    if found is None:
        raise _stop(f"it would {resource.action} {resource.address}, which gitiam never makes")
    recorded = made.known.get(resource.address)
    arn = str((resource.before or {}).get("arn", _arns(module)))
    # Groups join and leave; that the membership is this user's is what matters.
    is_other = recorded not in (None, found) and resource.type != "aws_iam_user_group_membership"
    is_ours = _is_about(module, resource.address, found, recorded)
    if is_other or not is_ours or not arn.startswith(_arns(module)):
        raise _stop(
            f"it would {resource.action} {resource.address}, which is {found} in Terraform's state"
            " and so another's"
        )


def _identity(module: Module, address: str, values: Values) -> str | None:
    """What `terraform import` calls it, for all that gitiam makes; None for anything else."""
    kind = module.key.kind
    home = _home(address)
    if home == "aws_iam_policy.overflow" or address == "aws_iam_policy.this":
        return str(values.get("arn"))
    if kind is Kind.POLICY:
        return None
    if address == f"aws_iam_{kind}.this":
        return str(values.get("name"))
    who = str(values.get("user" if home == "aws_iam_user_group_membership.groups" else kind))
    if address == f"aws_iam_{kind}_policy.inline":
        return f"{who}:{values.get('name')}"
    if home in (f"aws_iam_{kind}_policy_attachment.{n}" for n in ("overflow", "managed")):
        return f"{who}/{values.get('policy_arn')}"
    if address == "aws_iam_user_group_membership.groups" and kind is Kind.USER:
        return "/".join((who, *sorted(map(str, values.get("groups", ())))))
    return None


def _is_about(module: Module, address: str, identity: str, recorded: str | None) -> bool:
    """Whether an identity is of this principal or policy, and of this account."""
    key = module.key
    own = f"{_arns(module)}policy/"
    if address == "aws_iam_policy.this":
        policy = identity.rpartition("/")[2]
        return key.kind is Kind.POLICY and identity.startswith(own) and policy == key.name
    if address.startswith("aws_iam_policy."):
        name = f"gitiam-{key.kind}-{key.name}-{_index(address)}"
        named = (recorded, module.imports.get(address), f"{own}gitiam/{name}")
        return identity.startswith(f"{own}gitiam/") and identity in named
    if address.endswith(".this"):
        return identity == key.name
    return re.split(r"[:/]", identity, maxsplit=1)[0] == key.name


def _arns(module: Module) -> str:
    return f"arn:{module.account.partition}:iam::{module.account.id}:"


# -- what may be written ------------------------------------------------------------------------


def _check_values(module: Module, resource: PlannedResource) -> None:
    address = resource.address
    _check_shadows(resource)
    _, after, unknown = canonical(resource.before, resource.after, resource.unknown)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise _stop(f"{names} of {address} is known only after the apply, so nobody could look")
    planned = dict(after or {})
    for name in sorted(DOCUMENTS & planned.keys()):
        _check_document(module, address, name, (resource.after or {})[name])
        del planned[name]
    wanted = _wanted(module, address)
    missing = _files(module, address).keys() - (after or {}).keys()
    if missing:
        raise _stop(f"{address} would have no {', '.join(sorted(missing))}")
    for name in sorted({*planned, *wanted}):
        if planned.get(name) != wanted.get(name):
            raise _stop(
                f"{name} of {address} would be {_shown(planned.get(name))}, where the module says"
                f" {_shown(wanted.get(name))}"
            )
    raw = resource.after or {}
    if "tags_all" not in resource.unknown and (raw.get("tags_all") or {}) != (
        raw.get("tags") or {}
    ):
        raise _stop(f"{address} would get tags that the module does not name")


def _check_shadows(resource: PlannedResource) -> None:
    """What hangs on a role stays as it is: less of it may be more access, as with a prohibition."""
    is_new = resource.before is None or resource.is_gone
    for name in sorted(SHADOWS):
        if name in resource.unknown:
            if not is_new:
                raise _stop(f"{name} of {resource.address} is known only after the apply")
            continue
        before = None if is_new else (resource.before or {}).get(name)
        after = (resource.after or {}).get(name)
        if (before or []) != (after or []):
            raise _stop(
                f"{name} of {resource.address} would be {_shown(after)}, where there is"
                f" {_shown(before)}"
            )


def _wanted(module: Module, address: str) -> Values:
    """What the module says of the resource, but for its documents, in the canonical form."""
    kind, name, identity = module.key.kind, module.key.name, module.imports[address]
    home = _home(address)
    values: dict[str, Any]
    if address == own_address(module):
        values = dict(module.settings)
    elif home == "aws_iam_policy.overflow":
        path, _, policy = identity.split(":policy", 1)[1].rpartition("/")
        values = {"name": policy, "path": f"{path}/"}
    elif address == f"aws_iam_{kind}_policy.inline":
        values = {str(kind): name, "name": identity.removeprefix(f"{name}:")}
    elif home in (f"aws_iam_{kind}_policy_attachment.{n}" for n in ("overflow", "managed")):
        values = {str(kind): name, "policy_arn": identity.removeprefix(f"{name}/")}
    elif address == "aws_iam_user_group_membership.groups":
        values = {"user": name, "groups": sorted(identity.split("/")[1:])}
    else:
        raise _stop(f"{address} is nothing that gitiam makes")
    return canonical(None, values, frozenset())[1] or {}


def _files(module: Module, address: str) -> Mapping[str, str]:
    """The files of the module that hold the documents of the resource, by attribute."""
    kind, home = module.key.kind, _home(address)
    if home == "aws_iam_policy.overflow":
        return {"policy": f"policies/overflow-{_index(address)}.json"}
    if address in ("aws_iam_policy.this", f"aws_iam_{kind}_policy.inline"):
        return {"policy": "policies/inline.json"}
    return {"assume_role_policy": "policies/trust.json"} if address == "aws_iam_role.this" else {}


def _check_document(module: Module, address: str, name: str, planned: Any) -> None:
    path = _files(module, address).get(name)
    text = module.files.get(path, "") if path else ""
    try:
        version, statements = read_document(planned)
        own_version, own = read_document(text)
    except PolicyError as error:
        raise _stop(f"{name} of {address} cannot be compared with {path}: {error}") from error
    if _FOREIGN.search(str(planned)):
        raise _stop(f"{name} of {address} holds characters that IAM does not know")
    if version != own_version or meaning(statements) != meaning(own):
        raise _stop(f"{name} of {address} would be another than the module's {path}")


def _home(address: str) -> str:
    """The address without its index."""
    found = _INDEX.fullmatch(address)
    return found["name"] if found else address


def _index(address: str) -> str:
    found = _INDEX.fullmatch(address)
    return found["index"] if found else ""


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, sort_keys=True)


def _stop(why: str) -> GitiamError:
    return GitiamError(f"the plan is not what was meant: {why}", hint=_TEMPLATES)
