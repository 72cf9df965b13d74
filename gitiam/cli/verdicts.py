"""Who approved what a commit of the main branch brought: asked of git and of GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitiam.cli.common import EstateContext
from gitiam.cli.gate import UnapprovedError

if TYPE_CHECKING:
    from gitiam.approvals.policy import ApprovalPolicy
    from gitiam.approvals.record import Approved
    from gitiam.approvals.standing import Standing
    from gitiam.load.tree import Tree
    from gitiam.reverts import Entry
    from gitiam.review.github.client import Hub
    from gitiam.review.github.pulls import Pull
    from gitiam.sync.undo.workshop import Workshop

_PLAIN = ("100644", "100755")


@dataclass(frozen=True)
class Verdicts:
    """Judges a commit as `gitiam approvals` judges a pull request, by what main asks for today."""

    estate: EstateContext
    workshop: Workshop
    prefix: str
    hub: Hub

    def __call__(self, commit: str) -> Approved:
        """Who approved it; GitiamError where nobody did, or that cannot be found out."""
        from gitiam.approvals.record import Approved
        from gitiam.approvals.words import sentence
        from gitiam.load.expired import RULE, VERSION
        from gitiam.review.github.merges import pull_that_brought
        from gitiam.review.github.pulls import read_pull

        parent = next(iter(self.workshop.parents(commit)), None)
        if self._only_removes_what_expired(parent, commit):
            return Approved(merge=commit, rule=RULE, rule_version=VERSION)
        number = pull_that_brought(self.hub, commit)
        if number is None:
            raise UnapprovedError(
                f"commit {commit[:7]} came to the main branch without a pull request of its own",
                hint="Take it back, and bring it by pull request; merge it whole or squashed",
            )
        pull = read_pull(self.hub, number)
        self._require_as_reviewed(pull, parent, commit)
        standing = self._standing(pull, parent, commit)
        if not standing.is_approved:
            raise UnapprovedError(
                f"#{number} was merged without what it needs. {sentence(standing)}",
                hint="Take it back with `gitiam revert`, and bring it again; or review it late:"
                " an approval of its last commit counts after the merge as well",
            )
        rule = next((one.rule for one in standing.by_rule), None)
        return Approved(
            merge=commit,
            pull=number,
            head=pull.head,
            author=pull.facts.author,
            approvers=standing.approvals,
            rule=rule.id if rule else "",
            rule_version=rule.version if rule else None,
        )

    def _only_removes_what_expired(self, parent: str | None, commit: str) -> bool:
        """Whether it takes away files that give nothing any more, and does nothing else."""
        from gitiam.load.expired import is_expired_removal

        touched = self.workshop.touched(parent, commit)
        gone = [one.old for one in touched if one.old is not None and one.new is None]
        if not touched or len(gone) < len(touched):
            return False
        there = self.workshop.tree(parent)
        requests = f"{self.prefix}requests/"
        if not all(path.startswith(requests) and there[path].is_plain for path in gone):
            return False
        texts = self.workshop.contents(there[path].blob for path in gone).values()
        try:
            return all(is_expired_removal(raw.decode(), self.estate.now) for raw in texts)
        except UnicodeDecodeError:
            return False

    def _require_as_reviewed(self, pull: Pull, parent: str | None, commit: str) -> None:
        """What was merged must be what lay before the reviewers, file by file."""
        seen: dict[str, str | None]
        seen = {one.path: None if one.status == "removed" else one.blob for one in pull.files}
        moved = [one.previous for one in pull.files if one.previous and one.status == "renamed"]
        seen = {**dict.fromkeys(moved), **seen}
        now = self.workshop.tree(commit)
        touched = self.workshop.touched(parent, commit)
        # What was left out counts as well: it may have been what made the rest bearable.
        paths = [path for one in touched for path in (one.old, one.new) if path]
        for path in dict.fromkeys((*paths, *seen)):
            entry = now.get(path)
            blob = entry.blob if entry is not None else None
            if path not in seen or seen[path] != blob:
                raise UnapprovedError(
                    f"{path} was merged as something else than #{pull.number} showed",
                    hint="Bring what it should be by another pull request",
                )

    def _standing(self, pull: Pull, parent: str | None, commit: str) -> Standing:
        from gitiam.cli.standing import changed_requests, standing_on
        from gitiam.cli.telling import proposal, tell

        found = proposal(self._at(commit), self._at(parent))
        told = tell(found.paths, found.estate, found.before)
        requests = changed_requests(found, told)
        standing = standing_on(self.hub, pull, requests, self.estate.config.approvals)
        before = self._policy_before(parent, commit)
        if before is None or not standing.is_approved:
            return standing
        # Who changes the policy needs the approval of those whom it named until then.
        return standing_on(self.hub, pull, requests, before)

    def _policy_before(self, parent: str | None, commit: str) -> ApprovalPolicy | None:
        """What was asked for until this commit, if it changes that; the last that can be read."""
        from gitiam.load.estate import CONFIG_FILE, ConfigError, config_from

        path = f"{self.prefix}{CONFIG_FILE}"
        if parent is None or not self.workshop.touched(parent, commit, path):
            return None
        for _, blob in reversed(self.workshop.passages(parent, [path])[path]):
            if blob is not None:
                try:
                    return config_from(self.workshop.contents([blob])[blob]).approvals
                except ConfigError:
                    continue
        return None

    def _at(self, commit: str | None) -> EstateContext:
        """The estate as main has it today, with the request files of a commit."""
        found = EstateContext(self.estate.root, None, self.estate.now)
        found.tree = self._tree(self.workshop.tree(commit, f"{self.prefix}requests"))
        return found

    def _tree(self, entries: Mapping[str, Entry]) -> Tree:
        from gitiam.load.tree import SUFFIXES, Tree

        wanted = {
            path.removeprefix(self.prefix): entry.blob
            for path, entry in entries.items()
            if entry.mode in _PLAIN and path.endswith(SUFFIXES) and "/." not in path
        }
        contents = self.workshop.contents(wanted.values())
        ordered = sorted(wanted, key=lambda path: path.split("/"))
        return Tree({path: contents[wanted[path]] for path in ordered})
