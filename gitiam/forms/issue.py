"""GitHub's JSON → the issue: an event about one, or the issue alone."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from gitiam.errors import GitiamError

#: Events are larger than issues, as they tell of repository and people too.
MAX_BYTES = 4 * 1024 * 1024


class _Model(BaseModel):
    """GitHub adds keys as it likes; only those below are looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _User(_Model):
    # Names of people, of those that a company manages (`name_company`) and of apps (`name[bot]`).
    login: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\[bot\])?\z")]


class Issue(_Model):
    """An issue by its number and who opened it. Its title and its labels say nothing here."""

    number: Annotated[StrictInt, Field(ge=1, le=9_999_999_999)]
    user: _User
    body: StrictStr | None = None

    @property
    def author(self) -> str:
        """The login of whoever opened it."""
        return self.user.login

    @property
    def text(self) -> str:
        """What was written; GitHub says null for nothing."""
        return self.body or ""


def issue_from(raw: bytes) -> Issue:
    """The issue; GitiamError when this is none."""
    if len(raw) > MAX_BYTES:
        raise _no_issue(f"it has more than {MAX_BYTES:,} bytes")
    try:
        data: Any = json.loads(raw)
    except (ValueError, RecursionError):
        raise _no_issue("it is not JSON") from None
    if not isinstance(data, dict):
        raise _no_issue("it is not an object")
    data = data.get("issue", data)
    if isinstance(data, dict) and data.get("pull_request"):
        raise _no_issue("it is a pull request")
    try:
        return Issue.model_validate(data)
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False)[0]["loc"])) or "issue"
        raise _no_issue(f"`{where}` is missing or not of GitHub's form") from None


def _no_issue(why: str) -> GitiamError:
    return GitiamError(
        f"this is no issue of GitHub's: {why}",
        hint="Give an event of GitHub's about an issue, or {number, title, body, user: {login}}",
    )
