"""What much work will take is said before it begins, and what matters comes first."""

from __future__ import annotations

from gitiam.modules import SURROUNDINGS, Change
from gitiam.report.effort import MANY, announcement, first
from tests.support.modules import module

UNFINISHED = "the last apply failed or was interrupted"


def change(name: str, *reasons: str) -> Change:
    return Change(module(f"prod/role/{name}"), "0" * 64, reasons)


def test_little_is_not_announced() -> None:
    assert announcement([change("a", SURROUNDINGS)] * (MANY - 1), 2, 1) is None


def test_much_is_announced_with_why_and_how_long() -> None:
    said = announcement([change("a", SURROUNDINGS)] * 5688, 2, 0.4)
    assert said == (
        "5,688 modules, all because template, provider, account or catalogue changed;"
        " about 19 min at 0.4 s each on 2 jobs"
    )


def test_what_requests_changed_is_counted_apart() -> None:
    changes = [change("a", SURROUNDINGS)] * MANY + [change("b", "requests/x.yaml added")]
    said = announcement(changes, 1, 60)
    assert said is not None
    assert ", 100 of them because template" in said
    assert said.endswith("about 1.7 h at 60.0 s each on 1 job")
    few = announcement([change("b", "requests/x.yaml added")] * MANY, 1, 0.1)
    assert few == "100 modules; about 10 s at 0.1 s each on 1 job"


def test_what_somebody_asked_for_comes_before_what_surrounds_it() -> None:
    a, b = change("a", SURROUNDINGS), change("b", "requests/x.yaml expired")
    c, d = change("c", UNFINISHED, SURROUNDINGS), change("d", "requests/y.yaml added")
    changes = [a, b, c, d]
    assert first(changes, 1) == [b]
    assert first(changes, 2) == [b, d]
    assert first(changes, 3) == [b, c, d]
    assert first(changes, 9) == changes
