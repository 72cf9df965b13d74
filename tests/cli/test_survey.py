"""What is remembered makes a look quicker, and never another one."""

from __future__ import annotations

import hmac
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitiam.cli.common import EstateContext
from gitiam.cli.pipeline import BlockedError, look
from gitiam.load.surroundings import fingerprint
from gitiam.shipped import templates_dir
from gitiam.sync.store.recall import LOCAL, Recall
from gitiam.validate import run
from tests.support.edits import BASE, BUNDLE, LIMITS, Playground, do, edits, off
from tests.support.estates import NOW

#: More of them with `make fuzz`.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))


@pytest.fixture(autouse=True)
def own_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from(["", *LIMITS]),
    st.lists(st.tuples(st.lists(edits(), min_size=1, max_size=3), st.booleans()), max_size=8),
)
def test_both_ways_say_the_same_whatever_happens(
    limits: str, story: list[tuple[list[tuple[str, Any]], bool]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ground = Playground(Path(folder) / "estate")
        do(ground, ("configure", limits))
        ground.looked()
        ground.apply(1)
        for some, stays in story:
            saved = ground.saved()
            for edit in some:
                do(ground, edit)
            expected = ground.judged_anew()
            assert ground.looked() == expected
            assert ground.looked() == expected, "the second look, from what the first remembered"
            if expected[0] == "stopped" and not stays:
                ground.put_back(saved)


@settings(max_examples=max(EXAMPLES // 2, 1))
@given(st.lists(edits(), max_size=4), st.lists(edits(), min_size=1, max_size=4))
def test_a_preview_is_the_same_both_ways(
    before: list[tuple[str, Any]], after: list[tuple[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ground = Playground(Path(folder) / "estate")
        ground.looked()
        for edit in before:
            do(ground, edit)
        shutil.copytree(ground.root / "requests", Path(folder) / "earlier")
        for edit in after:
            do(ground, edit)
        with off():
            expected = ground.previewed(Path(folder) / "earlier")
        assert ground.previewed(Path(folder) / "earlier") == expected


def parsed(ground: Playground, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The files that a look parses."""
    from gitiam.load import estate

    found: set[str] = set()
    real = estate.parse_file

    def parse(path: str, raw: bytes, *rest: Any) -> Any:
        found.add(path)
        return real(path, raw, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(estate, "parse_file", parse)
        ground.looked()
    return found


def test_only_what_bears_on_a_change_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Playground(tmp_path / "estate")
    assert parsed(ground, monkeypatch) == set(ground.files())
    ground.apply(1)
    assert parsed(ground, monkeypatch) == set()
    ground.write("requests/n1.yaml", BASE["requests/n1.yaml"].replace("Backfill", "Count"))
    assert parsed(ground, monkeypatch) == {"requests/n1.yaml", "requests/readers.yaml"}
    assert parsed(ground, monkeypatch) == set()
    ground.write("requests/k.yaml", BASE["requests/k.yaml"].replace("orders/", "other/"))
    # The requests of role/bot, that of user/alice, who stands in one of them, and what they attach.
    bot = {"requests/k.yaml", "requests/j.yaml", "requests/readers.yaml", "requests/i.yaml"}
    assert parsed(ground, monkeypatch) <= {*bot, "requests/g1.yaml"}
    with off():
        assert parsed(ground, monkeypatch) == set(ground.files())


def moved(ground: Playground) -> None:
    text = BASE["requests/readers.yaml"].replace("reason:", "path: /team/\nreason:")
    ground.write("requests/readers.yaml", text)


def respelt(ground: Playground) -> None:
    text = BASE["requests/g1.yaml"].replace("group/g1", "group/G1")
    ground.write("requests/g1.yaml", text)


def renamed(ground: Playground) -> None:
    (ground.root / "requests/k.yaml").unlink()
    ground.write("requests/x/k.yaml", BASE["requests/k.yaml"])


def removed(path: str) -> Callable[[Playground], None]:
    return lambda ground: (ground.root / path).unlink()


def written(path: str, text: str) -> Callable[[Playground], None]:
    return lambda ground: ground.write(path, text)


def later(ground: Playground) -> None:
    ground.now += timedelta(days=2)


#: What happens → the modules that are pending then, or the rule that blocks.
SCENES: dict[str, tuple[Callable[[Playground], None], set[str] | str]] = {
    "a policy moves, and its ARN with it": (
        moved,
        {"dev/policy/readers", "prod/policy/readers", "prod/role/bot", "prod/user/alice"}
        | {f"prod/role/n{number}" for number in range(4)},
    ),
    "a group is spelled otherwise than by who mentions it": (respelt, "clashing-name"),
    "a new file spells a group otherwise": (
        written("requests/a.yaml", BASE["requests/i.yaml"].replace("group: g1", "group: G1")),
        "clashing-name",
    ),
    "a policy goes that others attach": (removed("requests/readers.yaml"), "unknown-managed"),
    "a second file declares a policy": (
        written("requests/a.yaml", BASE["requests/readers.yaml"]),
        "duplicate-declaration",
    ),
    "two files ask for too much together": (
        written(
            "requests/a.yaml",
            BASE["requests/n1.yaml"]
            .replace("role/n1", "user/alice")
            .replace("readers", "AWSXrayReadOnlyAccess"),
        ),
        "too-large",
    ),
    "a request goes": (removed("requests/k.yaml"), {"prod/role/bot"}),
    "a request is renamed": (renamed, {"prod/role/bot"}),
    "a principal goes": (removed("requests/n1.yaml"), {"prod/role/n1"}),
    "a request is given to somebody else": (
        written("requests/n1.yaml", BASE["requests/n1.yaml"].replace("role/n1", "role/other")),
        {"prod/role/n1", "prod/role/other"},
    ),
    "a request expires": (later, {"prod/role/bot"}),
    "a file breaks": (written("requests/n1.yaml", "a: ["), "malformed-yaml"),
    "a file comes that is none": (written("requests/README", "x"), "malformed-yaml"),
}


@pytest.mark.parametrize("name", SCENES)
def test_what_a_change_bears_on_is_found(name: str, tmp_path: Path) -> None:
    ground = Playground(tmp_path / "estate")
    do(ground, ("configure", LIMITS[0]))
    ground.looked()
    ground.apply(1)
    assert ground.looked()[1][0] == []
    happen, comes = SCENES[name]
    happen(ground)
    found = ground.looked()
    assert found == ground.judged_anew()
    if isinstance(comes, str):
        assert (found[0], comes in found[3]) == ("stopped", True), found
    else:
        assert {told[0] for told in found[1][0]} == comes


def test_time_alone_makes_pending_what_expires(tmp_path: Path) -> None:
    ground = Playground(tmp_path / "estate")
    ground.looked()
    ground.apply(1)
    assert ground.looked()[1][0] == []
    ground.now += timedelta(days=2)
    (told,) = ground.looked()[1][0]
    assert told[0] == "prod/role/bot"
    assert told[3] == ("requests/k.yaml expired",)


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda raw: raw[:-7],
    "emptied": lambda raw: b"",
    "one bit": lambda raw: raw[:-9] + bytes([raw[-9] ^ 1]) + raw[-8:],
    "another seal": lambda raw: raw.replace(raw[14:20], b"000000", 1),
    "forged": lambda raw: forged(raw, b"gitiam"),
    "junk": lambda raw: b"gitiam-judged x y\n{}",
}


def forged(raw: bytes, key: bytes) -> bytes:
    """Everything is judged, and the module of role/bot is as it was: sealed by somebody else."""
    head, _, rest = raw.partition(b" ")
    signed = rest.partition(b" ")[2]
    return b" ".join([head, hmac.new(key, signed, "sha256").hexdigest().encode(), signed])


@pytest.mark.parametrize("name", SPOILT)
def test_what_was_tampered_with_is_not_believed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Playground(tmp_path / "estate")
    expected = ground.looked()
    file = ground.root / LOCAL
    spoilt = SPOILT[name](file.read_bytes())
    assert spoilt != file.read_bytes()
    file.write_bytes(spoilt)
    assert parsed(ground, monkeypatch) == set(ground.files())
    file.write_bytes(spoilt)
    assert ground.looked() == expected


def test_a_repository_cannot_bring_its_own_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "strangers"))
    ground = Playground(tmp_path / "estate")
    ground.looked()
    ground.apply(1)
    assert parsed(ground, monkeypatch) == set(), "the stranger's own machine believes it"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "mine"))
    assert parsed(ground, monkeypatch) == set(ground.files())


def test_a_seal_that_others_can_read_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Playground(tmp_path / "estate")
    ground.looked()
    ground.apply(1)
    (tmp_path / "state/gitiam/seal").chmod(0o644)
    assert parsed(ground, monkeypatch) == set(ground.files())


def test_a_wrong_memory_is_found_out_by_what_it_makes(tmp_path: Path) -> None:
    ground = Playground(tmp_path / "estate")
    with off():
        expected = ground.looked()
    ground.looked()
    recall = Recall(ground.root)
    print_ = fingerprint(ground.root, templates_dir(), None)
    assert print_ is not None
    memory = recall.recall(print_)
    assert memory is not None
    recall.keep(replace(memory, modules=dict.fromkeys(memory.modules, "0" * 64)))
    assert ground.looked() == expected


def test_a_clock_that_goes_back_judges_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Playground(tmp_path / "estate")
    ground.looked()
    ground.apply(1)
    ground.now -= timedelta(seconds=1)
    assert parsed(ground, monkeypatch) == set(ground.files())


@pytest.mark.parametrize("before", ["off", "note"])
def test_a_rule_that_weighs_more_by_now_is_not_forgotten(before: str, tmp_path: Path) -> None:
    """What was judged by another configuration is not taken for judged."""
    ground = Playground(tmp_path / "estate")
    config = ground.saved()["gitiam.yaml"]
    far = BASE["requests/n0.yaml"].replace("role/n0", "role/z").replace("2027-01-15", "2030-01-15")
    ground.write("requests/z.yaml", far)
    ground.write("gitiam.yaml", f"{config}rules: {{distant-expiry: {before}}}\n")
    ground.looked()
    assert (ground.root / LOCAL).exists()
    ground.write("gitiam.yaml", config)
    with pytest.raises(BlockedError):
        look(ground.context(), ground.ledger)


def test_what_was_allowed_blocks_when_the_entry_goes(tmp_path: Path) -> None:
    ground = Playground(tmp_path / "estate")
    config = ground.saved()["gitiam.yaml"]
    far = BASE["requests/n0.yaml"].replace("role/n0", "role/z").replace("2027-01-15", "2030-01-15")
    allow = "allow: [{rule: distant-expiry, reason: for as long as it takes}]\n"
    ground.write("gitiam.yaml", f"{config}rules: {{distant-expiry: {{allowable: true}}}}\n")
    ground.write("requests/z.yaml", far + allow)
    ground.looked()
    assert (ground.root / LOCAL).exists()
    ground.write("requests/z.yaml", far)
    with pytest.raises(BlockedError):
        look(ground.context(), ground.ledger)


def test_it_is_switched_off(tmp_path: Path) -> None:
    ground = Playground(tmp_path / "estate")
    with off():
        ground.looked()
    assert not (ground.root / LOCAL).exists()


def test_other_requests_and_other_times_are_not_remembered(tmp_path: Path) -> None:
    ground = Playground(tmp_path / "estate")
    shutil.copytree(ground.root / "requests", tmp_path / "theirs")
    look(ground.context(tmp_path / "theirs"), ground.ledger, share=True)
    look(EstateContext(ground.root, None, NOW), ground.ledger, share=True)
    assert not (ground.root / LOCAL).exists()


@pytest.mark.parametrize("path", ["gitiam.yaml", "templates/bundles/mine.yaml"])
def test_what_changes_while_it_is_judged_is_not_remembered(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Playground(tmp_path / "estate")
    real = run.validate

    def validate(*given: Any, **more: Any) -> Any:
        ground.write(path, BUNDLE if "bundles" in path else f"{ground.saved()[path]}{LIMITS[0]}\n")
        return real(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(run, "validate", validate)
        ground.looked()
    assert not (ground.root / LOCAL).exists()
    ground.looked()
    assert (ground.root / LOCAL).exists() == (path == "gitiam.yaml")
