"""A role trusts a service of AWS by a name that no service has.

## What it does
Compares the names under `service` with those of AWS's services, which nearly all are of the form
`lambda.amazonaws.com`; a region may stand in them. A name of that form that gitiam does not know,
and that is nearly one it knows, is a warning.

## Why is this bad?
AWS refuses the policy when it is applied, or the service cannot assume the role.

## Example
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - service: lambda.amazonaws.co
```

## Use instead
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - service: lambda.amazonaws.com
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from gitiam.catalog import Catalog
from gitiam.catalog_sources import data_lines
from gitiam.findings import Finding, Severity
from gitiam.nearest import nearest_text
from gitiam.validate.context import Context, File
from gitiam.validate.mends import replaced_value
from gitiam.validate.regions import regions
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import trusted_of

_DOMAIN = ".amazonaws.com"
_FORM = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com")
_NEAR = 0.85


class UnknownServicePrincipal(Rule):
    """Every service that a role trusts is one of AWS."""

    id = "unknown-service-principal"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each name that is no service's."""
        for steps, kind, names in trusted_of(file):
            if kind != "Service":
                continue
            for number, name in enumerate(names):
                plain = _plain(name)
                if plain in _known() or _is_plausible(plain, context.catalog):
                    continue
                at = (*steps, number)
                place = file.source.place(*at)
                near = _meant(plain, context.catalog)
                has_form = _FORM.fullmatch(plain) is not None
                if near is None and has_form:
                    continue  # of a service that is newer, or more seldom, than gitiam's list
                severity = Severity.WARNING if has_form else Severity.ERROR
                message = f"AWS has no service called {shown(name)}"
                if near is None:
                    message += f"; they are called like `lambda{_DOMAIN}`"
                    yield self.finding(place, message)
                    continue
                fix = replaced_value(file, at, len(names), near)
                hint = f"{message}; did you mean `{near}`?"
                yield self.finding(place, hint, fix, severity)


@cache
def _known() -> frozenset[str]:
    return frozenset(data_lines("service_principals.txt"))


def _plain(name: str) -> str:
    """The name without a region in it, and without China's ending."""
    labels = name.removesuffix(".cn").split(".")
    return ".".join(label for label in labels if label not in regions() and label != "{region}")


def _is_plausible(name: str, catalog: Catalog) -> bool:
    """Whether it is called like a service's actions: lists of such names are never whole."""
    service = name.removesuffix(_DOMAIN)
    return service not in (name, "") and service.islower() and catalog.service_exists(service)


def _meant(name: str, catalog: Catalog) -> str | None:
    lower = name.lower()
    if f"{lower}{_DOMAIN}" in _known():
        return f"{lower}{_DOMAIN}"
    near = nearest_text(lower, sorted(_known()), _NEAR)
    if near is not None:
        return near
    service = catalog.suggest_service(lower.removesuffix(_DOMAIN))
    return f"{service}{_DOMAIN}" if f"{service}{_DOMAIN}" in _known() else None
