"""The Terraform templates: gitiam's own, or those that an estate put in their place.

Every `{{ expression }}` of a template becomes an HCL literal by way of `finalize`: there is no
filter to forget, and no way to print a value that is not quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2

from gitiam.errors import GitiamError
from gitiam.render.hcl import literal

LOCK_FILE = "lock.hcl"
_HINT = "Mend the template in templates/terraform, or remove it to use gitiam's own"


@dataclass(frozen=True)
class Templates:
    """`folders` are searched in order."""

    folders: Sequence[Path]

    def render(self, name: str, values: dict[str, Any]) -> str:
        """The text of template `name`; GitiamError when the template is wrong."""
        try:
            return self._environment.get_template(name).render(values)
        except jinja2.TemplateNotFound:
            raise GitiamError(f"there is no template {name}", hint=_HINT) from None
        except (jinja2.TemplateError, TypeError) as error:
            raise GitiamError(f"the template {name} fails: {error}", hint=_HINT) from error

    @cached_property
    def lock_text(self) -> str:
        """The dependency lock for the default provider."""
        for folder in self.folders:
            if (folder / LOCK_FILE).is_file():
                return (folder / LOCK_FILE).read_text(encoding="utf-8")
        raise GitiamError(f"there is no {LOCK_FILE} beside the templates", hint=_HINT)

    @cached_property
    def _environment(self) -> jinja2.Environment:
        return jinja2.Environment(  # noqa: S701  (finalize quotes for HCL; this is not HTML)
            loader=jinja2.FileSystemLoader([str(folder) for folder in self.folders]),
            undefined=jinja2.StrictUndefined,
            finalize=literal,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
