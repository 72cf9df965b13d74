"""Values → YAML, by PyYAML's emitter: no text can end a scalar, or add a key."""

from __future__ import annotations

from typing import Any

import yaml


class Quoted(str):
    """Text that stands in double quotes, whatever it is: for readers that guess at types."""


class _Dumper(yaml.SafeDumper):
    """Indents lists, folds no line, and leaves the quotes off dates: gitiam reads them as text."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


_DATE = "tag:yaml.org,2002:timestamp"
_Dumper.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _DATE]
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, "|" if "\n" in text else None)


def _quoted(dumper: yaml.SafeDumper, text: Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), '"')


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Quoted, _quoted)


def yaml_text(data: Any) -> str:
    """The data as YAML that ends with a line feed; mappings keep their order."""
    done: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000
    )
    return done
