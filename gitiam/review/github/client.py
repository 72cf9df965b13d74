"""One repository on GitHub, spoken with by one token: patient, within bounds, and counting."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from github import Auth, Github, GithubRetry, RateLimitExceededException
from github.Repository import Repository
from urllib3 import Retry

from gitiam.approvals.facts import Permission
from gitiam.review.github.address import LOGIN_VARIABLE, TEAMS_VARIABLE, Address
from gitiam.review.github.asking import GitHubError, asking

#: In seconds. A run that waits longer for a limit to pass is better started again.
_TIMEOUT = 20
#: GitHub asks for a second between writes; its secondary limits are waited for all the same.
BETWEEN_WRITES = 0.25
_LONGEST_WAIT = 90
_PATIENCE = 4
_PAGE = 100
_MOST_PAGES = 50
#: Of a longer list only so much is read, from its beginning.
MOST_LISTED = _PAGE * _MOST_PAGES
_LIMITED = (403, 429)
_HARMLESS = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


class Hub:
    """A repository, and who speaks with it.

    `repository` is PyGithub's, and lazy: what is made of it asks GitHub only for what is used.
    Wrap each use in `asking`.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        #: What was asked of people and teams in this run: it is believed for as long.
        self.permissions: dict[str, Permission] = {}
        self.members: dict[str, frozenset[str]] = {}
        self._github = _client(address.api, address.token)
        self.repository: Repository = self._github.get_repo(address.repository)

    @property
    def name(self) -> str:
        """`OWNER/NAME`."""
        return self.address.repository

    @cached_property
    def login(self) -> str:
        """Who writes with this token, as GitHub names the author of what it wrote."""
        if self.address.login is not None:
            return self.address.login
        try:
            with asking("say whose token this is"):
                return str(self._github.get_user().login)
        except GitHubError as error:
            raise GitHubError(
                error.message, hint=f"For an app's token, set {LOGIN_VARIABLE}", status=error.status
            ) from error

    def read(self, path: str) -> dict[str, Any]:
        """One thing of GitHub's, as its JSON has it."""
        with asking(f"read {path}"):
            _, found = self._github.requester.requestJsonAndCheck("GET", path)
            return dict(found)

    def listed(
        self, path: str, /, *, pages: int = _MOST_PAGES, for_teams: bool = False, **asked: str
    ) -> list[dict[str, Any]]:
        """What a list of GitHub's holds, as its JSON has it, in at most so many pages.

        `for_teams` asks with the token that may see teams; GitHubError where there is none.
        """
        with asking(f"list {path}"):
            requester = (self._seer if for_teams else self._github).requester
            found: list[dict[str, Any]] = []
            for page in range(1, pages + 1):
                # Some lists know no numbers of pages: of those only the first is asked for.
                which = {"page": page} if page > 1 else {}
                parameters = {**asked, "per_page": _PAGE, **which}
                _, some = requester.requestJsonAndCheck("GET", path, parameters=parameters)
                found += some
                if len(some) < _PAGE:
                    break
            return found

    @cached_property
    def _seer(self) -> Github:
        token = self.address.teams_token
        if token is None:
            raise GitHubError(
                "a workflow's own token cannot see who is in a team",
                hint=f"Set {TEAMS_VARIABLE}, to an app's token that may",
            )
        return _client(self.address.api, token)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Change something of GitHub's; its answer, as its JSON has it."""
        with asking(f"{method} {path}"):
            return self._github.requester.requestJsonAndCheck(method, path, input=body)[1]

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """What GraphQL answers under `data`; GithubException for a query that failed."""
        _, answer = self._github.requester.graphql_query(query, variables)
        return dict(answer["data"])


def _client(api: str, token: str) -> Github:
    return Github(
        base_url=api,
        auth=Auth.Token(token),
        per_page=_PAGE,
        lazy=True,
        timeout=_TIMEOUT,
        retry=_Patience(),
        user_agent="gitiam",
        seconds_between_requests=0,
        seconds_between_writes=BETWEEN_WRITES,
    )


class _Patience(GithubRetry):
    """Tries again what does no harm when it was done already.

    A POST that got no proper answer may have made what it should: whoever sends one looks for its
    own marker before sending it again. A limit refuses it before anything is made.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("total", _PATIENCE)
        kwargs.setdefault("backoff_factor", 0.5)
        kwargs.setdefault("status_forcelist", [429, 500, 502, 503, 504])
        kwargs.setdefault("allowed_methods", _HARMLESS)
        kwargs.setdefault("secondary_rate_wait", 60)
        kwargs.setdefault("max_rate_limit_wait", _LONGEST_WAIT)
        super().__init__(**kwargs)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Of a POST only what a limit refused."""
        if method.upper() == "POST":
            return status_code in _LIMITED
        return super().is_retry(method, status_code, has_retry_after)

    def increment(  # type: ignore[override]
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Retry:
        """The next try; an error where GitHub asks to wait for longer than anybody will."""
        asked = self.get_retry_after(response) if response is not None else None
        if asked is not None and asked > _LONGEST_WAIT:
            raise RateLimitExceededException(response.status, {}, dict(response.headers))
        return super().increment(method, url, response, *args, **kwargs)
