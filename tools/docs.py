"""`make docs`: writes the generated pages, and what the examples on the others print, anew."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from gitiam.cli.common import EstateContext
from gitiam.cli.main import cli
from gitiam.forms.form import FORM_FILE, form_text
from gitiam.forms.offer import offer_of
from gitiam.shipped import example_estate_dir
from gitiam.validate.reference import rules_page
from tools.configuration import configuration_page
from tools.examples import page_files, refreshed
from tools.reference import bundles_page, commands_page

ROOT = Path(__file__).parents[1]
#: The day on which the examples are run: their dates are to come.
EXAMPLE_DAY = "2026-12-01"


def issue_form() -> str:
    """The issue form of the example estate."""
    example = EstateContext(example_estate_dir(), None, None)
    return form_text(offer_of(example.estate, example.bundles))


PAGES = {
    FORM_FILE: issue_form,
    "docs/reference/bundles.md": bundles_page,
    "docs/reference/commands.md": commands_page,
    "docs/reference/configuration.md": configuration_page,
    "docs/reference/rules.md": rules_page,
}


def written_pages(root: Path = ROOT) -> Iterator[Path]:
    """README and the pages that people wrote."""
    yield root / "README.md"
    yield from sorted((root / "docs").glob("*.md"))


def with_fresh_examples(page: str) -> str:
    """The page with what its commands print today, on the example day."""
    with tempfile.TemporaryDirectory() as name:
        estate = Path(name)
        (estate / "requests").mkdir()
        if "gitiam.yaml" not in page_files(page):
            shutil.copytree(
                example_estate_dir() / "requests", estate / "requests", dirs_exist_ok=True
            )
            shutil.copy(example_estate_dir() / "gitiam.yaml", estate)
        return refreshed(page, estate, output_of)


def output_of(arguments: list[str], estate: Path) -> str:
    """What gitiam prints to standard output in that estate on the example day."""
    before = ["-C", str(estate), *([] if "--at" in arguments else ["--at", EXAMPLE_DAY])]
    done = CliRunner().invoke(cli, [*before, *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


def main() -> None:
    """Write what is out of date, and say so."""
    for name, make in PAGES.items():
        _write(ROOT / name, make())
    for file in written_pages():
        _write(file, with_fresh_examples(file.read_text(encoding="utf-8")))


def _write(file: Path, text: str) -> None:
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        print(f"{file.relative_to(ROOT)} written")


if __name__ == "__main__":
    main()
