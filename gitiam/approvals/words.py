"""A standing in words: one sentence for a commit's status, and all that there is to say.

Plain text without markup; what strangers wrote stands in it only without control characters.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.approvals.counting import Approval, short
from gitiam.approvals.names import joined, shown
from gitiam.approvals.standing import Answer, Standing

#: GitHub's REST API, "Commit statuses": what a description may have at the most.
ROOM = 140
_MANY = 10


def sentence(standing: Standing) -> str:
    """Where it stands, in one line of at most 140 characters."""
    text = _approved(standing) if standing.is_approved else f"Not approved: {_why_not(standing)}"
    return text if len(text) <= ROOM else text[: ROOM - 1] + "…"


def explanation(standing: Standing) -> str:
    """What is needed, what there is, and which reviews do not count and why; line by line."""
    return "".join(f"{line}\n" for line in _lines(standing))


def by_path(standing: Standing) -> dict[str, str]:
    """For every changed file how many approvals it needs and has, in a few words."""
    found: dict[str, list[str]] = {}
    for answer in standing.answers:
        for path in answer.need.paths:
            found.setdefault(path, []).append(_in_brief(answer))
    for one in standing.by_rule:
        found.setdefault(one.path, []).append(f"by rule {one.rule}")
    return {path: "; ".join(dict.fromkeys(said)) for path, said in found.items()}


def _in_brief(answer: Answer) -> str:
    need = answer.need
    if need.hopeless is not None:
        return f"cannot be had: {need.hopeless.partition(';')[0]}"
    whose = f" from {need.voters}" if need.voters else ""
    return f"{len(answer.approvals)} of {need.count}{whose}"


def _approved(standing: Standing) -> str:
    people = joined(_people(standing.approvals))
    rules = joined(dict.fromkeys(str(one.rule) for one in standing.by_rule))
    return "Approved by " + joined(filter(None, (people, f"rule {rules}" if rules else "")))


def _why_not(standing: Standing) -> str:
    """What would have to be mended first."""
    if standing.doubts:
        more = len(standing.doubts) - 1
        return standing.doubts[0].partition(";")[0] + (f" (and {more} more)" if more else "")
    if standing.blocking:
        verb = "asks" if len(standing.blocking) == 1 else "ask"
        return f"{joined(map(shown, standing.blocking))} {verb} for changes"
    unmet = [answer for answer in standing.answers if not answer.is_met]
    if not unmet:
        return "there is nothing to approve"
    return "; ".join([_shortfall(unmet[0]), *map(str, _uncounted(standing, unmet[0]))])


def _shortfall(answer: Answer) -> str:
    need = answer.need
    if need.hopeless is not None:
        return need.hopeless.partition(";")[0]
    whose = f" from {need.voters}" if need.voters else ""
    return f"{len(answer.approvals)} of {need.count} approvals{whose}"


def _uncounted(standing: Standing, answer: Answer) -> tuple[object, ...]:
    return (*standing.uncounted, *answer.passed_over)


def _lines(standing: Standing) -> Iterator[str]:
    yield f"Commit {short(standing.head)} is {'' if standing.is_approved else 'not '}approved."
    yield from (f"Not known: {doubt}." for doubt in standing.doubts)
    yield from (f"Blocked: {shown(person)} asks for changes." for person in standing.blocking)
    for answer in standing.answers:
        yield from _of_need(answer)
    for one in standing.by_rule:
        yield f"Approved by rule {one.rule}: {shown(one.path)}."
    yield from (f"Does not count: {one}." for one in standing.uncounted)


def _of_need(answer: Answer) -> Iterator[str]:
    need = answer.need
    what = joined(need.reasons)
    if need.hopeless is not None:
        yield f"Cannot be had: the agreement of {what}, as {need.hopeless}."
    else:
        yield f"{'Had' if answer.is_met else 'Missing'}: {need}, for {what}."
    shortened = [shown(path) for path in need.paths[:_MANY]]
    more = len(need.paths) - len(shortened)
    yield f"  in {joined([*shortened, *([f'{more:,} more'] if more else [])])}"
    for one in answer.approvals:
        when = one.at.isoformat(timespec="seconds")
        yield f"  {shown(one.person)} approved commit {short(one.commit)} at {when}"
    yield from (f"  does not count here: {one}" for one in answer.passed_over)


def _people(approvals: tuple[Approval, ...]) -> list[str]:
    return [shown(approval.person) for approval in approvals]
