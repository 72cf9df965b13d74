"""Shards can be applied side by side: what needs each other stays together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest

from gitiam.errors import GitiamError
from gitiam.modules import Change, Module
from gitiam.render.shards import shards
from tests.support.modules import module

READERS = "arn:aws:iam::111122223333:policy/readers"
G1 = "arn:aws:iam::111122223333:group/g1"
BOT = "arn:aws:iam::111122223333:role/bot"


def made(key: str, arn: str, content: str = "") -> Module:
    kind = key.split("/")[1]
    return module(key, content, creates={f"aws_iam_{kind}.this": arn})


def new(found: Module) -> Change:
    return Change(found, None, ("requests/x.yaml added",))


def changed(found: Module, destroys: str | None = None) -> Change:
    return Change(found, "0" * 64, ("requests/x.yaml changed",), destroys)


def names(found: Sequence[Sequence[Change]]) -> list[list[str]]:
    return [[str(change.key) for change in shard] for shard in found]


def test_what_has_nothing_to_do_with_each_other_is_divided_evenly() -> None:
    changes = [changed(module(f"prod/role/r{n}")) for n in range(7)]
    found = shards(changes, 3)
    assert [len(shard) for shard in found] == [3, 2, 2]
    assert sorted(n for s in names(found) for n in s) == sorted(str(c.key) for c in changes)


def test_no_shard_is_empty() -> None:
    assert names(shards([changed(module("prod/role/a"))], 8)) == [["prod/role/a"]]
    assert shards([], 8) == []


def test_there_are_no_more_than_a_matrix_takes() -> None:
    changes = [changed(module(f"prod/role/r{n}")) for n in range(300)]
    assert len(shards(changes, 1000)) == 256


def long(number: int) -> str:
    return f"prod/role/{number:064}"


def test_a_shard_has_room_in_one_variable() -> None:
    changes = [changed(module(long(n))) for n in range(3_500)]
    with pytest.raises(GitiamError, match="100 KiB") as caught:
        shards(changes, 2)
    assert caught.value.hint == "Ask for 3: --shards 3"
    found = names(shards(changes, 3))
    assert sorted(name for shard in found for name in shard) == [long(n) for n in range(3_500)]
    assert all(len(" ".join(shard)) < 100 * 1024 for shard in found)


def test_what_has_no_room_however_it_is_divided_is_told() -> None:
    makes = new(made(f"prod/policy/{'p' * 64}", READERS))
    users = [changed(module(long(n), f'policy_arn = "{READERS}"')) for n in range(1_500)]
    for count in (1, 256):
        with pytest.raises(GitiamError) as caught:
            shards([makes, *users], count)
        assert "--at-most" in (caught.value.hint or "")


def test_who_attaches_a_new_policy_is_in_its_shard_and_comes_after_it() -> None:
    user = changed(module("prod/user/alice", f'policy_arn = "{READERS}"'))
    other = changed(module("prod/user/bob", f'policy_arn = "{READERS}x"'))
    found = names(shards([user, other, new(made("prod/policy/readers", READERS))], 3))
    assert found == [["prod/policy/readers", "prod/user/alice"], ["prod/user/bob"]]


def test_nobody_waits_for_a_policy_that_is_there_already() -> None:
    user = changed(module("prod/user/alice", f'policy_arn = "{READERS}"'))
    found = names(shards([user, changed(made("prod/policy/readers", READERS))], 3))
    assert len(found) == 2


def test_a_policy_that_moves_keeps_together_all_that_may_use_it() -> None:
    moved = changed(made("prod/policy/readers", READERS), destroys=READERS.replace("/", "/old/"))
    changes = [moved, changed(module("prod/user/a")), changed(module("dev/user/a"))]
    assert names(shards(changes, 3)) == [["prod/policy/readers", "prod/user/a"], ["dev/user/a"]]


def test_a_new_group_takes_its_members_with_it_in_its_own_account() -> None:
    groups = 'groups = ["g1", "g2"]'
    ours, theirs = (changed(module(f"{a}/user/alice", groups)) for a in ("prod", "dev"))
    found = names(shards([ours, theirs, new(made("prod/group/g1", G1))], 3))
    assert found == [["prod/group/g1", "prod/user/alice"], ["dev/user/alice"]]


def test_who_trusts_a_new_role_is_in_its_shard_whatever_the_account() -> None:
    trusting = module("dev/role/x", "")
    files = {"policies/trust.json": f'{{"AWS":"{BOT}"}}'}
    trusting = Module(trusting.key, trusting.account, files, trusting.digest)
    found = names(shards([changed(trusting), new(made("prod/role/bot", BOT))], 3))
    assert found == [["dev/role/x", "prod/role/bot"]]


def test_what_is_blocked_is_in_no_shard() -> None:
    blocked = Change(module("prod/role/a"), None, (), blocked=GitiamError("no"))
    assert shards([blocked], 2) == []


def test_the_order_in_which_changes_come_does_not_count() -> None:
    changes = [
        new(made("prod/policy/readers", READERS)),
        changed(module("prod/user/alice", f'"{READERS}"')),
        changed(module("prod/user/bob")),
        changed(module("dev/role/x")),
    ]
    assert len({str(names(shards(order, 2))) for order in permutations(changes)}) == 1
