"""Stars that are letters."""

from __future__ import annotations

import pytest

from tests.support.conditions import limited
from tests.support.estates import findings_of, mended, said


def test_the_operator_that_knows_wildcards_is_named() -> None:
    text = limited("{StringEquals: {s3:prefix: [a, '2026/*', 'b*']}}", "s3:ListBucket")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "9:48 warning literal-wildcard: `StringEquals` takes the star in `2026/*` for a letter;"
        " `StringLike` knows wildcards"
    ]
    assert found.fix
    assert not found.fix.safe
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize(
    "condition",
    [
        "{StringLike: {s3:prefix: '2026/*'}}",
        "{StringEquals: {s3:prefix: '2026/${*}'}}",
        "{StringEquals: {s3:prefix: '2026/?'}}",
        "{ArnEquals: {aws:PrincipalArn: 'arn:aws:iam::111122223333:role/*'}}",
    ],
)
def test_what_is_no_letter_or_meant_as_one(condition: str) -> None:
    assert findings_of(limited(condition, "s3:ListBucket")) == ()
