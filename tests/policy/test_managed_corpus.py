"""What gitiam does with policies holds for all that AWS itself publishes, some 1,600."""

from __future__ import annotations

from functools import cache
from typing import Any

from gitiam.catalog import catalog
from gitiam.policy.coverage import uncovered
from gitiam.policy.glob import matches
from gitiam.policy.statement import (
    Document,
    Statement,
    document_as_json,
    document_text,
    meaning,
    merged,
    parse_document,
)
from tests.support.hcl import unique_json
from tests.support.managed import managed_policies, statements_of

#: Actions that AWS's own policies name and that neither database knows, and what they are.
UNKNOWN = {
    # Withdrawn: the service is gone, and policies that are left over still name it.
    "deepcomposer:*": "AWS DeepComposer",
    "deeplens:*": "AWS DeepLens",
    "deepracer:*": "the service AWS DeepRacer",
    "elastic-inference:*": "Amazon Elastic Inference",
    "iot1click:*": "AWS IoT 1-Click",
    "zocalo:*": "the first name of Amazon WorkDocs",
    # CloudHSM Classic, which AWS CloudHSM (also `cloudhsm`) has replaced.
    "cloudhsm:*LunaClient": "CloudHSM Classic: client",
    "cloudhsm:*Hapg": "CloudHSM Classic: high-availability partition group",
    "cloudhsm:GetConfig": "CloudHSM Classic: configuration of a client",
    # Names that the reference lists otherwise, or not: `budgets` has View and Modify instead.
    "budgets:*Budget": "named for the API; checked as ViewBudget and ModifyBudget",
    "budgets:DescribeBudgets": "the same",
    "cloud9:ValidateEnvironmentName": "an action of the Cloud9 console that was never documented",
    "memorydb:ReplicateMultiRegionClusterData": "MemoryDB's own, between its regions",
    "qapps:ImportDocumentToQApp*": "Amazon Q Apps: older names of ImportDocument",
    "route53-recovery-control-config:DescribeRoutingControlByName": "never documented",
    # Not yet in the reference, or not meant for customers.
    "builderid:*": "AWS Builder ID: invitations",
    "organizations:CreateBuilderIdOwnedAccount": "AWS Builder ID: accounts",
    "payments:*": "payments of AWS Billing that the reference does not list",
    "securityagent:*": "AWS Security Agent: the web application's own interface",
}


@cache
def documents() -> dict[str, Document]:
    """Each of them, parsed."""
    return {name: parse_document(document) for name, document in managed_policies().items()}


def test_none_is_lost() -> None:
    assert len(documents()) > 1_500
    for name, document in managed_policies().items():
        assert len(documents()[name]) == len(statements_of(document)), name


def unknown_actions() -> dict[str, str]:
    """Action → a policy that names it, of those that the catalogue does not know."""
    return {
        action: name
        for name, document in documents().items()
        for statement in document
        for action in (*statement.actions, *statement.not_actions)
        if not catalog().expand(action)
    }


def test_the_actions_are_known_but_for_these() -> None:
    unknown = unknown_actions()
    listed = {a for a in unknown if any(matches(known, a) for known in UNKNOWN)}
    assert {a: n for a, n in unknown.items() if a not in listed} == {}
    idle = [known for known in UNKNOWN if not any(matches(known, a) for a in unknown)]
    assert idle == [], "the catalogue knows these by now: take them out"


def shuffled(statement: Any, number: int) -> dict[str, Any]:
    """The same statement: lists turned, case of actions changed, one value with or without list."""
    found = dict(reversed(statement.items()))
    for key in ("Action", "NotAction"):
        if key in found:
            found[key] = turned(found[key], number)
            found[key] = (
                [a.upper() for a in found[key]]
                if isinstance(found[key], list)
                else found[key].swapcase()
            )
    for key in ("Resource", "NotResource"):
        if key in found:
            found[key] = turned(found[key], number)
    if "Condition" in found:
        found["Condition"] = {
            operator: {key.upper(): turned(values, number) for key, values in keys.items()}
            for operator, keys in reversed(found["Condition"].items())
        }
    if found.get("Sid"):
        found["Sid"] = f"Other{number}"
    return found


def turned(value: Any, number: int) -> Any:
    if not isinstance(value, list):
        return [value]
    if len(value) == 1:
        return value[0]
    at = number % len(value)
    return [*value[at:], *value[:at], value[0]]


def test_the_same_said_otherwise_means_the_same() -> None:
    for name, document in managed_policies().items():
        statements = [shuffled(s, n) for n, s in enumerate(statements_of(document), start=1)]
        other = parse_document({**document, "Statement": statements[::-1]})
        assert meaning(other) == meaning(documents()[name]), name


def test_the_meaning_of_a_meaning_is_itself() -> None:
    for name, document in documents().items():
        once = meaning(document)
        assert meaning(once) == once, name
        assert all(s.meaning() == s for s in once), name


def test_what_is_lost_is_noticed() -> None:
    """Each statement matters to the meaning: without a condition, it is another."""
    for name, document in documents().items():
        for number, statement in enumerate(document):
            if statement.conditions:
                wider = (*document[:number], statement.but(conditions=()), *document[number + 1 :])
                assert meaning(wider) != meaning(document), name
                break


def test_each_covers_itself() -> None:
    for name, document in documents().items():
        assert uncovered(document, document) == (), name


def test_a_condition_less_is_not_covered() -> None:
    """The proof that coverage is no mere yes."""
    seen = 0
    for name, document in documents().items():
        wider = tuple(s.but(conditions=()) for s in document if s.conditions)
        if wider and len(document) == len(wider) < 4:
            assert uncovered(wider, document), name
            seen += 1
    assert seen > 50


def test_each_can_be_written_and_read_again() -> None:
    for name, document in documents().items():
        assert parse_document(document_as_json(document)) == sorted_conditions(document), name
        assert parse_document(unique_json(document_text(document))) == sorted_conditions(
            document
        ), name


def sorted_conditions(document: Document) -> Document:
    return tuple(
        statement.but(
            conditions=tuple(sorted(statement.conditions, key=lambda c: (c.operator, c.key)))
        )
        for statement in document
    )


def test_merging_loses_nothing() -> None:
    for name, document in documents().items():
        fewer = merged(document)
        assert len(fewer) <= len(document), name
        assert uncovered(document, fewer) == (), name


def test_parsing_keeps_every_text() -> None:
    """Whatever stands in the document as text stands in what was read of it."""
    for name, document in managed_policies().items():
        for wanted, statement in zip(statements_of(document), documents()[name], strict=True):
            assert sorted(texts(wanted)) == sorted(texts_of(statement)), name


def texts(statement: Any) -> list[str]:
    found = [text for key in ("Sid", "Effect") if (text := statement.get(key))]
    for key in ("Action", "NotAction", "Resource", "NotResource"):
        found += listed(statement.get(key, []))
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            found += [operator, key, *(spelled(value) for value in listed(values))]
    return found


def texts_of(s: Statement) -> list[str]:
    found = [s.sid] if s.sid else []
    found += [s.effect, *s.actions, *s.not_actions, *s.resources, *s.not_resources]
    for condition in s.conditions:
        found += [condition.operator, condition.key, *condition.values]
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
