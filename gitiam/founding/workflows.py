"""gitiam's own workflows → those of an estate.

An estate that is a clone of gitiam's repository takes them as they are: they install the tool from
there. Any other installs it from a checkout of its own, at a pinned commit; for that the step that
installs is exchanged for two. It is known by its text, and where something else installs, nothing
is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gitiam.errors import GitiamError
from gitiam.founding.answers import Tool

FOLDER = ".github/workflows"
#: Where the tool is checked out, beside the estate's own files.
TOOL_FOLDER = "tool"
#: What tests gitiam itself is for no estate.
_NOT_FOR_ESTATES = frozenset({"ci.yml"})

_INSTALL = re.compile(
    r"^      - name: Install gitiam[^\n]*\n"
    r"        run: \|\n"
    r"          python -m pip install --require-hashes"
    r" --requirement (?:[a-z]+/)?requirements\.lock\n"
    r"          python -m pip install --no-deps --no-build-isolation (?:\.|\./[a-z]+)\n",
    re.MULTILINE,
)
_CHECKOUT = re.compile(r"^ +uses: (actions/checkout@[0-9a-f]{40} # v[0-9.]+)$", re.MULTILINE)
_PROGRAMS = re.compile(r"\b(pip|uv|pipx)\b")
_STEPS = f"""\
      - name: Check out gitiam at its pinned commit
        uses: {{checkout}}
        with:
          repository: {{repository}}
          ref: {{commit}}
          path: {TOOL_FOLDER}
          persist-credentials: false

      - name: Install gitiam
        run: |
          python -m pip install --require-hashes --requirement {TOOL_FOLDER}/requirements.lock
          python -m pip install --no-deps --no-build-isolation ./{TOOL_FOLDER}
"""
_HEAD = """\
# Written by `gitiam init`. gitiam itself is installed from {repository}, at the commit below;
# what is said below of the tool that the main branch brings is true of that commit.
#
"""


def workflows(folder: Path, tool: Tool | None) -> Mapping[str, str]:
    """Path and text of each of the estate's workflows; `folder` holds gitiam's."""
    files = sorted(folder.glob("*.yml"))
    return {
        f"{FOLDER}/{file.name}": _for_estate(file.name, file.read_text(encoding="utf-8"), tool)
        for file in files
        if file.name not in _NOT_FOR_ESTATES
    }


def with_tool(text: str, tool: Tool) -> str:
    """The workflow, with gitiam from its pinned commit; ValueError where it installs otherwise."""
    checkout = _CHECKOUT.search(text)
    rest, installs = _INSTALL.subn("", text)
    if _PROGRAMS.search(rest):
        raise ValueError("it installs something in a way that is not known")
    if not installs:
        return text
    if checkout is None:
        raise ValueError("it installs gitiam, but checks nothing out")
    values = {"repository": str(tool.repository), "commit": tool.commit, "checkout": checkout[1]}
    steps = _STEPS.format(**values)
    return _HEAD.format(**values) + _INSTALL.sub(lambda _found: steps, text)


def _for_estate(name: str, text: str, tool: Tool | None) -> str:
    if tool is None:
        return text
    try:
        return with_tool(text, tool)
    except ValueError as error:
        raise GitiamError(
            f"the workflow {name} cannot be made for an estate of its own: {error}",
            hint="Leave --tool out, and keep the estate in a clone of gitiam's repository",
        ) from None
