"""What `gitiam github answer` does for each command; each returns its answer in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gitiam.cli.common import EstateContext
from gitiam.cli.intake import with_files
from gitiam.cli.telling import pages, proposal, tell
from gitiam.commands.line import Command, Verb, is_request_path
from gitiam.errors import GitiamError

if TYPE_CHECKING:
    from gitiam.findings import Finding
    from gitiam.review.github.client import Hub
    from gitiam.review.github.proposing import Author, Proposed
    from gitiam.review.github.pulls import Pull


class RefusedError(GitiamError):
    """The order was understood, and is not carried out."""


@dataclass(frozen=True)
class Order:
    """A command of somebody's about a pull request; `comment` is where it was given."""

    estate: EstateContext
    hub: Hub
    command: Command
    pull: Pull
    by: Author
    comment: int

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The request files that are meant; RefusedError where there are none."""
        touched = tuple(path for path in self.pull.paths if is_request_path(path))
        named = self.command.path
        if named is not None and named not in touched:
            raise RefusedError(f"#{self.pull.number} does not touch {named}")
        if not touched:
            raise RefusedError(f"#{self.pull.number} touches no request file")
        return touched if named is None else (named,)

    @cached_property
    def proposed(self) -> Mapping[str, bytes | None]:
        """All request files of the pull request, as they are at its head."""
        from gitiam.review.github.files import files_at

        touched = [path for path in self.pull.paths if is_request_path(path)]
        return files_at(self.hub, self.pull.head, touched)

    @cached_property
    def merged(self) -> Mapping[str, bytes]:
        """Those that are meant, as they are on the main branch now."""
        from gitiam.review.github.asking import asking
        from gitiam.review.github.files import files_at

        with asking("read the main branch"):
            base = self.hub.repository.default_branch
            tip = self.hub.repository.get_branch(base).commit.sha
        found = files_at(self.hub, tip, self.paths)
        return {path: raw for path, raw in found.items() if raw is not None}

    @property
    def is_merged(self) -> bool:
        """Whether it is in the estate."""
        return self.pull.merge_commit is not None


def carried_out(order: Order) -> str:
    """Do it; RefusedError, or another GitiamError, says why not."""
    return _BY_VERB[order.command.verb](order)


# -- explain ------------------------------------------------------------------------------------


def _explain(order: Order) -> str:
    from gitiam.report.explanation_markdown import as_markdown
    from gitiam.report.replies import ROOM

    if order.is_merged:
        estate: EstateContext = order.estate
        before = None
        paths = [path for path in order.paths if path in estate.tree.files]
    else:
        found = proposal(with_files(order.estate, order.proposed), order.estate)
        estate, before = found.estate, found.before
        paths = [path for path in order.paths if path in found.paths]
    if not paths:
        raise RefusedError("none of its request files differs from the main branch, or is there")
    told = tell(paths, estate, before)
    triples = [
        (page, one.assessment, one.findings)
        for page, one in zip(pages(told, estate), told, strict=True)
    ]
    return as_markdown(triples, ROOM)


# -- extend -------------------------------------------------------------------------------------


def _extend(order: Order) -> str:
    if order.is_merged:
        return _extend_merged(order)
    if not order.pull.is_open:
        raise RefusedError(f"#{order.pull.number} was closed without being merged")
    return _extend_open(order)


def _extend_open(order: Order) -> str:
    from gitiam.commands.extending import extended
    from gitiam.report.replies import findings_text, listed
    from gitiam.review.github.committing import commit_onto

    pull = order.pull
    _require_own_branch(order)
    path = _one_of(order, {p: raw for p in order.paths if (raw := order.proposed[p]) is not None})
    raw = order.proposed[path] or b""
    new = extended(path, raw, order.command, order.estate.now)
    if blocking := _blocking(order, {**order.proposed, path: new.text.encode()}):
        return findings_text(f"with {new.until} as its end", blocking)
    message = f"Extend {path} to {new.until}"
    head = commit_onto(order.hub, pull.head_ref, pull.head, {path: new.text}, message, order.by)
    return (
        f"{listed([path])} lasts until {new.until} now, by {head}.\n\n"
        "Approvals from before that commit no longer count: it has to be approved again, by"
        " somebody else than who extended it.\n" + _checked(order, pull.number)
    )


def _require_own_branch(order: Order) -> None:
    """A fork's branch is its owner's; and what goes elsewhere than to main is not ours to know."""
    from gitiam.approvals.names import same
    from gitiam.review.github.asking import asking

    pull = order.pull
    with asking("read the main branch"):
        base = order.hub.repository.default_branch
    if pull.head_repository is None or same(pull.head_repository) != same(order.hub.name):
        raise RefusedError("its branch is in a fork, where only its owner writes: change it there")
    if pull.base != base or pull.head_ref == base:
        raise RefusedError(f"it is not a pull request from a branch to {base}")


def _extend_merged(order: Order) -> str:
    from gitiam.commands.extending import extended
    from gitiam.report.replies import findings_text

    path = _one_of(order, order.merged)
    new = extended(path, order.merged[path], order.command, order.estate.now)
    if blocking := _blocking(order, {path: new.text.encode()}):
        return findings_text(f"with {new.until} as its end", blocking)
    done = _propose(
        order, {path: new.text}, f"Extend {path} to {new.until}", "extend", "for more time"
    )
    return (
        f"Pull request #{done.number} was opened: it lets the access last until {new.until}. Until"
        " that is approved and merged, nothing changes.\n" + _checked(order, done.number)
    )


def _one_of(order: Order, there: Mapping[str, bytes]) -> str:
    """The one file that is meant, or the only request among several files."""
    paths = [path for path in there if order.command.path or _is_request(there[path])]
    if not there:
        raise RefusedError("its request files are gone, so there is nothing to extend")
    if len(paths) != 1:
        raise RefusedError("say which file is meant, behind the date: " + ", ".join(paths or there))
    return paths[0]


def _is_request(raw: bytes) -> bool:
    from gitiam.load.document import DocumentError, read_document

    try:
        data = read_document("", raw).data
    except DocumentError:
        return False
    return isinstance(data, dict) and "expires" in data


def _blocking(order: Order, files: Mapping[str, bytes | None]) -> list[Finding]:
    """What would block, were these the estate's files."""
    from gitiam.validate.run import judge

    found = proposal(with_files(order.estate, files), order.estate)
    here, paths = found.estate, frozenset(found.paths)
    judged = found.judged | paths
    judgement = judge(here.estate, here.catalog, here.now, paths, here.state, only=judged)
    return [finding for finding in judgement.findings if finding.blocks]


