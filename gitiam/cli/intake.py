"""What the commands share that take requests from outside of the estate's own files."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gitiam.cli.common import EstateContext
from gitiam.errors import GitiamError

if TYPE_CHECKING:
    from gitiam.forms.draft import Drafted
    from gitiam.forms.issue import Issue
    from gitiam.report.request import Received


def read_given(name: str) -> bytes:
    """The bytes of the file of this name, or of standard input for `-`; at most 4 MiB of these."""
    from gitiam.files import read_regular
    from gitiam.forms.issue import MAX_BYTES

    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        return read_regular(Path(name))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise GitiamError(f"{name} cannot be read: {why}") from error


def given_issue(name: str) -> Issue:
    """The issue in this file; GitiamError where there is none."""
    from gitiam.forms.issue import issue_from

    return issue_from(read_given(name))


def received(context: EstateContext, issue: Issue) -> Received:
    """The file that the issue asks for, judged where it would stand; or what is to be mended."""
    from gitiam.forms.offer import offer_of
    from gitiam.forms.read import read_issue
    from gitiam.report.request import Received

    found = read_issue(issue, offer_of(context.estate, context.bundles), context.now)
    return Received(None, found) if isinstance(found, tuple) else _judged(context, found)


def _judged(context: EstateContext, file: Drafted) -> Received:
    from gitiam.forms.blame import problems_from
    from gitiam.forms.fields import Problem
    from gitiam.load.document import read_document
    from gitiam.report.request import Received
    from gitiam.validate.run import judge
    from gitiam.validate.selection import Selection

    raw = file.text.encode()
    files = context.tree.files
    if files.get(file.path, raw) != raw:
        message = "its file is in the estate already, and says something else; change that file"
        return Received(None, (Problem(None, message, advice=f"the file is {file.path}"),))
    tree = with_files(context, {file.path: raw}).tree
    only = frozenset({file.path})
    needed = Selection(tree.files).needed_for(only)
    estate = context.load(lambda path, _raw: path in needed, tree)
    judgement = judge(estate, context.catalog, context.now, only, only=only)
    problems = problems_from(judgement.findings, read_document(file.path, raw))
    return Received(file, problems, next(iter(judgement.assessments), None))


def with_files(context: EstateContext, files: Mapping[str, bytes | None]) -> EstateContext:
    """The same estate with these files, None taking one away, in the order of every tree."""
    from gitiam.load.tree import Tree

    given = {path: raw for path, raw in {**context.tree.files, **files}.items() if raw is not None}
    found = EstateContext(context.root, context.requests, context.now)
    ordered = sorted(given.items(), key=lambda item: item[0].split("/"))
    found.tree = Tree(dict(ordered), context.tree.findings)
    return found
