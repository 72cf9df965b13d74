"""What a file opens → a page in words, for text and Markdown alike.

The most dangerous comes first everywhere, what is the same for several principals is said once,
and what finds no room is counted. Nothing here is escaped yet: that depends on where it is printed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitiam.catalog import Catalog
from gitiam.explaining.values import EVERY, UNREADABLE, Effect, Explanation, Part, Standing
from gitiam.findings import Finding, Risk
from gitiam.models import AccessLevel, Kind
from gitiam.policy.statement import Statement
from gitiam.report.layout import counted
from gitiam.report.words.access import Speaker, danger, day
from gitiam.report.words.lists import said, short
from gitiam.report.words.trust import trust_words
from gitiam.risk import Assessment, Reason

_MOST_LINES = 12
_MOST_BLOCKS = 12
_MOST_BELOW = 5
_MOST_ROWS = 10
_MOST_PLACES = 2
_BEFORE = "this file before its change"
_LONGEST_MESSAGE = 160
_MOST_FILES = 5
TAKEN_AWAY = "TAKEN AWAY"
#: The columns of the table, from the mildest to the gravest.
LEVELS = tuple(AccessLevel)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing, and what belongs below it; `brief` leaves out whose it is, or was."""

    text: str
    below: tuple[str, ...] = ()
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines; `role` is how grave it is for a style."""

    title: str
    role: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One service in the table: how many actions of each level (`all` for every one), and where."""

    standing: str
    service: str
    counts: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Block:
    """What the file does for principals for which it does the same."""

    title: str
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    rows: tuple[Row, ...]
    rows_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """All that is to be said of one file, but for its risk."""

    path: str
    facts: tuple[str, ...]
    blocks: tuple[Block, ...]
    left_out: str = ""


def page_of(
    explanation: Explanation,
    catalog: Catalog,
    accounts: Mapping[str, str],
    now: datetime,
    *,
    everything: bool = False,
) -> Page:
    """The page of a file. `accounts` maps ids to names; `everything` leaves nothing out."""
    blocks: dict[tuple[object, ...], list[Effect]] = defaultdict(list)
    for effect in explanation.effects:
        writer = _Writer(explanation, effect, catalog, accounts, everything=everything)
        content = (tuple(writer.notes()), tuple(writer.sections()), *writer.table())
        blocks[content].append(effect)
    found = [
        Block(_title(effects), *content)  # type: ignore[arg-type]
        for content, effects in blocks.items()
    ]
    left_out = ""
    if len(found) > _MOST_BLOCKS and not everything:
        more = [effect for effects in list(blocks.values())[_MOST_BLOCKS:] for effect in effects]
        left_out = f"and something else for {_title(more)}: not shown here"
        found = found[:_MOST_BLOCKS]
    return Page(explanation.path, tuple(_facts(explanation, now)), tuple(found), left_out)


def told(assessment: Assessment) -> tuple[tuple[Reason, ...], int]:
    """The reasons to print, and how many of low risk are left out beside graver ones."""
    grave = tuple(reason for reason in assessment.reasons if reason.risk is not Risk.LOW)
    return (grave, len(assessment.reasons) - len(grave)) if grave else (assessment.reasons, 0)


def finding_line(finding: Finding) -> str:
    """A finding on one line; the file is known."""
    allowed = f" (allowed: {finding.allowed})" if finding.allowed is not None else ""
    place = f"line {finding.location.line}"
    message = finding.message
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[: _LONGEST_MESSAGE - 1]}…"
    return f"{finding.severity}: {finding.rule}, {place}: {message}{allowed}"


def _facts(explanation: Explanation, now: datetime) -> Iterator[str]:
    if explanation.kind == UNREADABLE:
        yield "this file cannot be read: nobody can say what it gives"
        return
    reason = explanation.reason or "without a reason"
    yield f"{reason} ({explanation.ticket})" if explanation.ticket else reason
    if explanation.is_gone:
        yield "this file is taken away, and with it all that it gave"
    elif explanation.expires is not None:
        days = (explanation.expires - now).days
        if explanation.is_expired:
            yield f"expired at {day(explanation.expires)}: it gives nothing"
        else:
            yield f"until {day(explanation.expires)}, {counted(days, 'day')} from now"
    elif explanation.kind == "request":
        yield "without an end" if explanation.never_expires else "no date is given"
    elif explanation.kind == "policy":
        yield "a policy that principals share; it ends when its file is removed"
    if explanation.unknown_accounts:
        names = said(explanation.unknown_accounts)
        yield f"gitiam.yaml has no account {names}: nobody can say what it gives there"
    if explanation.against and not explanation.is_known_there:
        yield "a new file"


