"""Issues as GitHub makes them of the form, from what somebody fills in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from gitiam.forms.draft import Drafted
from gitiam.forms.fields import Field, Problem
from gitiam.forms.issue import Issue, issue_from
from gitiam.forms.offer import Offer, offer_of
from gitiam.forms.read import read_issue
from tests.support.estates import CONFIG, HEAD, estate_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

#: A form that is filled in as it should be.
GOOD: Mapping[Field, str] = {
    Field.ACCOUNTS: "prod",
    Field.PRINCIPAL: "role/data-pipeline",
    Field.BUNDLES: "s3-read",
    Field.RESOURCES: "arn:aws:s3:::orders",
    Field.REASON: "Match the invoices of 2026 with the orders",
    Field.DURATION: "30 days",
}
# GitHub puts a fence around those.
_FENCED = frozenset({Field.RESOURCES, Field.PARAMETERS})


def filled(**changed: str) -> dict[Field, str]:
    """The good form with some answers changed: `last_day="2027-01-15"`."""
    return {**GOOD, **{Field[name.upper()]: text for name, text in changed.items()}}


def body_of(answers: Mapping[Field, str]) -> str:
    """The text that GitHub makes of a form."""
    return "\n\n".join(
        f"### {field.label}\n\n{_shown(field, answers.get(field, ''))}" for field in Field
    )


def _shown(field: Field, text: str) -> str:
    if not text:
        return "_No response_"
    return f"```text\n{text}\n```" if field in _FENCED else text


def issue_json(body: str | None, number: int = 17, login: str = "alice") -> bytes:
    """An event about an issue with this text."""
    issue = {"number": number, "title": "Access: orders", "body": body, "user": {"login": login}}
    event = {"action": "opened", "issue": issue, "sender": {"login": "octocat"}}
    return json.dumps(event).encode()


def issue_of(body: str | None) -> Issue:
    """The issue that has this text."""
    return issue_from(issue_json(body))


@cache
def offer(config: str = CONFIG) -> Offer:
    """What a small estate offers."""
    declared = "kind: principal\naccount: prod\nprincipal: group/analysts\nreason: They analyse\n"
    request = HEAD + "  - bundle: s3-list\n    resources: [arn:aws:s3:::orders]\n"
    files = {"gitiam.yaml": config, "requests/a.yaml": request, "requests/b.yaml": declared}
    estate = estate_of(files)
    return offer_of(estate, estate.bundles)


def read(body: str) -> Drafted | tuple[Problem, ...]:
    """What is made of an issue with this text."""
    return read_issue(issue_of(body), offer(), NOW)


def made(**changed: str) -> Drafted:
    """The file that is made of the good form with these changes."""
    found = read(body_of(filled(**changed)))
    assert isinstance(found, Drafted), found
    return found


def problems(**changed: str) -> list[tuple[str, str, str, str]]:
    """Label, message, what was written and what may be meant, of everything that is wrong."""
    found = read(body_of(filled(**changed)))
    assert isinstance(found, tuple), found
    return [(p.field.label if p.field else "", p.message, p.written, p.meant) for p in found]
