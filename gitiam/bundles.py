"""Bundles → the statements that a grant of one means: real actions, real ARNs, real conditions.

In the templates of a bundle `{bucket}` is a whole ARN that the grant gives, `{bucket.name}` a part
of it, `{prefix}` a parameter, and `{account_id}` and the like come from the account. Policy
variables, `${aws:username}`, are not templates and stay as they are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import product

from gitiam.arns import bundle_pattern
from gitiam.errors import GitiamError
from gitiam.models import (
    Bundle,
    BundleParameter,
    BundleResource,
    BundleStatement,
    Condition,
    Conditions,
    Step,
)

# A statement that names two types is repeated for every pair; this many ARNs fit no policy at all.
MAX_RESOURCES = 1000

_TOKEN = re.compile(r"\$\{[^{}]*\}|\{([^{}]*)\}|[{}]")
_SAMPLES = {
    "account": "111122223333",
    "account_id": "111122223333",
    "address": "example.com",
    "group_name": "/ecs/orders",
    "id": "1a2b3c4d-5678-90ab-cdef-11111EXAMPLE",
    "instance_id": "i-0123456789abcdef0",
    "label": "2026-01-31T09:30:00.000",
    "name": "orders",
    "parameter_name": "orders/*",
    "partition": "aws",
    "region": "us-east-1",
    "resource_id": "db-ABCDEFGHIJKL0123456789",
    "secret_name": "orders/database-??????",
    "uuid": "1a2b3c4d-5678-90ab-cdef-11111EXAMPLE-2",
    "volume_id": "vol-0123456789abcdef0",
    "zone_id": "Z0123456789EXAMPLE",
}

Values = Mapping[str, str]
# For each type, the ARNs that the grant gives, as values for `{type}` and `{type.part}`.
Given = Mapping[str, Sequence[Values]]


class BundleError(GitiamError):
    """A grant that its bundle cannot take.

    `steps` lead to the fault from the grant's own place in the file: `("resources", 1)` for the
    second resource, `("parameters", "prefix")` for a parameter, `("resources",)` or
    `("parameters",)` for one that is missing.
    """

    def __init__(self, message: str, *steps: Step) -> None:
        super().__init__(message)
        self.steps = steps


class UnknownPlaceholderError(ValueError):
    """A template names what is not there, or has a brace that opens no name."""


def expand_bundle(
    bundle: Bundle, resources: Sequence[str], parameters: Values, variables: Values
) -> tuple[BundleStatement, ...]:
    """The statements that a grant of the bundle means, in the bundle's order.

    `variables` holds what the account says: account_id, account, partition, region. In the answer
    nothing is a template any more. Each ARN counts as the first type of the bundle that takes it; a
    statement about an optional type that is not given is left out. BundleError says what is wrong
    with the grant.
    """
    given = _sort_by_type(bundle, [_fill_resource(*r, variables) for r in enumerate(resources)])
    values = {**variables, **_parameters(bundle, parameters)}
    expanded = (_expand(statement, bundle, given, values) for statement in bundle.statements)
    return tuple(statement for group in expanded for statement in group)


@lru_cache(4096)
def placeholders(template: str) -> tuple[str, ...]:
    """The names in a template, in order; UnknownPlaceholderError for a stray brace."""
    names = []
    for token in _TOKEN.finditer(template):
        if token[0].startswith("$"):
            continue
        if not token[1]:
            raise UnknownPlaceholderError(f"`{template}` has a brace that opens no {{name}}")
        names.append(token[1])
    return tuple(names)


def fill(template: str, values: Values) -> str:
    """Put values for `{name}`, once: what is put in is not looked at again.

    UnknownPlaceholderError when a name has no value.
    """
    names = placeholders(template)
    if not names:
        return template
    unknown = [name for name in names if name not in values]
    if unknown:
        near = get_close_matches(unknown[0], sorted(values), n=1)
        hint = f"; did you mean {{{near[0]}}}?" if near else ""
        raise UnknownPlaceholderError(f"`{template}` names {{{unknown[0]}}}, unknown here{hint}")
    return _TOKEN.sub(lambda token: values[token[1]] if token[1] else token[0], template)


def example_arn(resource: BundleResource) -> str:
    """An ARN such as the type takes, to show to people."""
    names = bundle_pattern(resource.arn).placeholders
    text = resource.arn.replace("+}", "}")
    return fill(text, {name: _SAMPLES.get(name, f"example-{name}") for name in names})


def takes(bundle: Bundle, arn: str) -> bool:
    """Whether the bundle has a type of resource that this ARN is of."""
    return any(_bound(kind, arn) for kind in bundle.resources)


def types_in(template: str, bundle: Bundle) -> tuple[str, ...]:
    """The types of resource that a template mentions, in the bundle's order."""
    heads = _heads((template,))
    return tuple(kind.name for kind in bundle.resources if kind.name in heads)


@lru_cache(4096)
def _heads(templates: tuple[str, ...]) -> frozenset[str]:
    """What the templates name: types, parameters, variables; `{bucket.name}` names `bucket`."""
    return frozenset(name.partition(".")[0] for t in templates for name in placeholders(t))


# -- the grant's side ---------------------------------------------------------------------------


def _fill_resource(index: int, resource: str, variables: Values) -> str:
    try:
        return fill(resource, variables)
    except UnknownPlaceholderError as error:
        known = ", ".join(f"{{{name}}}" for name in sorted(variables))
        raise BundleError(f"{error}; there are {known}", "resources", index) from None


