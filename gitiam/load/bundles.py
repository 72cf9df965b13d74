"""The shape of a file in `templates/bundles/`, and how it becomes a `Bundle`.

A bundle is reviewed once and granted often, so its schema is strict: every placeholder must be
known, every type and parameter used, and whatever stands on `*` must say why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from gitiam.arns import bundle_pattern
from gitiam.bundles import placeholders
from gitiam.load.fields import ConditionBlock, OneOrMany, PolicyText, Strict, conditions_from
from gitiam.models import Bundle, BundleParameter, BundleResource, BundleStatement, Source

#: What the account gives to every template.
VARIABLES = frozenset(["account", "account_id", "partition", "region"])

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\z", max_length=64)]
_ActionText = Annotated[str, Field(pattern=r"^[a-z0-9-]+:[A-Za-z0-9*?]+\z", max_length=128)]
_Line = Annotated[str, Field(min_length=1, max_length=1000)]


class _Resource(Strict):
    arn: PolicyText
    description: _Line
    optional: bool = False

    @field_validator("arn")
    @classmethod
    def _pattern(cls, arn: str) -> str:
        bundle_pattern(arn)
        if not arn.startswith("arn:"):
            raise ValueError(f"`{arn}` is not the pattern of an ARN")
        return arn

    def value(self, name: str) -> BundleResource:
        return BundleResource(name, self.arn, self.description, self.optional)


class _Parameter(Strict):
    description: _Line
    pattern: Annotated[str, Field(min_length=1, max_length=500)]
    default: str | None = None

    @model_validator(mode="after")
    def _default_fits(self) -> _Parameter:
        try:
            compiled = re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"`{self.pattern}` is not a regular expression: {error}") from None
        if self.default is not None and not compiled.fullmatch(self.default):
            raise ValueError(f"the default `{self.default}` does not match the pattern")
        return self

    def value(self, name: str) -> BundleParameter:
        return BundleParameter(name, self.description, self.pattern, self.default)


class _Statement(Strict):
    actions: OneOrMany[_ActionText]
    resources: OneOrMany[PolicyText]
    conditions: ConditionBlock = Field(default_factory=dict)
    why: Annotated[str, Field(max_length=1000)] = ""
    console: bool = False

    @model_validator(mode="after")
    def _everything_has_a_reason(self) -> _Statement:
        if "*" in self.resources and not self.why.strip():
            raise ValueError("these actions stand on `*`: say in `why` what needs that")
        return self

    def templates(self) -> Iterator[str]:
        """Every text of the statement that may hold placeholders."""
        yield from self.resources
        for keys in self.conditions.values():
            for key, values in keys.items():
                yield from (key, *values)

    def value(self) -> BundleStatement:
        return BundleStatement(
            actions=tuple(self.actions),
            resources=tuple(self.resources),
            conditions=conditions_from(self.conditions),
            why=self.why.strip(),
            console=self.console,
        )


class BundleFile(Strict):
    """One file; the bundle's name is the file's, without its ending."""

    description: _Line
    resources: dict[_Name, _Resource] = Field(default_factory=dict)
    parameters: dict[_Name, _Parameter] = Field(default_factory=dict)
    statements: Annotated[list[_Statement], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _names_are_distinct(self) -> BundleFile:
        twice = sorted(
            self.resources.keys() & self.parameters.keys()
            | VARIABLES & (self.resources.keys() | self.parameters.keys())
        )
        if twice:
            raise ValueError(f"the name {{{twice[0]}}} means two things; rename one")
        return self

    @model_validator(mode="after")
    def _placeholders_are_known_and_used(self) -> BundleFile:
        known = self._known()
        used = {p for s in self.statements for t in s.templates() for p in placeholders(t)}
        for name in sorted(used - known):
            raise ValueError(f"{{{name}}} is neither a resource, a part of one, nor a parameter")
        heads = {name.partition(".")[0] for name in used}
        for name in sorted((self.resources.keys() | self.parameters.keys()) - heads):
            raise ValueError(f"no statement uses {{{name}}}; remove it")
        return self

    def _known(self) -> frozenset[str]:
        parts = {
            f"{name}.{part}"
            for name, resource in self.resources.items()
            for part in bundle_pattern(resource.arn).placeholders
        }
        return frozenset([*VARIABLES, *self.resources, *self.parameters, *parts])

    def value(self, name: str, source: Source) -> Bundle:
        """The bundle as it travels."""
        return Bundle(
            source=source,
            name=name,
            description=self.description.strip(),
            statements=tuple(statement.value() for statement in self.statements),
            resources=tuple(r.value(key) for key, r in self.resources.items()),
            parameters=tuple(p.value(key) for key, p in self.parameters.items()),
        )


def parse_bundle(name: str, data: Mapping[str, Any], source: Source) -> Bundle:
    """The bundle in a file's data, whose scalars are all text; pydantic.ValidationError if bad."""
    return BundleFile.model_validate(data).value(name, source)
