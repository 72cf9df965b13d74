"""What goes wrong with GitHub, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests.exceptions
from github import (
    BadCredentialsException,
    GithubException,
    RateLimitExceededException,
    UnknownObjectException,
)
from github.GithubException import IncompletableObject
from urllib3.exceptions import HTTPError

from gitiam.errors import GitiamError

_LONGEST = 200


class GitHubError(GitiamError):
    """GitHub could not be asked, or refused. `status` is its answer's, None without an answer."""

    def __init__(self, message: str, *, hint: str | None = None, status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Whatever fails inside becomes a GitHubError; `what` is like `read the reviews of #12`."""
    try:
        yield
    except BadCredentialsException as error:
        raise GitHubError(
            f"GitHub does not know the token, so it cannot {what}",
            hint="GITHUB_TOKEN has expired, or is of another GitHub",
            status=401,
        ) from error
    except RateLimitExceededException as error:
        raise GitHubError(
            f"GitHub's limit of requests is used up, so it cannot {what}",
            hint="Run it again in an hour; nothing is lost by it",
            status=error.status,
        ) from error
    except UnknownObjectException as error:
        raise GitHubError(
            f"GitHub cannot {what}: it is not there, or the token may not see it",
            hint="Look at the job's permissions: in the workflow",
            status=404,
        ) from error
    except GithubException as error:
        raise _refused(what, error) from error
    except IncompletableObject as error:
        raise GitHubError(f"GitHub cannot {what}: its answer has not all that it should") from error
    except (requests.exceptions.RequestException, HTTPError, OSError) as error:
        raise GitHubError(
            f"GitHub cannot be reached, so it cannot {what}: {_line(type(error).__name__)}",
            hint="Run it again; githubstatus.com says whether GitHub is well",
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # PyGithub trusts the shape of what it gets; a proxy's page, or half an answer, has another.
        raise GitHubError(
            f"GitHub's answer cannot be understood, so it cannot {what}: {type(error).__name__}"
        ) from error


def _refused(what: str, error: GithubException) -> GitHubError:
    hint = {
        403: "Look at the job's permissions: in the workflow",
        410: "Issues are switched off in the repository's settings",
    }
    said = _said(error.data) or "without a word"
    return GitHubError(
        f"GitHub refuses to {what}: {said} ({error.status})",
        hint=hint.get(error.status),
        status=error.status,
    )


def _said(data: Any) -> str:
    """GitHub's own message and its details, in one line."""
    if not isinstance(data, dict):
        return ""
    details = data.get("errors")
    more = [
        str(one.get("message") or one.get("code") or "") if isinstance(one, dict) else str(one)
        for one in (details if isinstance(details, list) else ())
    ]
    return _line("; ".join(filter(None, [str(data.get("message") or ""), *more])))


def _line(text: str) -> str:
    line = "".join(c if c.isprintable() else "?" for c in text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
