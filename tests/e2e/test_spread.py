"""Much work is spread over several runs, or several machines; what is remembered goes along."""

from __future__ import annotations

import json
import shutil

from tests.support.world import World

GRANT = '- actions: [sqs:SendMessage]\n  resources: ["*"]'


def test_shards_and_portions_come_to_the_whole(world: World) -> None:
    names = ["a", "b", "c", "d"]
    for name in names:
        world.iam().create_user(UserName=name)
        world.ask(name, GRANT, principal=f"user/{name}")

    divided = world.gitiam("changes", "--shards", "2")
    assert divided.code == 11
    shards = divided.json["shards"]
    assert [shard["shard"] for shard in shards] == ["1/2", "2/2"]
    assert sorted(m for s in shards for m in s["modules"]) == [f"prod/user/{n}" for n in names]
    assert divided.out.count("\n") == 1

    world.variables["GITIAM_ONLY"] = " ".join(shards[0]["modules"])
    ran = world.gitiam("apply", "--format", "json")
    # The other shard is somebody else's: it is counted, and this run has done its part.
    assert (ran.code, ran.applied) == (0, shards[0]["modules"])
    assert ran.json["left"] == len(shards[1]["modules"])
    del world.variables["GITIAM_ONLY"]

    ran = world.gitiam("apply", "--format", "json", "--at-most", "1")
    assert (ran.code, len(ran.applied)) == (11, 1), ran.err
    assert ran.json["left"] == 1
    assert "1 module left for the next run" in ran.err
    ran = world.gitiam("apply", "--format", "json", "--at-most", "1")
    assert (ran.code, len(ran.applied)) == (0, 1), ran.err
    assert json.loads(world.gitiam("changes", "--shards", "2").out) == {"shards": [], "pending": 0}


def test_what_is_remembered_neither_hides_nor_brings_back(world: World) -> None:
    world.iam().create_user(UserName="a")
    path = world.ask("a", GRANT, principal="user/a")
    assert world.gitiam("apply").code == 0
    assert (world.root / ".gitiam/cache/judged").is_file()
    assert world.gitiam("changes").code == 0
    world.ask("a", GRANT.replace("SendMessage", "ReceiveMessage"), principal="user/a")
    assert world.gitiam("changes", "--format", "json").pending == {
        "prod/user/a": [f"{path} changed"]
    }
    assert world.gitiam("apply").code == 0
    assert world.inline("user/a")[0]["Action"] == "sqs:ReceiveMessage"
    shutil.rmtree(world.root / ".gitiam/store")
    assert world.gitiam("changes", "--format", "json").pending == {"prod/user/a": [f"{path} added"]}
