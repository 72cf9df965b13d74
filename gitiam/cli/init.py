"""`gitiam init`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.interview import Told, answers_from
from gitiam.cli.style import style
from gitiam.errors import ExitCode, GitiamError

if TYPE_CHECKING:
    from gitiam.config import Config
    from gitiam.founding.answers import Answers
    from gitiam.load.tree import Tree

_FORM = ".github/ISSUE_TEMPLATE/access-request.yml"
_CODEOWNERS = ".github/CODEOWNERS"


@click.command()
@click.option(
    "--account",
    "accounts",
    metavar="NAME=ID[:TIER]",
    multiple=True,
    help="An AWS account; may be given again. The first has the bucket and the pipeline's roles.",
)
@click.option(
    "--repository",
    metavar="OWNER/NAME",
    help="The estate's repository on GitHub. [default: git's remote `origin`]",
)
@click.option(
    "--repository-ids",
    metavar="OWNERID,REPOID",
    help="Its numbers, which GitHub puts into the subject of newer repositories' runs.",
)
@click.option("--region", help="The AWS region. [default: us-east-1]")
@click.option("--bucket", help="The bucket for state and ledger. [default: gitiam-ID]")
@click.option("--organization", metavar="NAME", help="Of teams that are named without one.")
@click.option(
    "--approvers",
    metavar="TEAM|PERSON",
    multiple=True,
    help="Who approves, @organisation/team or @person; may be given again.",
)
@click.option(
    "--tool",
    metavar="OWNER/NAME@SHA",
    help="Where the workflows install gitiam from, at a whole commit. [default: the estate itself,"
    " a clone of gitiam's repository]",
)
@click.option("--dry-run", "dry", is_flag=True, help="Only say what would be written.")
@click.option("--yes", is_flag=True, help="Ask nothing; take the defaults.")
@format_option("text", "json")
@estate_command
def init(
    context: EstateContext,
    accounts: tuple[str, ...],
    repository: str | None,
    repository_ids: str | None,
    region: str | None,
    bucket: str | None,
    organization: str | None,
    approvers: tuple[str, ...],
    tool: str | None,
    dry: bool,
    yes: bool,
    format_: str,
) -> int:
    """Set up a new estate: gitiam.yaml, workflows, the form, CODEOWNERS, and Terraform for AWS.

    The Terraform, in aws/, makes gitiam's own roles and the bucket; it is for you to read and to
    apply. On a terminal what is missing is asked for. Nothing that is there is ever written over:
    run it again after a change, and it says what differs.

    \b
    Examples:
      gitiam init
      gitiam init --account prod=111122223333 --approvers @alice --dry-run
      gitiam init --account prod=111122223333:critical --account dev=444455556666:sandbox --yes

    Exits with 0, or with 10 when a file that was there before is not as it would be.
    """
    from gitiam.founding.placing import place
    from gitiam.report.init import Founded, as_json, as_text

    told = Told(
        accounts=accounts,
        repository=repository,
        repository_ids=repository_ids,
        region=region,
        bucket=bucket,
        organization=organization,
        approvers=approvers,
        tool=tool,
        yes=yes or format_ == "json",
    )
    answers = answers_from(told, context.root)
    files = _files(context, answers)
    founded = Founded(answers, tuple(place(context.root, files, dry=dry)), dry)
    text = as_json(founded) if format_ == "json" else as_text(founded, style)
    click.echo(text, nl=False)
    return ExitCode.FINDINGS if founded.differs else ExitCode.CLEAN


def _files(context: EstateContext, answers: Answers) -> Mapping[str, str]:
    """Every file of the estate, all made before the first is written."""
    from gitiam.founding.configuration import (
        CONFIGURATION,
        IGNORE,
        configuration,
        first_request,
        ignored,
    )
    from gitiam.founding.workflows import workflows
    from gitiam.render.founding import terraform_files
    from gitiam.shipped import templates_dir, workflows_dir

    text = configuration(answers)
    config = _config(context.root, text)
    first, request = first_request(answers)
    tree, is_new = _tree(context.root, first, request)
    return {
        CONFIGURATION: text,
        **({first: request} if is_new else {}),
        **workflows(workflows_dir(), answers.tool),
        _FORM: _form(context, config, tree),
        _CODEOWNERS: _codeowners(config, tree),
        IGNORE: ignored(),
        **terraform_files(answers, templates_dir()),
    }


def _config(root: Path, text: str) -> Config:
    """What the estate's `gitiam.yaml` says: the one that is there, or the new one."""
    from gitiam.founding.configuration import CONFIGURATION
    from gitiam.founding.placing import found
    from gitiam.load.config import parse_config
    from gitiam.load.document import DocumentError, read_document
    from gitiam.load.estate import ConfigError

    try:
        raw = found(root, CONFIGURATION)
        document = read_document(CONFIGURATION, text.encode() if raw is None else raw)
    except OSError as error:
        raise GitiamError(
            f"{CONFIGURATION} cannot be read: {error.strerror}",
            hint="It must be a plain file, and no link; move it out of the way",
        ) from error
    except DocumentError as error:
        raise ConfigError([error.finding]) from None
    config, findings = parse_config(document)
    if config is None or findings:
        raise ConfigError(findings, config)
    return config


def _tree(root: Path, first: str, request: str) -> tuple[Tree, bool]:
    """The request files that there will be, and whether the first one is among the new ones."""
    from gitiam.load.tree import REQUESTS, Tree, read_tree

    folder = root / REQUESTS
    tree = read_tree(folder) if folder.is_symlink() or folder.exists() else Tree({})
    if set(tree.files) - {first}:
        return tree, False
    return Tree({first: request.encode()}, tree.findings), True


def _form(context: EstateContext, config: Config, tree: Tree) -> str:
    from gitiam.forms.form import form_text
    from gitiam.forms.offer import offer_of
    from gitiam.load.estate import estate_from

    estate = estate_from(tree, config, context.bundle_folders, now=context.now)
    return form_text(offer_of(estate, context.bundles))


def _codeowners(config: Config, tree: Tree) -> str:
    from gitiam.approvals.codeowners import codeowners

    tiers = {name: account.tier for name, account in config.accounts.items()}
    parts = (path.split("/") for path in tree.files)
    folders = {steps[1] for steps in parts if len(steps) > 2} & tiers.keys()
    try:
        return codeowners(config.approvals, tiers, folders)
    except ValueError as error:
        raise GitiamError(
            f"CODEOWNERS cannot be made of the gitiam.yaml that is there: {error}",
            hint="Name them there: approvals: {estate: {teams: ['@ORGANISATION/TEAM']}}",
        ) from error
