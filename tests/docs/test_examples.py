"""What the pages show is what the program does: YAML is clean, commands print what stands below."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from gitiam.cli.main import COMMANDS, cli
from gitiam.load.config import parse_config
from gitiam.load.document import read_document
from gitiam.load.fields import parse_expiry
from gitiam.load.schema import GRANT_KEYS
from gitiam.shipped import example_estate_dir
from tests.support.estates import findings_of, request, said
from tools.configuration import MEANINGS
from tools.docs import ROOT, output_of, with_fresh_examples, written_pages
from tools.examples import Block, blocks, commands, page_files, refreshed
from tools.reference import below

PAGES = [page.relative_to(ROOT).as_posix() for page in written_pages(ROOT)]
pages = pytest.mark.parametrize("page", PAGES)


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def spoken(page: str) -> Iterator[tuple[str, str]]:
    """Every command of the page's console blocks, with what stands below it."""
    for block in blocks(text_of(page)):
        if block.language == "console":
            yield from commands(re.sub(r"^   (?=\S)", "", block.body, flags=re.MULTILINE))


def config_of(page: str) -> str:
    """The `gitiam.yaml` that the page's files stand on."""
    example = (example_estate_dir() / "gitiam.yaml").read_text(encoding="utf-8")
    return page_files(text_of(page)).get("gitiam.yaml", example)


def clean_files(page: str) -> dict[str, str]:
    """The files of the page that are shown as right: those that no `validate` has findings in."""
    blamed = {
        word
        for command, output in spoken(page)
        for word in command.split()
        if "error [" in output or "warning [" in output
    }
    return {path: text for path, text in page_files(text_of(page)).items() if path not in blamed}


def as_request(fragment: str) -> str:
    """A list of grants made a whole file, for a principal that can take them."""
    body = fragment.removeprefix("grants:\n")
    return request(body, principal="user/alice" if "- group:" in body else "role/data-pipeline")


def fragments(page: str) -> list[Block]:
    return [b for b in blocks(text_of(page)) if b.language == "yaml" and b.path is None]


@pages
def test_commands_print_what_the_page_says(page: str) -> None:
    text = text_of(page)
    assert with_fresh_examples(text) == text, "run `make docs`, and read what has changed"


def options(name: str | None) -> set[str]:
    """What gitiam itself and its command of this name take, with all that stands below it."""
    found = cli.get_command(click.Context(cli), name) if name else None
    under = below(found).values() if found else ()
    commands = [command for command in (cli, found, *under) if command]
    return {o for c in commands for p in c.params for o in (*p.opts, *p.secondary_opts)}


@pages
def test_commands_and_their_options_exist(page: str) -> None:
    for command, _ in spoken(page):
        words = shlex.split(command, comments=True)
        if words[0] != "gitiam":
            continue
        name = next((word for word in words[1:] if word in COMMANDS), None)
        assert name or "--version" in words, command
        assert {word for word in words if word.startswith("-")} <= options(name), command


@pages
def test_files_on_the_page_are_clean(page: str) -> None:
    files = {"gitiam.yaml": config_of(page), **clean_files(page)}
    assert said(findings_of(files)) == []


def found_in_workflow(jobs: str) -> str:
    """What actionlint has against a workflow of these jobs; its steps may be left out."""
    steps = jobs.replace("steps:\n", "steps:\n      - run: 'true'\n", 1)
    done = subprocess.run(
        [
            Path(sys.executable).parent / "actionlint",
            "-no-color",
            "-shellcheck=",
            "-pyflakes=",
            "-",
        ],
        input=f"on: push\n{steps}",
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pages
def test_fragments_on_the_page_are_clean(page: str) -> None:
    for block in fragments(page):
        if block.body.startswith("expires: "):
            for value in yaml.compose_all(block.body.replace("\nexpires", "\n---\nexpires")):
                parse_expiry(value.value[0][1].value)
            continue
        if block.body.startswith("jobs:\n"):
            assert found_in_workflow(block.body) == ""
            continue
        assert block.body.startswith("grants:\n"), f"what is this?\n{block.body}"
        files = {"gitiam.yaml": config_of(page), "requests/x.yaml": as_request(block.body)}
        assert said(findings_of(files)) == [], block.body


def test_the_requesters_page_shows_every_form_of_grant() -> None:
    shown = "".join(block.body for block in blocks(text_of("docs/requesters.md")))
    missing = [key for key in GRANT_KEYS if not re.search(rf"^ +- {key}:", shown, re.MULTILINE)]
    assert missing == ["not_actions"]  # mentioned in a sentence, so that nobody copies it
    assert "`not_actions`" in text_of("docs/requesters.md")


def test_the_operators_page_shows_every_key() -> None:
    """A key without a default that serves is shown as a comment."""
    shown = page_files(text_of("docs/operators.md"))["gitiam.yaml"]
    config, findings = parse_config(read_document("gitiam.yaml", shown.encode()))
    assert config is not None and findings == ()
    for key in MEANINGS:
        name = key.rsplit(".", 1)[-1]
        assert re.search(rf"^[# -]*{name}:", shown, re.MULTILINE) or key.startswith("store.local")


def test_an_output_that_has_changed_is_noticed(tmp_path: Path) -> None:
    page = "# x\n\n```console\n$ gitiam changes\nold\n$ gitiam plan\n```\n\nend\n"
    fresh = refreshed(page, tmp_path, lambda arguments, estate: f"new {arguments}\n")
    assert fresh == page.replace("old", "new ['changes']")


def test_a_file_is_there_for_the_commands_after_it(tmp_path: Path) -> None:
    page = "```yaml\n# requests/a/b.yaml\nx: 1\n```\n```console\n$ gitiam validate\n…\n```\n"

    def run(_arguments: list[str], estate: Path) -> str:
        return (estate / "requests/a/b.yaml").read_text(encoding="utf-8")

    assert "$ gitiam validate\n# requests/a/b.yaml\nx: 1\n```" in refreshed(page, tmp_path, run)


def test_a_wrong_fragment_is_noticed() -> None:
    wrong = as_request("grants:\n  - bundle: s3-raed\n    resources: [arn:aws:s3:::orders]\n")
    assert "unknown-bundle" in said(findings_of(wrong))[0]


def test_the_reviewers_page_shows_what_changes_prints(tmp_path: Path) -> None:
    example = example_estate_dir()
    shutil.copytree(example / "requests", tmp_path / "requests")
    file = tmp_path / "requests" / "groups" / "analysts-query.yaml"
    more = "  - bundle: s3-read\n    resources: [arn:aws:s3:::reports]\n"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    requests = ["--requests", str(tmp_path / "requests"), "--against", str(example / "requests")]
    printed = output_of(["changes", *requests, "--format", "markdown"], example)
    (shown,) = (b.body for b in blocks(text_of("docs/reviewers.md")) if b.language == "diff")
    assert f"```diff\n{shown}```" in printed
