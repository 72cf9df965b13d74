"""A chat is told what `gitiam.yaml` says, and never stops a run."""

from __future__ import annotations

import pytest

from gitiam.chat import Event, Message, SlackPolicy
from gitiam.cli.chat import tell_chat
from gitiam.config import Account, Config
from gitiam.load.config import parse_config
from gitiam.load.document import read_document
from tests.support.webhook import SECRET, webhook

ACCOUNTS = {"prod": Account("prod", "111122223333")}
DRIFT_ALONE = Config(ACCOUNTS, slack=SlackPolicy("HOOK", (Event.DRIFT,)))
MESSAGE = Message("Drift")
FILE = 'accounts: {prod: {id: "111122223333"}}\nnotify: {slack: {%s}}\n'


def test_only_what_is_wanted_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with webhook() as hook:
        environ = {"HOOK": hook.address}
        assert tell_chat(DRIFT_ALONE, environ, Event.DRIFT, MESSAGE)
        assert not tell_chat(DRIFT_ALONE, environ, Event.FAILED, MESSAGE)
        assert not tell_chat(Config(ACCOUNTS), environ, Event.DRIFT, MESSAGE)
    assert [body["text"] for body in hook.bodies] == ["Drift"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("status", [500, 404])
def test_a_failure_is_one_warning(status: int, capsys: pytest.CaptureFixture[str]) -> None:
    with webhook(status) as hook:
        assert not tell_chat(DRIFT_ALONE, {"HOOK": hook.address}, Event.DRIFT, MESSAGE)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"warning: the chat was not told: Slack answers with {status}\n"


@pytest.mark.parametrize(
    ("environ", "why"),
    [({}, "HOOK is not set"), ({"HOOK": f"https://example.com/{SECRET}"}, "HOOK holds no address")],
)
def test_an_address_that_is_none(
    environ: dict[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not tell_chat(DRIFT_ALONE, environ, Event.DRIFT, MESSAGE)
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert SECRET not in said


def test_what_the_configuration_says() -> None:
    def slack(text: str) -> SlackPolicy | None:
        config, findings = parse_config(read_document("gitiam.yaml", (FILE % text).encode()))
        assert config and not findings
        return config.slack

    assert slack("") == SlackPolicy("GITIAM_SLACK_WEBHOOK", tuple(Event))
    assert slack("webhook: HOOK, events: [drift, failed, drift]") == SlackPolicy(
        "HOOK", (Event.DRIFT, Event.FAILED)
    )


def test_an_address_in_the_configuration_is_refused_and_not_repeated() -> None:
    text = FILE % f"webhook: 'https://hooks.slack.com/services/{SECRET}'"
    _, (finding,) = parse_config(read_document("gitiam.yaml", text.encode()))
    assert "the name of an environment variable" in finding.message
    assert SECRET not in f"{finding.message}{finding.fix}"
