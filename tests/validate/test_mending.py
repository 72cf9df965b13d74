"""Fixes that help are made, and those that do not are taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gitiam.catalog import catalog
from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.validate.mending import Mended, mend
from gitiam.validate.run import validate
from tests.support.estates import NOW, PLAIN_RULES, estate_of, request

A = "requests/a.yaml"
B = "requests/b.yaml"

Judge = Callable[[Mapping[str, bytes]], tuple[Finding, ...]]


def judge(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    return validate(estate_of(dict(files)), catalog(), NOW, rules=PLAIN_RULES)


def mended(*texts: str, within: tuple[str, ...] | None = None, by: Judge = judge) -> Mended:
    files = {path: text.encode() for path, text in zip((A, B), texts, strict=False)}
    return mend(files, by, files if within is None else within)


def swaps(*swaps: tuple[str, str], also: tuple[str, ...] = (), safe: bool = True) -> Judge:
    """Judges the first line of each file: it must not hold a word, and not one of the others."""

    def found(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
        return tuple(
            Finding(
                "word",
                Severity.ERROR,
                place := Location(path, 1, at + 1, 1, at + 1 + len(old)),
                f"`{old}`",
                Fix("other", place, new, safe) if (old, new) in swaps else None,
            )
            for path, raw in files.items()
            for old, new in [*swaps, *((word, "") for word in also)]
            if (at := raw.decode().find(old)) >= 0
        )

    return found


def test_a_safe_fix_is_made_and_its_finding_is_gone() -> None:
    text = request("- actions: [sqs.SendMessage]\n  resources: ['arn:aws:sqs:*:*:orders'] # x")
    done = mended(text)
    assert done.files == {A: text.replace("sqs.", "sqs:").encode()}
    assert [f.rule for f in done.fixed] == ["unknown-action"]
    assert done.findings == ()


def test_a_guess_is_left_to_people() -> None:
    text = request("- managed_policy: ReadOnlyAccess", account="prd")
    done = mended(text)
    assert (done.files, done.fixed, len(done.findings)) == ({}, (), 1)


def test_rounds_go_on_until_nothing_is_left() -> None:
    """The shape first, then the ARN that no rule could look at before."""
    text = request(
        "- actions: sqs.SendMessage\n  Resources: 'arn:aws:sqs:us-east-1:1111-2222-3333:orders'"
    )
    done = mended(text)
    assert [f.rule for f in done.fixed] == ["schema", "unknown-action", "malformed-arn"]
    assert done.findings == ()


def test_what_a_file_of_the_wrong_shape_hid_does_not_count_against_its_fix() -> None:
    text = request("- managed_policy: ReadOnlyAccess", account="prd", expires="14d")
    done = mended(text)
    assert b"expires: 2026-12-07\n" in done.files[A]
    assert [f.rule for f in done.findings] == ["unknown-account"]
    assert done.taken_back == frozenset()


def test_a_fix_that_brings_an_error_is_taken_back() -> None:
    text = request("- actions: s3:GetObject\n  resources: arn:aws:s3:orders")
    done = mended(text)
    assert (done.files, done.fixed) == ({}, ())
    assert [f.rule for f in done.findings] == ["malformed-arn"]
    assert done.taken_back == frozenset(done.findings)


def test_a_fix_that_makes_a_file_unreadable_is_taken_back() -> None:
    """The anchor goes with the text that is replaced, and what repeats it has nothing to repeat."""
    text = request("- actions: &a sqs.SendMessage\n  resources: 'arn:aws:sqs:*:*:orders'")
    done = mended(f"{text}ticket: *a\n")
    assert done.files == {}
    assert [f.rule for f in done.taken_back] == ["unknown-action"]
    assert done.findings == tuple(done.taken_back)


def test_fixes_that_work_together_are_made_together() -> None:
    text = request("- actions: &a sqs.SendMessage\n  resources: 'arn:aws:sqs:*:*:orders'")
    more = "  - actions: *a\n    resources: 'arn:aws:sqs:*:*:invoices'\n"
    done = mended(text + more)
    assert (len(done.fixed), done.findings) == (2, ())


def test_one_bad_fix_does_not_keep_the_good_ones() -> None:
    good = [(f"w{n}", "ok") for n in range(7)]
    judging = swaps(*good, ("bad", "worse"), also=("worse",))
    done = mended("w0 w1 w2 bad w3 w4 w5 w6", by=judging)
    assert done.files[A] == b"ok ok ok bad ok ok ok ok"
    assert [f.message for f in done.taken_back] == ["`bad`"]


def test_a_fix_that_leaves_its_finding_is_taken_back() -> None:
    done = mended("word", by=swaps(("word", "another word")))
    assert (done.files, done.fixed, len(done.taken_back)) == ({}, (), 1)


def test_fixes_that_overlap_are_made_one_after_the_other() -> None:
    done = mended("abc", by=swaps(("ab", "x"), ("bc", "y")))
    assert (done.files[A], len(done.fixed), done.findings) == (b"xc", 1, ())


def test_fixes_without_end_come_to_one() -> None:
    def endless(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
        length = len(files[A])
        place = Location(A, 1, 1, 1, 1)
        return (Finding("r", Severity.ERROR, place, "x" * length, Fix("more", place, "y", True)),)

    # Each finding is gone, and the new one is an error that was not there.
    assert mended("", by=endless).files == {}


def test_only_the_files_that_are_named_change() -> None:
    text = request("- {managed_policy: IAMReadOnlyAccess}\n- {managed_policy: IAMReadOnlyAccess}")
    done = mended(text, text.replace("data-pipeline", "ci"), within=(B,))
    assert list(done.files) == [B]
    assert {f.location.path for f in done.findings} == {A}


def test_an_error_in_another_file_counts_too() -> None:
    def linked(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
        place = Location(A, 1, 1, 1, 2)
        if files[A] == b"1":
            return (Finding("r", Severity.ERROR, place, "m", Fix("f", place, "2", True)),)
        return (Finding("r", Severity.ERROR, Location(B), "now this one"),)

    assert mended("1", "x", by=linked).files == {}


def test_many_bad_fixes_cost_few_looks() -> None:
    looks = 0
    judging = swaps(("good", "ok"), ("bad", "worse"), also=("worse",))

    def counting(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
        nonlocal looks
        looks += 1
        return judging(files)

    files = {f"requests/{n}.yaml": b"bad" if n % 3 == 0 else b"good bad" for n in range(60)}
    done = mend(files, counting, files)
    assert set(done.files.values()) == {b"ok bad"}
    assert len(done.fixed) == 40
    assert len(done.taken_back) == 60
    assert looks < 12
