"""Drift as an issue: each principal with what differs, in words, and the two ways out of it.

All of the text may come from AWS, where strangers may have written it: it is made harmless. Where
there is too much, whole principals are left out of the middle, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from gitiam.drift import Aspect, DriftItem, DriftKind, DriftReport, UnreadPart
from gitiam.forms.adoption import Adoption
from gitiam.report.drift import difference, summary, unread_text
from gitiam.report.layout import counted, escaped_html, fenced, markdown

MARKER = "<!-- gitiam: drift -->"
LABEL = "gitiam-drift"
TITLE = "Live IAM and the estate differ"
#: In characters; GitHub takes 65,536.
ROOM = 64_000
_SECTION_ROOM = 8_000
_MOST_UNREAD = 100
_MOST_FILES = 5
_LONGEST = 400

Place = tuple[str, str]

_SAID = {
    DriftKind.EXPIRED: "is still live, though its request has expired",
    DriftKind.UNMANAGED: "is live, and nobody asked for it",
    DriftKind.CHANGED: "is not as it is asked for",
    DriftKind.MISSING: "is asked for, and not live",
}
_BY_HAND = {
    Aspect.PRINCIPAL: "delete it in the account, or let `drift.ignore` in `gitiam.yaml` name it",
    Aspect.POLICY: "delete the policy in the account, once nobody has it",
    Aspect.INLINE: "delete this inline policy in the account",
    Aspect.ATTACHMENT: "detach this policy in the account",
    Aspect.MEMBERSHIP: "take the user out of this group in the account",
}


@dataclass(frozen=True, slots=True)
class Adoptable:
    """A request that asks for what is live, and which differences it would settle."""

    adoption: Adoption
    items: tuple[DriftItem, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What an issue needs beside the report: files to adopt with, and the run's page."""

    adoptions: Mapping[Place, Adoptable] = field(default_factory=dict)
    run: str | None = None


def issue_text(report: DriftReport, told: Told) -> str:
    """The whole issue, in at most `ROOM` characters."""
    head = "\n\n".join([MARKER, *_head(report, told.run)])
    sections = [
        _section(place, list(items), told.adoptions.get(place))
        for place, items in groupby(report.items, lambda item: (item.account, item.principal))
    ]
    return "\n\n".join([head, *_fitting(sections, ROOM - len(head) - 500, told.run)]) + "\n"


def clean_text(report: DriftReport, run: str | None) -> str:
    """What the issue says when it is closed; ValueError for a report that is not clean."""
    if not report.is_clean:
        raise ValueError("what is not clean is not told as clean")
    return "\n\n".join([MARKER, f"{markdown(summary(report))}.{_compared(run)}"]) + "\n"


def _head(report: DriftReport, run: str | None) -> Iterator[str]:
    yield f"**{markdown(summary(report))}.**{_compared(run)}"
    yield (
        "This issue is written anew after each nightly run, and closed when everything was compared"
        " and nothing differs."
    )
    if report.unread:
        yield "### Could not be compared"
        yield "Whether anything differs there, nobody knows; until it is read, this issue is open."
        yield "\n".join(_unread(report.unread))


def _compared(run: str | None) -> str:
    return f" Compared by [this run]({run})." if run else ""


def _unread(parts: Sequence[UnreadPart]) -> Iterator[str]:
    for part in parts[:_MOST_UNREAD]:
        yield f"- {_short(unread_text(part))}"
    if len(parts) > _MOST_UNREAD:
        yield f"- … and {len(parts) - _MOST_UNREAD:,} more"


