"""What is pending, told to people, to machines and to the reviewers of a pull request."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Change, Module
from gitiam.policy.statement import Statement, document_text
from gitiam.report.changes import as_json, as_markdown, as_text
from tests.support.hcl import hostile_policy_text
from tests.support.modules import change, emptied, hex_of, module, record

CREATED = change(module("prod/role/new", "n"), "requests/n.yaml added")
CHANGED = change(
    module("dev/user/alice", "c"),
    "requests/a.yaml changed",
    "requests/b.yaml expired",
    previous=hex_of("old"),
)
EMPTIED = change(
    emptied(ModuleKey.parse("prod/group/gone")), "requests/g.yaml removed", previous=hex_of("g")
)
ALL = (CREATED, CHANGED, EMPTIED)


def test_for_machines() -> None:
    assert json.loads(as_json(ALL, 1_200)) == {
        "pending": [change.as_json() for change in ALL],
        "unchanged": 1_200,
    }
    first = json.loads(as_json(ALL, 0))["pending"][1]
    assert first["account"] == "dev"
    assert first["principal"] == "user/alice"
    assert first["reasons"] == ["requests/a.yaml changed", "requests/b.yaml expired"]
    assert first["digest"] == CHANGED.module.digest
    assert first["previous"] == hex_of("old")
    assert first["empties"] is False
    assert json.loads(as_json((), 3)) == {"pending": [], "unchanged": 3}


def test_for_people() -> None:
    assert as_text(ALL, 1_200).splitlines() == [
        "create  prod/role/new    requests/n.yaml added",
        "change  dev/user/alice   requests/a.yaml changed; requests/b.yaml expired",
        "empty   prod/group/gone  requests/g.yaml removed",
        "3 modules pending, 1,200 unchanged",
    ]
    assert as_text((), 0) == "0 modules pending, 0 unchanged"


def test_each_verb_has_its_style() -> None:
    styled = as_text(ALL, 0, lambda text, role: f"<{role}>{text}</{role}>")
    assert [line.split(" ")[0] for line in styled.splitlines()[:3]] == [
        "<create>create</create>",
        "<change>change</change>",
        "<empty>empty</empty>",
    ]


def test_for_reviewers_when_nothing_changes() -> None:
    assert as_markdown((), 1_200) == "No module changes; 1,200 unchanged.\n"


def test_for_reviewers_a_table_with_every_reason() -> None:
    text = as_markdown(ALL, 4)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    rows = sum(token.type == "tr_open" for token in tokens)
    assert rows == 1 + len(ALL)
    assert "requests/a.yaml changed<br>requests/b.yaml expired" in text
    assert "3 modules pending, 4 unchanged" in text


def with_policy(statement: Statement, key: str = "prod/role/x") -> Module:
    found = module(key, repr(statement))
    files = {"main.tf": "", "policies/inline.json": document_text([statement])}
    return Module(found.key, found.account, files, found.digest, found.origins)


def folded(text: str) -> list[str]:
    """The lines of the one fence."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    (fence,) = [token for token in tokens if token.type == "fence"]
    return fence.content.splitlines()


def test_reviewers_see_what_is_gained_and_what_is_lost() -> None:
    old = with_policy(Statement("Allow", ("s3:GetObject",), ("arn:aws:s3:::orders/*",)))
    new = with_policy(Statement("Allow", ("s3:PutObject",), ("arn:aws:s3:::orders/*",)))
    found = as_markdown([change(new, before=old)], 0)
    assert folded(found) == [
        "@@ permissions @@",
        "- allow s3:GetObject",
        "-   on arn:aws:s3:::orders/*",
        "+ allow s3:PutObject",
        "+   on arn:aws:s3:::orders/*",
    ]


def test_what_was_before_and_is_not_known_is_not_passed_off_as_new() -> None:
    """The records of older gitiams have no files, and a record may be unreadable."""
    new = with_policy(Statement("Allow", ("s3:PutObject",), ("*",)))
    told = change(new, before=new)
    bare = replace(told, record=replace(record(new), files={}))
    lost = replace(told, record=None, previous=None)
    for unknown in (bare, lost):
        text = as_markdown([unknown], 0)
        assert "<details>" not in text
        assert "| change |" in text
        assert "How 1 module differs is not shown" in text
        assert "`gitiam plan`" in text
        assert "--against DIR" in text
    assert "is not shown" not in as_markdown([told, change(new)], 0)


def test_what_differs_neither_in_permissions_nor_in_resources_has_no_fold() -> None:
    """Only the provider's lock file has changed, say; or nothing can be done at all."""
    old = with_policy(Statement("Allow", ("s3:PutObject",), ("*",)))
    new = replace(old, digest=hex_of("other"), files={**old.files, ".terraform.lock.hcl": "anew"})
    stopped = replace(
        change(emptied(old.key), before=old), blocked=GitiamError("spelled otherwise")
    )
    lost = replace(stopped, record=None, previous=None)
    text = as_markdown([change(new, before=old), stopped, lost], 0)
    assert "<details>" not in text
    assert "```" not in text
    assert "is not shown" not in text


def test_what_has_been_applied_is_changed_though_a_marker_stands() -> None:
    """After a kill it is not certain what was applied, but the module is there."""
    killed = replace(CHANGED, previous=None)
    assert as_text([killed], 0).startswith("change  dev/user/alice")
    assert "| change |" in as_markdown([killed], 0)


@given(hostile_policy_text(), hostile_policy_text())
def test_no_text_of_a_request_looks_like_a_line_of_the_diff(action: str, resource: str) -> None:
    """A value with line ends in it stays on its line; and the fence stays closed around it."""
    new = with_policy(Statement("Allow", (action,), (resource,)))
    lines = folded(as_markdown([change(new)], 0))
    assert len(lines) == 3
    assert lines[0] == "@@ permissions @@"
    assert lines[1].startswith("+ allow ")
    assert lines[2].startswith("+   on ")


def test_a_long_difference_is_cut_and_says_so() -> None:
    resources = tuple(f"arn:aws:s3:::{'x' * 60}{n}" for n in range(500))
    found = as_markdown([change(with_policy(Statement("Allow", ("s3:*",), resources)))], 0)
    assert len(found) < 8_000
    assert folded(found)[-1].startswith("… cut here")


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True))
def test_each_module_has_its_own_fold(names: list[str]) -> None:
    found: list[Change] = [change(module(f"prod/role/{name}", name)) for name in names]
    text = as_markdown(found, 0)
    assert text.count("<details>") == text.count("</details>") == len(names)
    for name in names:
        assert f"<summary>prod/role/{name}</summary>" in text
