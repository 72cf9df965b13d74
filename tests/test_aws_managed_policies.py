"""All of AWS's own managed policies, some 1,600, as raw grants: the same access comes out.

Each is written as request files for a role of its own, goes through YAML, the loader, the desired
state and the renderer, and is read again from the module's JSON. Statements may be merged, moved to
other documents and cut along alternatives; what they allow and deny may not change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import yaml
from moto.iam.aws_managed_policies import aws_managed_policies_data

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.desired.state import DesiredState
from gitiam.load.document import MAX_BYTES
from gitiam.load.estate import Estate
from gitiam.models import Kind, ModuleKey
from gitiam.policy.statement import Document, document_size, merged, parse_document
from gitiam.validate.run import validate
from tests.support.estates import NOW, estate_of
from tests.support.hcl import unique_json
from tests.support.policies import Atom, atoms
from tests.support.states import renderer_for

CONFIG = """\
accounts: {a: {id: "111122223333", tier: free}}
requests: {expiry: {never_tiers: [free]}}
"""
#: What a role may hold: its inline policies, and ten managed ones.
INLINE, MANAGED, MOST = 10_240, 6_144, 10
#: The loader's bounds: values in a list, grants in a file, and well below its bytes.
LONGEST_LIST, MOST_GRANTS, LARGEST_FILE = 500, 100, MAX_BYTES // 2


@cache
def policies() -> dict[str, Any]:
    """The name of every policy, and its document."""
    read = json.loads(aws_managed_policies_data)
    return {name: policy["Document"] for name, policy in sorted(read.items())}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text_of(value: Any) -> str:
    """A condition's value as it is written: AWS takes `true` for "true"."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def grants(document: Any) -> Iterator[dict[str, Any]]:
    """The grants that a person would write for a document, long lists of actions in parts."""
    for statement in listed(document["Statement"]):
        names = {"Resource": "resources", "NotResource": "not_resources"}
        grant: dict[str, Any] = {
            new: listed(statement[old]) for old, new in names.items() if old in statement
        }
        grant["effect"] = statement["Effect"].lower()
        if "Condition" in statement:
            grant["conditions"] = {
                operator: {
                    key: [text_of(v) for v in listed(values)] for key, values in keys.items()
                }
                for operator, keys in statement["Condition"].items()
            }
        if "NotAction" in statement:
            yield {**grant, "not_actions": listed(statement["NotAction"])}
            continue
        actions = listed(statement["Action"])
        for start in range(0, len(actions), LONGEST_LIST):
            yield {**grant, "actions": actions[start : start + LONGEST_LIST]}


def request_files(name: str, document: Any) -> Iterator[tuple[str, str]]:
    """As many request files as it takes."""
    for number, some in enumerate(portions(grants(document))):
        body = {
            "account": "a",
            "principal": f"role/{role_of(name)}",
            "reason": f"To see that {name} passes unchanged",
            "expires": "never",
            "grants": some,
        }
        text = yaml.dump(body, Dumper=yaml.CSafeDumper, allow_unicode=True, width=1000)
        yield f"requests/{role_of(name)}-{number}.yaml", text


def portions(found: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """What fits into one file each."""
    portion: list[dict[str, Any]] = []
    for grant in found:
        if portion and (
            len(portion) == MOST_GRANTS or len(json.dumps([*portion, grant])) > LARGEST_FILE
        ):
            yield portion
            portion = []
        portion.append(grant)
    yield portion


def role_of(name: str) -> str:
    """A role's name for each policy: by number, as names of policies may be longer."""
    return f"r{list(policies()).index(name):04}"


@pytest.fixture(scope="module")
def estate() -> Estate:
    names = enumerate(policies().items())
    files = dict(pair for _, item in names for pair in request_files(*item))
    return estate_of({"gitiam.yaml": CONFIG, **files})


@pytest.fixture(scope="module")
def state(estate: Estate) -> DesiredState:
    return desired_state(estate, catalog(), NOW)


def key_of(name: str) -> ModuleKey:
    return ModuleKey("a", Kind.ROLE, role_of(name))


def wanted(name: str) -> set[Atom]:
    return atoms(parse_document(policies()[name]))


def exceeds(name: str) -> bool:
    """Whether it is more than a role may hold, or one list of exceptions more than a document.

    Merging is what gitiam does too; the oracle here is only the arithmetic.
    """
    document = merged(parse_document(policies()[name]))
    exceptions = max(len(json.dumps(s.not_actions + s.not_resources)) for s in document)
    return document_size(document) > INLINE + MOST * MANAGED or exceptions > INLINE


def test_there_are_as_many_as_expected() -> None:
    assert len(policies()) > 1_500


def test_every_file_is_read(estate: Estate) -> None:
    assert estate.findings == ()
    assert {p.name for r in estate.requests for p in r.principals} == set(map(role_of, policies()))


def test_every_policy_has_a_module_or_is_too_large(state: DesiredState) -> None:
    assert state.unresolved == ()
    unfit = {item.key for item in state.unfit}
    assert unfit.isdisjoint(state.modules)
    assert {*unfit, *state.modules} == set(map(key_of, policies()))


def test_what_goes_in_comes_out(estate: Estate, state: DesiredState) -> None:
    renderer = renderer_for({"gitiam.yaml": CONFIG})
    for name in policies():
        desired = state.modules.get(key_of(name))
        if desired is None:
            continue
        module = renderer.module(desired)
        documents = documents_in(module.files)
        assert atoms(s for document in documents.values() for s in document) == wanted(name), name
        for path, document in documents.items():
            room = INLINE if path.endswith("inline.json") else MANAGED
            assert document_size(document) <= room, (name, path)
            sids = [s.sid for s in document]
            assert len(set(sids)) == len(sids), name
        assert len(documents) <= 1 + MOST


def documents_in(files: Any) -> dict[str, Document]:
    return {
        path: parse_document(unique_json(text))
        for path, text in files.items()
        if path.endswith(".json")
    }


def test_what_exceeds_the_limits_is_unfit_and_a_finding(
    estate: Estate, state: DesiredState
) -> None:
    too_large = set(filter(exceeds, policies()))
    assert "ReadOnlyAccess" in too_large
    assert {item.key for item in state.unfit} == set(map(key_of, too_large))
    assert all(item.size > item.room for item in state.unfit)
    paths = frozenset(path for item in state.unfit for path in item.origins)
    some = replace(estate, requests=tuple(r for r in estate.requests if r.path in paths))
    found = validate(some, catalog(), NOW)
    blamed = {f.location.path for f in found if f.rule == "too-large" and f.blocks}
    assert all(blamed & {*item.origins} for item in state.unfit)
