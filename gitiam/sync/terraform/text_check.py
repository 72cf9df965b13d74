"""What a module's Terraform text may not say, because no plan would show it.

Terraform's JSON of a plan leaves out `removed` blocks along with the programs that they start, what
`dynamic` blocks are made of, and blocks that stand in the place of an attribute. So those are
looked for in the text, before Terraform reads it. It is looked at as it is, strings and comments
and all: what only looks like such a block is refused, too.
"""

from __future__ import annotations

import re

from gitiam.errors import GitiamError
from gitiam.modules import Module

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


def check_text(module: Module) -> None:
    """GitiamError for the first thing that its plan would not show."""
    for path in sorted(module.files):
        if path.endswith((".tf.json", ".tofu", ".tofu.json")):
            raise _stop(path, "it is no file that gitiam makes")
        if path.endswith(".tf"):
            _check(path, module.files[path])


def _check(path: str, text: str) -> None:
    if _PROGRAM.search(text):
        raise _stop(path, "it has a `provisioner` block, which would run a program")
    if _REMOVED.search(text):
        raise _stop(path, "it has a `removed` block, and only gitiam itself lets go of something")
    for block in _DYNAMIC.finditer(text):
        label = block["label"].strip()
        if label != _ASSUMING:
            raise _stop(path, f"it has a `dynamic` block {label}")
    if shadow := _SHADOW.search(text):
        raise _stop(path, f"it sets `{shadow['name']}`, which takes away what others have given")


def _stop(path: str, why: str) -> GitiamError:
    return GitiamError(
        f"Terraform was not started, as its plan would not show all of {path}: {why}",
        hint="Mend the estate's own templates in templates/terraform",
    )