# -- revoke and retry ---------------------------------------------------------------------------


def _revoke(order: Order) -> str:
    from gitiam.report.replies import findings_text, listed

    if not order.is_merged:
        raise RefusedError(
            f"#{order.pull.number} is not merged, so it gives nothing: close it, and it never will"
        )
    requests = [path for path, raw in order.merged.items() if _is_request(raw)]
    if not requests:
        raise RefusedError("none of its files is a request that the estate still has")
    files = dict.fromkeys(requests)
    if blocking := _blocking(order, files):
        return findings_text("without the access", blocking)
    title = f"Revoke {requests[0]}" + (f" and {len(requests) - 1} more" if requests[1:] else "")
    done = _propose(order, files, title, "revoke", "to end the access")
    return (
        f"Pull request #{done.number} was opened: it takes {listed(requests)} away. Until that is"
        " approved and merged, the access stays.\n" + _checked(order, done.number)
    )


def _propose(
    order: Order, files: Mapping[str, str | None], title: str, verb: str, why: str
) -> Proposed:
    from gitiam.report.layout import markdown
    from gitiam.review.github.proposing import Proposal, propose

    number = order.pull.number
    body = (
        f"Ordered by {markdown(order.by.login)} with a comment on #{number}, {why}.\n\n"
        f"#{number} is what gave it.\n"
    )
    branch = f"gitiam/{verb}-{number}-{order.comment}"
    return propose(order.hub, Proposal(branch, files, title, body, author=order.by))


def _checked(order: Order, number: int) -> str:
    """Let its checks begin; what is written is written, so a failure is only told."""
    from gitiam.report.replies import error_text
    from gitiam.review.github.asking import GitHubError
    from gitiam.review.github.dispatching import check_pull

    try:
        check_pull(order.hub, number)
    except GitHubError as error:
        return f"\nIts checks were not started. {error_text(error)}"
    return ""


def _retry(order: Order) -> str:
    from gitiam.review.github.dispatching import APPLY, PULL_REQUEST, dispatch

    if order.is_merged:
        where = dispatch(order.hub, APPLY)
        return f"An apply of all that is pending was started: {where}\n"
    if not order.pull.is_open:
        raise RefusedError(f"#{order.pull.number} was closed without being merged")
    where = dispatch(order.hub, PULL_REQUEST, number=str(order.pull.number))
    return f"#{order.pull.number} is looked at again: {where}\n"


_BY_VERB: Mapping[Verb, Callable[[Order], str]] = {
    Verb.EXPLAIN: _explain,
    Verb.EXTEND: _extend,
    Verb.REVOKE: _revoke,
    Verb.RETRY: _retry,
}
