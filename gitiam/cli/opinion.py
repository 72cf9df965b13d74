"""AWS's own opinion beside gitiam's: whether it is asked, about what, and what is said if not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitiam.cli.common import EstateContext
from gitiam.errors import GitiamError

if TYPE_CHECKING:
    from gitiam.findings import Finding, Location
    from gitiam.sync.aws.analyzer.inquiry import Inquiry
    from gitiam.sync.aws.analyzer.questions import Other

BEFORE = "before"
#: No policy document that IAM takes is as large as this.
_LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True)
class AskedAws:
    """What came of it: findings, and `run`, `not run` or `not configured` with the reason."""

    status: str
    reason: str | None = None
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> Mapping[str, Any]:
        """As `validate --format json` has it, under `checks`."""
        return {"access_analyzer": {"status": self.status, "reason": self.reason}}


def ask_aws(
    context: EstateContext, proposed: frozenset[str], against: Path | None, *, is_asked: bool
) -> AskedAws:
    """IAM Access Analyzer's opinion of the modules in which the proposed files have a part.

    Nothing that AWS, credentials or a missing file is to blame for is raised: it is `not run`.
    """
    wanted = context.config.access_analyzer
    if not wanted.is_configured:
        reason = "gitiam.yaml has no check under `access_analyzer`"
        hint = f"{reason}; `validate_policy: true` is one"
        return _not_run(context, "not configured", reason, f"any account: {hint}", is_asked)
    if not is_asked:
        reason = "--access-analyzer was not given"
        return _not_run(context, "not run", reason, f"any account: {reason}", wanted.required)

    from gitiam.sync.apply.run import this_run, trail
    from gitiam.sync.aws.analyzer.calls import open_analyzer
    from gitiam.sync.aws.session import AccountSessions

    sessions = AccountSessions(run=trail(this_run()))
    inquiry = _inquiry(context, proposed, against)
    opinion = inquiry.run(lambda account: open_analyzer(sessions, account))
    if opinion.unasked:
        return AskedAws("not run", "; ".join(opinion.unasked), opinion.findings)
    return AskedAws("run", None, opinion.findings)


def _not_run(
    context: EstateContext, status: str, reason: str, sentence: str, is_told: bool
) -> AskedAws:
    """Nobody has asked AWS, and so that blocks nothing; people are told where they expect it."""
    if not is_told:
        return AskedAws(status, reason)

    from gitiam.findings import Severity
    from gitiam.sync.aws.analyzer.inquiry import not_run

    return AskedAws(status, reason, (not_run(_place(context.root), sentence, Severity.NOTE),))


def _inquiry(context: EstateContext, proposed: frozenset[str], against: Path | None) -> Inquiry:
    from gitiam.sync.aws.analyzer.inquiry import Inquiry

    before = EstateContext(context.root, against, context.now) if against is not None else None
    return Inquiry(
        estate=context.estate,
        catalog=context.catalog,
        state=context.state,
        proposed=proposed,
        place=_place(context.root),
        before=before.state if before else None,
        other=_other(context, before),
    )


def _other(context: EstateContext, before: EstateContext | None) -> Other | str | None:
    """What access must stay within; a reason where that cannot be said."""
    from gitiam.sync.aws.analyzer.questions import Other

    wanted = context.config.access_analyzer.no_new_access
    if wanted is None:
        return None
    if wanted.than == BEFORE:
        if before is None:
            return "there is nothing to compare with, as --against was not given"
        if before.estate.findings or before.state.unresolved or before.state.unfit:
            return f"the files in {before.requests} cannot all be turned into access"
        return Other(state=before.state)
    return _reference(context.root / wanted.than, wanted.than)


def _reference(file: Path, name: str) -> Other | str:
    from gitiam.canonical import read_document
    from gitiam.files import read_regular
    from gitiam.policy.statement import PolicyError
    from gitiam.sync.aws.analyzer.questions import Other

    try:
        raw = read_regular(file)
        if len(raw) > _LARGEST:
            return f"{name} is too large for a policy"
        return Other(document=read_document(raw.decode())[1])
    except OSError as error:
        return f"{name} cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        return f"{name} is not UTF-8"
    except PolicyError as error:
        return f"{name} is no policy ({error})"


def _place(root: Path) -> Location:
    """Where gitiam.yaml speaks of this."""
    from gitiam.files import read_regular
    from gitiam.findings import Location
    from gitiam.load.document import DocumentError
    from gitiam.load.document import read_document as read_yaml
    from gitiam.load.estate import CONFIG_FILE

    try:
        return read_yaml(CONFIG_FILE, read_regular(root / CONFIG_FILE)).place_of_key(
            "access_analyzer"
        )
    except (OSError, DocumentError, GitiamError):
        return Location(CONFIG_FILE)
