"""Requests without a ticket, where the estate demands one."""

from __future__ import annotations

import pytest

from tests.support.estates import CONFIG, findings_of, places, request

RULE = "missing-ticket"
READ = "- managed_policy: ReadOnlyAccess"
STRICT = CONFIG.replace("requests:", "requests:\n  ticket: required")


@pytest.mark.parametrize(("ticket", "place"), [("", (1, 1)), ("'  '", (5, 9))])
def test_where_the_estate_demands_it(ticket: str, place: tuple[int, int]) -> None:
    files = {"gitiam.yaml": STRICT, "requests/x.yaml": request(READ, ticket=ticket)}
    assert places(findings_of(files, rule=RULE)) == [place]


def test_a_ticket_is_enough() -> None:
    files = {"gitiam.yaml": STRICT, "requests/x.yaml": request(READ, ticket="INC-204")}
    assert findings_of(files) == ()


def test_declarations_need_none() -> None:
    text = "kind: principal\naccount: prod\nprincipal: user/a\nreason: joined the team\n"
    assert findings_of({"gitiam.yaml": STRICT, "requests/x.yaml": text}) == ()


def test_elsewhere_nobody_asks() -> None:
    assert findings_of(request(READ)) == ()
