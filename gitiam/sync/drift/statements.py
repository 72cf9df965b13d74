"""Two policy documents → their difference by meaning, and which of it an expired request left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gitiam.config import Account
from gitiam.desired.state import Desired
from gitiam.models import Condition
from gitiam.policy.statement import Document, Principals, Statement

_NUMBER = re.compile(r"n\d+\Z")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Difference:
    """What is asked for and not live; live and asked for by an expired request alone; by nobody."""

    missing: Document = ()
    expired: Document = ()
    extra: Document = ()


def difference(wanted: Document, live: Document, expired: Expired) -> Difference:
    """Compare by meaning; the statements come back as they were written, with their Sids."""
    wanted_by, live_by = _by_meaning(wanted), _by_meaning(live)
    extra = [s for meaning, s in live_by.items() if meaning not in wanted_by]
    left = tuple(s for s in extra if expired.gave(s))
    return Difference(
        missing=tuple(s for meaning, s in wanted_by.items() if meaning not in live_by),
        expired=left,
        extra=tuple(s for s in extra if s not in left),
    )


@dataclass(frozen=True, slots=True)
class Expired:
    """What the expired requests gave one principal."""

    statements: Document = ()
    attachments: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    sids: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, desired: Desired | None) -> Expired:
        """From the principal's part in `gitiam.desired.expired.expired_state`; None: nothing."""
        if desired is None:
            return cls()
        return cls(
            statements=desired.inline,
            attachments=frozenset(arn_key(item.arn) for item in desired.attachments),
            groups=frozenset(name.lower() for name in desired.groups),
            sids=desired.sids,
        )

    def gave(self, live: Statement) -> bool:
        """Whether this statement is, or is a part of, what an expired request gave.

        A part, because a statement may have been cut to fit. Where a bundle has changed since, the
        Sid and the date on which access ended still tell.
        """
        meaning = live.meaning()
        return any(
            _is_part(meaning, given.meaning()) or _is_same_origin(live, given)
            for given in self.statements
        )


def origins(statements: Iterable[Statement], *sids: Mapping[str, str]) -> tuple[str, ...]:
    """The files that the Sids of the statements lead to, sorted."""
    found = set()
    for statement in statements:
        for mapping in sids:
            base = _NUMBER.sub("", statement.sid)
            path = mapping.get(statement.sid) or mapping.get(base)
            if path:
                found.add(path)
    return tuple(sorted(found))


def trust_meaning(document: Document, account: Account) -> Document:
    """A trust policy as AWS keeps it: an account's id alone becomes the ARN of its root."""
    return tuple(
        replace(
            statement,
            principals=_resolved(statement.principals, account),
            not_principals=_resolved(statement.not_principals, account),
        )
        for statement in document
    )


def arn_key(arn: str) -> str:
    """An IAM ARN for comparison: the case of its path matters, that of its name does not."""
    path, slash, name = arn.rpartition("/")
    return f"{path}{slash}{name.lower()}"


def _by_meaning(document: Document) -> dict[Statement, Statement]:
    return {statement.meaning(): statement for statement in document}


def _is_part(part: Statement, whole: Statement) -> bool:
    """Of two meanings: whether `part` differs in holding fewer actions or resources alone."""
    return (
        replace(part, actions=whole.actions, resources=whole.resources) == whole
        and bool(part.actions) == bool(whole.actions)
        and bool(part.resources) == bool(whole.resources)
        and set(part.actions) <= set(whole.actions)
        and set(part.resources) <= set(whole.resources)
    )


def _is_same_origin(live: Statement, given: Statement) -> bool:
    def base(statement: Statement) -> str:
        return _NUMBER.sub("", statement.sid)

    return bool(base(live)) and base(live) == base(given) and _end(live) == _end(given) is not None


def _end(statement: Statement) -> Condition | None:
    """The condition that ends access on a date."""
    clocks = (c for c in statement.meaning().conditions if c.key == "aws:currenttime")
    return next((c for c in clocks if c.operator == "datelessthan"), None)


def _resolved(principals: Principals, account: Account) -> Principals:
    def full(name: str) -> str:
        is_id = _ACCOUNT_ID.fullmatch(name)
        return f"arn:{account.partition}:iam::{name}:root" if is_id else name

    return tuple(
        (kind, tuple(map(full, names)) if kind == "AWS" else names) for kind, names in principals
    )
