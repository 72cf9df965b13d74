"""Labels by which pull requests are found and sorted: the risk, and the accounts.

Only labels that begin like ours are touched, and each by itself: what people put there in the
meantime stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from gitiam.findings import Risk
from gitiam.review.github.asking import GitHubError
from gitiam.review.github.client import Hub
from gitiam.review.github.pulls import Pull

RISK = "risk: "
ACCOUNT = "account: "
#: More accounts than these say nothing at a glance: then none is named.
MOST_ACCOUNTS = 10

_UNKNOWN = "unknown"
_COLOURS = {
    f"{RISK}{Risk.CRITICAL}": "b60205",
    f"{RISK}{Risk.HIGH}": "d93f0b",
    f"{RISK}{Risk.MEDIUM}": "fbca04",
    f"{RISK}{Risk.LOW}": "0e8a16",
    f"{RISK}{_UNKNOWN}": "cccccc",
}
_OF_ACCOUNT = "c5def5"
_LONGEST = 50  # what GitHub takes for a label's name


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labels that came and went."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def labels_of(risk: Risk | None, accounts: Iterable[str]) -> tuple[str, ...]:
    """The labels for a pull request; `risk` is None where nobody could say."""
    names = sorted(set(accounts))
    shown = names if len(names) <= MOST_ACCOUNTS else []
    every = (f"{RISK}{risk or _UNKNOWN}", *(f"{ACCOUNT}{name}" for name in shown))
    return tuple(name[:_LONGEST] for name in every)


def sync_labels(hub: Hub, pull: Pull, wanted: Iterable[str]) -> Labelled:
    """Let the pull request have just these labels of ours; ValueError for one that is not.

    Nothing is asked or written where they are there already.
    """
    names = {name.casefold(): name for name in wanted}
    if any(not _is_ours(name) for name in names):
        raise ValueError("a label that does not begin like ours")
    present = {name.casefold(): name for name in pull.labels}
    missing = [name for key, name in names.items() if key not in present]
    over = [name for key, name in present.items() if _is_ours(key) and key not in names]
    at = f"/repos/{hub.name}/issues/{pull.number}/labels"
    if missing:
        _make(hub, missing)
        hub.send("POST", at, {"labels": missing})
    for name in over:
        _take_off(hub, f"{at}/{quote(name, safe='')}")
    return Labelled(tuple(missing), tuple(over))


def _is_ours(name: str) -> bool:
    return name.startswith((RISK, ACCOUNT))


def _make(hub: Hub, names: Iterable[str]) -> None:
    """Those that the repository does not know yet, in their colour; what people chose stays."""
    at = f"/repos/{hub.name}/labels"
    known = {str(one["name"]).casefold() for one in hub.listed(at)}
    for name in names:
        if name.casefold() not in known:
            _unless(422, hub, "POST", at, {"name": name, "color": _COLOURS.get(name, _OF_ACCOUNT)})


def _take_off(hub: Hub, at: str) -> None:
    _unless(404, hub, "DELETE", at)


def _unless(status: int, hub: Hub, method: str, at: str, body: object = None) -> None:
    """Somebody may have been faster: what is there already, or gone already, is no failure."""
    try:
        hub.send(method, at, body)
    except GitHubError as error:
        if error.status != status:
            raise
