"""Links lead somewhere, and nothing in the repository names the place where it was made."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tools.docs import ROOT

_LINK = re.compile(r"(?<!\\)\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
#: Folders of people and of build machines, and package registries. This file is searched, too.
_FORBIDDEN = re.compile(
    r"(?<![\w.])/(?:work|root|home|Users)" + r"/[\w.]"
    r"|\b(?:pypi|pythonhosted|npmjs|yarnpkg)\.(?:org|com)\b" + r"|/simple/?\s"
    r"|\bproxy\.golang\b",
)


@cache
def tracked() -> tuple[Path, ...]:
    """The repository's files; without git, as in an archive, all Markdown that is there."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = [name for name in done.stdout.decode().split("\0") if name]
    files = [ROOT / name for name in names] or sorted(ROOT.glob("**/*.md"))
    return tuple(file for file in files if file.is_file() and not file.is_symlink())


def pages() -> list[Path]:
    return [file for file in tracked() if file.suffix == ".md"]


def anchors(page: str) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#{1,6} (.+)$", _FENCE.sub("", page), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


def broken(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    text = page.read_text(encoding="utf-8")
    found = []
    for target in _LINK.findall(_CODE.sub("", _FENCE.sub("", text))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not _is_there(file, anchor):
            found.append(target)
    return found


def _is_there(file: Path, anchor: str) -> bool:
    if not file.exists() or not file.is_relative_to(ROOT.resolve()):
        return False
    return not anchor or anchor in anchors(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_broken_link_is_noticed() -> None:
    page = ROOT / "docs" / "no-such-page.md"
    text = "[a](nowhere.md) [b](../README.md#no-such-heading) [c](../README.md#install) `[d](e)`"

    class Page(type(page)):  # type: ignore[misc]
        def read_text(self, *_args: object, **_kwargs: object) -> str:
            return text if self.name == page.name else super().read_text(encoding="utf-8")

    assert broken(Page(page)) == ["nowhere.md", "../README.md#no-such-heading"]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for file in tracked():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        name = file.relative_to(ROOT).as_posix()
        found += [f"{name}: {hit[0]}" for hit in _FORBIDDEN.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    "text", ["see /" + "root/x", "cd /" + "home/alice/x", "https://pypi" + ".org"]
)
def test_such_a_name_would_be_noticed(text: str) -> None:
    assert _FORBIDDEN.search(text)
