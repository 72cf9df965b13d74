"""A principal or policy is declared twice in one account.

## What it does
Looks for a second `kind: principal` or `kind: policy` of the same name in the same account.

## Why is this bad?
The two may say different things, and only one can come true.

## Example
```yaml
# requests/a.yaml
kind: principal
account: prod
principal: user/alice
reason: Alice joined the data team
# requests/b.yaml
kind: principal
account: prod
principal: user/alice
reason: Alice joined the web team
```

## Use instead
```yaml
# requests/a.yaml
kind: principal
account: prod
principal: user/alice
reason: Alice joined the data team
```
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from gitiam.findings import Finding, Fix
from gitiam.models import Declaration, ModuleKey, Request
from gitiam.validate.context import Context, File
from gitiam.validate.names import module_keys
from gitiam.validate.rule import Rule


class DuplicateDeclaration(Rule):
    """Every principal and policy is declared once in an account."""

    id = "duplicate-declaration"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the name, in every file but the first."""
        if isinstance(file, Request):
            return
        path = file.source.path
        step = "principal" if isinstance(file, Declaration) else "policy"
        for key in module_keys(file):
            first = context.once(_declared)[key][0]
            if first != path:
                message = f"{key.principal} is already declared for {key.account} in {first}"
                fix = Fix("keep one of the two files, or take the account out of one")
                yield self.finding(file.source.place(step), message, fix)
                return


def _declared(context: Context) -> Mapping[ModuleKey, list[str]]:
    declared: defaultdict[ModuleKey, list[str]] = defaultdict(list)
    files: list[File] = [*context.estate.declarations, *context.estate.policies]
    for file in files:
        for key in module_keys(file):
            declared[key].append(file.source.path)
    for paths in declared.values():
        paths.sort(key=context.precedence)
    return declared
