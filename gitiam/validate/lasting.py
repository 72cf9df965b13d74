"""Access that lasts longer than its risk allows.

No ordinary rule, as the risk follows from what all other rules find. Only proposed requests are
judged: what stands already was judged when it came, and its risk would have to be worked out for
the whole estate in every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from gitiam.findings import Finding, Severity
from gitiam.models import Request
from gitiam.risk import Assessment
from gitiam.validate.context import Context
from gitiam.validate.duration import days_left, lasting, today
from gitiam.validate.registry import LASTING
from gitiam.validate.risk import assess
from gitiam.validate.rule import listed, replaced

_MOST_NAMES = 2
_DISTANT = "distant-expiry"


def too_long(
    assessments: Iterable[Assessment], findings: Sequence[Finding], context: Context
) -> Iterator[Finding]:
    """At the date, or at `never`, of each assessed request that goes beyond what its risk allows.

    `findings` are those that the assessments were made of.
    """
    policy = context.estate.config.requests
    for assessment in assessments:
        file = context.by_path[assessment.path]
        if not isinstance(file, Request) or not _can_be_judged(file, context):
            continue
        days, most = days_left(file, context.now), policy.most_days(assessment.risk)
        if most is not None and (days is None or days > most):
            yield _finding(file, assessment, most, _latest(file, days, findings, context), context)


def with_one_date(findings: Iterable[Finding], late: Iterable[Finding]) -> list[Finding]:
    """The findings, where one about the date offers the earlier date that another one offers."""
    earlier = {finding.location: finding.fix for finding in late if finding.fix is not None}
    return [
        replace(f, fix=earlier[f.location]) if f.rule == _DISTANT and f.location in earlier else f
        for f in findings
    ]


def _can_be_judged(file: Request, context: Context) -> bool:
    """Whether there is a length, and a risk; where not, other rules block until there is."""
    accounts = context.estate.config.accounts
    is_known = all(name in accounts for name in file.accounts)
    has_end = file.never_expires or file.expires is not None
    return has_end and is_known and not context.may_not_resolve(file)


def _finding(
    file: Request, assessment: Assessment, most: int, latest: int, context: Context
) -> Finding:
    names = dict.fromkeys(reason.title for reason in assessment.decisive)
    why = f"{assessment.risk} by {listed(names, _MOST_NAMES)}"
    message = (
        f"{assessment.risk} risk access may last {most:,} days at most;"
        f" this {lasting(days_left(file, context.now))} ({why})"
    )
    date = today(context.now) + timedelta(days=latest)
    place = file.source.place("expires")
    fix = replaced(place, f"{date}", f"write `{date}` or earlier")
    return Finding(LASTING, Severity.ERROR, place, message, fix)


def _latest(file: Request, days: int | None, findings: Sequence[Finding], context: Context) -> int:
    """The most days that may be asked for. A shorter time can lower the risk, and allow more of it.

    Only where a limit ends or a length begins to count can the answer lie.
    """
    config = context.estate.config
    limits = config.requests.expiry_by_risk.values()
    ends = {*limits, *(most for most in config.risk.duration if most is not None)}
    for end in sorted(ends, reverse=True):
        if end <= config.requests.expiry_max_days and (days is None or end < days):
            risk = assess(_until(file, end, context), findings, context).risk
            most = config.requests.most_days(risk)
            if most is None or end <= most:
                return end
    return min(*limits, config.requests.expiry_max_days)


def _until(file: Request, days: int, context: Context) -> Request:
    """The same request, with the end of the day that is so many days away."""
    midnight = datetime.combine(today(context.now), time.min, UTC) + timedelta(days=days + 1)
    return replace(file, expires=midnight, never_expires=False)
