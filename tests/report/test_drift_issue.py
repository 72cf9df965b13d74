"""Drift as an issue: complete, harmless and within GitHub's bounds."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gitiam.drift import Aspect, DriftItem, DriftKind, DriftReport
from gitiam.forms.adoption import Adoption
from gitiam.report.drift_issue import (
    MARKER,
    ROOM,
    Adoptable,
    Told,
    clean_text,
    issue_text,
)
from tests.report.test_drift import AT, CLEAN, READ, REPORT

RUN = "https://github.com/example/access/actions/runs/1"


def test_every_principal_has_its_differences_and_both_ways_out() -> None:
    text = issue_text(REPORT, Told(run=RUN))
    assert text.startswith(f"{MARKER}\n\n**1 not compared; 5 differences in 1 account")
    assert f"[this run]({RUN})" in text
    assert "- dev: no credentials" in text
    sections = text.split("\n### ")[1:]
    assert [one.partition("\n")[0] for one in sections] == [
        "Could not be compared",
        "prod/role/app",
        "prod/user/eve",
        "prod/user/zoe",
    ]
    for one in sections[1:]:
        assert "**Put it back:**\n\n- " in one
        assert "**Or adopt it, by a pull request:**\n\n- " in one
    app, eve, zoe = sections[1:]
    assert "**unmanaged**: attachment arn:aws:iam" in app
    assert "is live, and nobody asked for it" in app
    assert "its module is pending: start the *Apply* workflow" in app
    assert "detach this policy in the account" in app
    assert '- {"Sid": "Read"' in app
    assert "the user itself is live, and nobody asked for it" in eve
    assert "`kind: principal`" in eve
    assert "take the module's record out of the store" in zoe


def test_a_request_to_copy_stands_in_a_fence_of_its_own() -> None:
    items = REPORT.items[:1]
    text = "a: |\n  ```\n  <!-- @everybody -->\n"
    told = Told({("prod", "role/app"): Adoptable(Adoption("requests/prod/a.yaml", text), items)})
    found = issue_text(replace(REPORT, items=items), told)
    assert f"````yaml\n{text.rstrip()}\n````" in found
    assert "no request asks for exactly this" not in found


@pytest.mark.parametrize(("kind", "way"), [("expired", "a new date"), ("missing", "take out")])
def test_the_files_that_are_meant_are_named(kind: str, way: str) -> None:
    one = DriftItem(
        "prod",
        "role/app",
        DriftKind(kind),
        Aspect.INLINE,
        "gitiam",
        extra=(READ,),
        origins=tuple(f"requests/{n}.yaml" for n in range(9)),
    )
    text = issue_text(DriftReport((one,), (), {"prod": AT}), Told())
    assert way in text
    assert "requests/0.yaml" in text
    assert "and 4 more" in text


def many(number: int, **more: object) -> DriftReport:
    items = tuple(
        DriftItem(
            "prod",
            f"role/app-{n:04}",
            DriftKind.UNMANAGED,
            Aspect.INLINE,
            "x" * 2_000,
            extra=(READ.but(actions=tuple(f"s3:Get{m}" for m in range(999))),) * 9,
        )
        for n in range(number)
    )
    return replace(REPORT, items=items, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [1, 15, 300])
def test_it_keeps_within_the_room(number: int) -> None:
    assert len(issue_text(many(number), Told(run=RUN))) <= ROOM


def test_what_finds_no_room_is_left_out_of_the_middle_and_counted() -> None:
    text = issue_text(many(300), Told(run=RUN))
    named = re.findall(r"^### prod/role/app-(\d+)", text, re.MULTILINE)
    assert named[0] == "0000"
    assert named[-1] == "0299"
    (left,) = re.findall(r"… (\d+) principals left out here: \[the run\]\((.*)\) has all", text)
    assert (int(left[0]) + len(named), left[1]) == (300, RUN)
    assert text.count("<details>") == text.count("</details>") == len(named)
    assert text.count("```") == 2 * len(named)


def test_names_from_aws_break_out_of_nothing() -> None:
    evil = "x`</details>\n# @admin <!-- https://example.com #1"
    items = (
        DriftItem("prod", "role/app", DriftKind.UNMANAGED, Aspect.INLINE, evil, extra=(READ,)),
        DriftItem("prod", "role/app", DriftKind.CHANGED, Aspect.DESCRIPTION, found=evil),
    )
    text = issue_text(replace(REPORT, items=items), Told())
    outside = re.sub(r"```+diff.*?```+", "", text, flags=re.DOTALL)
    assert "@admin" not in outside
    assert "https://example" not in outside
    assert outside.count("</details>") == 1
    assert outside.count("<!--") == 1
    assert "#1" not in outside


def test_only_what_is_clean_is_told_as_clean() -> None:
    assert clean_text(CLEAN, RUN).startswith(f"{MARKER}\n\nno difference in 1 account.")
    for report in (REPORT, replace(REPORT, items=()), replace(CLEAN, read_at={})):
        with pytest.raises(ValueError, match="not clean"):
            clean_text(report, RUN)