def _sort_by_type(bundle: Bundle, arns: Sequence[str]) -> Given:
    given: defaultdict[str, list[Values]] = defaultdict(list)
    for index, arn in enumerate(arns):
        taken = ((kind, bound) for kind in bundle.resources if (bound := _bound(kind, arn)))
        kind, bound = next(taken, (None, {}))
        if kind is None:
            raise _wrong_resource(bundle, index, arn)
        if bound not in given[kind.name]:
            given[kind.name].append(bound)
    for kind in bundle.resources:
        if not kind.optional and kind.name not in given:
            raise BundleError(
                f"`{bundle.name}` needs {_description(kind)};"
                f" add an ARN such as {example_arn(kind)}",
                "resources",
            )
    return given


def _bound(kind: BundleResource, arn: str) -> Values | None:
    """The ARN and its parts as values for templates; None when it is of another type."""
    parts = bundle_pattern(kind.arn).parts(arn)
    if parts is None:
        return None
    return {kind.name: arn, **{f"{kind.name}.{name}": part for name, part in parts.items()}}


def _wrong_resource(bundle: Bundle, index: int, arn: str) -> BundleError:
    if not bundle.resources:
        message = f"`{bundle.name}` takes no resources; leave them out"
        return BundleError(message, "resources", index)
    taken = what_it_takes(bundle)
    near = nearest_arn(bundle, arn)
    meant = f" (did you mean `{near}`?)" if near else ""
    message = f"`{arn}` is not a resource that `{bundle.name}` takes{meant}; it takes {taken}"
    return BundleError(message, "resources", index)


def what_it_takes(bundle: Bundle) -> str:
    """Its types of resource, each with an example."""
    return "; ".join(f"{_description(k)}, such as {example_arn(k)}" for k in bundle.resources)


def nearest_arn(bundle: Bundle, arn: str) -> str | None:
    """The ARN without its tail, where that is one that the bundle takes: `…:::orders/*`."""
    cut = arn[:512]
    for _ in range(4):
        cut = cut[: max(cut.rfind("/"), cut.rfind(":"), 0)]
        if takes(bundle, cut):
            return cut
    return None


def _description(kind: BundleResource) -> str:
    return f"{kind.name} ({kind.description})" if kind.description else kind.name


def _parameters(bundle: Bundle, given: Values) -> dict[str, str]:
    known = {parameter.name: parameter for parameter in bundle.parameters}
    for name in given:
        if name not in known:
            raise _unknown_parameter(bundle, name, list(known))
    return {name: _value(bundle, parameter, given) for name, parameter in known.items()}


def _unknown_parameter(bundle: Bundle, name: str, known: list[str]) -> BundleError:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    takes = f"it takes {', '.join(known)}" if known else "it takes none"
    meant = f"; did you mean `{near[0]}`?" if near else ""
    message = f"`{bundle.name}` has no parameter `{name}`: {takes}{meant}"
    return BundleError(message, "parameters", name)


def _value(bundle: Bundle, parameter: BundleParameter, given: Values) -> str:
    value = given.get(parameter.name, parameter.default)
    if value is None:
        raise BundleError(
            f"`{bundle.name}` needs the parameter `{parameter.name}`: {parameter.description}",
            "parameters",
        )
    if not re.fullmatch(parameter.pattern, value):
        raise BundleError(
            f"`{value}` cannot be `{parameter.name}`, {parameter.description};"
            f" it must match {parameter.pattern}",
            "parameters",
            parameter.name,
        )
    return value


# -- the bundle's side --------------------------------------------------------------------------


def _expand(
    statement: BundleStatement, bundle: Bundle, given: Given, values: Values
) -> Iterator[BundleStatement]:
    """One statement for each different conditions, with all the resources that they go with."""
    in_conditions = _types_of_all(_condition_templates(statement.conditions), bundle)
    mentioned = {*in_conditions, *_types_of_all(statement.resources, bundle)}
    if any(not given.get(kind) for kind in mentioned):
        return
    merged: dict[Conditions, dict[str, None]] = {}
    for bound in _bindings(in_conditions, given):
        known = {**values, **bound}
        conditions = _fill_conditions(statement.conditions, known)
        resources = merged.setdefault(conditions, {})
        for template in statement.resources:
            free = [kind for kind in types_in(template, bundle) if kind not in in_conditions]
            for rest in _bindings(free, given):
                resources[fill(template, {**known, **rest})] = None
                _check_size(bundle, resources)
    for conditions, resources in merged.items():
        yield BundleStatement(
            statement.actions, tuple(resources), conditions, statement.why, statement.console
        )


def _check_size(bundle: Bundle, resources: Mapping[str, None]) -> None:
    if len(resources) > MAX_RESOURCES:
        raise BundleError(
            f"`{bundle.name}` with these resources has more than {MAX_RESOURCES:,} ARNs in one"
            " statement; use wildcards, or several requests",
            "resources",
        )


def _bindings(kinds: Sequence[str], given: Given) -> Iterator[Values]:
    """Every choice of one given ARN for each type."""
    for choice in product(*(given[kind] for kind in kinds)):
        yield {name: value for bound in choice for name, value in bound.items()}


def _types_of_all(templates: tuple[str, ...], bundle: Bundle) -> tuple[str, ...]:
    heads = _heads(templates)
    return tuple(sorted(kind.name for kind in bundle.resources if kind.name in heads))


def _condition_templates(conditions: Conditions) -> tuple[str, ...]:
    return tuple(text for c in conditions for text in (c.key, *c.values))


def _fill_conditions(conditions: Conditions, values: Values) -> Conditions:
    return tuple(
        Condition(c.operator, fill(c.key, values), tuple(fill(v, values) for v in c.values))
        for c in conditions
    )
