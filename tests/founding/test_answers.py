"""What is asked is read strictly: what could mean something else is refused, with the mend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gitiam.errors import UsageError
from gitiam.founding.answers import (
    MOST_ACCOUNTS,
    NewAccount,
    account_of,
    accounts_of,
    approvers_of,
    bucket_of,
    organization_of,
    region_of,
    repository_in,
    repository_of,
    tool_of,
)

SHA = "0123456789abcdef0123456789abcdef01234567"
ID = "111122223333"
TRICKS = ["", " ", "\n", "a\nb", "é", '"', "${x}", "%{if}", "../x", "a b", "*", "{{ x }}", "\0"]


def test_what_is_meant_is_understood() -> None:
    assert account_of(f"prod={ID}:critical", "--account") == NewAccount("prod", ID, "critical")
    assert account_of(f"prod={ID}", "--account") == NewAccount("prod", ID, "standard")
    assert str(repository_of("example/access", "--repository")) == "example/access"
    assert repository_of("example/access", "", "12,34").ids == ("12", "34")
    assert str(tool_of(f"example/gitiam@{SHA}", "--tool")) == f"example/gitiam@{SHA}"
    voters = approvers_of(["@alice", "@example/security", "platform"], "", "example")
    assert voters.names() == ("@example/platform", "@example/security", "@alice")


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((account_of, text) for text in ("prod", f"prod={ID}4", f"prod={ID}:", f"Prod={ID}")),
        *((account_of, f"{trick}={ID}") for trick in TRICKS),
        *((account_of, f"prod={ID}:{trick}") for trick in TRICKS),
        *(
            (account_of, text)
            for text in (f"../x={ID}", "prod=１１１１２２２２３３３３", f"prod={ID}\n")
        ),
        *((repository_of, f"example/{trick}") for trick in TRICKS),
        *((repository_of, text) for text in ("example", "a/b/c", "example/..", "a/b.git", "*/x")),
        *((repository_of, text) for text in ("example/access:pull_request", "example/a@1")),
        *((region_of, text) for text in (*TRICKS, "us-east", "us-east-1a", "US-EAST-1")),
        *((bucket_of, text) for text in (*TRICKS, "a.b.c", "ab", "-abc", "A" * 5, "a" * 64)),
        *((organization_of, text) for text in (*TRICKS, "a/b", "-a")),
        *((tool_of, f"example/gitiam@{ref}") for ref in ("main", "v1", SHA[:39], SHA.upper())),
        *((tool_of, text) for text in (SHA, f"gitiam@{SHA}", f"a/b@x@{SHA}", f"a/b@{SHA}\n")),
    ],
)
def test_what_could_be_something_else_is_refused(read: Callable[..., Any], text: str) -> None:
    with pytest.raises(UsageError, match=r"^--here: .* is not ") as refused:
        read(text, "--here")
    assert refused.value.hint is not None
    assert refused.value.hint.startswith("Write ")
    assert refused.value.message.isprintable()


@pytest.mark.parametrize("ids", ["", "1", "1,2,3", "0,1", "01,2", "1, 2", "a,b", "1,2\n", "-1,2"])
def test_numbers_are_numbers(ids: str) -> None:
    with pytest.raises(UsageError, match=r"^--repository-ids: "):
        repository_of("example/access", "--repository", ids, "--repository-ids")


@pytest.mark.parametrize(
    "texts",
    [[], ["alice"], ["@"], ["@a b"], ["@example/"], ["@example/x/y"], ["@alice\n"], ["@${x}/y"]],
)
def test_approvers_are_people_and_teams(texts: list[str]) -> None:
    """A bare name without an organisation might be either, and so is neither."""
    with pytest.raises(UsageError, match=r"^--approvers: "):
        approvers_of(texts, "--approvers")


@pytest.mark.parametrize(
    "texts",
    [
        [f"prod={ID}", "prod=444455556666"],
        [f"prod={ID}", f"dev={ID}"],
        [f"a{n}={n:012}" for n in range(MOST_ACCOUNTS + 1)],
        [],
    ],
)
def test_an_account_is_given_once(texts: list[str]) -> None:
    with pytest.raises(UsageError, match=r"^--account: "):
        accounts_of(texts, "--account")


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/example/access", "example/access"),
        ("https://github.com/example/access.git", "example/access"),
        ("git@github.com:example/access.git", "example/access"),
        ("ssh://git@github.com/example/access.git", "example/access"),
        ("https://github.com/example/access.git/", "example/access"),
        ("https://github.com.example.org/example/access", None),
        ("https://alice:secret@github.com/example/access", None),
        ("https://github.com/example/access/tree", None),
        ("https://github.com/example/access\n", None),
        ("https://github.com/example/../access", None),
        ("ext::sh -c id", None),
        ("/srv/access.git", None),
        ("", None),
        (None, None),
    ],
)
def test_a_remote_is_read_strictly(remote: str | None, expected: str | None) -> None:
    assert repository_in(remote) == expected
