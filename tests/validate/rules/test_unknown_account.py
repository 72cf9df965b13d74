"""Accounts that `gitiam.yaml` does not have."""

from __future__ import annotations

from tests.support.estates import findings_of, mended, places, request, said

RULE = "unknown-account"
READ = "- managed_policy: ReadOnlyAccess"


def test_each_unknown_account_is_named_with_the_nearest() -> None:
    found = findings_of(request(READ, account="[prd, dev, staging]"), rule=RULE)
    assert said(found) == [
        "1:11 error unknown-account: there is no account `prd` in gitiam.yaml;"
        " did you mean `prod`?",
        "1:21 error unknown-account: there is no account `staging` in gitiam.yaml;"
        " there are dev and prod",
    ]


def test_the_fix_mends_it() -> None:
    text = request(READ, account="prd")
    (found,) = findings_of(text, rule=RULE)
    assert findings_of(mended(text, found)) == ()


def test_declarations_and_policies_are_checked_too() -> None:
    files = {
        "requests/a.yaml": "kind: principal\naccount: prdo\nprincipal: user/a\nreason: joined us\n",
        "requests/b.yaml": "kind: policy\naccount: [dev, x]\npolicy: p\nreason: for everyone\n"
        "grants: [{actions: 's3:GetObject', resources: 'arn:aws:s3:::b/*'}]\n",
    }
    assert places(findings_of(files, rule=RULE)) == [(2, 10), (2, 16)]


def test_known_accounts_are_fine() -> None:
    assert findings_of(request(READ, account="[dev, prod]")) == ()
