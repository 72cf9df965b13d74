"""The estate as a revert would make it, tried out beside the one that there is."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gitiam.cli.common import EstateContext
from gitiam.errors import GitiamError

if TYPE_CHECKING:
    from gitiam.findings import Finding
    from gitiam.report.revert import Preview, Reverted
    from gitiam.reverts import Base, Target, Undone
    from gitiam.sync.undo.git import Repository
    from gitiam.sync.undo.revert import Draft
    from gitiam.sync.undo.workshop import Workshop

PAST_EXPIRY = "past-expiry"


class Trial:
    """The estate as it is on the main branch and as it would be, laid out side by side.

    `gitiam.yaml`, requests and bundles are data, and come from git. Terraform templates are a
    program, and are those of the estate's folder, as for every other command.
    """

    def __init__(
        self,
        estate: EstateContext,
        repository: Repository,
        workshop: Workshop,
        folder: Path,
        base: Base,
        draft: Draft,
    ) -> None:
        from gitiam.sync.undo.revert import extract

        self.estate, self.repository, self.workshop = estate, repository, workshop
        self.base, self.draft = base, draft
        for tree, side in ((base.commit, "before"), (draft.tree, "after")):
            parts = ("gitiam.yaml", "requests", "templates/bundles")
            extract(workshop, tree, repository.prefix, parts, folder / side)
            if not (folder / side / "gitiam.yaml").is_file():
                raise GitiamError(
                    f"there is no gitiam.yaml {side} the revert, on {base.name}",
                    hint="Name the estate's folder with -C, and the branch with --base",
                )
        self.before = EstateContext(folder / "before", None, estate.now)
        self.after = EstateContext(folder / "after", None, estate.now)

    def outcome(
        self, target: Target, branch: str, reason: str | None, dry: bool, force: bool
    ) -> Reverted:
        """What comes of it; whether the branch is to be made is in `made`."""
        from gitiam.report import revert as report
        from gitiam.sync.undo.revert import web_address

        files = self.draft.undoing.files
        proposed = frozenset(self._below(file.path) for file in files if file.new)
        findings, count = _findings(self.after, proposed)
        if not count and not force:
            raise GitiamError(
                "this would leave no request at all, and an estate without any is refused",
                hint="If all access shall really go: --force, and then apply --allow-empty",
            )
        earlier, _ = _findings(self.before, frozenset())
        old = frozenset(f for f in findings if f in earlier and f.location.path not in proposed)
        adds = any(f.blocks and f not in old for f in findings)
        message = report.commit_message(target, files, reason, self.draft.left_out)
        made = not dry and (force or not adds)
        author = self.repository.author() if made else {}
        has_remote = self.repository.setting("remote.origin.url") is not None
        return report.Reverted(
            target=target,
            base=self.base,
            files=[self._shown(file) for file in files],
            left_out=[self._below(path) for path in self.draft.left_out],
            findings=findings,
            inherited=old,
            checked=count,
            expired=self._expired(proposed, findings),
            preview=self._preview([*findings, *earlier]),
            branch=branch,
            commit=self._commit(message, author) if made else "",
            made=made,
            dry=dry,
            diff=self._diff() if dry else None,
            push=shlex.join(["git", "push", "origin", branch]) if has_remote else None,
            web=web_address(self.repository, self.base, branch),
        )

    def line_source(self, path: str) -> str | None:
        """The text of a file as it would be."""
        file = self.after.root / path
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None

    def _commit(self, message: str, author: dict[str, str]) -> str:
        return self.workshop.commit(self.draft.tree, self.base.commit, message, author)

    def _below(self, path: str) -> str:
        """The path as seen from the estate's folder."""
        return path.removeprefix(self.repository.prefix)

    def _shown(self, file: Undone) -> Undone:
        instead = self._below(file.instead_of) if file.instead_of else None
        return replace(file, path=self._below(file.path), instead_of=instead)

    def _diff(self) -> str:
        from gitiam.report.revert import difference

        files = self.draft.undoing.files
        entries = [entry for file in files for entry in (file.old, file.new) if entry]
        return difference(files, self.workshop.contents(entry.blob for entry in entries))

    def _expired(self, paths: frozenset[str], findings: tuple[Finding, ...]) -> dict[str, datetime]:
        if any(finding.location.path == "gitiam.yaml" for finding in findings):
            return {}
        return {
            request.path: request.expires
            for request in self.after.estate.requests
            if request.path in paths and request.expires and request.is_expired(self.estate.now)
        }

    def _present(self) -> frozenset[str]:
        estate = self.after.estate
        sources = (
            *(request.source for request in estate.requests),
            *(declaration.source for declaration in estate.declarations),
            *(policy.source for policy in estate.policies),
        )
        return frozenset(source.path for source in sources)

    def _preview(self, findings: list[Finding]) -> Preview | None:
        from gitiam.modules import Standing
        from gitiam.render.changes import Files, pending, record_of
        from gitiam.render.estate import renderer_of
        from gitiam.report.revert import Preview
        from gitiam.shipped import templates_dir

        # An expired request blocks, but is understood: it gives nothing.
        if any(f.blocks and f.rule != PAST_EXPIRY for f in findings):
            return None
        renderers = [
            renderer_of(side.config, self.estate.root, templates_dir())
            for side in (self.before, self.after)
        ]
        before = renderers[0].modules(self.before.state)
        after = renderers[1].modules(self.after.state)
        changes = pending(
            after,
            {key: Standing((module.digest,)) for key, module in before.items()},
            renderers[1].empty,
            lambda key: record_of(before[key]) if key in before else None,
            Files(self._present(), frozenset(r.path for r in self.after.state.expired)),
        )
        return Preview(changes, len({*after, *before}) - len(changes))


def _findings(side: EstateContext, proposed: frozenset[str]) -> tuple[tuple[Finding, ...], int]:
    """All findings of one side, and how many files were checked."""
    from gitiam.load.estate import ConfigError
    from gitiam.validate.run import validate

    try:
        estate = side.estate
    except ConfigError as error:
        return error.findings, 1
    return validate(estate, side.catalog, side.now, proposed, state=side.state), estate.files
