"""Grants that stand twice in one file."""

from __future__ import annotations

from tests.support.estates import findings_of, request, said


def test_the_second_is_named_with_the_line_of_the_first() -> None:
    text = request(
        """
        - bundle: s3-read
          resources: arn:aws:s3:::orders
        - managed_policy: ReadOnlyAccess
        - resources: [arn:aws:s3:::orders]
          bundle: s3-read
        """
    )
    assert said(findings_of(text)) == [
        "9:5 warning duplicate-grant: this is the same as the grant in line 6"
    ]


def test_grants_that_differ_in_one_word_are_fine() -> None:
    text = request(
        """
        - bundle: s3-read
          resources: arn:aws:s3:::orders
        - bundle: s3-read
          resources: arn:aws:s3:::order
        - bundle: s3-list
          resources: arn:aws:s3:::orders
        """
    )
    assert findings_of(text, rule="duplicate-grant") == ()
