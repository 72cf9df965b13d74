"""Access levels on resources that have no such action."""

from __future__ import annotations

from tests.support.estates import findings_of, places, request, said

RULE = "inapplicable-access"


def test_a_type_that_does_not_exist() -> None:
    text = request(
        """
        - access: read
          resources:
            - arn:aws:dynamodb:us-east-1:111122223333:table/orders
            - arn:aws:dynamodb:us-east-1:{account_id}:tables/orders
        """,
        account="[dev, prod]",
    )
    (found,) = findings_of(text)
    assert (found.rule, places((found,))) == (RULE, [(9, 9)])
    assert "AWS has no type of resource like" in found.message
    assert ":table/${TableName}`?" in found.message


def test_levels_that_the_type_has_are_named() -> None:
    arn = "arn:aws:rds-db:us-east-1:111122223333:dbuser:db-ABC/reader"
    (found,) = findings_of(request(f"- access: [list, read]\n  resources: {arn}"))
    assert said((found,)) == [
        f"7:16 error inapplicable-access: no list or read action works on `{arn}`;"
        " it has permissions-management ones"
    ]


def test_a_star_has_no_type() -> None:
    assert said(findings_of(request("- access: read\n  resources: '*'"))) == [
        "7:16 error inapplicable-access: `*` has no type, so no read action can be chosen for it"
    ]


def test_what_is_no_arn_is_another_rules_affair() -> None:
    assert findings_of(request("- access: read\n  resources: orders"), rule=RULE) == ()


def test_levels_that_apply_are_fine() -> None:
    text = request("- access: [read, write]\n  resources: 'arn:aws:s3:::orders/*'")
    assert findings_of(text) == ()
