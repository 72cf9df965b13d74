"""Which files bear on which: what must be judged again when some have changed.

What a rule says about a file may depend on the file itself, on the configuration, and on other
files by the names that they share: requests and declarations of the same principals, declarations
of the groups and policies that it mentions. It may depend on time only in that a request expires;
an error must not appear in a file by the mere passing of time otherwise. Letter case does not
count, as IAM ignores it, and the account is left out of account: both make files related that need
not be, which is slower and never wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

from gitiam.models import GroupGrant, Kind
from gitiam.validate.context import File
from gitiam.validate.names import named
from gitiam.validate.walk import grants_of, managed_policies_of

_POLICY = f"{Kind.POLICY}/"
_GROUP = f"{Kind.GROUP}/"


class Tied(Protocol):
    """What binds a file to others: `owns` and `mentions`, as `Remembered` has them."""

    @property
    def owns(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def mentions(self) -> Sequence[str]: ...  # noqa: D102


class Ties(NamedTuple):
    """Nothing but that."""

    owns: Sequence[str]
    mentions: Sequence[str]


def ties_of(file: File) -> Ties:
    """What the file has a part in, and what else it names."""
    owns = {f"{one.kind}/{one.name}".lower() for _, one in named(file)}
    groups = (g.group for g in grants_of(file) if isinstance(g, GroupGrant))
    mentions = {f"{Kind.GROUP}/{group}".lower() for group in groups}
    # By ARN, the estate's own may be meant as well.
    policies = (policy.rpartition("/")[2] for _, policy in managed_policies_of(file))
    mentions |= {f"{_POLICY}{policy}".lower() for policy in policies if policy}
    return Ties(sorted(owns), sorted(mentions - owns))


class Bearing:
    """Answers from what binds the files of an estate to each other."""

    def __init__(self, files: Mapping[str, Tied]) -> None:
        self.files = files

    @cached_property
    def _owners(self) -> Mapping[str, list[str]]:
        return _index((path, one.owns) for path, one in self.files.items())

    @cached_property
    def _mentioners(self) -> Mapping[str, list[str]]:
        return _index((path, one.mentions) for path, one in self.files.items())

    def owners(self, names: Iterable[str]) -> set[str]:
        """The files that have a part in these modules."""
        return {path for name in names for path in self._owners.get(name, ())}

    def mentioners(self, names: Iterable[str]) -> set[str]:
        """The files that name these without having a part in them."""
        return {path for name in names for path in self._mentioners.get(name, ())}

    def owned(self, paths: Iterable[str]) -> set[str]:
        """The modules in which these files have a part."""
        return {name for path in paths for name in self.files[path].owns}

    def named(self, paths: Iterable[str]) -> set[str]:
        """All that these files name."""
        found = map(self.files.__getitem__, paths)
        return {name for one in found for name in (*one.owns, *one.mentions)}

    def affected(self, names: Iterable[str]) -> set[str]:
        """The modules that can be others when files that own these names have changed.

        A module attaches policies by their ARNs, so it depends on what declares them; it names
        groups by their names alone, and does not depend on theirs.
        """
        touched = set(names)
        policies = {name for name in touched if name.startswith(_POLICY)}
        return touched | self.owned(self.mentioners(policies))

    def judged_anew(self, changed: Iterable[str], names: Iterable[str]) -> set[str]:
        """The files about which rules can say something else when `changed` have changed.

        `names` are those that the changed files own, or owned before.
        """
        touched = set(names)
        affected = self.affected(touched)
        nearby = self.owners(affected) | self.mentioners(touched)
        # What a group has counts for its members: their other requests are judged with it, too.
        members = self.owned(self.mentioners(n for n in affected if n.startswith(_GROUP)))
        return {*changed, *nearby, *self.owners(members)}

    def needed_for(self, paths: Iterable[str]) -> set[str]:
        """The files without which these cannot be judged, nor their modules be computed."""
        asked = set(paths)
        found = asked | self.owners(self.named(asked))
        groups = {name for name in self.named(found) if name.startswith(_GROUP)}
        found |= self.owners(groups)
        policies = {name for name in self.named(found) if name.startswith(_POLICY)}
        return found | self.owners(policies)


def _index(pairs: Iterable[tuple[str, Sequence[str]]]) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path, names in pairs:
        for name in names:
            found[name].append(path)
    return found
