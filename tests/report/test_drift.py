"""Drift for people and machines; whatever AWS says, it breaks out of nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gitiam.drift import Aspect, DriftItem, DriftKind, DriftReport, UnreadPart
from gitiam.policy.statement import Statement
from gitiam.report.drift import as_json, as_markdown, as_text, summary

AT = datetime(2027, 1, 15, 3, tzinfo=UTC)
READ = Statement("Allow", ("s3:GetObject",), ("arn:aws:s3:::a",), sid="Read")
ADMIN = Statement("Allow", ("*",), ("*",))
REPORT = DriftReport(
    items=(
        DriftItem(
            "prod",
            "role/app",
            DriftKind.UNMANAGED,
            Aspect.ATTACHMENT,
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        DriftItem(
            "prod",
            "role/app",
            DriftKind.CHANGED,
            Aspect.INLINE,
            "gitiam",
            missing=(READ,),
            extra=(ADMIN,),
            origins=("requests/read.yaml",),
            pending=True,
        ),
        DriftItem("prod", "role/app", DriftKind.CHANGED, Aspect.PATH, expected="/", found="/x/"),
        DriftItem(
            "prod",
            "user/eve",
            DriftKind.UNMANAGED,
            Aspect.PRINCIPAL,
            found={"groups": "admins, ops"},
        ),
        DriftItem(
            "prod",
            "user/zoe",
            DriftKind.MISSING,
            Aspect.PRINCIPAL,
            missing=(READ,),
            expected="declared",
        ),
    ),
    unread=(UnreadPart("account", "no credentials", account="dev"),),
    read_at={"prod": AT},
    ignored=2,
)
CLEAN = DriftReport((), (), {"prod": AT})

TEXT = """\
prod/role/app
  unmanaged attachment arn:aws:iam::aws:policy/AdministratorAccess
  changed   inline policy gitiam  (requests/read.yaml, not applied yet)
    - {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a"}
    + {"Effect": "Allow", "Action": "*", "Resource": "*"}
  changed   path
    - "/"
    + "/x/"

prod/user/eve
  unmanaged principal
    + groups: admins, ops

prod/user/zoe
  missing   principal
    - declared, with 1 statement

could not be compared
  dev: no credentials

1 not compared; 5 differences in 1 account: 2 unmanaged, 2 changed, 1 missing; \
1 of them not applied yet; 2 ignored by drift.ignore"""


def test_text() -> None:
    assert as_text(REPORT) == TEXT
    assert as_text(CLEAN) == "no difference in 1 account"


def test_what_was_not_compared_comes_before_any_good_news() -> None:
    assert summary(replace(CLEAN, unread=REPORT.unread)) == (
        "1 not compared; no difference in 1 account"
    )
    assert summary(DriftReport((), REPORT.unread, {})) == "1 not compared; no account was read"


def test_text_is_styled_by_what_it_is() -> None:
    shown = as_text(REPORT, lambda text, role: f"<{role}>{text}</>" if role == "error" else text)
    assert "<error>unmanaged</> attachment" in shown
    assert "<error>could not be compared</>" in shown


def test_json() -> None:
    body = json.loads(as_json(REPORT))
    assert list(body) == ["drift", "summary", "unread"]
    assert body["drift"][1] == {
        "account": "prod",
        "principal": "role/app",
        "kind": "changed",
        "what": "inline-policy",
        "name": "gitiam",
        "details": {
            "missing": [READ.as_json()],
            "extra": [ADMIN.as_json()],
            "origins": ["requests/read.yaml"],
        },
        "pending": True,
    }
    assert body["drift"][2]["details"] == {"expected": "/", "found": "/x/"}
    assert body["summary"] == {
        "expired": 0,
        "unmanaged": 2,
        "changed": 2,
        "missing": 1,
        "unread": 1,
        "pending": 1,
        "ignored": 2,
        "clean": False,
        "accounts": {"prod": "2027-01-15T03:00:00Z"},
    }
    assert body["unread"] == [
        {"account": "dev", "principal": "", "what": "account", "reason": "no credentials"}
    ]
    assert json.loads(as_json(CLEAN))["summary"]["clean"] is True


def test_markdown_is_a_table_with_the_statements_folded_below() -> None:
    shown = as_markdown(REPORT)
    assert shown.startswith(f"**{summary(REPORT)}**\n\nCould not be compared:\n\n- dev: no cred")
    assert "| prod | role/app | inline policy gitiam | **changed**<br>not applied yet |" in shown
    assert shown.count("<details>") == shown.count("</details>") == 4
    assert "```diff\n- {" in shown
    assert as_markdown(CLEAN) == "**no difference in 1 account**\n"


HOSTILE = "a|b`c` <img src=x onerror=y>\n\n# @everyone [x](http://e.vil) ``` </details> \x1b[2J"


@pytest.mark.parametrize("where", ["name", "value", "statement", "origin", "unread"])
def test_nothing_from_aws_breaks_out(where: str) -> None:
    item = REPORT.items[2]
    bad = Statement("Allow", ("x:y",), (HOSTILE,), sid=HOSTILE)
    hostile = {
        "name": replace(item, name=HOSTILE),
        "value": replace(item, found=HOSTILE, expected={HOSTILE: HOSTILE}),
        "statement": replace(item, extra=(bad,)),
        "origin": replace(item, origins=(HOSTILE,)),
        "unread": item,
    }[where]
    unread = (UnreadPart(HOSTILE, HOSTILE),) if where == "unread" else ()
    report = DriftReport((hostile,), unread, {"prod": AT})
    for shown in (as_text(report), as_markdown(report)):
        assert "\x1b" not in shown
    shown = as_markdown(report)
    # Outside fences, where nothing but the text itself is read, no sign keeps its power: what
    # stands behind a backslash has none.
    outside = "".join(re.split(r"(?m)^`{3,}(?:diff)?$", shown)[::2])
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", outside)
    for power in ("<img", "@everyone", "://", "\n# "):
        assert power not in bare
    assert "\n</details>\n" in bare
    rows = [line for line in outside.splitlines() if line.startswith("| prod")]
    assert [line.replace("\\|", "").count("|") for line in rows] == [5]
    assert json.loads(as_json(report))["drift"]


def test_markdown_fits_and_counts_what_it_leaves_out() -> None:
    many = tuple(replace(REPORT.items[1], principal=f"role/{n:04}") for n in range(2000))
    shown = as_markdown(replace(REPORT, items=many), room=10_000)
    assert len(shown) <= 10_000
    assert "more differences; `--format json` has all" in shown
    assert "more with statements" in shown
    assert "2,000 differences" in shown


def test_one_long_statement_does_not_crowd_out_the_rest() -> None:
    long = replace(REPORT.items[1], extra=(Statement("Allow", ("x:y" * 50_000,), ("*",)),))
    shown = as_markdown(replace(REPORT, items=(long, *REPORT.items)))
    assert "cut here" in shown
    assert len(shown) < 60_000
    assert shown.count("<details>") == 5
