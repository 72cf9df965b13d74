"""Names of accounts and tiers in `gitiam.yaml` that nobody has: what they guard, they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.load.problems import RULE
from gitiam.nearest import nearest_text
from gitiam.policy.glob import matches

#: A name, and where it stands.
Said = tuple[str, Location]


def accounts_nobody_has(
    said: Iterable[Said], tiers: Mapping[str, str], *, is_part: bool = False
) -> Iterator[Finding]:
    """Names, or globs over them, of no account; `tiers` has the accounts with the tier of each.

    A name that `is_part` of what stands at its place is not mended there.
    """
    for name, place in said:
        if not any(matches(name, account) for account in tiers):
            yield _finding(f"there is no account `{name}`", name, place, tiers, mends=not is_part)


def tiers_nobody_has(said: Iterable[Said], tiers: Mapping[str, str]) -> Iterator[Finding]:
    """Tiers of which no account is."""
    known = dict.fromkeys(sorted(tiers.values()))
    for name, place in said:
        if name not in known:
            yield _finding(f"no account is of the tier `{name}`", name, place, known, mends=True)


def _finding(
    what: str, name: str, place: Location, known: Iterable[str], *, mends: bool
) -> Finding:
    every = sorted(known)
    near = nearest_text(name, every, 0.6)
    if near is None:
        return Finding(RULE, Severity.ERROR, place, f"{what}; there are {', '.join(every)}")
    fix = Fix(f"write `{near}`", place if mends else None, near if mends else None)
    return Finding(RULE, Severity.ERROR, place, f"{what}; did you mean `{near}`?", fix)
