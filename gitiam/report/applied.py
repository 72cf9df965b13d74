"""What became of what was merged: for a pull request, for the issue of failures, for a summary.

Errors are AWS's and Terraform's words, reasons and names those of requests: all is made harmless.
Where there is too much, whole rows are left out, failures last, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gitiam.applied import Applied, Standing, State
from gitiam.report.layout import counted, markdown

COMMENT = "<!-- gitiam: applied -->"
ISSUE = "<!-- gitiam: failures -->"
LABEL = "gitiam-failure"
TITLE = "Access was merged and is not applied"
#: In characters; GitHub takes 65,536.
ROOM = 60_000
_LONGEST = 1_500
_SHORT = 400
_MOST_REASONS = 5

_SIGNS = {State.APPLIED: "✅ applied", State.FAILED: "❌ failed", State.PENDING: "⏳ pending"}
_NO_RESULT = "no job of this run tells of it; the run says why"


def comment_text(pull: int, modules: Sequence[Standing], told: Applied, run: str | None) -> str:
    """What a pull request is told of its modules, in at most `ROOM` characters and some."""
    missing = any(one.state is not State.APPLIED for one in modules)
    head = "**Not all of this is in AWS yet:**" if missing else "**This is in AWS:**"
    after = (
        "What is missing is tried again by the next run of *Apply*; this comment is then written"
        " anew, and its history (*edited*) keeps what it says now."
        if missing
        else "Nothing is left to do."
    )
    undo = (
        f"To undo it: `gitiam revert {pull}` writes the branch for a pull request that takes all of"
        " it back."
    )
    parts = [COMMENT, f"{head} {_counts(modules)}{_when(told, run)}.", *_table(modules, run)]
    return "\n\n".join([*parts, after, undo]) + "\n"


def issue_text(told: Applied, run: str | None, since: str | None = None) -> str:
    """What is not applied though it was merged; ValueError where there is nothing."""
    if told.is_whole:
        raise ValueError("nothing failed")
    parts = [ISSUE, f"**{_counts(told.missing)}**{_when(told, run)}."]
    if since:
        parts.append(f"Something has been missing since {markdown(since)}.")
    if told.unknown:
        parts.append(f"{counted(told.unknown, 'more module')} pending that the run did not try.")
    parts += _table(told.missing, run)
    parts.append(
        "All of it stays pending: the next run of *Apply* tries it again, and so does the nightly"
        " one. Once the cause is gone, start the *Apply* workflow. This issue is written anew by"
        " each run, and closed when nothing is missing any more."
    )
    return "\n\n".join(parts) + "\n"


def solved_text(told: Applied, run: str | None) -> str:
    """What the issue says when it is closed; ValueError where something is missing."""
    if not told.is_whole:
        raise ValueError("something is missing")
    return f"{ISSUE}\n\nAll that was merged is applied{_when(told, run)}.\n"


def summary_text(told: Applied) -> str:
    """For the page of a run."""
    if not told.modules:
        return "Nothing was pending.\n"
    return "\n\n".join([f"**{_counts(told.modules)}**", *_table(told.modules, None)]) + "\n"


def _counts(modules: Sequence[Standing]) -> str:
    counts = Counter(one.state for one in modules)
    said = [f"{counted(counts[state], 'module')} {state}" for state in State if counts[state]]
    return ", ".join(said) or "no module"


def _when(told: Applied, run: str | None) -> str:
    at = [f"{told.at:%Y-%m-%d %H:%M} UTC"] if told.at is not None else []
    by = [f"[this run]({run})"] if run else []
    return f" ({', '.join([*at, *by])})" if at or by else ""


def _table(modules: Sequence[Standing], run: str | None) -> Iterator[str]:
    """Failures first, as they are given; what finds no room is counted."""
    ordered = sorted(modules, key=lambda one: one.order)
    rows = [_row(one) for one in ordered]
    room, shown = ROOM, 0
    while shown < len(rows) and (room := room - len(rows[shown]) - 1) >= 0:
        shown += 1
    if rows:
        head = ["| | module | why |", "|---|---|---|"]
        yield "\n".join([*head, *rows[:shown]])
    if left := len(rows) - shown:
        where = f"[the run]({run}) has all" if run else "the files of the run have all"
        counts = _counts(ordered[shown:])
        yield f"**… {counted(left, 'module')} left out here ({counts}): {where}.**"


def _row(one: Standing) -> str:
    why = [_cut(reason, _SHORT) for reason in one.reasons[:_MOST_REASONS]]
    if more := len(one.reasons) - _MOST_REASONS:
        why += [f"and {more:,} more"] if more > 0 else []
    if one.state is State.FAILED:
        why.append(f"**{_cut(one.error, _LONGEST)}**")
    elif one.state is State.PENDING:
        why.append(_NO_RESULT)
    return f"| {_SIGNS[one.state]} | {markdown(str(one.key))} | {'<br>'.join(why)} |"


def _cut(text: str, longest: int) -> str:
    return markdown(text if len(text) <= longest else f"{text[: longest - 1]}…")
