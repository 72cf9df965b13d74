"""Who may pass: tokens, permissions of apps, roles of people."""

from __future__ import annotations

from tests.support.github.call import Call
from tests.support.github.messages import Refused, not_found
from tests.support.github.routes import Route
from tests.support.github.state import Token, at_least

_LEVELS = ("none", "read", "write", "admin")


def let_through(call: Call, route: Route) -> None:
    """Refuses as GitHub does: first what may not be seen, then what may not be done."""
    if call.request.token is not None and call.token is None:
        raise Refused(401, "Bad credentials")
    if call.token and call.token.user.gone:
        raise Refused(401, "Bad credentials")
    if call.token and call.token.user.suspended:
        raise Refused(403, "Sorry. Your account was suspended.")
    if route.of_repository:
        _sees(call)
    if call.token is None:
        if route.writes:
            raise Refused(401, "Requires authentication")
        return
    if call.token.permissions is None:
        _role_suffices(call, route)
    elif not any(_holds(call.token, wanted) for wanted in route.app) or _elsewhere(call, route):
        raise Refused(403, "Resource not accessible by integration")


def _sees(call: Call) -> None:
    it, token = call.repository, call.token
    if not it.private:
        return
    if token is None:
        raise not_found()
    seen = (
        call.world.role(token.user, it) != "none"
        if token.permissions is None
        else token.repository == it.full_name
    )
    if not seen:
        raise not_found()


def _role_suffices(call: Call, route: Route) -> None:
    if route.of_repository and not at_least(
        call.world.role(call.user, call.repository), route.role
    ):
        raise Refused(403, "Resource not accessible by personal access token")


def _holds(token: Token, wanted: str) -> bool:
    name, _, level = wanted.partition(":")
    # Who can see a repository at all, can see that it is there.
    held = "read" if name == "metadata" else (token.permissions or {}).get(name, "none")
    return _LEVELS.index(held) >= _LEVELS.index(level)


def _elsewhere(call: Call, route: Route) -> bool:
    """An app writes only where it is installed."""
    token = call.token
    return bool(
        token
        and route.of_repository
        and route.writes
        and token.repository != call.repository.full_name
    )
