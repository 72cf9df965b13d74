"""What people fill in becomes what they meant, or they are told what to mend."""

from __future__ import annotations

import pytest

from gitiam.forms.draft import Drafted
from gitiam.forms.fields import ANOTHER, FOR_GOOD, UNTIL, Field
from gitiam.models import AssumeGrant, BundleGrant, GroupGrant, ManagedPolicyGrant
from tests.support.forms import GOOD, body_of, made, problems, read

TEXT = """\
# Asked for by alice in issue 17, with the form.
account: prod
principal: role/data-pipeline
reason: Match the invoices of 2026 with the orders
expires: 2026-12-23
grants:
  - bundle: s3-read
    resources:
      - arn:aws:s3:::orders
"""


def test_the_file_is_what_a_person_would_write() -> None:
    done = made()
    assert done.text == TEXT
    assert done.path == "requests/prod/data-pipeline-17.yaml"
    assert done.branch == "gitiam/request-17"
    assert done.title == "Access for role/data-pipeline in prod, until 2026-12-23"


def test_several_accounts_and_everything_else() -> None:
    done = made(
        accounts="prod, dev",
        principal=ANOTHER,
        other_principal="user/bob@example.com",
        bundles="sqs-send, s3-read",
        resources="arn:aws:s3:::orders\narn:aws:sqs:us-east-1:{account_id}:orders",
        parameters="prefix = 2026/",
        managed_policy="ReadOnlyAccess",
        group="group/analysts",
        assume="arn:aws:iam::444455556666:role/audit",
        ticket="INC-204",
        duration=UNTIL,
        last_day="2027-01-15",
    )
    assert done.path == "requests/shared/bob-example-com-17.yaml"
    assert done.draft.accounts == ("prod", "dev")
    assert (done.draft.ticket, done.draft.expires) == ("INC-204", "2027-01-15")
    assert done.draft.grants == (
        BundleGrant("sqs-send", ("arn:aws:sqs:us-east-1:{account_id}:orders",)),
        BundleGrant("s3-read", ("arn:aws:s3:::orders",), {"prefix": "2026/"}),
        ManagedPolicyGrant("ReadOnlyAccess"),
        GroupGrant("analysts"),
        AssumeGrant(("arn:aws:iam::444455556666:role/audit",)),
    )


def test_boxes_with_a_tick_are_chosen() -> None:
    done = made(accounts="- [ ] prod\n- [X] dev")
    assert done.draft.accounts == ("dev",)


def test_a_resource_goes_to_every_bundle_that_takes_it() -> None:
    done = made(bundles="s3-read, s3-write")
    assert [g.resources for g in done.draft.grants if isinstance(g, BundleGrant)] == [
        ("arn:aws:s3:::orders",),
        ("arn:aws:s3:::orders",),
    ]


def test_access_for_good_is_offered_and_taken() -> None:
    assert made(duration=FOR_GOOD).draft.expires == "never"


def test_spaces_that_nobody_meant_are_made_plain() -> None:
    done = made(reason="  Match\u00a0the \t invoices\n\nof 2026  ")
    assert done.draft.reason == "Match the invoices of 2026"


NOT_ARN = "this is not an ARN; write one a line, such as arn:aws:s3:::orders"
WRONG: list[tuple[dict[str, str], tuple[str, str, str, str]]] = [
    (
        {"accounts": "prd"},
        ("Accounts", "there is no such account", "prd", "prod"),
    ),
    (
        {"accounts": "ｐｒｏｄ"},
        ("Accounts", "there is no such account", "ｐｒｏｄ", "prod"),
    ),
    ({"accounts": ""}, ("Accounts", "choose at least one account", "", "")),
    ({"accounts": "- [ ] prod"}, ("Accounts", "choose at least one account", "", "")),
    (
        {"principal": ANOTHER},
        (
            "Another role, user or group",
            "say which role, user or group gets the access",
            "",
            "",
        ),
    ),
    (
        {"other_principal": "role/ci"},
        (
            "Another role, user or group",
            "`role/data-pipeline` is chosen above as well; say which of the two it is for",
            "role/ci",
            "",
        ),
    ),
    (
        {"principal": ANOTHER, "other_principal": "arn:aws:iam::111122223333:role/a/ci"},
        (
            "Another role, user or group",
            "`arn:aws:iam::111122223333:role/a/ci` is not role/NAME, user/NAME or group/NAME",
            "arn:aws:iam::111122223333:role/a/ci",
            "role/ci",
        ),
    ),
    (
        {"principal": ANOTHER, "other_principal": "data-pipeline"},
        (
            "Another role, user or group",
            "`data-pipeline` is not role/NAME, user/NAME or group/NAME",
            "data-pipeline",
            "role/data-pipeline",
        ),
    ),
    (
        {"principal": ANOTHER, "other_principal": "role/data-рipeline"},
        (
            "Another role, user or group",
            "it holds U+0440 (CYRILLIC SMALL LETTER ER), which no name and no ARN can",
            "role/data-рipeline",
            "role/data-pipeline",
        ),
    ),
    (
        {"bundles": "s3-raed"},
        ("What is needed", "there is no bundle of this name", "s3-raed", "s3-read"),
    ),
    (
        {"bundles": "", "resources": ""},
        ("What is needed", "nothing is asked for; choose at least one", "", ""),
    ),
    (
        {"bundles": "", "managed_policy": "ReadOnlyAccess"},
        ("Resources", "nothing is chosen that these could be for", "", ""),
    ),
    ({"resources": "the orders"}, ("Resources", NOT_ARN, "the orders", "")),
    (
        {"resources": "- `arn:aws:s3:::orders`"},
        ("Resources", NOT_ARN, "- `arn:aws:s3:::orders`", "arn:aws:s3:::orders"),
    ),
    (
        {"resources": "arn:aws:s3:::{acount}"},
        (
            "Resources",
            "`arn:aws:s3:::{acount}` names {acount}, unknown here; did you mean {account}?",
            "arn:aws:s3:::{acount}",
            "",
        ),
    ),
    (
        {"parameters": "prefix"},
        ("Parameters", "this is not `name = value`", "prefix", ""),
    ),
    (
        {"parameters": "prefx = 2026/"},
        (
            "Parameters",
            "nothing that is chosen has this parameter; there are prefix",
            "prefx = 2026/",
            "prefix",
        ),
    ),
    (
        {"managed_policy": "Read Only"},
        (
            "Managed policy",
            "this is neither the name of a policy nor its ARN",
            "Read Only",
            "",
        ),
    ),
    ({"reason": ""}, ("Reason", "say what it is for", "", "")),
    (
        {"duration": "2 weeks"},
        ("How long", "the form does not offer this", "2 weeks", ""),
    ),
    (
        {"last_day": "2027-01-15"},
        (
            "Last day",
            "`30 days` is chosen above as well; say which of the two holds",
            "2027-01-15",
            "",
        ),
    ),
    (
        {"duration": UNTIL, "last_day": "in 2 weeks"},
        (
            "Last day",
            "this is not a day; write it as 2027-01-15",
            "in 2 weeks",
            "2026-12-07",
        ),
    ),
    (
        {"duration": UNTIL, "last_day": "2027-02-30"},
        ("Last day", "there is no such day", "2027-02-30", ""),
    ),
]


