"""Many principals: a change of one is named, and runs, alone."""

from __future__ import annotations

from tests.support.world import World


def _grant(number: int) -> str:
    arn = f"arn:aws:sqs:us-east-1:{{account_id}}:queue-{number}"
    return f'- actions: [sqs:SendMessage]\n  resources: ["{arn}"]'


def _principal(number: int) -> str:
    return f"{('user', 'role', 'group')[number % 3]}/p{number:03}"


def test_one_of_two_hundred(world: World) -> None:
    for number in range(200):
        world.ask(f"team/{number:03}", _grant(number), principal=_principal(number))
    world.seed_ledger()
    assert len(world.ledger()) == 200
    assert world.gitiam("changes").code == 0

    path = world.ask("team/101", _grant(9000), principal=_principal(101))
    module = f"prod/{_principal(101)}"
    changes = world.gitiam("changes", "--format", "json")
    assert (changes.code, changes.pending) == (11, {module: [f"{path} changed"]})
    assert changes.json["unchanged"] == 199
    assert changes.starts == []

    world.iam().create_group(GroupName="p101")
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied, ran.json["unchanged"]) == (0, [module], 199), ran.out
    assert [(start.command, start.module) for start in ran.starts] == [
        ("init", module),
        ("plan", module),
        ("show", module),
        ("apply", module),
    ]
    assert world.resources("group/p101") == {
        f"arn:aws:sqs:us-east-1:{world.accounts['prod']}:queue-9000"
    }
    assert world.gitiam("changes").code == 0
