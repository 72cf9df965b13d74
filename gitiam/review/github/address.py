"""Which repository, where, and with whose token: from the environment of a workflow's run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gitiam.errors import GitiamError, UsageError

TOKEN_VARIABLE = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable
REPOSITORY_VARIABLE = "GITHUB_REPOSITORY"
API_VARIABLE = "GITHUB_API_URL"
#: A token that may see who is in a team of the organisation; a workflow's own may not.
TEAMS_VARIABLE = "GITIAM_TEAMS_TOKEN"
#: Whom the token belongs to: an app's own token cannot be asked.
LOGIN_VARIABLE = "GITIAM_LOGIN"

_PUBLIC = "https://api.github.com"
_WORKFLOW = "github-actions[bot]"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Address:
    """`login` is None where GitHub has to be asked; no token is ever shown."""

    repository: str
    token: str = field(repr=False)
    api: str = _PUBLIC
    teams_token: str | None = field(default=None, repr=False)
    login: str | None = None

    @property
    def owner(self) -> str:
        """The organisation, or the person, that the repository belongs to."""
        return self.repository.partition("/")[0]


def address_from(environment: Mapping[str, str], repository: str | None = None) -> Address:
    """What the environment says; `repository` goes before its. UsageError for what is missing."""
    name = repository or environment.get(REPOSITORY_VARIABLE, "")
    if not _REPOSITORY.fullmatch(name):
        raise UsageError(
            f"`{name[:100]}` is not the name of a repository" if name else "which repository?",
            hint=f"Give --repository OWNER/NAME, or set {REPOSITORY_VARIABLE}",
        )
    token = environment.get(TOKEN_VARIABLE, "")
    if not _is_token(token):
        raise UsageError(
            f"{TOKEN_VARIABLE} is {'no token' if token else 'not set'}",
            hint="In a workflow: env: GITHUB_TOKEN: ${{ github.token }}; elsewhere: gh auth token",
        )
    teams = environment.get(TEAMS_VARIABLE) or None
    if teams is not None and not _is_token(teams):
        raise UsageError(f"{TEAMS_VARIABLE} is no token", hint="Take it out, or mend it")
    return Address(name, token, _api(environment), teams, _login(environment))


def _is_token(text: str) -> bool:
    return 8 <= len(text) <= 1000 and text.isascii() and text.isprintable() and " " not in text


def _api(environment: Mapping[str, str]) -> str:
    """Where a token is sent: never unencrypted over a network."""
    url = (environment.get(API_VARIABLE) or _PUBLIC).rstrip("/")
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise GitiamError(
            f"{API_VARIABLE} is no https address",
            hint="Take it out for github.com; GitHub Enterprise has https://HOST/api/v3",
        )
    return url


def _login(environment: Mapping[str, str]) -> str | None:
    named = environment.get(LOGIN_VARIABLE) or None
    if named is not None and not _LOGIN.fullmatch(named):
        raise UsageError(
            f"{LOGIN_VARIABLE} is no name on GitHub",
            hint="It is the app's slug with [bot] behind it, such as gitiam[bot]",
        )
    in_workflow = environment.get("GITHUB_ACTIONS") == "true"
    return named or (_WORKFLOW if in_workflow else None)