def _short(text: str) -> str:
    return markdown(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _fitting(sections: Sequence[str], room: int, run: str | None) -> Iterator[str]:
    """All, or the first and the last of them with a word between."""
    if sum(len(text) + 2 for text in sections) <= room:
        yield from sections
        return
    first = _as_many(sections, room // 2)
    last = _as_many(sections[: first - 1 : -1] if first else sections[::-1], room // 2)
    yield from sections[:first]
    where = f"[the run]({run}) has all" if run else "`gitiam drift` has all"
    left = counted(len(sections) - first - last, "principal")
    yield f"**… {left} left out here: {where}.**"
    yield from sections[len(sections) - last :]


def _as_many(sections: Iterable[str], room: int) -> int:
    number = 0
    for text in sections:
        room -= len(text) + 2
        if room < 0:
            break
        number += 1
    return number


# -- one principal ----------------------------------------------------------------------------


def _section(place: Place, items: Sequence[DriftItem], adoptable: Adoptable | None) -> str:
    title = f"### {_short('/'.join(place))}"
    words = _cut([f"- {_sentence(item)}" for item in items], _SECTION_ROOM // 4)
    back = _cut(_listed(map(_way_back, items)), _SECTION_ROOM // 8)
    settled = adoptable.items if adoptable else ()
    ways = _listed(_way_to_adopt(item) for item in items if item not in settled)
    parts = [title, "\n".join(words), *_folded(items)]
    parts += ["**Put it back:**", "\n".join(back), "**Or adopt it, by a pull request:**"]
    if adoptable:
        parts.append(_file(adoptable.adoption, len(adoptable.items), len(items)))
    parts += ["\n".join(_cut(ways, _SECTION_ROOM // 8))] if ways else []
    return "\n\n".join(parts)


def _sentence(item: DriftItem) -> str:
    kind = item.principal.partition("/")[0]
    what = f"the {kind} itself" if item.aspect is Aspect.PRINCIPAL else item.what
    waits = "; its module is not applied yet" if item.pending else ""
    files = f" ({_files(item)})" if item.origins else ""
    return f"**{item.kind}**: {_short(what)} {_SAID[item.kind]}{files}{waits}"


def _files(item: DriftItem) -> str:
    more = len(item.origins) - _MOST_FILES
    named = ", ".join(map(_short, item.origins[:_MOST_FILES]))
    return f"{named} and {more:,} more" if more > 0 else named


def _way_back(item: DriftItem) -> str:
    key = _short(f"{item.account}/{item.principal}")
    if item.pending:
        return (
            "its module is pending: start the *Apply* workflow (`apply.yml`), or run `gitiam apply`"
        )
    if item.kind is DriftKind.UNMANAGED:
        return _BY_HAND.get(item.aspect, "undo it in the account")
    if item.kind is DriftKind.EXPIRED:
        return (
            "start the *Apply* workflow, which takes away what has expired; what is still there"
            " after it was put there by somebody else, and has to be removed in the account"
        )
    if item.aspect is Aspect.PRINCIPAL and item.expected != "declared":
        return "gitiam does not make it: make it in the account again, with what owns it"
    return (
        f"take the module's record out of the store (`ledger/`, below {key}) and start the *Apply*"
        " workflow: it then counts as never applied, and Terraform puts back what it made"
    )


def _way_to_adopt(item: DriftItem) -> str:
    key = _short(f"{item.account}/{item.principal}")
    if item.pending:
        return "nothing to adopt where the apply is all that is missing"
    if item.kind is DriftKind.EXPIRED:
        return f"give the request a new date: {_files(item) or 'the file that asked for it'}"
    if item.kind is DriftKind.MISSING:
        return f"take out of the files what is not there: {_files(item) or 'who asks for it'}"
    if item.kind is DriftKind.UNMANAGED and item.aspect in (Aspect.PRINCIPAL, Aspect.POLICY):
        kind = "policy" if item.principal.startswith("policy/") else "principal"
        return (
            f"describe it in a file with `kind: {kind}`, and have {key} applied once with"
            " `gitiam apply --adopt`"
        )
    if item.aspect in (Aspect.INLINE, Aspect.POLICY, Aspect.ATTACHMENT, Aspect.MEMBERSHIP):
        return f"no request asks for exactly this; write what is needed of {_short(item.what)}"
    return f"let the file that declares it say what is live: {item.aspect.words}"


def _listed(ways: Iterable[str]) -> list[str]:
    return [f"- {way}" for way in dict.fromkeys(ways)]


def _file(adoption: Adoption, settled: int, total: int) -> str:
    """The file folded, whole: half of one would ask for something else."""
    some = "" if settled == total else f" It asks for {settled:,} of the {total:,} differences."
    hint = (
        "A request that asks for just what is live. Say why in its `reason`, and until when. What"
        " was made by hand is to be removed once it is applied, but for attached policies and"
        f" memberships, which are the same ones then.{some}"
    )
    shown = fenced(adoption.text.rstrip("\n"), "yaml")
    title = escaped_html(adoption.path)
    if len(shown) > _SECTION_ROOM:
        return f"- the request that asks for just what is live is too long for here ({title})"
    return f"<details><summary>{title}</summary>\n\n{hint}\n\n{shown}\n\n</details>"


def _folded(items: Sequence[DriftItem]) -> Iterator[str]:
    lines = [line for item in items for line in difference(item)]
    if lines:
        shown = fenced("\n".join(_cut(lines, _SECTION_ROOM // 4)), "diff")
        title = "Asked for (-) and live (+)"
        yield f"<details><summary>{title}</summary>\n\n{shown}\n\n</details>"


def _cut(lines: Sequence[str], room: int) -> list[str]:
    """The first and the last lines that find room, and how many do not."""
    short = [line if len(line) <= room // 4 else f"{line[: room // 4]}…" for line in lines]
    if sum(len(line) + 1 for line in short) <= room:
        return short
    first = _as_many(short, room // 2)
    last = min(_as_many(short[::-1], room // 2), len(short) - first)
    left = len(short) - first - last
    return [*short[:first], f"… {left:,} more", *short[len(short) - last :]]
