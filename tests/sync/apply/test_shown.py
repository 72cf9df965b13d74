"""Shown is what runs: which differences from the reviewed plan are let pass, and which never."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.errors import GitiamError
from gitiam.modules import Change
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.policy.glob import matches
from gitiam.policy.statement import Statement, document_as_json
from gitiam.reviewed import ReviewedModule
from gitiam.sync.apply.intent import Intent
from gitiam.sync.apply.shown import AS_SHOWN, OPENS_NOTHING_MORE, SAME_RESULT, TAKES_AWAY, judge
from tests.support.modules import marker, module, record

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAST, SOON = "2026-11-23T11:59:59Z", "2027-01-01T00:00:00Z"
ITSELF = "aws_iam_role.this"
INLINE = "aws_iam_role_policy.inline"
OVERFLOW = 'aws_iam_policy.overflow["1"]'
ATTACHED = 'aws_iam_role_policy_attachment.overflow["1"]'
ACCOUNT = "111122223333"

Body = dict[str, Any]


def resource(address: str, before: Body | None, after: Body | None) -> PlannedResource:
    if before is None:
        actions: tuple[str, ...] = ("create",)
    else:
        actions = ("delete",) if after is None else ("update",)
    done = ("no-op",) if before == after else actions
    return PlannedResource(address, address.split(".")[0], done, before, after)


def plan(*resources: PlannedResource) -> ModulePlan:
    return ModulePlan(resources, (ACCOUNT,))


def statement(effect: str, action: str, on: str = "*", until: str | None = None) -> Body:
    body: Body = {"Effect": effect, "Action": action, "Resource": on}
    return body | ({"Condition": {"DateLessThan": {"aws:CurrentTime": until}}} if until else {})


def allow(action: str, on: str = "*", until: str | None = None) -> Body:
    return statement("Allow", action, on, until)


def deny(action: str, on: str = "*", until: str | None = None) -> Body:
    return statement("Deny", action, on, until)


def document(statements: Sequence[Body]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def inline(*statements: Body) -> Body | None:
    if not statements:
        return None
    return {"name": "gitiam", "role": "app", "policy": document(statements)}


def policy(before: Sequence[Body], after: Sequence[Body]) -> ModulePlan:
    """A plan of the inline policy alone."""
    return plan(resource(INLINE, inline(*before), inline(*after)))


def itself(**values: Any) -> Body:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "a.aws"}}
    return {"name": "app", "path": "/", "assume_role_policy": document([trust]), **values}


def attached(arn: str) -> PlannedResource:
    address = f'aws_iam_role_policy_attachment.managed["{arn}"]'
    return resource(address, None, {"role": "app", "policy_arn": arn})


def stopped(text: str, found: ModulePlan, *shown: ModulePlan) -> None:
    with pytest.raises(GitiamError, match=text) as caught:
        judge(found, shown, NOW)
    assert caught.value.hint


GET, PUT, LIST = allow("s3:GetObject"), allow("s3:PutObject"), allow("s3:ListBucket")


# -- what passes --------------------------------------------------------------------------------


def test_the_same_passes() -> None:
    found = policy([GET], [GET, PUT])
    assert judge(found, [policy([], [LIST]), found], NOW) == AS_SHOWN
    assert judge(policy([GET], [PUT, GET]), [found], NOW) == AS_SHOWN


def test_a_part_that_is_left_passes() -> None:
    whole = plan(resource(INLINE, None, inline(GET)), attached("arn:x"))
    (made, rest) = whole.resources
    done = replace(made, actions=("no-op",), before=made.after)
    assert judge(plan(done, rest), [whole], NOW) == SAME_RESULT
    assert judge(plan(done, replace(rest, actions=("no-op",))), [whole], NOW) == SAME_RESULT


def test_what_was_there_before_may_differ() -> None:
    shown = policy([GET], [GET, PUT])
    assert judge(policy([], [GET, PUT]), [shown], NOW) == SAME_RESULT
    assert judge(policy([allow("*")], [GET, PUT]), [shown], NOW) == SAME_RESULT


def test_what_has_expired_meanwhile_is_not_missed() -> None:
    shown = policy([], [GET, allow("s3:PutObject", until=SOON)])
    assert judge(policy([], [GET]), [shown], NOW) == OPENS_NOTHING_MORE


def test_several_records_add_up() -> None:
    mine, theirs = policy([LIST], [LIST, GET]), policy([LIST], [LIST, PUT])
    assert judge(policy([LIST], [LIST, GET, PUT]), [mine, theirs], NOW) == OPENS_NOTHING_MORE
    stopped("allow s3:putobject on \\*", policy([LIST], [LIST, GET, PUT]), mine)


def test_statements_may_move() -> None:
    shown = policy([], [GET, PUT])
    moved = plan(
        resource(INLINE, None, inline(GET)),
        resource(OVERFLOW, None, {"policy": document([PUT])}),
        resource(ATTACHED, None, {"policy_arn": "arn:y", "role": "app"}),
    )
    assert judge(moved, [shown], NOW) == OPENS_NOTHING_MORE


def test_taking_away_needs_no_review() -> None:
    assert judge(policy([GET, PUT], [GET]), [], NOW) == TAKES_AWAY
    assert judge(policy([GET], []), [policy([], [PUT])], NOW) == TAKES_AWAY
    narrower = policy([allow("s3:*")], [allow("s3:Get*", "arn:aws:s3:::x")])
    assert judge(narrower, [], NOW) == TAKES_AWAY
    gone = plan(replace(attached("arn:x"), actions=("delete",), before={"role": "app"}, after=None))
    assert judge(gone, [], NOW) == TAKES_AWAY


def test_a_prohibition_that_has_ended_may_go() -> None:
    assert judge(policy([GET, deny("s3:*", until=PAST)], [GET]), [], NOW) == TAKES_AWAY


def test_a_principal_that_is_let_go_or_kept_passes() -> None:
    gone = resource(ITSELF, itself(), None)
    access = resource(INLINE, inline(GET), None)
    shown = plan(gone, access)
    assert judge(plan(replace(gone, actions=("forget",)), access), [shown], NOW) == SAME_RESULT
    assert judge(plan(access), [shown], NOW) == SAME_RESULT


# -- what does not ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (policy([], [GET, PUT]), "allow s3:putobject on"),
        (policy([], [allow("s3:Get*")]), "allow s3:get"),
        (policy([], [allow("s3:GetObject", until=SOON), PUT]), "putobject"),
        (policy([deny("s3:GetObject", "arn:aws:s3:::x")], [GET]), "no longer deny"),
        (plan(attached("arn:aws:iam::aws:policy/AdministratorAccess")), "attach arn:aws:iam::aws"),
        (plan(resource(ITSELF, itself(), itself(max_session_duration=43_200))), "max_session"),
        (
            plan(resource(ITSELF, itself(permissions_boundary="arn:b"), itself())),
            "set permissions_boundary to nothing",
        ),
        (plan(resource(ITSELF, itself(), itself(tags={"team": "x"}))), "set the tag team to x"),
        (
            plan(resource(ITSELF, itself(), itself(assume_role_policy="?"))),
            "change aws_iam_role.this, which cannot be read",
        ),
        (
            plan(resource("aws_iam_user_group_membership.groups", None, {"groups": ["admins"]})),
            "join the group admins",
        ),
        (plan(resource(INLINE, {"policy": "?"}, inline(PUT))), "cannot be read"),
        (plan(replace(attached("x"), after={}, unknown=frozenset({"policy_arn"}))), "only after"),
        (plan(replace(attached("x"), address=INLINE, unknown=frozenset({"policy"}))), "be read"),
        (
            plan(
                replace(
                    attached("arn:aws:iam::aws:policy/AWSDenyAll"),
                    actions=("delete",),
                    before={"role": "app", "policy_arn": "arn:aws:iam::aws:policy/AWSDenyAll"},
                    after=None,
                )
            ),
            "detach .*AWSDenyAll, which forbids",
        ),
    ],
)
def test_what_was_not_shown_is_stopped(found: ModulePlan, said: str) -> None:
    stopped(said, found, policy([], [GET, LIST]))
    stopped(said, found)


def test_who_may_assume_a_role_is_access() -> None:
    anybody = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    wide = itself(assume_role_policy=document([anybody]))
    stopped("let itself be assumed: allow sts:assumerole", plan(resource(ITSELF, itself(), wide)))
    shown = plan(resource(ITSELF, None, wide))
    assert judge(plan(resource(ITSELF, itself(), wide)), [shown], NOW) == SAME_RESULT


def test_access_comes_with_the_prohibitions_that_it_was_shown_with() -> None:
    shown = policy([], [GET, PUT, deny("s3:*", "arn:aws:s3:::secret/*")])
    stopped("together with .* deny s3:\\*", policy([], [GET]), shown)
    kept = policy([], [GET, deny("s3:*")])
    assert judge(kept, [shown], NOW) == OPENS_NOTHING_MORE


def test_a_prohibition_that_is_not_attached_forbids_nothing() -> None:
    shown = policy([], [GET, PUT, deny("s3:*", "arn:aws:s3:::secret/*")])
    loose = plan(
        resource(INLINE, None, inline(GET)),
        resource(OVERFLOW, None, {"policy": document([deny("s3:*")])}),
    )
    stopped("together with", loose, shown)


def test_a_policy_that_was_attached_to_nothing_gave_nothing() -> None:
    loose = plan(
        resource(OVERFLOW, {"policy": document([GET])}, {"policy": document([GET])}),
        resource(ATTACHED, None, {"policy_arn": "arn:y", "role": "app"}),
    )
    stopped("allow s3:getobject", loose)


def test_access_comes_with_the_boundary_that_it_was_shown_with() -> None:
    bound = itself(permissions_boundary="arn:b")
    shown = plan(resource(ITSELF, itself(), bound), resource(INLINE, None, inline(GET, PUT)))
    loose = plan(resource(ITSELF, itself(), itself()), resource(INLINE, None, inline(GET)))
    stopped("the permissions boundary arn:b", loose, shown)
    tight = plan(resource(ITSELF, bound, bound), resource(INLINE, None, inline(GET)))
    assert judge(tight, [shown], NOW) == OPENS_NOTHING_MORE


def test_a_deletion_that_was_not_shown_is_not_the_same_result() -> None:
    shown = policy([], [GET, deny("s3:*")])
    extra = resource(OVERFLOW, {"policy": document([deny("sqs:*")])}, None)
    stopped("no longer deny sqs", plan(*shown.resources, extra), shown)


def test_a_replacement_that_was_not_shown_is_not_the_same_result() -> None:
    shown = policy([], [GET])
    (made,) = shown.resources
    anew = replace(made, actions=("delete", "create"), before=made.after)
    assert judge(plan(anew), [shown], NOW) == TAKES_AWAY


def test_many_things_are_cut() -> None:
    many = policy([], [allow(f"s3:Get{n}") for n in range(30)])
    stopped("and 25 more", many)


def test_a_variable_was_plain_text_in_the_old_version() -> None:
    home = "arn:aws:s3:::home/${aws:username}/*"
    old = json.dumps({"Version": "2008-10-17", "Statement": [allow("s3:*", home)]})
    before = {"name": "gitiam", "role": "app", "policy": old}
    stopped("allow s3:", plan(resource(INLINE, before, inline(allow("s3:*", home)))))


# -- the whole ----------------------------------------------------------------------------------

KEYED = module("prod/role/app", "x")


def test_without_a_record_nothing_is_compared() -> None:
    free = Intent(NOW)
    assert free.check(Change(KEYED, None, ()), record(KEYED), None, plan()) is None


def test_a_module_in_no_record_is_stopped_or_only_takes_away() -> None:
    intent = Intent(NOW, {})
    change = Change(KEYED, None, ())
    assert intent.check(change, record(KEYED), None, plan()) == SAME_RESULT
    left = replace(marker(KEYED), reviewed=KEYED.digest)
    assert intent.check(change, None, left, plan()) == "repeated"
    other = replace(marker(KEYED), reviewed="another")
    assert intent.check(change, None, other, plan()) == SAME_RESULT


def test_what_is_shown_of_one_module_is_not_shown_of_another() -> None:
    here = ReviewedModule(KEYED.key, KEYED.digest, policy([], [GET]))
    intent = Intent(NOW, {here.key: (here,)})
    assert intent.check(Change(KEYED, None, ()), None, None, plan()) == SAME_RESULT


# -- against brute force ------------------------------------------------------------------------

ACTIONS = [f"{s}:{n}" for s in "st" for n in ("a", "b", "ab")]
RESOURCES = [f"arn:p:s:::{n}" for n in ("a", "b", "ab", "a/b")]
Point = tuple[str, str]

actions = st.sampled_from(["*", "s:*", "s:a", "s:a*", "s:?", "t:b", "t:*b"])
resources = st.sampled_from(["*", "arn:p:s:::*", "arn:p:s:::a", "arn:p:s:::a*", "arn:p:s:::?"])
statements = st.builds(
    Statement,
    effect=st.sampled_from(["Allow", "Allow", "Deny"]),
    actions=st.lists(actions, min_size=1, max_size=2).map(tuple),
    resources=st.lists(resources, min_size=1, max_size=2).map(tuple),
)
documents = st.lists(statements, max_size=3)


def points(found: Iterable[Statement], effect: str) -> set[Point]:
    return {
        (action, resource)
        for s in found
        if s.effect == effect
        for action, resource in product(ACTIONS, RESOURCES)
        if any(matches(a, action) for a in s.actions)
        and any(matches(r, resource) for r in s.resources)
    }


def effective(found: Iterable[Statement]) -> set[Point]:
    listed = list(found)
    return points(listed, "Allow") - points(listed, "Deny")


@st.composite
def principals(draw: st.DrawFn) -> tuple[list[Statement], list[Statement]]:
    """What stands inline and what stands in an attached policy."""
    return draw(documents), draw(documents)


def moved(before: Sequence[list[Statement]], after: Sequence[list[Statement]]) -> ModulePlan:
    old, new = ([_body(part) for part in side] for side in (before, after))
    hung = [{"policy_arn": "arn:y"} if side[1] else None for side in (old, new)]
    sides = {INLINE: (old[0], new[0]), OVERFLOW: (old[1], new[1]), ATTACHED: (hung[0], hung[1])}
    return plan(*(resource(a, b, c) for a, (b, c) in sides.items() if b or c))


def _body(found: list[Statement]) -> Body | None:
    return {"policy": json.dumps(document_as_json(found))} if found else None


@given(principals(), principals(), st.lists(st.tuples(principals(), principals()), max_size=2))
def test_nothing_opens_that_was_not_shown(
    before: Sequence[list[Statement]],
    after: Sequence[list[Statement]],
    reviews: list[tuple[Sequence[list[Statement]], Sequence[list[Statement]]]],
) -> None:
    """Of all requests that there are: what is allowed afterwards was so, or was shown to become so.

    Shown are the permissions of every reviewed plan that it leaves in force, and the prohibitions
    that it takes away.
    """
    found = moved(before, after)
    shown = [moved(old, new) for old, new in reviews]
    try:
        judge(found, shown, NOW)
    except GitiamError:
        return
    opened = effective(chain.from_iterable(after)) - effective(chain.from_iterable(before))
    seen: set[Point] = set()
    for old, new in reviews:
        seen |= effective(chain.from_iterable(new))
        seen |= points(chain.from_iterable(old), "Deny") - points(chain.from_iterable(new), "Deny")
    assert opened <= seen


@given(principals(), principals())
def test_what_was_shown_passes_from_wherever_it_starts(
    before: Sequence[list[Statement]], after: Sequence[list[Statement]]
) -> None:
    shown = moved(before, after)
    assert judge(shown, [shown], NOW) == AS_SHOWN
    assert judge(moved((after[0], []), after), [shown], NOW) in (AS_SHOWN, SAME_RESULT)
