"""Comments that are commands, and those that nearly are."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.commands.line import Command, NoCommandError, Verb, command_from, is_request_path

FILE = "requests/prod/data-pipeline.yaml"


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("/gitiam explain", Command(Verb.EXPLAIN)),
        ("/gitiam  explain \r\n\n", Command(Verb.EXPLAIN)),
        (f"/gitiam explain {FILE}", Command(Verb.EXPLAIN, FILE)),
        ("/gitiam extend 14d", Command(Verb.EXTEND, days=14)),
        ("/gitiam extend 366d", Command(Verb.EXTEND, days=366)),
        ("/gitiam extend 2027-01-15", Command(Verb.EXTEND, until=date(2027, 1, 15))),
        (f"/gitiam extend 1d {FILE}", Command(Verb.EXTEND, FILE, days=1)),
        (f"/gitiam revoke {FILE}", Command(Verb.REVOKE, FILE)),
        ("/gitiam retry", Command(Verb.RETRY)),
    ],
)
def test_a_command_is_read(body: str, command: Command) -> None:
    assert command_from(body) == command


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("/gitiam", "does not say what to do"),
        ("/gitiam approve", "no command “approve”"),
        ("/gitiam Explain", "no command “Explain”"),
        ("/gitiam explain\nplease", "one line"),
        ("/gitiam explain\rplease", "one line"),
        ("/gitiam explain\u2028/gitiam revoke", "plain letters"),
        ("/gitiam \u0435xplain", "plain letters"),
        ("/gitiam\u00a0revoke", "plain letters"),
        ("/gitiam rev\u200boke", "plain letters"),
        ("/gitiam ｒｅｔｒｙ", "plain letters"),
        ("/gitiam explain\x1b[2J", "plain letters"),
        ("/gitiam explain " + "a" * 600, "plain letters"),
        (" /gitiam explain", "begins with /gitiam"),
        ("/gitiamexplain", "begins with /gitiam"),
        ("/GITIAM explain", "begins with /gitiam"),
        ("", "begins with /gitiam"),
        ("/gitiam retry now", "nobody can say what “now” means"),
        (f"/gitiam retry {FILE}", "nobody can say"),
        ("/gitiam extend", "for how long"),
        ("/gitiam extend 0d", "neither days"),
        ("/gitiam extend 014d", "neither days"),
        ("/gitiam extend 367d", "more than the 366"),
        ("/gitiam extend 1000d", "neither days"),
        ("/gitiam extend -1d", "neither days"),
        ("/gitiam extend 14", "neither days"),
        ("/gitiam extend 14D", "neither days"),
        ("/gitiam extend never", "neither days"),
        ("/gitiam extend 2027-02-30", "no day 2027-02-30"),
        ("/gitiam extend 2027-1-5", "neither days"),
        ("/gitiam extend 2027-01-15T10:00:00Z", "neither days"),
        ("/gitiam extend ${{github.token}}", "neither days"),
        ("/gitiam explain $(id)", "not the path"),
        ("/gitiam explain `id`", "not the path"),
        ("/gitiam revoke ../gitiam.yaml", "not the path"),
        ("/gitiam revoke requests/../gitiam.yaml", "not the path"),
        ("/gitiam revoke requests/.git/x.yaml", "not the path"),
        ("/gitiam revoke requests//x.yaml", "not the path"),
        ("/gitiam revoke /requests/x.yaml", "not the path"),
        ("/gitiam revoke requests/x.tf", "not the path"),
        ("/gitiam revoke .github/workflows/apply.yml", "not the path"),
        ("/gitiam revoke requests\\x.yaml", "not the path"),
        (f"/gitiam revoke {FILE} {FILE}", "nobody can say"),
        ("/gitiam revoke; rm -rf /", "no command “revoke;”"),
        ("/gitiam explain <!-- gitiam: pull request -->", "not the path"),
    ],
)
def test_what_is_nearly_one_is_refused(body: str, said: str) -> None:
    with pytest.raises(NoCommandError) as refused:
        command_from(body)
    assert said in refused.value.message


@given(st.one_of(st.text(), st.text(alphabet="/gitiam extndrvoky14d.\n\t-_\u0430", max_size=60)))
def test_whatever_is_said_is_a_command_or_refused(text: str) -> None:
    try:
        command = command_from(f"/gitiam {text}")
    except NoCommandError as error:
        assert error.message.isprintable()
        return
    assert command.path is None or is_request_path(command.path)
    assert (command.verb is Verb.EXTEND) == ((command.days or command.until) is not None)
