"""`gitiam validate --fix` and `--diff` as people call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gitiam.cli.main import cli
from gitiam.errors import GitiamError
from tests.support.estates import request, write_estate

SLIPS = request(
    """
    # queues
    - actions: [sqs.SendMessage] # a comment with 😀
      resources: ['arn:aws:sqs:us-east-1:1111-2222-3333:orders']
    - actions: [s3:GetObjekt]
      resources: ['arn:aws:s3:::orders/*']
    """
).replace("\n", "\r\n")
MENDED = SLIPS.replace("sqs.Send", "sqs:Send").replace(
    "'arn:aws:sqs:us-east-1:1111-2222-3333:orders'", "arn:aws:sqs:us-east-1:111122223333:orders"
)
TWO = "; 2 have a fix that needs you to choose\n"
OTHER_MENDED = MENDED.replace("data-pipeline", "ci")


def validate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        cli, ["-C", str(root), "--at", "2026-11-24", "validate", *arguments], standalone_mode=False
    )


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    other = SLIPS.replace("data-pipeline", "ci")
    return write_estate(tmp_path, {"requests/a.yaml": SLIPS, "requests/sub/b.yaml": other})


def text_of(root: Path, path: str) -> str:
    return (root / path).read_bytes().decode()


def test_what_is_safe_is_written_and_what_is_a_guess_remains(estate: Path) -> None:
    done = validate(estate, "--fix")
    assert done.return_value == 10
    assert text_of(estate, "requests/a.yaml") == MENDED
    assert text_of(estate, "requests/sub/b.yaml") == OTHER_MENDED
    assert "requests/a.yaml:7:15: fixed [unknown-action] write `sqs:SendMessage`\n" in done.stdout
    assert "requests/a.yaml:9:15: error [unknown-action] AWS has no action `s3:G" in done.stdout
    assert done.stdout.endswith(
        "\n4 fixed, 2 errors in 2 files; 2 have a fix that needs you to choose\n"
    )
    again = validate(estate, "--fix")
    assert again.stdout.endswith(
        "\n0 fixed, 2 errors in 2 files; 2 have a fix that needs you to choose\n"
    )
    assert text_of(estate, "requests/a.yaml") == MENDED


def test_only_the_files_that_are_named(estate: Path) -> None:
    done = validate(estate, "--fix", str(estate / "requests" / "sub"))
    assert text_of(estate, "requests/a.yaml") == SLIPS
    assert text_of(estate, "requests/sub/b.yaml") == OTHER_MENDED
    assert "\n2 fixed, 1 error in 1 file; 1 has a fix that needs you to choose\n" in done.stdout


def test_nothing_is_left_where_all_is_mended(estate: Path) -> None:
    text = request("- managed_policy: IAMReadOnlyAccess", expires="14d")
    write_estate(estate, {"requests/c.yaml": text})
    done = validate(estate, "--fix", str(estate / "requests" / "c.yaml"))
    assert "expires: 2026-12-08\n" in text_of(estate, "requests/c.yaml")
    assert done.return_value == 0
    assert done.stdout == (
        "requests/c.yaml:4:10: fixed [schema] write `2026-12-08`\n"
        "\n"
        "1 fixed, no findings left in 1 file\n"
        "requests/c.yaml: low risk\n"
        "  low: list and read access to iam in prod\n"
    )


@pytest.mark.parametrize("options", [["--diff"], ["--fix", "--diff"]])
def test_a_difference_is_shown_and_nothing_written(estate: Path, options: list[str]) -> None:
    done = validate(estate, *options)
    assert text_of(estate, "requests/a.yaml") == SLIPS
    assert "\n-  - actions: [sqs.SendMessage] # a comment with 😀\n" in done.stdout
    assert "\n+  - actions: [sqs:SendMessage] # a comment with 😀\n" in done.stdout
    assert done.stdout.endswith(
        "\n4 to fix, 2 errors in 2 files; 2 have a fix that needs you to choose\n"
    )


def test_what_blocks_now_blocks_though_a_fix_is_at_hand(tmp_path: Path) -> None:
    text = request("- managed_policy: IAMReadOnlyAccess", expires="14d")
    root = write_estate(tmp_path, {"requests/c.yaml": text})
    assert validate(root, "--diff").return_value == 10
    assert validate(root, "--fix").return_value == 0


def test_json_has_what_was_fixed(estate: Path) -> None:
    body = json.loads(validate(estate, "--fix", "--format", "json").stdout)
    assert [(f["path"], f["line"], f["rule"]) for f in body["fixed"][:2]] == [
        ("requests/a.yaml", 7, "unknown-action"),
        ("requests/a.yaml", 8, "malformed-arn"),
    ]
    assert body["fixed"][0]["fix"]["replacement"] == "sqs:SendMessage"
    assert len(body["findings"]) == 2
    assert json.loads(validate(estate, "--format", "json").stdout)["fixed"] == []


def test_who_does_not_ask_is_told_of_it(estate: Path) -> None:
    done = validate(estate)
    assert "  fix: write `sqs:SendMessage` (--fix does it)\n" in done.stdout
    assert "  fix: write `s3:GetObject`\n" in done.stdout


def test_a_fix_that_is_taken_back_is_told(tmp_path: Path) -> None:
    text = request("- actions: s3:GetObject\n  resources: arn:aws:s3:orders")
    root = write_estate(tmp_path, {"requests/x.yaml": text})
    done = validate(root, "--fix")
    assert text_of(root, "requests/x.yaml") == text
    assert "write `arn:aws:s3:::orders` (tried, and taken back: another error" in done.stdout


def test_a_configuration_that_is_wrong_is_told_as_ever(estate: Path) -> None:
    (estate / "gitiam.yaml").write_text("nope: 1\n")
    for option in ("--fix", "--diff"):
        done = validate(estate, option)
        assert done.return_value == 10
        assert "gitiam.yaml:1:1: error [schema]" in done.stdout
    assert text_of(estate, "requests/a.yaml") == SLIPS


def test_links_are_not_followed(estate: Path) -> None:
    outside = estate / "outside.yaml"
    outside.write_bytes(SLIPS.encode())
    (estate / "requests" / "link.yaml").symlink_to(outside)
    (estate / "requests" / "linked").symlink_to(estate)
    validate(estate, "--fix")
    assert text_of(estate, "outside.yaml") == SLIPS
    assert text_of(estate, "requests/a.yaml") == MENDED
    assert (estate / "requests" / "link.yaml").is_symlink()


def test_a_file_that_cannot_be_written_does_not_keep_the_others(
    estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gitiam.validate import mending

    mend = mending.mend

    def meanwhile(*arguments: object) -> object:
        done = mend(*arguments)  # type: ignore[arg-type]
        (estate / "requests" / "a.yaml").write_text("account: prod\n")
        return done

    monkeypatch.setattr(mending, "mend", meanwhile)
    done = validate(estate, "--fix")
    assert isinstance(done.exception, GitiamError)
    assert "requests/a.yaml: it has changed meanwhile" in done.exception.message
    assert text_of(estate, "requests/a.yaml") == "account: prod\n"
    assert text_of(estate, "requests/sub/b.yaml") == OTHER_MENDED


def test_sarif_of_a_real_estate_names_rules_and_fixes(estate: Path) -> None:
    (run,) = json.loads(validate(estate, "--format", "sarif").stdout)["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert "## Use instead" in rules["unknown-action"]["help"]["markdown"]
    assert rules["malformed-yaml"]["shortDescription"]["text"].startswith("The file is not YAML")
    assert {r["ruleId"] for r in run["results"]} == {"unknown-action", "malformed-arn"}
    assert all("fixes" in result for result in run["results"])


def test_nothing_to_fix_is_said(tmp_path: Path) -> None:
    text = request("- actions: s3:GetObjekt\n  resources: 'arn:aws:s3:::orders/*'")
    root = write_estate(tmp_path, {"requests/x.yaml": text})
    end = ", 1 error in 1 file; 1 has a fix that needs you to choose\n"
    assert validate(root, "--fix").stdout.endswith("\n0 fixed" + end)
    assert validate(root, "--diff").stdout.endswith("\n0 to fix" + end)


def test_each_entry_is_named_at_the_place_where_it_was(tmp_path: Path) -> None:
    grant = "- actions: [s3:GetObject, s3:GetObject, s3:getobject]\n  resources: 'arn:aws:s3:::o/*'"
    root = write_estate(tmp_path, {"requests/x.yaml": request(grant)})
    done = validate(root, "--fix").stdout.splitlines()
    assert [line for line in done if ": fixed [" in line] == [
        "requests/x.yaml:6:29: fixed [redundant-entry] remove this entry, `s3:GetObject`",
        "requests/x.yaml:6:43: fixed [redundant-entry] remove this entry, `s3:getobject`",
    ]
