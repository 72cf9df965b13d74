"""A folder of files: each is read or refused, and none hides another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.catalog import catalog
from gitiam.errors import GitiamError
from gitiam.load.estate import Estate, load_estate
from gitiam.validate.run import validate
from tests.support.estates import HEAD, NOW, estate_of, request, write_estate
from tests.support.thorough import drawn

GOOD = request("- managed_policy: ReadOnlyAccess")


def load(root: Path) -> Estate:
    return load_estate(root, [])


def said(estate: Estate) -> list[str]:
    return [f"{f.location}: {f.message}" for f in estate.findings]


def test_every_broken_file_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    root = write_estate(
        tmp_path,
        {
            "requests/a.yaml": "a: ]",
            "requests/b/c.yml": GOOD,
            "requests/b/d.yaml": b"\xff",
            "requests/e.yaml": "kind: nonsense",
            "requests/f.txt": "hello",
            "requests/g.yaml": "",
            "requests/README": "",
        },
    )
    estate = load(root)
    assert [r.path for r in estate.requests] == ["requests/b/c.yml"]
    assert estate.files == 5
    assert [line.split(": ")[0] for line in said(estate)] == [
        "requests/README:1:1",
        "requests/a.yaml:1:4",
        "requests/b/d.yaml:1:1",
        "requests/e.yaml:1:7",
        "requests/f.txt:1:1",
        "requests/g.yaml:1:1",
    ]


def test_links_and_special_files_are_refused_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.yaml").write_text(GOOD)
    root = write_estate(tmp_path / "estate", {"requests/good.yaml": GOOD})
    (root / "requests" / "file.yaml").symlink_to(outside / "x.yaml")
    (root / "requests" / "folder").symlink_to(outside)
    (root / "requests" / "broken.yaml").symlink_to(outside / "none.yaml")
    (root / "requests" / "loop").symlink_to(root / "requests")
    os.mkfifo(root / "requests" / "pipe.yaml")
    estate = load(root)
    assert [r.path for r in estate.requests] == ["requests/good.yaml"]
    assert len(estate.findings) == 5
    assert {f.message for f in estate.findings} == {
        "a link or special file; only plain files are read"
    }


@pytest.mark.parametrize(
    "name", [b"a\nb.yaml", b"a\x1b[31m.yaml", b"a\xff.yaml", "a\u202eb.yaml".encode()]
)
def test_names_that_cannot_be_printed_are_refused(tmp_path: Path, name: bytes) -> None:
    root = write_estate(tmp_path, {})
    Path(os.fsdecode(bytes(root / "requests") + b"/" + name)).write_text(GOOD)
    estate = load(root)
    assert estate.requests == ()
    (found,) = estate.findings
    assert "cannot be printed" in found.message
    assert found.location.path.isprintable()
    found.location.path.encode()


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    root = write_estate(tmp_path, {"requests/.x.yaml": "a: [", "requests/.git/y.yaml": "a: ["})
    assert load(root).findings == ()


def test_requests_may_come_from_elsewhere_with_the_estates_own_names(tmp_path: Path) -> None:
    root = write_estate(tmp_path / "base", {"requests/old.yaml": GOOD})
    head = write_estate(tmp_path / "head", {"requests/new.yaml": GOOD, "gitiam.yaml": "a: ["})
    estate = load_estate(root, [], requests=head / "requests")
    assert [r.path for r in estate.requests] == ["requests/new.yaml"]


def test_what_is_not_wanted_is_not_read() -> None:
    files = {"requests/a.yaml": GOOD, "requests/b.yaml": "a: ["}
    estate = estate_of(files, lambda path, raw: path.endswith("a.yaml") and raw == GOOD.encode())
    assert (len(estate.requests), estate.findings, estate.files) == (1, (), 1)


def test_no_folder_of_requests_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "gitiam.yaml").write_text("accounts: {prod: {id: '111122223333'}}")
    with pytest.raises(GitiamError, match="there is no folder"):
        load(tmp_path)


def test_a_broken_bundle_is_a_finding(tmp_path: Path) -> None:
    root = write_estate(
        tmp_path,
        {
            "templates/bundles/a.yaml": "description: x\nstatements: []\n",
            "templates/bundles/b.yaml": "- [",
        },
    )
    estate = load_estate(root, [root / "templates" / "bundles"])
    assert estate.bundles == {}
    assert [f.location.path for f in estate.findings] == [
        "templates/bundles/a.yaml",
        "templates/bundles/b.yaml",
    ]


def test_a_later_folder_replaces_a_bundle(tmp_path: Path) -> None:
    text = (
        "description: {}\nstatements: [{{actions: ec2:DescribeVpcs, resources: '*', why: none}}]\n"
    )
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.yaml").write_text(text.format(name))
    root = write_estate(tmp_path, {})
    estate = load_estate(root, [tmp_path / "one", tmp_path / "two", tmp_path / "none"])
    assert estate.bundles["x"].description == "two"


TOKENS = st.sampled_from(
    [
        *("account", "principal", "grants", "kind", "actions", "bundle", "reason", "expires"),
        *("trust", "tags", "prod", "role/x", "policy", "request", "s3:*", "*", "arn:aws:s3:::x"),
        *("{", "}", "[", "]", ":", ",", "\n", "  ", "- ", "&a", "*a", "|", ">", "'", '"', "~"),
        *("never", "2027-01-15", "ä", "\x85", "{account_id}", "${aws:username}", "\\x41", "#"),
    ]
)


@drawn(100, 3_000)
@given(st.binary(max_size=200) | st.lists(TOKENS, max_size=40).map(lambda t: "".join(t).encode()))
def test_whatever_stands_in_a_file_it_gives_findings_and_no_exception(raw: bytes) -> None:
    check(raw)


@drawn(75, 2_000)
@given(st.lists(TOKENS, max_size=25).map("".join), st.integers(0, 6))
def test_a_request_with_anything_in_it_gives_findings_and_no_exception(junk: str, at: int) -> None:
    lines = GOOD.splitlines(keepends=True)
    lines[at : at + 1] = [junk + "\n"]
    check("".join(lines).encode())


@drawn(75, 2_000)
@given(st.text(max_size=30), st.sampled_from(["actions", "resources", "bundle", "managed_policy"]))
def test_any_text_in_a_grant_gives_findings_and_no_exception(text: str, key: str) -> None:
    grant = {"actions": "s3:GetObject", "resources": "*", key: text}
    if key in ("bundle", "managed_policy"):
        grant = {key: text}
    quoted = ", ".join(f'{k}: "{_escaped(v)}"' for k, v in grant.items())
    check(f"{HEAD}  - {{{quoted}}}\n".encode())


def _escaped(text: str) -> str:
    return "".join(f"\\U{ord(c):08X}" for c in text)


def check(raw: bytes) -> None:
    estate = estate_of({"requests/x.yaml": raw})
    found = validate(estate, catalog(), NOW, frozenset(["requests/x.yaml"]))
    assert "rule-crashed" not in {f.rule for f in found}
    read = len(estate.requests) + len(estate.declarations) + len(estate.policies)
    assert read == 1 or any(f.blocks for f in found)
