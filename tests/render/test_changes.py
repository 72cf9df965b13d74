"""What is pending, with every reason there is, and in which order it is to be applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

from gitiam.models import ModuleKey
from gitiam.modules import Change, Marker, Module, Record, Standing
from gitiam.render.changes import Files, pending, record_of, standing_of
from tests.support.modules import emptied, hex_of, marker, module, record

ROLE = "prod/role/data-pipeline"
KEY = ModuleKey.parse(ROLE)
NO_FILES = Files(frozenset(), frozenset())


def changes(
    modules: list[Module],
    standings: Mapping[str, Standing],
    records: Mapping[str, Record] | None = None,
    files: Files = NO_FILES,
) -> tuple[Change, ...]:
    return pending(
        {found.key: found for found in modules},
        {ModuleKey.parse(key): standing for key, standing in standings.items()},
        emptied,
        lambda key: (records or {}).get(str(key)),
        files,
    )


def reasons(
    now: Module | None,
    before: Module | None,
    *,
    files: Files = NO_FILES,
    standing: Standing | None = None,
    readable: bool = True,
) -> tuple[str, ...]:
    """Why the one module is pending that was applied as `before` and is to be `now`."""
    standing = standing or (Standing((before.digest,)) if before else None)
    found = changes(
        [now] if now else [],
        {ROLE: standing} if standing else {},
        {ROLE: record(before)} if before and readable else {},
        files,
    )
    (change,) = found
    return change.reasons


def test_what_was_applied_is_not_pending() -> None:
    applied = module(ROLE, "a")
    assert changes([applied], {ROLE: Standing((applied.digest,))}) == ()


def test_only_what_is_pending_is_read_from_the_ledger() -> None:
    modules = [module(f"prod/role/r{n}", str(n)) for n in range(5)]
    standings = {found.key: Standing((found.digest,)) for found in modules}
    standings[modules[2].key] = Standing((hex_of("old"),))
    asked: list[ModuleKey] = []

    def read(key: ModuleKey) -> Record | None:
        asked.append(key)
        return None

    pending({m.key: m for m in modules}, standings, emptied, read, NO_FILES)
    assert asked == [modules[2].key]


def test_a_new_module_names_every_file_that_has_a_part_in_it() -> None:
    now = module(ROLE, "a", ["requests/a.yaml", "requests/b.yaml"])
    assert reasons(now, None) == ("requests/a.yaml added", "requests/b.yaml added")


def test_added_changed_and_removed() -> None:
    before = module(ROLE, "a", {"requests/a.yaml": "1", "requests/b.yaml": "1", "requests/c": "1"})
    now = module(ROLE, "b", {"requests/b.yaml": "2", "requests/c": "1", "requests/d.yaml": "1"})
    assert reasons(now, before) == (
        "requests/a.yaml removed",
        "requests/b.yaml changed",
        "requests/d.yaml added",
    )


def test_expired() -> None:
    before = module(ROLE, "a", ["requests/a.yaml", "requests/b.yaml"])
    now = module(ROLE, "b", {"requests/b.yaml": "a"})
    files = Files(frozenset(["requests/a.yaml", "requests/b.yaml"]), frozenset(["requests/a.yaml"]))
    assert reasons(now, before, files=files) == ("requests/a.yaml expired",)


def test_a_file_that_is_there_and_no_longer_names_it() -> None:
    before = module(ROLE, "a", ["requests/a.yaml"])
    files = Files(frozenset(["requests/a.yaml"]), frozenset())
    assert reasons(None, before, files=files) == ("requests/a.yaml no longer names it",)


def test_something_else_than_a_file_changed() -> None:
    before = module(ROLE, "old template", {"requests/a.yaml": "1"})
    now = module(ROLE, "new template", {"requests/a.yaml": "1"})
    assert reasons(now, before) == ("template, provider, account or catalogue changed",)


def test_an_apply_that_did_not_finish() -> None:
    """Pending even where the desired state is the one last recorded: nobody knows what is live."""
    found = module(ROLE, "a")
    standing = Standing((found.digest,), unfinished=True)
    assert reasons(found, found, standing=standing) == ("the last apply failed or was interrupted",)


def test_a_first_apply_that_did_not_finish() -> None:
    found = reasons(module(ROLE, "a"), None, standing=Standing((), unfinished=True))
    assert found == ("the last apply failed or was interrupted", "requests/x.yaml added")


def test_an_apply_that_waits_for_a_decision_did_not_fail() -> None:
    """As long as it is what an apply would do: with another template, say, that is not known."""
    arn = "arn:aws:iam::111122223333:role/data-pipeline"
    before = module(ROLE, "a", creates={"aws_iam_role.this": arn})
    standing = Standing((before.digest,), unfinished=True)
    left = replace(marker(emptied(KEY)), kept=arn)

    def said(found: Marker | None, standing: Standing = standing) -> tuple[str, ...]:
        (change,) = pending(
            *({}, {KEY: standing}, emptied, lambda _: record(before), NO_FILES),
            mark=lambda _: found,
        )
        assert change.destroys == arn
        return change.reasons

    assert said(left) == (
        f"its access is gone, and {arn} itself is kept until --allow-destroy",
        "requests/x.yaml removed",
    )
    failed = ("the last apply failed or was interrupted", "requests/x.yaml removed")
    assert said(replace(left, kept="")) == failed
    assert said(replace(left, digest=hex_of("other"))) == failed
    assert said(None) == failed
    assert said(left, Standing((before.digest,))) == failed[1:]


def test_a_module_is_new_until_an_apply_of_it_has_ended_well() -> None:
    found, old = module(ROLE, "a"), module(ROLE, "old")
    for standing, is_new in [
        (Standing((old.digest,)), False),
        (Standing((old.digest,), unfinished=True), False),
        (Standing((old.digest, hex_of("x"))), False),
        (Standing((), unfinished=True), True),
    ]:
        for known in ({}, {ROLE: record(old)}):
            (change,) = changes([found], {ROLE: standing}, known)
            assert change.is_new == is_new
            assert change.record == known.get(ROLE)
    (change,) = changes([found], {})
    assert change.is_new


def test_more_than_one_digest() -> None:
    found = module(ROLE, "a")
    standing = Standing((found.digest, hex_of("b")))
    assert reasons(found, found, standing=standing) == ("the ledger holds more than one digest",)


def test_a_record_that_cannot_be_read_says_so_and_guesses_nothing() -> None:
    now = module(ROLE, "b")
    before = module(ROLE, "a")
    assert reasons(now, before, readable=False) == ("the ledger's record cannot be read",)


def test_every_change_has_a_reason() -> None:
    now, before = module(ROLE, "b"), module(ROLE, "a")
    for standing in (
        Standing((before.digest,)),
        Standing((before.digest,), unfinished=True),
        Standing((now.digest, before.digest)),
        Standing((now.digest,), unfinished=True),
    ):
        for known in ({}, {ROLE: record(before)}, {ROLE: record(now)}):
            for modules in ([now], []):
                (change,) = changes(modules, {ROLE: standing}, known)
                assert change.reasons


def test_a_principal_that_has_left_is_emptied() -> None:
    before = module(ROLE, "a", ["requests/a.yaml"])
    (change,) = changes([], {ROLE: Standing((before.digest,))}, {ROLE: record(before)})
    assert change.module.is_empty
    assert change.previous == before.digest
    assert change.reasons == ("requests/a.yaml removed",)


def test_a_name_that_only_changed_its_case_is_not_emptied() -> None:
    """IAM takes the two for one: emptying the old would take away what the new has just got."""
    now = module("prod/role/Data-Pipeline", "a", ["requests/a.yaml"])
    new, old = changes([now], {ROLE: Standing((hex_of("a"),))})
    assert (str(new.key), new.blocked) == ("prod/role/Data-Pipeline", None)
    assert str(old.key) == ROLE
    assert old.blocked is not None
    assert "now spelled Data-Pipeline" in str(old.blocked)


def test_the_digest_that_was_applied_is_named_only_where_it_is_certain() -> None:
    found, old = module(ROLE, "a"), hex_of("old")
    for standing, previous in [
        (Standing((old,)), old),
        (Standing((old,), unfinished=True), None),
        (Standing((old, found.digest)), None),
    ]:
        (change,) = changes([found], {ROLE: standing})
        assert change.previous == previous


# -- the order ----------------------------------------------------------------------------------

IN_ORDER = [
    "dev/policy/a",
    "prod/policy/a",
    "dev/group/a",
    "prod/group/b",
    "dev/role/b",
    "prod/role/a",
    "dev/user/a",
    "dev/user/b",
]


def test_policies_groups_roles_users() -> None:
    for shift in range(len(IN_ORDER)):
        keys = [*IN_ORDER[shift:], *IN_ORDER[:shift]][::-1]
        found = changes([module(key, "a") for key in keys], {})
        assert [str(change.key) for change in found] == IN_ORDER


def test_what_is_emptied_comes_last_and_the_other_way_round() -> None:
    standings = {
        f"prod/{kind}/gone": Standing((hex_of(kind),))
        for kind in ("policy", "group", "role", "user")
    }
    for order in permutations(standings):
        kept = module("prod/user/kept", "a")
        found = changes([kept], {key: standings[key] for key in order})
        assert [(str(c.key), c.module.is_empty) for c in found] == [
            ("prod/user/kept", False),
            ("prod/user/gone", True),
            ("prod/role/gone", True),
            ("prod/group/gone", True),
            ("prod/policy/gone", True),
        ]


# -- two revisions ------------------------------------------------------------------------------


def test_two_revisions_are_compared_without_a_ledger() -> None:
    base = [
        module("prod/role/same", "s"),
        module("prod/role/changed", "old", {"requests/x.yaml": "1"}),
        module("prod/role/gone", "g", ["requests/g.yaml"]),
    ]
    proposed = [
        module("prod/role/same", "s"),
        module("prod/role/changed", "new", {"requests/x.yaml": "2"}),
        module("prod/role/new", "n", ["requests/n.yaml"]),
    ]
    before = {found.key: found for found in base}
    found = pending(
        {item.key: item for item in proposed},
        standing_of(before),
        emptied,
        lambda key: record_of(before[key]) if key in before else None,
        NO_FILES,
    )
    assert {str(change.key): change.reasons for change in found} == {
        "prod/role/changed": ("requests/x.yaml changed",),
        "prod/role/new": ("requests/n.yaml added",),
        "prod/role/gone": ("requests/g.yaml removed",),
    }
