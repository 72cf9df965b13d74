"""The policies that checkers are measured on, as requests for gitiam and as JSON for the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.load.estate import parse_file
from gitiam.policy.coverage import is_end
from gitiam.policy.statement import Statement
from tests.support.corpus import FOLDER, dangerous, ordinary
from tests.support.estates import NOW
from tests.support.managed import grants_of, managed_policies

CORPUS, MANAGED = "corpus", "AWS managed"
_HEAD = {
    "account": "prod",
    "principal": "role/data-pipeline",
    "reason": "What AWS has put together, as raw grants",
    "expires": "2027-01-15",
}


@dataclass(frozen=True)
class Policies:
    """As many requests as documents, one in one file, of the same names."""

    name: str
    requests: Path
    documents: Path
    count: int


def write_policies(folder: Path, limit: int | None = None) -> list[Policies]:
    """Both corpora. `limit` is the most of each; policies that no request can hold are left out.

    The documents of the first are what its requests give, so that all judge the same access.
    """
    return [
        _write(folder / "corpus", CORPUS, _from_requests(), limit),
        _write(folder / "managed", MANAGED, _from_aws(), limit),
    ]


def _write(
    folder: Path, name: str, pairs: Iterator[tuple[str, str, Mapping[str, Any]]], limit: int | None
) -> Policies:
    found = Policies(name, folder / "estate" / "requests", folder / "documents", 0)
    found.requests.mkdir(parents=True)
    found.documents.mkdir()
    config = (FOLDER / "gitiam.yaml").read_text(encoding="utf-8")
    (found.requests.parent / "gitiam.yaml").write_text(config, encoding="utf-8")
    count = 0
    for stem, request, document in pairs:
        if count == limit:
            break
        (found.requests / f"{stem}.yaml").write_text(request, encoding="utf-8")
        (found.documents / f"{stem}.json").write_text(json.dumps(document), encoding="utf-8")
        count += 1
    return Policies(name, found.requests, found.documents, count)


def _from_requests() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Requests that give statements of their own; what they attach has no document here."""
    for case in (*ordinary(), *dangerous()):
        modules = desired_state(case.estate(), catalog(), NOW).modules.values()
        asked = (module for module in modules if case.path in module.origins)
        statements = next((module.statements for module in asked if module.statements), ())
        if statements:
            body = [_without_end(statement).as_json() for statement in statements]
            for number, one in enumerate(body):
                one["Sid"] = f"Statement{number}"
            yield case.name, case.text, {"Version": "2012-10-17", "Statement": body}


def _without_end(statement: Statement) -> Statement:
    """Without its date, which lets cloudsplaining pass over everything."""
    lasting = tuple(c for c in statement.conditions if not is_end(c))
    return replace(statement, conditions=lasting)


def _from_aws() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for name, document in managed_policies().items():
        request = json.dumps({**_HEAD, "grants": grants_of(document)})
        if not isinstance(parse_file("requests/x.yaml", request.encode()), tuple):
            yield name, request, document
