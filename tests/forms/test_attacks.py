"""Whatever stands in an issue, it becomes text in a file, or is refused: nothing else, ever."""

from __future__ import annotations

import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitiam.catalog import catalog
from gitiam.forms.blame import problems_from
from gitiam.forms.body import answers_in
from gitiam.forms.draft import PATH, Draft, Drafted
from gitiam.forms.fields import ANOTHER, FOR_GOOD, UNTIL, Field, Problem
from gitiam.load.document import read_document
from gitiam.load.estate import parse_file
from gitiam.load.fields import parse_expiry
from gitiam.models import AssumeGrant, BundleGrant, GroupGrant, ManagedPolicyGrant, Request
from gitiam.report.request import Received, as_json, as_markdown, as_text
from gitiam.validate.run import judge
from tests.support.estates import estate_of
from tests.support.forms import GOOD, NOW, body_of, made, read

PAYLOADS = [
    "${{ secrets.GITHUB_TOKEN }}",
    "${{ github.event.issue.body }}",
    "`id`",
    "$(id)",
    "; rm -rf / #",
    "' ; DROP TABLE x; --",
    '" | cat /etc/passwd',
    "x\nexpires: never",
    "x\n  - actions: ['*']\n    resources: ['*']",
    "x: {a: b}",
    "!!python/object/apply:os.system ['id']",
    "&a [*a]",
    "*",
    "| literal",
    "---\n- x",
    "...",
    "null",
    "~",
    "yes",
    "0x1f",
    "2027-01-15",
    "../../../etc/passwd",
    "..",
    "role/..",
    "role/../x",
    "/etc/passwd",
    "C:\\x",
    "a\0b",
    "@everyone",
    "user/@everyone",
    "@org/team",
    "<!-- gitiam: approved -->",
    "<img src=x onerror=alert(1)>",
    "![x](https://example.com/x.png)",
    "[x](javascript:alert(1))",
    "https://example.com/",
    "www.example.com",
    "#1 GH-1 org/repo#1",
    "- [x] approved",
    "# heading",
    "> quote",
    "***bold***",
    "::error::x",
    "::set-output name=ok::true",
    "##[error]x",
    "%0A::error::x",
    "\u202egnp.exe",
    "\u200b",
    "рrod",
    "ｐrod",
    "{{ 7*7 }}",
    "{% raw %}",
    "{account_id}",
    "${aws:username}",
    "```\n### Accounts\n\ndev\n```",
    "### Accounts\n\ndev",
    "</details>",
    "A" * 5000,
    "🙂" * 50,
    "\ud800",
    "\u2028x",
    "\x85x",
]

_KNOWN: dict[Field, list[str]] = {
    Field.ACCOUNTS: ["prod", "dev", "prod, dev", "- [X] dev\n- [ ] prod"],
    Field.PRINCIPAL: ["role/data-pipeline", "group/analysts", ANOTHER],
    Field.OTHER_PRINCIPAL: ["", "user/bob@example.com", "role/=,=", "group/+"],
    Field.BUNDLES: ["s3-read", "s3-read, s3-write", "cost-read", ""],
    Field.RESOURCES: ["arn:aws:s3:::orders", "arn:aws:s3:::{account}-${aws:username}", ""],
    Field.PARAMETERS: ["", "prefix = 2026/", "prefix: a'b"],
    Field.MANAGED_POLICY: ["", "ReadOnlyAccess"],
    Field.GROUP: ["", "analysts"],
    Field.ASSUME: ["", "arn:aws:iam::444455556666:role/audit"],
    Field.REASON: [GOOD[Field.REASON]],
    Field.TICKET: ["", "INC-204"],
    Field.DURATION: ["30 days", UNTIL, FOR_GOOD],
    Field.LAST_DAY: ["", "2027-01-15"],
}
ANY_TEXT = st.one_of(
    st.sampled_from(PAYLOADS), st.text(max_size=60), st.text("az:/-*{}$'\"#&!|>%@`\n ", max_size=30)
)


