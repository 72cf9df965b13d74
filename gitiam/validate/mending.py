"""Files, and a way to judge them → the files with their safe fixes made, and what remains.

Nothing is read or written here. What a fix does is seen, not believed: the files are judged again,
and a fix that leaves its finding where it was, makes a file unreadable or brings an error is taken
back.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gitiam.edits import applied, place_before
from gitiam.findings import Finding, Fix, in_order
from gitiam.validate.registry import MALFORMED, SCHEMA

#: Fixes that wait for others, as they overlap, get their turn in the next round.
MOST_ROUNDS = 12

Files = Mapping[str, bytes]
Judge = Callable[[Files], tuple[Finding, ...]]
#: The files before some fixes were made together, and the findings that are gone by them.
_Round = tuple[Files, Sequence[Finding]]

_NUMBERS = re.compile(r"[0-9]+")
_UNREAD = frozenset([MALFORMED, SCHEMA])


@dataclass(frozen=True)
class Mended:
    """`files` are those that differ now; `fixed` the findings that are gone, `findings` the rest.

    A finding that was fixed names the place that it had in the files as they were given, although
    others may have been fixed before it. `taken_back` are those that
    remain although their fix was tried.
    """

    files: Files
    fixed: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    taken_back: frozenset[Finding]


def mend(files: Files, judge: Judge, within: Iterable[str]) -> Mended:
    """Make the safe fixes that change no other file than those `within`."""
    bench = _Bench(dict(files), judge, frozenset(within), judge(files))
    fixed: list[Finding] = []
    rounds: list[_Round] = []
    for _ in range(MOST_ROUNDS):
        base = dict(bench.files)
        done = bench.round()
        if not done:
            break
        fixed += [_as_given(finding, rounds) for finding in done]
        rounds.append((base, done))
    changed = {path: raw for path, raw in bench.files.items() if raw != files[path]}
    remaining = bench.useless.intersection(bench.findings)
    return Mended(changed, tuple(fixed), bench.findings, remaining)


def _as_given(finding: Finding, rounds: Sequence[_Round]) -> Finding:
    """The finding at the place where it was before these rounds."""
    place = finding.location
    for files, done in reversed(rounds):
        fixes = [f.fix for f in done if f.fix and f.fix.location]
        here = [fix for fix in fixes if fix.location and fix.location.path == place.path]
        if here:
            place = place_before(place, files[place.path].decode("utf-8"), here)
    return replace(finding, location=place)


@dataclass
class _Bench:
    """Where files are mended: as they are now, what is found in them, and what did not help."""

    files: dict[str, bytes]
    judge: Judge
    within: frozenset[str]
    findings: tuple[Finding, ...]
    useless: frozenset[Finding] = frozenset()

    def round(self) -> list[Finding]:
        """Make all fixes that are of use and do not overlap; those findings that are gone by it.

        All are tried at once. Where that goes wrong, those in files that look worse for it are
        tried apart from the others, and of each such file first one half, then the other.
        """
        base, before = dict(self.files), self.findings
        accepted: list[Finding] = []
        queue = [self._candidates()]
        while queue:
            batch = queue.pop()
            files, made = _with_fixes(base, [*accepted, *batch])
            new = [finding for finding in batch if finding in made]
            # One that would push out another, which was made already, waits for the next round.
            if not new or not made.issuperset(accepted):
                continue
            after = self.judge(files)
            worse = _worse([*accepted, *new], before, after)
            if not worse:
                accepted += new
                self.files, self.findings = files, after
            elif parts := _apart(new, worse):
                queue += reversed(parts)
            else:
                self.useless |= frozenset(new)
        return list(in_order(accepted))

    def _candidates(self) -> list[Finding]:
        return [f for f in self.findings if f not in self.useless and self._may_fix(f.fix)]

    def _may_fix(self, fix: Fix | None) -> bool:
        if fix is None or fix.location is None or not (fix.safe and fix.is_exact):
            return False
        return fix.location.path in self.within and fix.location.path in self.files


def _with_fixes(
    files: Files, findings: Sequence[Finding]
) -> tuple[dict[str, bytes], frozenset[Finding]]:
    """The files with the findings' fixes, and the findings of which there was one to be made."""
    result = dict(files)
    made: set[Finding] = set()
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.fix is not None and finding.fix.location is not None:
            by_path.setdefault(finding.fix.location.path, []).append(finding)
    for path, those in by_path.items():
        try:
            text = files[path].decode("utf-8")
        except UnicodeDecodeError:
            continue
        text, done = applied(text, [finding.fix for finding in those if finding.fix is not None])
        result[path] = text.encode("utf-8")
        # By identity: two findings may offer the same fix, and it is made for the first alone.
        kept = {id(fix) for fix in done}
        made.update(finding for finding in those if id(finding.fix) in kept)
    return result, frozenset(made)


def _apart(findings: Sequence[Finding], worse: frozenset[str]) -> list[list[Finding]]:
    """Parts to be tried one after the other; none where there is but one fix in each bad file.

    Such a fix need not be tried alone: what it does to its own file has been seen.
    """
    bad = [f for f in findings if not worse.isdisjoint(_paths(f))]
    good = [f for f in findings if worse.isdisjoint(_paths(f))]
    if bad and good:
        return [good, bad]
    # Either all are in bad files, or what is worse is elsewhere, and any of them may have done it.
    groups: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.location.path if bad else ""].append(finding)
    first = [f for group in groups.values() for f in group[: (len(group) + 1) // 2]]
    second = [f for group in groups.values() for f in group[(len(group) + 1) // 2 :]]
    return [first, second] if second else []


def _paths(finding: Finding) -> set[str]:
    """The file where it is, and the one where its fix would be made."""
    place = finding.fix.location if finding.fix else None
    return {finding.location.path} | ({place.path} if place else set())


def _worse(
    mended: Sequence[Finding], before: Sequence[Finding], after: Sequence[Finding]
) -> frozenset[str]:
    """The files where one of these findings is not gone, or an error has come that was not there.

    A file that was of the wrong shape, and is not any more, is looked at by the rules for the
    first time: what they find in it was there all along.
    """
    were, are = Counter(map(_key, before)), Counter(map(_key, after))
    gone = Counter(map(_key, mended))
    left = {key[0] for key, number in gone.items() if are[key] > were[key] - number}
    opened = _unread(before) - _unread(after)
    new = {
        finding.location.path
        for finding in after
        if finding.blocks and are[_key(finding)] > were[_key(finding)]
    }
    return frozenset(left | (new - opened))


def _unread(findings: Iterable[Finding]) -> frozenset[str]:
    return frozenset(finding.location.path for finding in findings if finding.rule in _UNREAD)


def _key(finding: Finding) -> tuple[str, str, str]:
    """What a finding is, wherever it stands: numbers in messages are lines, sizes and days."""
    return (finding.location.path, finding.rule, _NUMBERS.sub("0", finding.message))