def _title(effects: Sequence[Effect]) -> str:
    """`role/a and role/b in dev and prod`, where that is the whole of it."""
    names = list(dict.fromkeys(effect.principal for effect in effects))
    accounts = list(dict.fromkeys(effect.account.name for effect in effects))
    if len(effects) == len(names) * len(accounts):
        return f"{said(names, _MOST_FILES)} in {said(accounts, _MOST_FILES)}"
    every = (f"{effect.principal} in {effect.account.name}" for effect in effects)
    return said(every, 2 * _MOST_FILES)


class _Writer:
    """Says what a file does for one principal."""

    def __init__(
        self,
        explanation: Explanation,
        effect: Effect,
        catalog: Catalog,
        accounts: Mapping[str, str],
        *,
        everything: bool,
    ) -> None:
        self._explanation = explanation
        self._effect = effect
        self._names = accounts
        self._all = everything
        self._speaker = Speaker(catalog, effect.account, accounts, everything, explanation.expires)

    # -- beside the access ------------------------------------------------------------------

    def notes(self) -> Iterator[str]:
        """Who uses it, what limits it, what else it has."""
        effect = self._effect
        declares = self._explanation.kind == "principal"
        if effect.kind is Kind.POLICY:
            yield "nobody has this policy: it gives nothing until a request attaches it"
        if effect.kind is Kind.GROUP:
            users = said(effect.users, self._most(_MOST_FILES))
            yield f"for its members: {users}" if users else "no request makes anybody its member"
        if effect.trust and not declares:
            who = [self._trusted(one.statement) for one in effect.trust]
            yield f"used by {said(who, self._most(3), word='and by')}"
        yield from self._boundary()
        if effect.others:
            files = said(effect.others, self._most(_MOST_FILES))
            verb = "is given access by" if declares else "also has what is given by"
            yield f"{verb} {files}"
        if effect.is_rough:
            yield "there is too much to compare: some of what is new here may be had already"
        if effect.unread_before:
            unread = said(map(self._policy, effect.unread_before), self._most(_MOST_FILES))
            yield f"also has {unread}; nobody here knows what that gives"

    def _boundary(self) -> Iterator[str]:
        boundary = self._effect.boundary
        if boundary.before and boundary.before != boundary.policy:
            before = short(boundary.before)
            yield f"loses the permissions boundary {before}: what that held back is open"
        if boundary.policy:
            unknown = "" if boundary.is_known else "; nobody here knows what that leaves"
            yield f"limited by the permissions boundary {short(boundary.policy)}{unknown}"

    def _trusted(self, statement: Statement) -> str:
        return trust_words(statement, self._effect.account.id, self._names)

    # -- the access -------------------------------------------------------------------------

    def sections(self) -> Iterator[Section]:
        """All that there is to say, the gravest first."""
        effect = self._effect
        found = [
            self._section("NOBODY CAN SAY", "error", effect.unresolved),
            self._section("NOBODY HERE KNOWS", "error", self._unread()),
            self._new(),
            self._parts("NO LONGER FORBIDDEN", "error", effect.freed, self._freed),
            self._parts("LONGER THAN BEFORE", "warning", self._of(Standing.LONGER), self._longer),
            self._trust("MAY BECOME IT FROM NOW ON", "warning", Standing.NEW),
            self._trust("MAY BECOME IT, AS BEFORE", "faint", Standing.HAD),
            self._trust("MAY NO LONGER BECOME IT", "note", Standing.GONE),
            self._parts("HAD ALREADY", "faint", self._of(Standing.HAD), self._had),
            self._parts("WITHOUT EFFECT", "note", self._of(Standing.BARRED), self._barred),
            self._parts("FORBIDDEN", "note", effect.forbids, self._forbidden),
            self._parts(TAKEN_AWAY, "note", effect.gone, self._gone),
        ]
        return iter(section for section in found if section.lines)

    def _of(self, *standings: Standing) -> tuple[Part, ...]:
        return tuple(part for part in self._effect.allows if part.standing in standings)

    def _new(self) -> Section:
        found = self._parts("NEW", "warning", self._of(Standing.NEW), lambda _part: "")
        says_nothing = not (found.lines or self._unread() or self._effect.unresolved)
        if says_nothing and not self._explanation.is_gone and self._explanation.kind != "principal":
            expired = self._explanation.is_expired
            nothing = "nothing: it has expired" if expired else "nothing"
            return Section("NEW", "note", (Line(nothing),))
        return found

    def _unread(self) -> list[str]:
        return [f"what {self._policy(one)} gives" for one in self._effect.unread]

    def _policy(self, label: str) -> str:
        """`AWS's policy ReadOnlyAccess`, `the group analysts`, `the policy team/logging`."""
        if label.startswith("group/"):
            return f"the group {short(label.removeprefix('group/'))}"
        owner, _, name = label.partition(":policy/")
        if owner == "aws":
            return f"AWS's policy {short(name)}"
        if owner == self._effect.account.id and name:
            return f"the policy {short(name)}"
        return f"the policy {short(label)}"

    def _parts(
        self, title: str, role: str, parts: Iterable[Part], ending: Callable[[Part], str]
    ) -> Section:
        """A line for each part; those that come by the same policy or group stand below it."""
        by_way: dict[str, list[Part]] = {}
        for part in sorted(parts, key=danger):
            by_way.setdefault(part.via, []).append(part)
        lines: list[Line] = []
        for via, those in by_way.items():
            said = {(one := self._speaker.sentence(p)) + ending(p): one for p in those}
            texts = list(said)
            if via:
                below = self._cut(texts, _MOST_BELOW)
                lines.append(Line(f"by {self._policy(via)}:", tuple(below)))
            else:
                lines += (Line(text, brief=brief) for text, brief in said.items())
        return Section(title, role, self._cut_lines(lines))

    def _section(self, title: str, role: str, texts: Iterable[str]) -> Section:
        return Section(title, role, self._cut_lines([Line(text) for text in texts]))

    def _cut_lines(self, lines: list[Line]) -> tuple[Line, ...]:
        if self._all or len(lines) <= _MOST_LINES:
            return tuple(lines)
        more = len(lines) - _MOST_LINES
        return (*lines[:_MOST_LINES], Line(f"and {more:,} more, none of them graver"))

    def _cut(self, texts: list[str], most: int) -> list[str]:
        if self._all or len(texts) <= most + 1:
            return texts
        return [*texts[:most], f"and {len(texts) - most:,} more, none of them graver"]

    def _most(self, number: int) -> int | None:
        return None if self._all else number

    def _trust(self, title: str, role: str, standing: Standing) -> Section:
        if self._explanation.kind != "principal":
            return Section(title, role, ())
        those = (one for one in self._effect.trust if one.standing is standing)
        return self._section(title, role, [self._trusted(one.statement) for one in those])

    # -- endings of sentences ---------------------------------------------------------------

    def _by(self, part: Part, this: str = "this file") -> str:
        return said((self._origin(origin, this) for origin in part.by), self._most(2))

    def _origin(self, origin: str, this: str) -> str:
        path, _, via = origin.partition(" by ")
        name = path
        if path == self._explanation.path:
            name = this
        elif path == "boundary":
            name = "the permissions boundary"
        return f"{name} (by {self._policy(via)})" if via else name

    def _longer(self, part: Part) -> str:
        end = f" until {day(part.other_until)}" if part.other_until else ""
        return f"; had{end} by {self._by(part, _BEFORE)}"

    def _had(self, part: Part) -> str:
        return f"; by {self._by(part, _BEFORE)}"

    def _barred(self, part: Part) -> str:
        return f"; held back by {self._by(part)}"

    def _forbidden(self, part: Part) -> str:
        own = "" if part.standing is Standing.NEW else ", as before"
        if not part.by:
            return f"{own}; nothing gives it anyhow"
        return f"{own}; cuts into what is given by {self._by(part)}"

    def _freed(self, part: Part) -> str:
        return f"; given by {self._by(part)}" if part.by else "; nothing gives it"

    def _gone(self, part: Part) -> str:
        if part.standing is Standing.SHORTER and part.other_until:
            return f"; now until {day(part.other_until)}"
        return ""

    # -- the table --------------------------------------------------------------------------

    def table(self) -> tuple[tuple[Row, ...], int]:
        """A row for each service and standing, and how many found no room."""
        found: dict[tuple[str, str], list[Part]] = {}
        allows = sorted(self._effect.allows, key=danger)
        for standing in (Standing.NEW, Standing.LONGER, Standing.HAD, Standing.BARRED):
            for part in allows:
                if part.standing is standing:
                    for service in dict.fromkeys(s.service for s in part.services):
                        found.setdefault((standing.value, service), []).append(part)
        rows = [self._row(*key, parts) for key, parts in found.items()]
        if self._all or len(rows) <= _MOST_ROWS:
            return tuple(rows), 0
        return tuple(rows[:_MOST_ROWS]), len(rows) - _MOST_ROWS

    def _row(self, standing: str, service: str, parts: list[Part]) -> Row:
        places = dict.fromkeys(r for part in parts for r in part.resources)
        places |= dict.fromkeys(f"all but {r}" for p in parts for r in p.but_resources)
        where = self._speaker.resources(tuple(places), _MOST_PLACES)
        if service == EVERY:
            left_out = said(dict.fromkeys(a for p in parts for a in p.but_actions), 2)
            name = f"every service but {left_out}" if left_out else "every service"
            return Row(standing, name, ("all",) * len(LEVELS), where)
        counts = []
        for wanted in LEVELS:
            names = {
                name
                for part in parts
                for access in part.services
                if access.service == service
                for level in access.levels
                if level.name == wanted
                for name in level.actions
            }
            counts.append(f"{len(names):,}" if names else "")
        return Row(standing, self._speaker.service(service), tuple(counts), where)
