"""Answers → what is asked for, or what is not right with them: never both, never an exception."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from gitiam.forms.answers import Answers, entries_in
from gitiam.forms.draft import Draft
from gitiam.forms.fields import ANOTHER, FOR_GOOD, UNTIL, Field, Problem
from gitiam.forms.granting import grants_from
from gitiam.forms.offer import Offer, days_text
from gitiam.forms.seen import foreign, near, plain_letters
from gitiam.load.dates import meant_date
from gitiam.load.fields import parse_principal
from gitiam.models import Principal

_BOX = re.compile(r"- \[(?P<tick>[ xX])\] (?P<name>.+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PRINCIPAL_ARN = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:(role|user|group)/(?:[^/]+/)*([^/]+)")


def draft_from(
    answers: Mapping[Field, str], offer: Offer, now: datetime
) -> Draft | tuple[Problem, ...]:
    """The draft, its days counted from `now` (aware), or every problem that there is."""
    given = Answers(answers)
    accounts = _accounts(given, offer)
    principal = _principal(given, offer)
    grants = grants_from(given, offer, _names(given, Field.BUNDLES), accounts)
    reason = _reason(given)
    ticket = _ticket(given, offer)
    expires = _expires(given, offer, now)
    if given.problems or principal is None or expires is None:
        return tuple(given.problems)
    return Draft(accounts, principal, reason, expires, grants, ticket)


def _accounts(given: Answers, offer: Offer) -> tuple[str, ...]:
    if not given.require(Field.ACCOUNTS, "choose at least one account"):
        return ()
    names = _names(given, Field.ACCOUNTS)
    for name in names:
        if name not in offer.accounts:
            meant = near(plain_letters(name), offer.accounts)
            given.refuse(Field.ACCOUNTS, "there is no such account", name, meant)
    if not names:
        given.refuse(Field.ACCOUNTS, "choose at least one account")
    return tuple(name for name in names if name in offer.accounts)


def _names(given: Answers, field: Field) -> tuple[str, ...]:
    """What was chosen: of a dropdown with commas between, or of boxes those with a tick."""
    lines = given.lines(field)
    boxes = [_BOX.fullmatch(line) for line in lines]
    if lines and all(boxes):
        chosen: Iterable[str] = (box["name"] for box in boxes if box and box["tick"] != " ")
    else:
        chosen = entries_in(given[field])
    return tuple(dict.fromkeys(name.strip() for name in chosen))


def _principal(given: Answers, offer: Offer) -> Principal | None:
    chosen, other = given[Field.PRINCIPAL], given[Field.OTHER_PRINCIPAL]
    if given.has_problem(Field.PRINCIPAL) or given.has_problem(Field.OTHER_PRINCIPAL):
        return None
    is_other = chosen == ANOTHER or not chosen
    if is_other and not other:
        where = Field.OTHER_PRINCIPAL if chosen else Field.PRINCIPAL
        given.refuse(where, "say which role, user or group gets the access")
        return None
    if not is_other and other not in ("", chosen):
        message = f"`{chosen}` is chosen above as well; say which of the two it is for"
        given.refuse(Field.OTHER_PRINCIPAL, message, other)
        return None
    return _parsed(given, Field.OTHER_PRINCIPAL if is_other else Field.PRINCIPAL, offer)


def _parsed(given: Answers, field: Field, offer: Offer) -> Principal | None:
    text = given[field]
    try:
        return parse_principal(text)
    except ValueError as error:
        given.refuse(field, foreign(text) or str(error), text, _meant_principal(text, offer))
        return None


def _meant_principal(text: str, offer: Offer) -> str:
    arn = _PRINCIPAL_ARN.fullmatch(text)
    if arn:
        return f"{arn[1]}/{arn[2]}"
    plain = plain_letters(text)
    by_name = (known for known in offer.principals if known.split("/")[1] == plain)
    return next(by_name, "") or near(plain, offer.principals)


def _reason(given: Answers) -> str:
    given.require(Field.REASON, "say what it is for")
    return " ".join(given.lines(Field.REASON))


def _ticket(given: Answers, offer: Offer) -> str | None:
    if offer.ticket_required:
        given.require(Field.TICKET, "this estate demands a ticket; write its number")
    return given[Field.TICKET] or None


def _expires(given: Answers, offer: Offer, now: datetime) -> str | None:
    """The last day; None where a problem says why there is none."""
    if not given.require(Field.DURATION, "say for how long"):
        return None
    chosen, day = given[Field.DURATION], given[Field.LAST_DAY]
    days = {days_text(number): number for number in offer.days}
    if chosen == UNTIL:
        return _last_day(given, now)
    if day:
        message = f"`{chosen}` is chosen above as well; say which of the two holds"
        given.refuse(Field.LAST_DAY, message, day)
        return None
    if chosen in days:
        return (_today(now) + timedelta(days=days[chosen])).isoformat()
    if chosen == FOR_GOOD and offer.forever:
        return "never"
    meant = near(chosen, [*days, UNTIL])
    given.refuse(Field.DURATION, "the form does not offer this", chosen, meant)
    return None


def _last_day(given: Answers, now: datetime) -> str | None:
    if not given.require(Field.LAST_DAY, "write the last day, as 2027-01-15"):
        return None
    text = given[Field.LAST_DAY]
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        message = "this is not a day; write it as 2027-01-15"
    except ValueError:
        message = "there is no such day"
    meant = meant_date(text, now)
    given.refuse(Field.LAST_DAY, message, text, meant.isoformat() if meant else "")
    return None


def _today(now: datetime) -> date:
    return now.astimezone(UTC).date()