_FULL: dict[Field, str] = {
    **GOOD,
    Field.ACCOUNTS: "prod, dev",
    Field.PRINCIPAL: ANOTHER,
    Field.OTHER_PRINCIPAL: "user/bob@example.com",
    Field.BUNDLES: "s3-read, cost-read",
    Field.PARAMETERS: "prefix = 2026/",
    Field.MANAGED_POLICY: "ReadOnlyAccess",
    Field.GROUP: "analysts",
    Field.ASSUME: "arn:aws:iam::444455556666:role/audit",
    Field.TICKET: "INC-204",
    Field.DURATION: UNTIL,
    Field.LAST_DAY: "2027-01-15",
}


@st.composite
def forms(draw: st.DrawFn) -> dict[Field, str]:
    """A form that is right but for a few answers: else hardly any would become a file."""
    changed = draw(st.lists(st.sampled_from(list(Field)), max_size=3, unique=True))
    right = {field: st.sampled_from(_KNOWN[field]) for field in Field}
    more = {field: draw(st.one_of(right[field], ANY_TEXT)) for field in changed}
    return {**draw(st.sampled_from([GOOD, _FULL])), **more}


FORMS = forms()


def request_of(file: Drafted) -> Request:
    """What the file says to whoever reads it."""
    found = parse_file(file.path, file.text.encode())
    assert isinstance(found, Request), found
    return found


def check_file(file: Drafted) -> None:
    """The file says what was asked for, and its names are made of nothing that people write."""
    draft, loaded = file.draft, request_of(file)
    assert loaded == Request(
        source=loaded.source,
        accounts=draft.accounts,
        principals=(draft.principal,),
        reason=draft.reason,
        grants=draft.grants,
        expires=parse_expiry(draft.expires),
        never_expires=draft.expires == "never",
        ticket=draft.ticket,
    )
    assert PATH.fullmatch(file.path)
    assert file.branch == "gitiam/request-17"
    assert re.fullmatch(
        r"Access for \w+/[\w+=,.@-]+ in [a-z0-9, -]+, [a-z]+ [0-9a-z-]+", file.title
    )
    assert set(draft.accounts) <= {"prod", "dev"}


#: What an answer is made of. Links, images, HTML, code and headings are not.
_TOKENS = {"paragraph", "bullet_list", "list_item", "inline", "text", "strong", "softbreak"}
_TOKENS |= {"text_special"}


def check_answer(received: Received) -> None:
    """Nothing in the answer does anything."""
    text = as_markdown(received)
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    every = [*tokens, *(child for token in tokens for child in token.children or ())]
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in every}
    assert kinds <= _TOKENS
    assert not re.search(r"@(?!\u200d)|://|(?i:www)\.|#\d|##\[", text)
    assert all(c.isprintable() or c == "\n" or c == "\u200d" for c in text)
    assert len(text) < 65_536
    body = as_json(received)
    assert (body.count("\n"), body.isascii(), "##[" in body) == (1, True, False)
    assert json.loads(body)["answer"] == text
    assert all(line.isprintable() for line in as_text(received).split("\n"))


def check(found: Drafted | tuple[Problem, ...]) -> None:
    if isinstance(found, Drafted):
        check_file(found)
        check_answer(Received(found))
    else:
        assert any(problem.blocks for problem in found)
        check_answer(Received(None, found))


@pytest.mark.parametrize("payload", PAYLOADS, ids=[ascii(p[:20]) for p in PAYLOADS])
@pytest.mark.parametrize("field", Field)
def test_a_payload_in_any_field(field: Field, payload: str) -> None:
    check(read(body_of({**GOOD, field: payload})))


@given(FORMS)
@settings(max_examples=50)
def test_whatever_the_rules_find_is_told_safely(form: dict[Field, str]) -> None:
    found = read(body_of(form))
    if isinstance(found, Drafted):
        estate = estate_of({found.path: found.text})
        judgement = judge(estate, catalog(), NOW, frozenset({found.path}))
        document = read_document(found.path, found.text.encode())
        told = problems_from(judgement.findings, document)
        assert len(told) == len(judgement.findings)
        check_answer(Received(found, told, next(iter(judgement.assessments), None)))


