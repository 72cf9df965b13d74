"""`gitiam validate`: is everything right?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitiam.cli.common import EstateContext, format_option, requests_command
from gitiam.errors import ExitCode, GitiamError, UsageError

if TYPE_CHECKING:
    from gitiam.findings import Finding
    from gitiam.risk import Assessment
    from gitiam.validate.run import Judgement

_COLOURS = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan", "bold": True},
    "place": {"bold": True},
    "rule": {"dim": True},
    "caret": {"fg": "red"},
    "fix": {"fg": "green"},
}


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--all", "whole", is_flag=True, help="Print findings in all files, not in PATHS alone."
)
@click.option(
    "--against",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The files that differ from those in this folder are being proposed; check all.",
)
@click.option(
    "--access-analyzer",
    is_flag=True,
    help="Ask AWS's IAM Access Analyzer, too, as `access_analyzer` in gitiam.yaml says; needs"
    " credentials.",
)
@format_option("text", "json", "github")
@requests_command
def validate(
    context: EstateContext,
    paths: tuple[str, ...],
    whole: bool,
    against: Path | None,
    access_analyzer: bool,
    format_: str,
) -> int:
    """Check request files, and say what is wrong, where, and how to mend it.

    PATHS are files or folders under requests/ that are being proposed: they are judged together
    with everything that bears on them, and must not have expired already. Without PATHS the whole
    estate is checked as it stands. Of each proposed file it is said how risky it is, and why.

    \b
    Examples:
      gitiam validate
      gitiam validate requests/prod/data-pipeline-read-orders.yaml
      gitiam validate --format json
      gitiam validate --requests pr/requests --against requests --format github
      gitiam validate --access-analyzer requests/prod/data-pipeline-read-orders.yaml

    Exits with 0, or with 10 when a finding blocks. Warnings and notes do not block.
    """
    from gitiam.cli.opinion import AskedAws, ask_aws
    from gitiam.findings import in_order
    from gitiam.load.estate import ConfigError

    folder = context.requests or context.root / "requests"
    proposed = dict(_files(paths, folder, context.root))
    if against is not None:
        proposed.update(_differing(folder, against))
    try:
        judgement, files = _check(context, proposed, whole or against is not None)
        aws = ask_aws(context, frozenset(proposed), against, is_asked=access_analyzer)
        findings = in_order([*judgement.findings, *aws.findings])
        risks = judgement.assessments
    except ConfigError as error:
        findings, files, risks = error.findings, 1, ()
        aws = AskedAws("not run", "gitiam.yaml cannot be used")
    texts = _texts(context.root, folder)
    said = _report(findings, risks, files, format_, texts, aws.as_json())
    click.echo(said, nl=False)
    return ExitCode.FINDINGS if any(f.blocks for f in findings) else ExitCode.CLEAN


def _check(context: EstateContext, proposed: dict[str, Path], whole: bool) -> tuple[Judgement, int]:
    """What there is to say, and how many files were checked for it."""
    from gitiam.validate.run import judge
    from gitiam.validate.selection import related

    paths = frozenset(proposed)
    if not proposed or whole:
        estate = context.load()
        if not estate.files:
            raise GitiamError("there is no file in requests/, and so nothing was checked")
        return judge(estate, context.catalog, context.now, paths), estate.files
    estate = context.load(related({path: _bytes(file) for path, file in proposed.items()}))
    return judge(estate, context.catalog, context.now, paths, only=paths), len(paths)


def _files(paths: Iterable[str], folder: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """Each file that is meant, under its name in the estate; usage error when one is not in it."""
    for path in paths:
        found = next((p for p in (Path(path), root / path) if _name(p, folder) is not None), None)
        if found is None:
            raise UsageError(f"{path} is not a file under {folder}")
        if _is_hidden(_name(found, folder) or ""):
            raise UsageError(f"{path} is hidden, and hidden files are not read")
        for file in [found] if not found.is_dir() else sorted(found.rglob("*")):
            if file.is_symlink() or not file.is_dir():
                yield f"requests/{_name(file, folder)}", file


def _differing(folder: Path, other: Path) -> Iterator[tuple[str, Path]]:
    """Each plain file of `folder` that `other` does not hold just so."""
    for file in sorted(folder.rglob("*")):
        below = file.relative_to(folder)
        if file.is_file() and not file.is_symlink() and _bytes(file) != _bytes(other / below):
            yield f"requests/{below.as_posix()}", file


def _name(path: Path, folder: Path) -> str | None:
    """The path as seen from the folder of requests; None when it is absent or elsewhere.

    Only the folders are resolved: a link is named as itself, and refused when it is read.
    """
    if not (path.exists() or path.is_symlink()):
        return None
    whole = folder.resolve() if path.is_dir() and path.resolve() == folder.resolve() else None
    resolved = whole or path.parent.resolve() / path.name
    if not resolved.is_relative_to(folder.resolve()):
        return None
    return resolved.relative_to(folder.resolve()).as_posix()


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") and part != "." for part in name.split("/"))


def _bytes(file: Path) -> bytes:
    """What the file names; a link is not followed, and names nobody."""
    return file.read_bytes() if file.is_file() and not file.is_symlink() else b""


def _texts(root: Path, folder: Path) -> Callable[[str], str | None]:
    """Reads a file of the estate for the line to be shown; None when it is no plain UTF-8 file."""

    def text_of(path: str) -> str | None:
        below = path.removeprefix("requests/")
        file = root / path if below == path else folder / below
        if file.is_symlink() or not file.is_file():
            return None
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    return text_of


def _report(
    findings: tuple[Finding, ...],
    risks: tuple[Assessment, ...],
    files: int,
    format_: str,
    texts: Callable[[str], str | None],
    checks: Mapping[str, Any],
) -> str:
    from gitiam.report.findings import findings_as_annotations, findings_as_json, findings_as_text
    from gitiam.report.risk import risks_as_json, risks_as_text

    if format_ == "json":
        return findings_as_json(findings, files, checks, risks_as_json(risks))
    text = findings_as_text(findings, files, texts, _paint) + risks_as_text(risks, _paint)
    return findings_as_annotations(findings) + text if format_ == "github" else text


def _paint(text: str, role: str) -> str:
    return click.style(text, **_COLOURS[role])  # type: ignore[arg-type]
