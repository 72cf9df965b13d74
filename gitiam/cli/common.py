"""What the commands share: the estate's options, and the estate loaded once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gitiam.errors import GitiamError, UsageError
from gitiam.files import require_utf8

if TYPE_CHECKING:
    from gitiam.catalog import Catalog
    from gitiam.config import Config
    from gitiam.desired.state import DesiredState
    from gitiam.load.estate import Estate
    from gitiam.load.tree import Tree
    from gitiam.models import Bundle

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class EstateOptions:
    """What was said before the command's name."""

    root: Path | None = None
    at: datetime | None = None


class EstateContext:
    """One estate at one instant. Time enters gitiam here, and only here."""

    def __init__(self, root: Path, requests: Path | None, at: datetime | None) -> None:
        self.root = root
        self.requests = requests
        self.now = at or datetime.now(UTC)
        self.is_given = at is not None

    def load(
        self, wanted: Callable[[str, bytes], bool] | None = None, tree: Tree | None = None
    ) -> Estate:
        """Read the estate's files, or those that `wanted` keeps; or `tree` in their stead."""
        from gitiam.load.estate import estate_from

        config = self.config  # first: without one nothing else matters
        return estate_from(tree or self.tree, config, self.bundle_folders, wanted, self.now)

    @cached_property
    def tree(self) -> Tree:
        """The bytes of all request files, read once: whoever looks twice sees the same."""
        from gitiam.load.tree import REQUESTS, read_tree

        return read_tree(self.requests or self.root / REQUESTS)

    @property
    def bundle_folders(self) -> list[Path]:
        """Gitiam's own bundles, then the estate's, which go before."""
        from gitiam.shipped import templates_dir

        return [templates_dir() / "bundles", self.root / "templates" / "bundles"]

    @cached_property
    def bundles(self) -> Mapping[str, Bundle]:
        """Every bundle by its name; GitiamError when one cannot be used."""
        from gitiam.load.estate import load_bundles

        bundles, findings = load_bundles(self.bundle_folders)
        if findings:
            problems = "\n".join(f"  {found.location}: {found.message}" for found in findings)
            raise GitiamError(
                f"bundles cannot be used:\n{problems}", hint="Mend them and run again"
            )
        return bundles

    @cached_property
    def estate(self) -> Estate:
        """The whole estate, read once."""
        return self.load()

    @cached_property
    def config(self) -> Config:
        """`gitiam.yaml` alone, without reading the requests."""
        from gitiam.load.estate import load_config

        return load_config(self.root)

    @cached_property
    def catalog(self) -> Catalog:
        """AWS's actions and resources."""
        from gitiam.catalog import catalog

        return catalog()

    @cached_property
    def state(self) -> DesiredState:
        """The desired state of the whole estate."""
        from gitiam.desired.compute import desired_state

        return desired_state(self.estate, self.catalog, self.now)

    def part(self, paths: frozenset[str]) -> EstateContext:
        """The same with these of its files alone."""
        from gitiam.load.tree import Tree

        found = EstateContext(self.root, self.requests, self.now)
        found.tree = Tree(
            {path: raw for path, raw in self.tree.files.items() if path in paths},
            tuple(f for f in self.tree.findings if f.location.path in paths),
        )
        return found

    def refuse_the_past(self) -> None:
        """For commands that act: an instant in the past would bring expired access back."""
        if self.is_given and self.now < datetime.now(UTC):
            raise UsageError(
                f"--at {self.now.isoformat()} is past; expired access would come back",
                hint="Leave --at out, or name an instant to come",
            )


def estate_command(function: F) -> F:
    """Gives a command `-C`, and the `EstateContext` as its first argument.

    Who gives such a command `--requests` is told that it takes none.
    """
    return _with_context(function, _NO_REQUESTS_OPTION)


def against_option(help_: str, *, required: bool = False) -> Callable[[F], F]:
    """`--against DIR`: the request files to compare with."""
    return click.option(
        "--against",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        required=required,
        help=help_,
    )


def requests_command(function: F) -> F:
    """As `estate_command`; with `--requests`, for commands that look at request files alone."""
    return _with_context(function, _REQUESTS_OPTION)


def _with_context(function: F, requests_option: Callable[[Any], Any]) -> F:
    def command(
        ctx: click.Context,
        /,
        *args: Any,
        directory: Path | None,
        requests: Path | None,
        **kwargs: Any,
    ) -> Any:
        options: EstateOptions = ctx.find_object(EstateOptions) or EstateOptions()
        root = directory or options.root or Path()
        require_utf8(root, "the estate's folder")
        return function(EstateContext(root, requests, options.at), *args, **kwargs)

    update_wrapper(command, function)
    for option in (requests_option, _DIRECTORY_OPTION):
        command = option(command)
    return click.pass_context(command)  # type: ignore[return-value]


def _refuse_requests(ctx: click.Context, _option: Any, given: str | None) -> None:
    if given is not None:
        name = ctx.command_path.partition(" ")[2]
        raise UsageError(
            f"`gitiam {name}` takes no other request files; leave --requests out",
            hint="`gitiam plan --requests DIR` shows what those of another folder would do",
        )


_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_DIRECTORY_OPTION = click.option(
    "-C", "directory", metavar="DIR", type=_FOLDER, help="The estate's folder. [default: here]"
)
_REQUESTS_OPTION = click.option(
    "--requests",
    metavar="DIR",
    type=_FOLDER,
    help="Take the request files from this folder, as data; all else from the estate's.",
)
_NO_REQUESTS_OPTION = click.option(
    "--requests",
    metavar="DIR",
    callback=_refuse_requests,
    hidden=True,
    help="Refused: this command takes no other request files than the estate's.",
)


def format_option(*formats: str) -> Callable[[F], F]:
    """`--format`, the first of `formats` being the default."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print the result.",
    )


def parse_instant(_ctx: click.Context, _option: Any, text: str | None) -> datetime | None:
    """A click callback: an instant, or a date's first moment; in UTC where no offset is given."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{text!r} is not like 2027-01-15T00:00:00Z") from None
