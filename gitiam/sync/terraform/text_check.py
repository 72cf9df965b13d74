"""What a module's Terraform text may say: the blocks and arguments of a list, and nothing else.

Terraform's JSON of a plan leaves out `removed` blocks along with the programs that they start, what
`dynamic` blocks are made of, and blocks that stand in the place of an attribute; and a provider or
a data source acts when the plan is made, before anybody can judge it. So the text is looked at
before Terraform reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gitiam.errors import GitiamError
from gitiam.modules import Module
from gitiam.sync.terraform.outline import Entry, UnclearError, outline

ROOT_FILE = "terraform.tf"
_MAIN_FILE = "main.tf"
_LOCK_FILE = ".terraform.lock.hcl"
_POLICY_FILE = re.compile(r"policies/[a-z0-9-]{1,100}\.json")
#: What gitiam adds beside a module's own files: see `gitiam.sync.apply.fate.extra_files`.
_EXTRA_FILE = re.compile(r"[a-z0-9_]{1,100}\.tf\.json")

#: What may stand between two words of a block's head: white space, and comments. Atomic, as a
#: description with many of them would otherwise keep the search busy without end.
_GAP = r"(?>(?:\s|/\*(?>.*?\*/)|(?:#|//)[^\n]*\n)*)"
_LABEL = rf'(?:"(?:[^"\\\n]|\\.)*"|[\w-]+){_GAP}'
_PROGRAM = re.compile(rf"(?<![\w-])provisioner{_GAP}{_LABEL}\{{", re.DOTALL)
_REMOVED = re.compile(rf"(?<![\w-])removed{_GAP}\{{", re.DOTALL)
_DYNAMIC = re.compile(rf"(?<![\w-])dynamic{_GAP}(?P<label>{_LABEL})\{{", re.DOTALL)
_SHADOW = re.compile(
    rf"(?<![\w-])(?P<name>inline_policy|managed_policy_arns){_GAP}[{{=]", re.DOTALL
)
#: How gitiam's own root has its provider assume a role, or none.
_ASSUMING = '"assume_role"'


@dataclass(frozen=True, slots=True)
class _May:
    """What may stand in a block: arguments by name (None for any), and blocks with their labels."""

    arguments: frozenset[str] | None = frozenset()
    blocks: Mapping[str, re.Pattern[str]] | None = None


def _may(*arguments: str, **blocks: str) -> _May:
    """Labels are joined with a blank, and a pattern says which they may be."""
    return _May(frozenset(arguments), {name: re.compile(labels) for name, labels in blocks.items()})


_CONDITION = _may("condition", "error_message")
_ASSUME_ROLE = _may("role_arn", "session_name")
_MAIN: Mapping[tuple[str, ...], _May] = {
    (): _may(resource=r"aws_iam_[a-z_]+ [\w-]+", locals=""),
    ("locals",): _May(None),
    ("resource",): _May(None, {"lifecycle": re.compile("")}),
    ("resource", "lifecycle"): _may(
        *("prevent_destroy", "create_before_destroy", "ignore_changes", "replace_triggered_by"),
        precondition="",
        postcondition="",
    ),
    ("resource", "lifecycle", "precondition"): _CONDITION,
    ("resource", "lifecycle", "postcondition"): _CONDITION,
}
_ROOT: Mapping[tuple[str, ...], _May] = {
    (): _may(terraform="", provider="aws", variable=r"[a-z_]+"),
    ("terraform",): _may("required_version", required_providers="", backend="local|s3"),
    ("terraform", "required_providers"): _may("aws"),
    ("terraform", "backend"): _may(
        *("bucket", "key", "region", "encrypt", "use_lockfile", "kms_key_id", "use_path_style"),
        "endpoints",
    ),
    ("variable",): _may("type", "default", "description"),
    ("provider",): _may(
        *("region", "allowed_account_ids", "max_retries", "retry_mode"),
        dynamic="assume_role",
        assume_role="",
    ),
    ("provider", "assume_role"): _ASSUME_ROLE,
    ("provider", "dynamic"): _may("for_each", content=""),
    ("provider", "dynamic", "content"): _ASSUME_ROLE,
}
#: Arguments that any resource could have, and that are not about what it is.
_OF_NO_RESOURCE = frozenset({"provider", "provisioner", "connection", "count"})


def check_text(module: Module) -> None:
    """GitiamError for the first thing that its plan would not show."""
    for path in sorted(module.files):
        text = module.files[path]
        if path == ROOT_FILE:
            _check(path, text, _ROOT)
        elif path == _MAIN_FILE:
            _check(path, text, _MAIN)
        elif path != _LOCK_FILE and not _POLICY_FILE.fullmatch(path):
            raise _stop(path, "it is no file that gitiam makes")


def check_extra(path: str) -> None:
    """GitiamError for a file that gitiam would not put beside a module's own."""
    if not _EXTRA_FILE.fullmatch(path):
        raise _stop(path, "it is no file that gitiam makes")


def _check(path: str, text: str, known: Mapping[tuple[str, ...], _May]) -> None:
    """As it is, strings and comments and all; and then as Terraform would take it."""
    if _PROGRAM.search(text):
        raise _stop(path, "it has a `provisioner` block, which would run a program")
    if _REMOVED.search(text):
        raise _stop(path, "it has a `removed` block, and only gitiam itself lets go of something")
    for block in _DYNAMIC.finditer(text):
        label = block["label"].strip()
        if label != _ASSUMING or path != ROOT_FILE:
            raise _stop(path, f"it has a `dynamic` block {label}")
    if shadow := _SHADOW.search(text):
        raise _stop(path, f"it sets `{shadow['name']}`, which takes away what others have given")
    try:
        entries = outline(text)
    except UnclearError as error:
        raise _stop(path, f"gitiam cannot read it, {error}") from None
    heads = [entry for entry in entries if entry.path == () and entry.name == "provider"]
    if len(heads) > 1:
        raise _stop(path, f"it has {len(heads)} providers")
    for entry in entries:
        if not _is_known(entry, known):
            raise _stop(path, f"it has {entry}, which gitiam does not know to be harmless")


def _is_known(entry: Entry, known: Mapping[tuple[str, ...], _May]) -> bool:
    may = known[entry.path]  # its own block was known
    if entry.labels is None:
        if may.arguments is None:
            return entry.path != ("resource",) or entry.name not in _OF_NO_RESOURCE
        return entry.name in may.arguments
    labels = (may.blocks or {}).get(entry.name)
    return labels is not None and labels.fullmatch(" ".join(entry.labels)) is not None


def _stop(path: str, why: str) -> GitiamError:
    return GitiamError(
        f"Terraform was not started, as its plan would not show all of {path}: {why}",
        hint="Mend the estate's own templates in templates/terraform",
    )