@pytest.mark.parametrize(("changed", "expected"), WRONG, ids=[str(c) for c, _ in WRONG])
def test_what_is_wrong_is_said_in_the_words_of_the_form(
    changed: dict[str, str], expected: tuple[str, str, str, str]
) -> None:
    assert problems(**changed) == [expected]


def test_a_resource_that_nothing_takes_is_not_lost() -> None:
    ((label, message, written, meant),) = problems(
        resources="arn:aws:s3:::orders\narn:aws:s3:::orders/*"
    )
    assert (label, written, meant) == ("Resources", "arn:aws:s3:::orders/*", "arn:aws:s3:::orders")
    assert message.startswith("nothing that is chosen takes this: `s3-read` takes bucket")


def test_everything_is_said_at_once() -> None:
    found = problems(accounts="prd", bundles="s3-raed", reason="", duration="")
    assert [label for label, *_ in found] == ["Accounts", "What is needed", "Reason", "How long"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\u200bb", "it holds U+200B (ZERO WIDTH SPACE), which nobody sees"),
        ("a\u202eb", "it holds U+202E (RIGHT-TO-LEFT OVERRIDE), which nobody sees"),
        ("a\0b", "it holds U+0000, which nobody sees"),
        ("a\x1b[2Jb", "it holds U+001B, which nobody sees"),
        ("a\ud800b", "it holds U+D800, which nobody sees"),
        ("a <!-- gitiam --> b", "it holds an HTML comment, which nobody sees in the issue"),
        ("##[error]x", "it holds `##[`, which is an order to the machine that reads this"),
    ],
)
@pytest.mark.parametrize("field", Field)
def test_nothing_hidden_is_taken(field: Field, text: str, said: str) -> None:
    found = read(body_of({**GOOD, field: text}))
    assert isinstance(found, tuple)
    assert (field, said) in [(problem.field, problem.message) for problem in found]


LONG = dict.fromkeys(Field, 40000)


@pytest.mark.parametrize("field", Field)
def test_what_is_too_long_is_refused_and_shown_in_part(field: Field) -> None:
    found = read(body_of({**GOOD, field: "x" * LONG[field]}))
    assert isinstance(found, tuple)
    (problem,) = [p for p in found if p.field is field and "the most" in p.message]
    assert len(problem.written) < 250


ONE_LINE = set(Field) - {
    Field.ACCOUNTS,
    Field.BUNDLES,
    Field.RESOURCES,
    Field.PARAMETERS,
    Field.REASON,
}


@pytest.mark.parametrize("field", sorted(ONE_LINE))
def test_one_line_stays_one(field: Field) -> None:
    found = read(body_of({**GOOD, field: "a\nexpires: never"}))
    assert isinstance(found, tuple)
    assert "it has several lines; one is wanted" in [p.message for p in found if p.field is field]


@pytest.mark.parametrize("field", [Field.ACCOUNTS, Field.BUNDLES, Field.RESOURCES])
def test_more_than_anybody_means_is_not_compared(field: Field) -> None:
    found = read(body_of({**GOOD, field: ",".join(f"a{n}" for n in range(300))}))
    assert isinstance(found, tuple)
    assert [p.message for p in found if p.field is field] == [
        "it has more than 200 entries; make several issues"
    ]


def test_the_good_form_is_good() -> None:
    assert isinstance(read(body_of(GOOD)), Drafted)
