"""What the form of an estate offers: its accounts, principals and bundles, and how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gitiam.config import Account, Config
from gitiam.load.estate import Estate
from gitiam.models import Bundle

# What people ask for: a day, a week, a month, a quarter, half a year, a year.
_USUAL_DAYS = (1, 7, 30, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything that can be chosen. `forever` names the accounts that may have access for good.

    `principals` are those that the estate declares, then those that its requests name.
    """

    accounts: Mapping[str, Account]
    principals: tuple[str, ...]
    bundles: Mapping[str, Bundle]
    days: tuple[int, ...]
    forever: tuple[str, ...] = ()
    ticket_required: bool = False
    reason_min_length: int = 0


def offer_of(estate: Estate, bundles: Mapping[str, Bundle]) -> Offer:
    """What this estate offers. It depends on the files alone, and on no clock."""
    config = estate.config
    return Offer(
        accounts=config.accounts,
        principals=tuple(_principals(estate)),
        bundles=bundles,
        days=_days(config.requests.expiry_max_days),
        forever=_forever(config),
        ticket_required=config.requests.ticket_required,
        reason_min_length=config.requests.reason_min_length,
    )


def days_text(days: int) -> str:
    """The option for so many days."""
    return f"{days} day{'' if days == 1 else 's'}"


def _principals(estate: Estate) -> Iterable[str]:
    declared = {str(declaration.principal) for declaration in estate.declarations}
    named = {str(p) for request in estate.requests for p in request.principals}
    return [*sorted(declared), *sorted(named - declared)]


def _days(most: int) -> tuple[int, ...]:
    return tuple(days for days in _USUAL_DAYS if days <= most) or (most,)


def _forever(config: Config) -> tuple[str, ...]:
    allowed = config.requests.allows_never
    return tuple(sorted(name for name, account in config.accounts.items() if allowed(account)))
