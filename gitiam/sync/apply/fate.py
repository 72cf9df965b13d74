"""What becomes of a principal that its module made before, and what Terraform is told of it.

Plan and apply ask the same functions, so that what is shown is what runs. All of them are pure:
what the state holds is handed in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from gitiam.errors import GitiamError
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Marker, Module, Record, owned

IMPORT_FILE = "gitiam_import.tf.json"
OVERRIDE_FILE = "gitiam_override.tf.json"
REMOVED_FILE = "gitiam_removed.tf.json"

_TEMPLATE_SIGN = re.compile(r"[$%]")


@dataclass(frozen=True, slots=True)
class Fate:
    """Of the principal itself: `kept` is its ARN where it stays behind without its access."""

    kept: str | None = None
    is_released: bool = False


def fate_of(
    module: Module,
    record: Record | None,
    marker: Marker | None,
    in_state: Callable[[], Collection[str]],
    *,
    unfinished: bool,
    may_destroy: bool,
) -> Fate:
    """What becomes of the principal that the module made before.

    Where somebody still asks for its access, it is not meant to go: gitiam lets go of it, and
    only attaches to it from now on. Otherwise it is kept, while its access goes, until
    --allow-destroy. GitiamError where that cannot be: when it would be made anew elsewhere, or
    when it is a policy, which has no access apart from itself.
    """
    made = _made(module, record, marker, in_state, unfinished=unfinished)
    if made is None or made == module.owns:
        return Fate()
    if not module.owns and not module.is_empty:
        return Fate(is_released=True)
    if may_destroy:
        return Fate()
    if module.owns or module.key.kind is Kind.POLICY:
        raise destruction(module.key, made, "nothing was done")
    return Fate(kept=made)


def targets(module: Module, fate: Fate, in_state: Collection[str]) -> list[str]:
    """Every resource in the module and in its state, but for the principal that is kept.

    Empty where Terraform shall take the module as a whole; where a principal is kept and nothing
    else is left, that is not what is meant: see `is_idle`.
    """
    if not fate.kept:
        return []
    return sorted({*in_state, *module.imports} - {own_address(module)})


def is_idle(fate: Fate, aimed: Collection[str]) -> bool:
    """Whether nothing is left to do: without a target, Terraform would take the whole module."""
    return fate.kept is not None and not aimed


def extra_files(
    module: Module, orphans: Iterable[str], fate: Fate, *, may_destroy: bool
) -> dict[str, str]:
    """What stands beside the module's own files: imports, a release, the guard's removal."""
    files = {}
    if fate.is_released:
        block = {"from": own_address(module), "lifecycle": {"destroy": False}}
        files[REMOVED_FILE] = json.dumps({"removed": [block]})
    blocks = [{"to": a, "id": _no_template(module.imports[a])} for a in orphans]
    if blocks:
        files[IMPORT_FILE] = json.dumps({"import": blocks})
    if may_destroy and module.owns:
        unguarded = {"lifecycle": {"prevent_destroy": False}}
        resource = {f"aws_iam_{module.key.kind}": {"this": unguarded}}
        files[OVERRIDE_FILE] = json.dumps({"resource": resource})
    return files


def own_address(module: Module) -> str:
    """Where Terraform keeps the principal or shared policy itself."""
    return f"aws_iam_{module.key.kind}.this"


def destruction(key: ModuleKey, arn: str, so_far: str) -> GitiamError:
    """The error that says what would be destroyed, and what was done instead."""
    return GitiamError(
        f"this would destroy {arn} itself, and not only its access; {so_far}",
        hint=f"If that is meant, apply it with --allow-destroy {key}",
    )


def _made(
    module: Module,
    record: Record | None,
    marker: Marker | None,
    in_state: Callable[[], Collection[str]],
    *,
    unfinished: bool,
) -> str | None:
    """The principal or policy that this module has made so far; a lost record hides none."""
    known = owned(record.creates if record else {}) or owned(marker.creates if marker else {})
    is_sure = record is not None and not unfinished
    if known or is_sure or module.owns:
        return known
    return str(module.key) if own_address(module) in in_state() else None


def _no_template(text: str) -> str:
    """Text as it stands in Terraform's JSON, where every string is a template."""
    return _TEMPLATE_SIGN.sub(r'${"\g<0>"}', text)
