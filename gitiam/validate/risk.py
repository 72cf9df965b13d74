"""How risky one file is, and why: from the access that it gives, how long, and what rules find.

Pure, and made for the files that somebody asks about: it expands every action of their grants.
Conditions and Deny statements lower nothing; whoever wants to know what is left after them reads
the findings. What cannot be read counts as `unread`, never as nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from gitiam.catalog import Action, Catalog
from gitiam.catalog_managed import ManagedPolicyError
from gitiam.config import Account
from gitiam.desired.grants import GrantError
from gitiam.desired.state import Attachment, iam_arn
from gitiam.findings import Finding, Risk
from gitiam.models import AccessLevel, Declaration, Kind, ModuleKey, Request, SharedPolicy
from gitiam.policy.statement import Document, Statement
from gitiam.risk import UNREAD, Access, Assessment, Reason
from gitiam.validate.context import Context, File
from gitiam.validate.duration import days_left, lasting
from gitiam.validate.rule import listed, shown

_LOOKS_ONLY = frozenset([AccessLevel.LIST, AccessLevel.READ])
#: So many names are listed; of more, of services, it is said how many they are.
_MANY = 8
#: So long is the first sentence of a finding at the most where it is told as a reason.
_LONG = 120


@dataclass(frozen=True, slots=True)
class _Given:
    """One thing that a file gives in one account: access of a level to a service, or `unread`."""

    account: Account
    level: str
    what: str


def assess(file: File, findings: Iterable[Finding], context: Context) -> Assessment:
    """The risk of the file, with `findings` about it, those that are allowed among them."""
    given = set(_given(file, context))
    reasons = {
        *_of_access(given, context),
        *_of_strangers(file, context),
        *_of_findings(file, findings),
    }
    if isinstance(file, Request):
        reasons |= set(_of_duration(given, days_left(file, context.now), context))
    if not reasons and not isinstance(file, Declaration):
        reasons.add(Reason(Risk.LOW, "it gives nothing"))
    ordered = tuple(sorted(reasons, key=lambda one: (-one.risk.rank, one.text)))
    risk = ordered[0].risk if ordered else Risk.LOW
    return Assessment(file.source.path, risk, ordered, frozenset(one.level for one in given))


def _of_findings(file: File, findings: Iterable[Finding]) -> Iterator[Reason]:
    """One reason for each rule: its gravest finding, and how many there are beside it."""
    by_rule: defaultdict[tuple[str, str | None], list[tuple[Risk, Finding]]] = defaultdict(list)
    for finding in findings:
        if finding.risk is not None and finding.location.path == file.source.path:
            by_rule[finding.rule, finding.allowed].append((finding.risk, finding))
    for (rule, reason), found in by_rule.items():
        risk, gravest = max(found, key=lambda one: one[0].rank)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        allowed = f" (allowed: {reason})" if reason is not None else ""
        is_allowed = ", allowed" if reason is not None else ""
        yield Reason(
            risk,
            f"{rule}: {gravest.message}{more}{allowed}",
            name=rule,
            brief=f"{rule}, line {gravest.location.line}{more}{is_allowed}",
            sentence=f"{rule}: {_first(gravest.message)}{more}{allowed}",
        )


def _first(message: str) -> str:
    """The first sentence of a message, and of a long one its first part."""
    first = message.partition(". ")[0]
    for mark in ("; ", " ("):
        first = first.partition(mark)[0] if len(first) > _LONG else first
    return first if len(first) <= _LONG else f"{first[: _LONG - 1]}…"


def _of_duration(given: set[_Given], days: int | None, context: Context) -> Iterator[Reason]:
    """Only access that changes something, or that nobody can read, is riskier for lasting long."""
    risk = context.estate.config.risk.of_duration(days)
    if risk is not Risk.LOW and any(one.level not in _LOOKS_ONLY for one in given):
        yield Reason(risk, lasting(days), name="its length")


def _of_access(given: Iterable[_Given], context: Context) -> Iterator[Reason]:
    """One reason for the levels that weigh alike on the same services in the same accounts."""
    policy = context.estate.config.risk
    gathered: defaultdict[tuple[Risk, str, str], set[_Given]] = defaultdict(set)
    for one in given:
        tier = one.account.tier
        own = tier if one.level in policy.tiers.get(tier, {}) else ""
        gathered[policy.weight(one.level, tier), own, one.level].add(one)
    alike: defaultdict[tuple[Risk, str, str], list[str]] = defaultdict(list)
    services: defaultdict[tuple[Risk, str, str], tuple[str, ...]] = defaultdict(tuple)
    for (risk, tier, level), those in sorted(gathered.items()):
        whats = sorted({one.what for one in those})
        many = f"{len(whats):,} services" if len(whats) > _MANY else listed(whats, _MANY)
        what = listed(whats) if level == UNREAD else many
        alike[risk, what, _where(those, tier)].append(level)
        services[risk, what, _where(those, tier)] += tuple(whats)
    for (risk, what, where), levels in alike.items():
        if levels == [UNREAD]:
            text = f"nobody can say what {what} gives {where}"
            yield Reason(risk, text, name="what nobody can read")
        else:
            said = f"{listed(levels, _MANY)} access"
            access = Access(tuple(levels), services[risk, what, where], where)
            yield Reason(risk, f"{said} to {what} {where}", name=said, access=access)


def _where(those: Iterable[_Given], tier: str) -> str:
    """`in prod`, and the tier where it is what makes the difference."""
    accounts = sorted({one.account.name for one in those})
    where = f"in {listed(accounts, _MANY)}"
    if not tier:
        return where
    return f"{where}, {'an account' if len(accounts) == 1 else 'accounts'} of tier {tier}"


def _of_strangers(file: File, context: Context) -> Iterator[Reason]:
    """What a file gives in accounts that do not exist, or are misspelled, cannot be said."""
    known = context.estate.config.accounts
    unknown = [name for name in dict.fromkeys(file.accounts) if name not in known]
    if unknown and not isinstance(file, Declaration):
        risk = context.estate.config.risk.access[UNREAD]
        text = f"nobody can say what it gives in {listed(map(shown, unknown))}"
        yield Reason(risk, text, name="what nobody can read")


# -- what a file gives ------------------------------------------------------------------------


def _given(file: File, context: Context) -> Iterator[_Given]:
    if isinstance(file, Declaration):
        return  # a principal alone may do nothing; who may become it is for rules to judge
    for account in context.accounts_of(file):
        for index in range(len(file.grants)):
            for level, what in _of_grant(file, index, account, context):
                yield _Given(account, level, what)


def _of_grant(
    file: Request | SharedPolicy, index: int, account: Account, context: Context
) -> Iterator[tuple[str, str]]:
    access = context.access(file, index, account)
    if access is None:
        yield UNREAD, f"grant {index + 1}"
        return
    yield from _of_document(access.statements, context)
    yield from _of_attachments(access.attachments, account, context)
    for group in access.groups:
        yield from _of_group(group, account, context)


def _of_group(group: str, account: Account, context: Context) -> Iterator[tuple[str, str]]:
    """What the group has, where the estate owns it; else it may have anything."""
    found = context.state.modules.get(ModuleKey(account.name, Kind.GROUP, group))
    if found is None or found.declaration is None:
        yield UNREAD, f"group {shown(group)}"
    else:
        for document in (found.inline, *(policy.document for policy in found.overflow)):
            yield from _of_document(document, context)
        yield from _of_attachments(found.attachments, account, context)


def _of_attachments(
    attachments: Iterable[Attachment], account: Account, context: Context
) -> Iterator[tuple[str, str]]:
    for attachment in attachments:
        document = contents(attachment, account, context)
        if document is None:
            yield UNREAD, f"policy {shown(attachment.label)}"
            continue
        # AWS's own policies still name actions of services that are no more.
        is_aws = ":iam::aws:policy/" in attachment.arn
        given = _of_document(document, context)
        yield from (one for one in given if one[0] != UNREAD or not is_aws)


def contents(attachment: Attachment, account: Account, context: Context) -> Document | None:
    """What a managed policy says; None when gitiam cannot tell.

    The one place to teach where contents can be read.
    """
    shared = context.once(_shared_documents).get((account.name, attachment.arn))
    if shared is not None or ":iam::aws:policy/" not in attachment.arn:
        return shared
    try:
        return context.catalog.aws_managed_document(attachment.arn)
    except ManagedPolicyError:
        return None


def _shared_documents(context: Context) -> Mapping[tuple[str, str], Document]:
    """Account and ARN → statements, of the policies that the estate makes itself."""
    found = {}
    for policy in context.estate.policies:
        for account in context.accounts_of(policy):
            try:
                access = context.resolver.access(policy.grants, account)
            except GrantError:
                continue
            if not access.attachments and not access.groups:
                arn = iam_arn(account, Kind.POLICY, policy.path, policy.name)
                found[account.name, arn] = access.statements
    return found


def _of_document(document: Document, context: Context) -> set[tuple[str, str]]:
    allowing = (statement for statement in document if statement.effect == "Allow")
    return {one for statement in allowing for one in _of_statement(statement, context)}


def level_of(action: Action) -> str:
    """AWS's level of an action, but where its name plainly says something milder.

    AWS counts what shows permissions, and signing in to a database, among those that change them.
    """
    if action.access_level is AccessLevel.PERMISSIONS_MANAGEMENT:
        if action.name.startswith(("Get", "List", "Describe")):
            return AccessLevel.READ.value
        if action.full_name == "rds-db:connect":
            return AccessLevel.WRITE.value
    return action.access_level.value


def _of_statement(statement: Statement, context: Context) -> frozenset[tuple[str, str]]:
    """Level and service of every action that it allows."""
    return _of_patterns(statement.actions, statement.not_actions, context.catalog)


@lru_cache(4096)
def _of_patterns(
    patterns: tuple[str, ...], excepted: tuple[str, ...], catalog: Catalog
) -> frozenset[tuple[str, str]]:
    """The same of its actions: a policy of AWS has hundreds, and many principals."""
    if excepted:
        left_out = {name for one in excepted for name in catalog.expand(one)}
        names = (name for name in catalog.expand("*") if name not in left_out)
        actions = filter(None, map(catalog.action, names))
        return frozenset((level_of(action), action.service) for action in actions)
    found: set[tuple[str, str]] = set()
    for pattern in patterns:
        found |= _levels(pattern.lower(), catalog) or {(UNREAD, f"action {shown(pattern)}")}
    return frozenset(found)


@lru_cache(4096)
def _levels(pattern: str, catalog: Catalog) -> frozenset[tuple[str, str]]:
    """Level and service of every action that a pattern means: the same few are asked for often."""
    actions = filter(None, map(catalog.action, catalog.expand(pattern)))
    return frozenset((level_of(action), action.service) for action in actions)
