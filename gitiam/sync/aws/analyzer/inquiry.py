"""All questions, a few at a time, with what could not be asked said: the whole of the check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gitiam.catalog import Catalog
from gitiam.config import Account
from gitiam.desired.state import Desired, DesiredState
from gitiam.errors import GitiamError
from gitiam.findings import Finding, Location, Severity, in_order
from gitiam.load.estate import Estate
from gitiam.models import ModuleKey
from gitiam.sync.aws.analyzer.answers import RULE, Translator, named
from gitiam.sync.aws.analyzer.calls import Analyzer, Answer, RefusedError, why
from gitiam.sync.aws.analyzer.places import Places
from gitiam.sync.aws.analyzer.questions import Asked, Check, Other, chosen, questions, unseen

MOST_AT_ONCE = 4

Open = Callable[[Account], Analyzer]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What AWS says, and what it could not be asked: sentences, none where all was asked."""

    findings: tuple[Finding, ...] = ()
    unasked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inquiry:
    """An estate, and what is to be asked about it.

    `before` is the desired state of the tree that is compared with, if one is; `other` is what
    `CheckNoNewAccess` compares with, or the reason why there is nothing. `place` is where the
    configuration demands the check: findings that no file is to blame for stand there.
    """

    estate: Estate
    catalog: Catalog
    state: DesiredState
    proposed: frozenset[str]
    place: Location
    before: DesiredState | None = None
    other: Other | str | None = None

    def run(self, open_: Open) -> Opinion:
        """Ask everything. Never raises what AWS or the credentials are to blame for."""
        wanted = self.estate.config.access_analyzer
        modules = chosen(self.state, self.proposed, self.before)
        other = self.other if isinstance(self.other, Other) else None
        asked = questions(self.state, modules, wanted, other)
        answers, failures = ask(asked, open_)
        translator = Translator(Places(self.estate, self.catalog), wanted, self.proposed)
        unasked = [*self._unasked(asked, failures), *self._untold()]
        if wanted.no_new_access is not None and isinstance(self.other, str):
            unasked.append(f"{Check.NO_NEW_ACCESS}: {self.other}")
        severity = Severity.ERROR if wanted.required else Severity.NOTE
        found = [
            *translator.findings(answers),
            *(not_run(self.place, sentence, severity) for sentence in unasked),
            *self._unseen(translator, modules),
        ]
        return Opinion(in_order(found), tuple(unasked))

    def _unasked(
        self, asked: Sequence[Asked], failures: Sequence[tuple[Asked, str]]
    ) -> Iterator[str]:
        """A sentence for each account and reason: of the account as a whole, or of some modules."""
        together: dict[tuple[str, str], list[Asked]] = {}
        for one, reason in failures:
            together.setdefault((one.question.account.name, reason), []).append(one)
        for (account, reason), those in together.items():
            every = [one for one in asked if one.question.account.name == account]
            if len(every) == len(those):
                yield f"{account}: {reason}"
            else:
                checks = " and ".join(sorted({str(one.question.check) for one in those}))
                keys = [desired.key for one in those for desired in one.about]
                yield f"{named(keys)} ({checks}): {reason}"

    def _untold(self) -> Iterator[str]:
        """What has no document, because it could not be turned into one."""
        for unfit in self.state.unfit:
            if not self.proposed or self.proposed & set(unfit.origins):
                yield f"{unfit.key}: its policies do not fit into AWS's limits"
        for path in sorted({item.path for item in self.state.unresolved}):
            if not self.proposed or path in self.proposed:
                yield f"{path}: not all of it could be turned into access"

    def _unseen(self, translator: Translator, modules: Sequence[Desired]) -> Iterator[Finding]:
        """The checks of access see no more than what the estate itself writes."""
        wanted = self.estate.config.access_analyzer
        if not wanted.not_granted and wanted.no_new_access is None:
            return
        found: dict[tuple[Location, str], list[ModuleKey]] = {}
        for desired in modules:
            for what in unseen(self.state, desired):
                for place in translator.places.of_attached(desired, what):
                    found.setdefault((place, what), []).append(desired.key)
        for (place, what), keys in found.items():
            message = (
                f"was not run on what {what} gives {named(keys)}: the estate does not hold its"
                " policies"
            )
            yield Finding(RULE, Severity.NOTE, place, message)


def not_run(place: Location, why_not: str, severity: Severity) -> Finding:
    """That AWS was not asked, or not about everything."""
    return Finding(RULE, severity, place, f"was not run for {why_not}")


def ask(
    asked: Sequence[Asked], open_: Open
) -> tuple[list[tuple[Asked, Answer]], list[tuple[Asked, str]]]:
    """The answers, and the questions without one, each with the reason; both in their order.

    An account that cannot be entered, or a check that it does not allow, is tried once.
    """
    if not asked:
        return [], []
    accounts = {one.question.account.name: one.question.account for one in asked}
    closed: dict[tuple[str, Check], str] = {}

    def enter(account: Account) -> Analyzer | str:
        try:
            return open_(account)
        except GitiamError as error:
            return why(error).removeprefix(f"account {account.name}: ")

    def put(one: Asked) -> Answer | str:
        question = one.question
        desk = desks[question.account.name]
        key = (question.account.name, question.check)
        if isinstance(desk, str) or key in closed:
            return desk if isinstance(desk, str) else closed[key]
        try:
            return desk.ask(question)
        except RefusedError as error:
            return why(error)
        except GitiamError as error:
            return closed.setdefault(key, why(error))

    pool = ThreadPoolExecutor(MOST_AT_ONCE)
    try:
        desks = dict(zip(accounts, pool.map(enter, accounts.values()), strict=True))
        said = list(zip(asked, pool.map(put, asked), strict=True))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    answers = [(one, answer) for one, answer in said if not isinstance(answer, str)]
    return answers, [(one, reason) for one, reason in said if isinstance(reason, str)]
