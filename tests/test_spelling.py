"""What is the same but for its spelling."""

from __future__ import annotations

import pytest

from gitiam.spelling import same_letters


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("String_Equals", "StringEquals", True),
        ("account-id", "account_id", True),
        ("READ", "read", True),
        ("s3:GetObject", "s3:GetObjects", False),
        ("s3:Get*", "s3:Get", False),
        ("s3:GetO?ject", "s3:GetObject", False),
    ],
)
def test_case_and_punctuation_do_not_count_but_wildcards_do(
    one: str, other: str, same: bool
) -> None:
    assert same_letters(one, other) is same