@given(FORMS)
def test_any_form_becomes_a_file_with_just_its_values_or_findings(form: dict[Field, str]) -> None:
    found = read(body_of(form))
    check(found)
    if isinstance(found, Drafted):
        check_meaning(form, found.draft)


def check_meaning(form: dict[Field, str], draft: Draft) -> None:
    """Nothing is in the draft that was not chosen, and nothing that was chosen is left out."""
    answers, _ = answers_in(body_of(form))
    words = {field: " ".join(text.split()) for field, text in answers.items()}
    assert draft.reason == words[Field.REASON]
    assert (draft.ticket or "") == words[Field.TICKET]
    assert str(draft.principal) in (words[Field.PRINCIPAL], words[Field.OTHER_PRINCIPAL])
    bundles = [grant for grant in draft.grants if isinstance(grant, BundleGrant)]
    assert {g.bundle for g in bundles} == {*words[Field.BUNDLES].replace(",", " ").split()}
    given = {arn for grant in bundles for arn in grant.resources}
    assert given == {*words[Field.RESOURCES].split()}
    rest = {
        *(grant.policy for grant in draft.grants if isinstance(grant, ManagedPolicyGrant)),
        *(grant.group for grant in draft.grants if isinstance(grant, GroupGrant)),
        *(role for g in draft.grants if isinstance(g, AssumeGrant) for role in g.roles),
    }
    group = words[Field.GROUP].removeprefix("group/")
    assert rest == {*filter(None, (words[Field.MANAGED_POLICY], group, words[Field.ASSUME]))}


@given(st.text(max_size=300))
def test_any_text_is_answered(body: str) -> None:
    check(read(body))


@given(FORMS, st.data())
def test_a_form_that_somebody_edited_is_answered(
    form: dict[Field, str], data: st.DataObject
) -> None:
    body = body_of(form)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(body))] * 2)))
    check(read(body[:start] + data.draw(ANY_TEXT) + body[end:]))


HEAVY = {
    "backticks": "```\n" + "`" * 60_000 + "x",
    "fences": "```x\n" * 12_000,
    "commas": "a," * 30_000,
    "headings": "### \n" * 12_000,
    "fields": "### Reason\n" * 5_000,
    "spaces": " " * 60_000 + "x",
    "blank headings": "### " + " " * 60_000,
    "arns": "arn:aws:s3:::" + "a" * 15_000 + "$",
    "lines": "arn:aws:iam::111122223333:role/x\n" * 900,
    "braces": "{a}" * 9_000,
    "slashes": "arn:aws:iam::111122223333:role/" + "a/" * 200,
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY)
@pytest.mark.parametrize("field", Field)
def test_no_text_keeps_the_machine_busy(field: Field, text: str) -> None:
    start = time.process_time()
    check(read(body_of({**GOOD, field: text})))
    assert time.process_time() - start < 3


REASONS = [p for p in PAYLOADS if isinstance(read(body_of({**GOOD, Field.REASON: p})), Drafted)]


def test_many_payloads_are_just_reasons() -> None:
    """A reason is any text; so what is above has been seen to reach a file."""
    assert len(REASONS) > 30


@pytest.mark.parametrize("payload", REASONS, ids=[ascii(p[:20]) for p in REASONS])
def test_a_reason_stays_what_it_is(payload: str) -> None:
    file = made(reason=payload)
    assert request_of(file).reason == " ".join(payload.split())
    assert not any(payload in name for name in (file.path, file.branch, file.title))
    lines = file.text.split("\n")
    assert [line.split(":")[0] for line in lines if line[:1].isalpha()] == [
        *("account", "principal", "reason", "expires", "grants")
    ]


def test_an_answer_that_is_not_escaped_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the check of answers is known to check."""
    received = Received(None, (Problem(Field.REASON, "x", "<b>you</b>"),))
    check_answer(received)
    monkeypatch.setattr("gitiam.report.request.markdown", str)
    with pytest.raises(AssertionError):
        check_answer(received)
