"""Who may assume a role that the estate declares, and who of them is new."""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.config import Account
from gitiam.desired.compute import trust_document
from gitiam.explaining.values import Standing, Trusted
from gitiam.models import Declaration
from gitiam.policy.coverage import covers, singles
from gitiam.policy.statement import Document


def trust_of(
    declaration: Declaration | None, before: Declaration | None, account: Account
) -> tuple[Trusted, ...]:
    """Each statement of the trust policy, beside that of `before`, and what is gone of that.

    None is a principal that the estate does not declare.

    A statement is new unless each of its permissions lies within one that was there. A Deny that is
    gone opens something, and so is told.
    """
    now = trust_document(declaration.trust, account) if declaration else ()
    then = trust_document(before.trust, account) if before else ()
    return (*_those(now, then, Standing.NEW), *_missing(then, now))


def _those(now: Document, then: Document, otherwise: Standing) -> Iterator[Trusted]:
    known = list(singles(then))
    for statement in now:
        is_old = all(any(covers(outer, one) for outer in known) for one in singles([statement]))
        yield Trusted(statement, Standing.HAD if is_old else otherwise)


def _missing(then: Document, now: Document) -> Iterator[Trusted]:
    return (one for one in _those(then, now, Standing.GONE) if one.standing is Standing.GONE)
