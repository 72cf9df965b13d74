"""Access leaves with its request, with its date, and in the accounts that no longer ask for it."""

from __future__ import annotations

from tests.support.world import World, day


def _grant(queue: str) -> str:
    arn = f"arn:aws:sqs:us-east-1:{{account_id}}:{queue}"
    return f'- actions: [sqs:SendMessage]\n  resources: ["{arn}"]'


def _queues(world: World, account: str, user: str) -> set[str]:
    """Which queues the user's inline policy opens."""
    return {arn.rsplit(":", 1)[-1] for arn in world.resources(f"user/{user}", account)}


def test_access_leaves_where_it_is_no_longer_asked_for(world: World) -> None:
    for account, user in [("prod", "a"), ("dev", "a"), ("prod", "b"), ("prod", "c")]:
        world.iam(account).create_user(UserName=user)
    both = world.ask("both", _grant("both"), principal="user/a", account=["dev", "prod"])
    gone = world.ask("gone", _grant("gone"), principal="user/b")
    world.ask("stays", _grant("stays"), principal="user/c")
    for name in ("one", "two"):
        world.ask(name, _grant(name), principal="user/c", expires=day(2))

    first = world.gitiam("apply", "--format", "json")
    assert (first.code, sorted(first.applied)) == (
        0,
        ["dev/user/a", "prod/user/a", "prod/user/b", "prod/user/c"],
    ), first.err
    assert _queues(world, "prod", "c") == {"one", "stays", "two"}

    # `both` loses prod, `gone` is deleted, and the two that stand side by side expire.
    world.ask("both", _grant("both"), principal="user/a", account=["dev"])
    (world.root / gone).unlink()
    later = ("--at", day(3))
    changes = world.gitiam(*later, "changes", "--format", "json")
    assert changes.code == 11
    assert changes.pending == {
        "prod/user/a": [f"{both} no longer names it"],
        "prod/user/b": [f"{gone} removed"],
        "prod/user/c": ["requests/one.yaml expired", "requests/two.yaml expired"],
    }
    second = world.gitiam(*later, "apply", "--format", "json")
    assert (second.code, sorted(second.applied)) == (0, sorted(changes.pending)), second.err
    assert second.started("apply") == sorted(changes.pending)
    assert second.started("plan") == sorted(changes.pending)
    assert _queues(world, "prod", "a") == _queues(world, "prod", "b") == set()
    assert _queues(world, "dev", "a") == {"both"}
    assert _queues(world, "prod", "c") == {"stays"}

    # The ledger has forgotten the modules that are empty, and the run is at rest.
    kept = {
        p.parent.relative_to(world.root).as_posix() for p in world.root.rglob("ledger/**/*.json")
    }
    assert kept == {f".gitiam/store/ledger/{m}" for m in ("dev/user/a", "prod/user/c")}
    assert world.gitiam(*later, "changes").code == 0
    # What is left is that nobody asks for these two users at all.
    drift = world.gitiam(*later, "drift", "--format", "json")
    assert drift.drift == {(f"prod/user/{n}", "unmanaged", "principal", "") for n in ("a", "b")}


def test_an_expired_request_is_never_applied(world: World) -> None:
    world.iam().create_user(UserName="a")
    world.ask("late", _grant("late"), principal="user/a", expires=day(-1))
    assert world.gitiam("changes").code == 0
    ran = world.gitiam("apply", "--format", "json")
    nothing = {"applied": [], "unchanged": 0, "left": 0, "failed": []}
    assert (ran.code, ran.json | nothing) == (0, ran.json)
    assert not ran.starts
    assert _queues(world, "prod", "a") == set()

    # Nor when the clock is turned back.
    back = world.gitiam("--at", day(-2), "apply")
    assert (back.code, back.starts) == (2, [])
    assert "expired access would come back" in back.err


def test_an_empty_folder_ends_nothing_by_accident(world: World) -> None:
    world.iam().create_user(UserName="a")
    request = world.ask("send", _grant("orders"), principal="user/a")
    assert world.gitiam("apply").code == 0
    (world.root / request).unlink()
    refused = world.gitiam("apply")
    assert (refused.code, refused.starts) == (1, [])
    assert "no file in requests/" in refused.err
    assert _queues(world, "prod", "a") == {"orders"}

    ran = world.gitiam("apply", "--allow-empty", "--format", "json")
    assert (ran.code, ran.applied) == (0, ["prod/user/a"])
    assert _queues(world, "prod", "a") == set()


def test_an_apply_takes_no_other_requests(world: World) -> None:
    world.iam().create_user(UserName="a")
    world.ask("send", _grant("orders"), principal="user/a")
    refused = world.gitiam("apply", "--requests", str(world.root / "requests"))
    assert (refused.code, refused.starts) == (2, [])
    assert _queues(world, "prod", "a") == set()
