"""`gitiam validate`: is everything right?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, against_option, format_option, requests_command
from gitiam.cli.judged import Outcome, printed
from gitiam.cli.mending import write
from gitiam.cli.style import shown
from gitiam.errors import ExitCode, GitiamError, UsageError

if TYPE_CHECKING:
    from gitiam.findings import Finding
    from gitiam.load.estate import ConfigError
    from gitiam.load.tree import Tree
    from gitiam.snapshot import Snapshot
    from gitiam.validate.run import Judgement


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--all",
    "whole",
    is_flag=True,
    help="Check all files, not only PATHS and what differs.",
)
@against_option(
    "The files that differ from those in this folder are being proposed; check them, and all"
    " that they bear on.",
)
@click.option(
    "--access-analyzer",
    is_flag=True,
    help="Ask AWS's IAM Access Analyzer, too, as `access_analyzer` in gitiam.yaml says; needs"
    " credentials.",
)
@click.option(
    "--snapshot",
    "snapshots",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Weigh also what lives outside the estate, as `gitiam crawl` wrote it to this folder.",
)
@click.option("--fix", is_flag=True, help="Make the fixes that are safe; say what remains.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@format_option("text", "json", "github", "sarif")
@requests_command
def validate(
    context: EstateContext,
    paths: tuple[str, ...],
    whole: bool,
    against: Path | None,
    access_analyzer: bool,
    snapshots: Path | None,
    fix: bool,
    diff: bool,
    format_: str,
) -> int:
    """Check request files, and say what is wrong, where, and how to mend it.

    PATHS are files or folders under requests/ that are being proposed: they are judged together
    with everything that bears on them, and must not have expired already. Without PATHS the whole
    estate is checked as it stands. Of each proposed file it is said how risky it is, and why.

    --fix writes, into PATHS or all files, what needs nobody to look at it: a fix that can only say
    better what was meant. Each is judged, and taken back where it does not help.

    \b
    Examples:
      gitiam validate
      gitiam validate requests/prod/data-pipeline-read-orders.yaml
      gitiam validate --fix requests/prod
      gitiam validate --diff
      gitiam validate --format sarif > gitiam.sarif
      gitiam validate --requests pr/requests --against requests --format github
      gitiam crawl && gitiam validate --snapshot .gitiam/snapshots
      gitiam validate --access-analyzer requests/prod/data-pipeline-read-orders.yaml

    Exits with 0, or with 10 when a finding blocks: with --fix one that remains, with --diff one
    that is there. Warnings and notes do not block.
    """
    from gitiam.cli.opinion import AskedAws, ask_aws
    from gitiam.load.estate import ConfigError
    from gitiam.validate.run import Judgement

    folder = context.requests or context.root / "requests"
    proposed = frozenset(_files(paths, folder, context.root))
    try:
        _refuse_mistakes(context)
        check = _check(context, proposed, against, whole, _live(context, snapshots))
        outcome = check.mended() if fix or diff else check.here()
        aws = ask_aws(context, check.proposed, against, is_asked=access_analyzer)
    except ConfigError as error:
        outcome = Outcome(Judgement(_wrong(error)), 1)
        aws = AskedAws("not run", "gitiam.yaml cannot be used")
    outcome = outcome.with_findings(aws.findings, aws.as_json())
    old = context.tree.files if outcome.changed else {}
    if not diff:
        write(folder, old, outcome.changed)
    texts = _texts(context.root, folder, outcome.changed)
    click.echo(printed(outcome, format_, texts, old if diff else None), nl=False)
    judged = outcome.findings if outcome.before is None or not diff else outcome.before
    return ExitCode.FINDINGS if any(f.blocks for f in judged) else ExitCode.CLEAN


def _refuse_mistakes(context: EstateContext) -> None:
    """ConfigError where `rules:` names what there is not: no rule is run on what is half meant."""
    from gitiam.load.estate import ConfigError
    from gitiam.validate.severity import mistakes_in

    config = context.config
    if found := mistakes_in(config):
        raise ConfigError(found)


def _wrong(error: ConfigError) -> tuple[Finding, ...]:
    """All that is wrong with `gitiam.yaml`; of one that is half readable, its rules, too."""
    from gitiam.findings import in_order
    from gitiam.validate.severity import mistakes_in

    more = mistakes_in(error.config) if error.config is not None else ()
    return in_order([*error.findings, *more])


def _live(context: EstateContext, folder: Path | None) -> dict[str, Snapshot]:
    """The accounts of which there is a snapshot; of the others it is said that there is none."""
    if folder is None:
        return {}
    from gitiam.cli.snapshots import read_snapshots
    from gitiam.load.estate import ConfigError
    from gitiam.snapshot import Snapshot

    try:
        read = read_snapshots(folder, list(context.config.accounts.values()))
    except ConfigError:
        return {}  # which is told in its place
    for name, found in read.items():
        if not isinstance(found, Snapshot):
            click.echo(f"what lives in {name} is not weighed: {shown(found.reason)}", err=True)
    return {name: found for name, found in read.items() if isinstance(found, Snapshot)}


def _check(
    context: EstateContext,
    proposed: frozenset[str],
    against: Path | None,
    whole: bool,
    live: Mapping[str, Snapshot],
) -> _Check:
    """What is asked, from the options."""
    _ = context.config  # where there is no `gitiam.yaml`, that is told first
    if against is None:
        return _Check(context, proposed, None if whole or not proposed else proposed, live)
    from gitiam.load.tree import read_tree
    from gitiam.validate.difference import Difference

    change = Difference(read_tree(against), context.tree)
    if not change.changed | change.gone:
        click.echo(f"no request file differs from those in {shown(str(against))}", err=True)
    only = None if whole else proposed | change.judged_anew()
    return _Check(context, proposed | change.changed, only, live)


@dataclass(frozen=True)
class _Check:
    """What is asked: about the files `only`, or about the whole estate where that is None."""

    context: EstateContext
    proposed: frozenset[str]
    only: frozenset[str] | None
    live: Mapping[str, Snapshot]

    def here(self) -> Outcome:
        """The findings in the files as they are; files that do not bear on them are not read."""
        from gitiam.validate.run import judge
        from gitiam.validate.selection import Selection

        context, only = self.context, self.only
        if only is None:
            return Outcome(*self.everywhere(self.context.tree))
        needed = Selection(self.context.tree.files).needed_for(only)
        estate = context.load(lambda path, raw: path in needed)
        found = judge(
            estate,
            context.catalog,
            context.now,
            self.proposed,
            only=only,
            snapshots=self.live,
        )
        return Outcome(found, len(only))

    def everywhere(self, tree: Tree) -> tuple[Judgement, int]:
        """What there is to say of all of these files, and how many files there are."""
        from gitiam.validate.run import judge

        context = self.context
        estate = context.load(tree=tree)
        if not estate.files:
            raise GitiamError("there is no file in requests/, and so nothing was checked")
        found = judge(estate, context.catalog, context.now, self.proposed, snapshots=self.live)
        return found, estate.files

    def mended(self) -> Outcome:
        """What comes of mending the files, which is not written yet.

        Judged in the whole estate: a fix in one file must bring no error to another.
        """
        from gitiam.load.tree import Tree
        from gitiam.validate.mending import Files, mend
        from gitiam.validate.run import Judgement

        tree, only = self.context.tree, self.only
        before, count = self.everywhere(tree)

        known = {_key(tree.files): before}

        def findings(files: Files) -> tuple[Finding, ...]:
            key = _key(files)
            if key not in known:
                known[key] = self.everywhere(Tree(files, tree.findings))[0]
            return known[key].findings

        is_everything = only is None and not self.proposed
        mended = mend(tree.files, findings, tree.files if is_everything else self.proposed)
        after = known[_key({**tree.files, **mended.files})]
        return Outcome(
            Judgement(_within(only, mended.findings), after.assessments),
            count if only is None else len(only),
            before=_within(only, before.findings),
            fixed=mended.fixed,
            changed=mended.files,
            taken_back=mended.taken_back,
        )


def _key(files: Mapping[str, bytes]) -> frozenset[tuple[str, bytes]]:
    return frozenset(files.items())


def _within(only: frozenset[str] | None, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(f for f in findings if only is None or f.location.path in only)


def _files(paths: Iterable[str], folder: Path, root: Path) -> Iterator[str]:
    """Each file that is meant, by its name in the estate; usage error when one is not in it."""
    for path in paths:
        found = next((p for p in (Path(path), root / path) if _name(p, folder) is not None), None)
        if found is None:
            raise UsageError(f"{path} is not a file under {folder}")
        if _is_hidden(_name(found, folder) or ""):
            raise UsageError(f"{path} is hidden, and hidden files are not read")
        for file in [found] if not found.is_dir() else sorted(found.rglob("*")):
            if file.is_symlink() or not file.is_dir():
                yield f"requests/{_name(file, folder)}"


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


def _texts(root: Path, folder: Path, changed: Mapping[str, bytes]) -> Callable[[str], str | None]:
    """Reads a file of the estate for the line to be shown; None when it is no plain UTF-8 file.

    Of those that are `changed` it shows what they have become, written or not.
    """

    def text_of(path: str) -> str | None:
        if path in changed:
            return changed[path].decode("utf-8", "replace")
        below = path.removeprefix("requests/")
        file = root / path if below == path else folder / below
        if file.is_symlink() or not file.is_file():
            return None
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    return text_of
