"""The escalation paths of `gitiam/data/escalations.yaml`, as values.

A path in the file:

```yaml
- id: lambda-create-function
  title: Make a Lambda function that runs as a role of one's choice, and have it run
  class: pass-role
  given: ...                            # what must be there already and no policy shows
  needs:                                # all of these
    - passes: lambda.amazonaws.com      # iam:PassRole on some role, for one of these services
    - action: lambda:CreateFunction
    - any_of: [lambda:InvokeFunction, lambda:AddPermission]
  gains: passed-role
  why: One plain sentence.
  aka: [rhino:15]                       # the same path elsewhere, by the names under `catalogues`
  sources: [https://...]                # further pages
```

Of actions on identities, a need says on what: `reaches: user`, `role`, `group` or `policy`.
`target: self` means the principal itself: the user or role; a group that the user is in; a managed
policy that is attached to the principal or its groups, or is its boundary. Without it, any one will
do. Needs of one path that name the same `reaches` without `target: self` must all reach one and the
same thing. A need without `reaches` is met by any resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from gitiam.risks.data import DataError, as_list, as_text, as_texts, fields, read


class PathClass(StrEnum):
    """By what a principal comes to more power."""

    SELF_ESCALATION = "self-escalation"  # it gives itself more
    BOUNDARY = "boundary"  # it takes off what holds it back
    OTHER_PRINCIPAL = "other-principal"  # it becomes another user or role, or changes one
    GROUP_MEMBERSHIP = "group-membership"  # it, or somebody, joins a group
    TRUST = "trust"  # it is, or makes itself, trusted by a role
    IDENTITY_CENTER = "identity-center"  # it is given more through IAM Identity Center
    PASS_ROLE = "pass-role"  # noqa: S105  it hands a role to a service
    EXISTING_COMPUTE = "existing-compute"  # it has something obey that has a role already


class Gain(StrEnum):
    """Whose power a path leads to."""

    ANYTHING = "anything"  # any policy can be written: an administrator
    PASSED_ROLE = "passed-role"  # any role that may be passed to the service
    ATTACHED_ROLE = "attached-role"  # the role of what is there already
    USER = "user"  # the user that is reached
    ROLE = "role"  # the role that is reached
    GROUP = "group"  # the group that is reached
    POLICY_VERSION = "policy-version"  # another version of the policy
    HELD_BACK = "held-back"  # what a boundary, a denial or a condition holds back


class Target(StrEnum):
    """The kind of identity that an action must reach."""

    USER = "user"
    ROLE = "role"
    GROUP = "group"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that must be allowed: any of `actions`, or passing a role to any of `passes`.

    Exactly one of the two is not empty.
    """

    actions: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()
    reaches: Target | None = None
    itself: bool = False


@dataclass(frozen=True, slots=True)
class EscalationPath:
    """A way from permissions to more power. The paths of one run are shared: they never change."""

    id: str
    title: str
    kind: PathClass
    given: str
    needs: tuple[Need, ...]
    gains: Gain
    why: str
    aka: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def passes(self) -> bool:
        """Whether a role must be passed to a service."""
        return any(need.passes for need in self.needs)

    @property
    def actions(self) -> frozenset[str]:
        """Every action that the path may use, `iam:PassRole` included where a role is passed."""
        named = frozenset(action for need in self.needs for action in need.actions)
        return named | {"iam:PassRole"} if self.passes else named


@cache
def escalation_paths() -> tuple[EscalationPath, ...]:
    """Every path, in the order of the file: what concerns IAM itself comes first."""
    return parse_paths(read("escalations.json"))


def parse_paths(document: Any) -> tuple[EscalationPath, ...]:
    """The paths of a document of this shape; DataError says what is wrong with it."""
    top = fields(document, "the file", required=("catalogues", "paths"))
    catalogues = {name: as_text(url, name) for name, url in top["catalogues"].items()}
    return tuple(_path(entry, catalogues) for entry in as_list(top["paths"], "paths"))


def _path(entry: Any, catalogues: Mapping[str, str]) -> EscalationPath:
    found = fields(
        entry,
        "a path",
        required=("id", "title", "class", "needs", "gains", "why"),
        optional=("given", "aka", "sources"),
    )
    name = as_text(found["id"], "id")
    aka = as_texts(found["aka"], name) if "aka" in found else ()
    unknown = {item.partition(":")[0] for item in aka} - catalogues.keys()
    if unknown:
        raise DataError(f"{name}: no catalogue {', '.join(sorted(unknown))}")
    sources = as_texts(found["sources"], name) if "sources" in found else ()
    elsewhere = dict.fromkeys(catalogues[item.partition(":")[0]] for item in aka)
    try:
        return EscalationPath(
            id=name,
            title=as_text(found["title"], name),
            kind=PathClass(found["class"]),
            given=as_text(found["given"], name) if "given" in found else "",
            needs=tuple(_need(need, name) for need in as_list(found["needs"], name)),
            gains=Gain(found["gains"]),
            why=as_text(found["why"], name),
            aka=aka,
            sources=(*sources, *elsewhere),
        )
    except ValueError as error:
        raise DataError(f"{name}: {error}") from None


def _need(entry: Any, name: str) -> Need:
    found = fields(entry, name, optional=("action", "any_of", "passes", "reaches", "target"))
    if len({"action", "any_of", "passes"} & found.keys()) != 1:
        raise DataError(f"{name}: a need has one of `action`, `any_of` and `passes`")
    if found.get("target", "self") != "self" or ("target" in found and "reaches" not in found):
        raise DataError(f"{name}: `target` is `self`, and stands beside `reaches`")
    if "passes" in found:
        if "reaches" in found:
            raise DataError(f"{name}: a role is what is passed; leave out `reaches`")
        return Need(passes=as_texts(found["passes"], name))
    if "action" in found:
        actions: tuple[str, ...] = (as_text(found["action"], name),)
    else:
        actions = as_texts(as_list(found["any_of"], name), name)
    reaches = Target(found["reaches"]) if "reaches" in found else None
    return Need(actions=actions, reaches=reaches, itself="target" in found)
