"""Where the memory of a judged estate is kept, and when it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.types import BoolParamType
from hypothesis import given
from hypothesis import strategies as st

from gitiam.errors import GitiamError, UsageError
from gitiam.memory import Memory, Remembered
from gitiam.models import ModuleKey
from gitiam.sync.store.recall import LOCAL, SHARED, Recall
from gitiam.sync.store.seal import OFF, ON, VARIABLE, is_switched_off
from tests.support.objects import MemoryObjects

MEMORY = Memory(
    fingerprint="f" * 64,
    judged_at=1_795_000_000_000_000,
    files={
        "requests/a.yaml": Remembered("a" * 64, 1_800_000_000_000_000, ["role/bot"], ["group/g"]),
        "requests/ü b.yaml": Remembered("b" * 64, None, ["policy/readers"], []),
    },
    modules={ModuleKey.parse("prod/role/bot"): "c" * 64},
)


class Unreachable(MemoryObjects):
    """A store that nobody may read or write."""

    def get(self, key: str) -> bytes | None:
        raise GitiamError("access denied")

    def put(self, key: str, data: bytes) -> None:
        raise GitiamError("access denied")


@pytest.fixture(autouse=True)
def own_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield


def test_what_is_kept_is_recalled(tmp_path: Path) -> None:
    recall = Recall(tmp_path)
    recall.keep(MEMORY)
    assert recall.recall(MEMORY.fingerprint) == MEMORY
    assert recall.recall("e" * 64) is None


def test_what_is_shared_is_recalled_on_another_machine(tmp_path: Path) -> None:
    objects = MemoryObjects()
    Recall(tmp_path / "one", objects).share(MEMORY)
    assert list(objects.held) == [SHARED]
    assert Recall(tmp_path / "other", objects).recall(MEMORY.fingerprint) == MEMORY
    assert Recall(tmp_path / "other", objects).recall("e" * 64) is None


def test_the_own_one_is_not_taken_for_the_shared_one(tmp_path: Path) -> None:
    objects = MemoryObjects()
    Recall(tmp_path, objects).keep(MEMORY)
    objects.held[SHARED] = (tmp_path / LOCAL).read_bytes()
    assert Recall(tmp_path / "other", objects).recall(MEMORY.fingerprint) is None
    Recall(tmp_path, objects).share(MEMORY)
    (tmp_path / LOCAL).write_bytes(objects.held[SHARED])
    assert Recall(tmp_path).recall(MEMORY.fingerprint) is None


def test_a_store_that_cannot_be_read_is_no_memory(tmp_path: Path) -> None:
    assert Recall(tmp_path, Unreachable()).recall(MEMORY.fingerprint) is None
    with pytest.raises(GitiamError):
        Recall(tmp_path, Unreachable()).share(MEMORY)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / ".gitiam").write_text("a file")
    Recall(tmp_path).keep(MEMORY)
    assert Recall(tmp_path).recall(MEMORY.fingerprint) is None


def test_no_place_for_the_key_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    Recall(tmp_path).keep(MEMORY)
    assert not (tmp_path / LOCAL).exists()


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    Recall(tmp_path / "one").keep(MEMORY)
    (tmp_path / "two/.gitiam/cache").mkdir(parents=True)
    (tmp_path / "two" / LOCAL).symlink_to(tmp_path / "one" / LOCAL)
    assert Recall(tmp_path / "one").recall(MEMORY.fingerprint) == MEMORY
    assert Recall(tmp_path / "two").recall(MEMORY.fingerprint) is None


@given(st.data())
def test_whatever_is_cut_or_changed_it_is_no_memory_and_no_error(data: st.DataObject) -> None:
    objects = MemoryObjects()
    recall = Recall(Path("/nowhere"), objects)
    recall.share(MEMORY)
    whole = objects.held[SHARED]
    at = data.draw(st.integers(0, len(whole) - 1))
    tail = data.draw(st.sampled_from([b"", bytes([whole[at] ^ 1]) + whole[at + 1 :]]))
    objects.held[SHARED] = whole[:at] + tail
    assert recall.recall(MEMORY.fingerprint) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 2}', "[" * 10_000])
def test_what_is_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Memory.from_text(text)


def test_text_tells_all(tmp_path: Path) -> None:
    assert Memory.from_text(MEMORY.as_text()) == MEMORY
    assert Memory.from_text(replace(MEMORY, files={}, modules={}).as_text()).files == {}


# -- the switch ---------------------------------------------------------------------------------


def test_the_words_are_those_of_every_other_switch() -> None:
    states = {word: is_on for word, is_on in BoolParamType.bool_states.items() if word}
    assert states == dict.fromkeys(ON, True) | dict.fromkeys(OFF, False)


@pytest.mark.parametrize("word", [*sorted(OFF), "OFF", " No "])
def test_it_is_switched_off(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(VARIABLE, word)
    assert is_switched_off()


@pytest.mark.parametrize("word", [*sorted(ON), "", " "])
def test_it_is_not_switched_off(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(VARIABLE, word)
    assert not is_switched_off()
    monkeypatch.delenv(VARIABLE)
    assert not is_switched_off()


@pytest.mark.parametrize("word", ["of", "none", "disabled", "2"])
def test_a_word_that_says_neither_is_refused(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(VARIABLE, word)
    with pytest.raises(UsageError, match=f"{VARIABLE} is '{word}', which is neither"):
        is_switched_off()
