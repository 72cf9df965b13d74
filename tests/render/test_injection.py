"""No string of the estate can be anything but a string: no resource, no file, no program.

Whatever stands in a request or a declaration goes through YAML, the loader and the renderer, and is
found again in the module, exactly, with exactly the resources that its grants mean. What IAM could
not hold is refused by the loader, with its place.
"""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.desired.grants import fill_in_all, until
from gitiam.load.estate import Estate, load_estate
from gitiam.models import Condition, ModuleKey
from gitiam.modules import Module
from gitiam.policy.statement import Document, Statement, meaning, parse_document
from tests.support.estates import NOW, estate_of, write_estate
from tests.support.hcl import (
    Expression,
    hostile,
    hostile_policy_text,
    parse,
    policy_file,
    unique_json,
)
from tests.support.policies import atoms
from tests.support.states import renderer_for

names = st.text("azAZ09_+=,.@-", min_size=1, max_size=20).filter(lambda name: name.strip("."))
#: What a path of IAM may hold: any visible ASCII, quotes and braces among it.
paths = st.lists(
    st.one_of(
        st.sampled_from(["${x}", '"', "%{if}", "\\", "'", '${file("y")}', "#"]),
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=9),
    ).map(lambda part: part.replace("/", "")),
    max_size=3,
).map(lambda parts: "/" + "".join(f"{part}/" for part in parts if part))
policy_lists = st.lists(hostile_policy_text(), min_size=1, max_size=3, unique=True)
conditions = st.dictionaries(
    hostile_policy_text().filter(lambda operator: operator.lower() != "datelessthan"),
    st.dictionaries(hostile_policy_text(), policy_lists, min_size=1, max_size=2),
    max_size=2,
)
#: What a role's description may hold: neither DEL nor the control characters beyond it.
descriptions = hostile_policy_text().map(lambda text: re.sub("[\x7f-\xa0]", "", text))
tags = st.dictionaries(hostile(), hostile(), max_size=3)
boundaries = st.none() | hostile_policy_text().map(lambda text: f"arn:{text}")
managed = st.from_regex(r"arn:[A-Za-z0-9_+=,.@:/{}-]{1,30}", fullmatch=True)

Body = dict[str, Any]


def raw_grants(draw: st.DrawFn) -> Body:
    """One raw grant of any shape."""
    grant: Body = {
        draw(st.sampled_from(["actions", "not_actions"])): draw(policy_lists),
        draw(st.sampled_from(["resources", "not_resources"])): draw(policy_lists),
        "effect": draw(st.sampled_from(["allow", "deny"])),
    }
    found = draw(conditions)
    return grant | ({"conditions": found} if found else {})


def _without_none(body: Body) -> Body:
    return {key: value for key, value in body.items() if value is not None}


@st.composite
def requests(draw: st.DrawFn) -> Body:
    """A request for a role, with a raw grant, a managed policy and a role to assume."""
    return {
        "account": "prod",
        "principal": f"role/{draw(names)}",
        "reason": draw(hostile()),
        "ticket": draw(hostile()),
        "expires": "2027-01-15",
        "grants": [
            raw_grants(draw),
            {"managed_policy": draw(managed)},
            {"assume": draw(policy_lists)},
        ],
    }


@st.composite
def roles(draw: st.DrawFn) -> Body:
    """A declared role."""
    trust: Body = {
        draw(st.sampled_from(["aws", "service", "federated", "canonical"])): draw(policy_lists),
        "actions": draw(policy_lists),
        "conditions": draw(conditions),
    }
    return _without_none(
        {
            "kind": "principal",
            "account": "prod",
            "principal": f"role/{draw(names)}",
            "reason": draw(hostile()),
            "path": draw(paths),
            "description": draw(descriptions),
            "owner": draw(st.none() | hostile()),
            "tags": draw(tags),
            "permissions_boundary": draw(boundaries),
            "trust": [trust],
        }
    )


@st.composite
def policies(draw: st.DrawFn) -> Body:
    """A shared policy."""
    return {
        "kind": "policy",
        "account": "prod",
        "policy": draw(names),
        "reason": draw(hostile()),
        "path": draw(paths),
        "description": draw(hostile()),
        "tags": draw(tags),
        "grants": [raw_grants(draw)],
    }


def estate_with(body: Body) -> Estate:
    """The estate with this one file; every text is in quotes, so that it is that text."""
    text = yaml.safe_dump(body, default_style='"', allow_unicode=True, width=10_000)
    assert yaml.safe_load(text) == body
    with tempfile.TemporaryDirectory() as folder:
        root = write_estate(Path(folder), {"requests/x.yaml": text})
        return load_estate(root, [])


def rendered(body: Body) -> Module:
    """The one module of the file, which must be in order."""
    estate = estate_with(body)
    assert estate.findings == ()
    state = desired_state(estate, catalog(), NOW)
    assert state.unresolved == ()
    ((_, desired),) = state.modules.items()
    module = _RENDERER.module(desired)
    assert module.files["terraform.tf"] == _ROOT
    return module


_RENDERER = renderer_for({})
_ROOT = _RENDERER.empty(ModuleKey.parse("prod/role/x")).files["terraform.tf"]
_ACCOUNT = estate_of({}).config.accounts["prod"]


def policy(module: Module, name: str) -> Document:
    return parse_document(unique_json(module.files[f"policies/{name}.json"]))


def _conditions(block: dict[str, dict[str, list[str]]]) -> tuple[Condition, ...]:
    return tuple(Condition(o, k, tuple(v)) for o, keys in block.items() for k, v in keys.items())


def _statement(grant: Body) -> Statement:
    return Statement(
        effect=grant["effect"].capitalize(),
        actions=tuple(grant.get("actions", ())),
        not_actions=tuple(grant.get("not_actions", ())),
        resources=fill_in_all(grant.get("resources", ()), _ACCOUNT),
        not_resources=fill_in_all(grant.get("not_resources", ()), _ACCOUNT),
        conditions=_conditions(grant.get("conditions", {})),
    )


@given(requests())
def test_a_request(body: Body) -> None:
    module = rendered(body)
    raw, attached, assumed = body["grants"]
    (arn,) = fill_in_all([attached["managed_policy"]], _ACCOUNT)
    assert parse(module.files["main.tf"]) == {
        "locals": [{"role": body["principal"].removeprefix("role/")}],
        "resource": {
            ("aws_iam_role_policy", "inline"): {
                "name": "gitiam",
                "role": Expression("local.role"),
                "policy": policy_file("inline"),
            },
            ("aws_iam_role_policy_attachment", "managed"): {
                "for_each": {arn.split(":iam::", 1)[-1]: arn},
                "role": Expression("local.role"),
                "policy_arn": Expression("each.value"),
            },
        },
    }
    assert set(module.files) == {*_FILES, "policies/inline.json"}
    assume = Statement("Allow", ("sts:AssumeRole",), fill_in_all(assumed["assume"], _ACCOUNT))
    end = datetime(2027, 1, 16, tzinfo=UTC)
    wanted = [until(s, end) for s in (_statement(raw), assume)]
    assert atoms(policy(module, "inline")) == atoms(wanted)


_FILES = {".terraform.lock.hcl", "terraform.tf", "main.tf"}


@given(roles())
def test_a_declared_role(body: Body) -> None:
    module = rendered(body)
    boundary = body.get("permissions_boundary")
    own = {
        "name": body["principal"].removeprefix("role/"),
        "path": body["path"],
        "description": body["description"],
        "assume_role_policy": policy_file("trust"),
        "max_session_duration": 3600,
        "tags": ({"owner": body["owner"]} if "owner" in body else {}) | body["tags"],
        "lifecycle": [{"prevent_destroy": True}],
    }
    if boundary:
        own["permissions_boundary"] = fill_in_all([boundary], _ACCOUNT)[0]
    assert parse(module.files["main.tf"]) == {
        "locals": [{"role": Expression("aws_iam_role.this.name")}],
        "resource": {("aws_iam_role", "this"): own},
    }
    assert set(module.files) == {*_FILES, "policies/trust.json"}
    (entry,) = body["trust"]
    kinds = {"aws": "AWS", "service": "Service", "federated": "Federated"}
    ((kind, who),) = [(k, v) for k, v in entry.items() if k not in ("actions", "conditions")]
    wanted = Statement(
        "Allow",
        tuple(entry["actions"]),
        conditions=_conditions(entry["conditions"]),
        principals=((kinds.get(kind, "CanonicalUser"), fill_in_all(who, _ACCOUNT)),),
    )
    assert meaning(policy(module, "trust")) == meaning([wanted])


@given(policies())
def test_a_shared_policy(body: Body) -> None:
    module = rendered(body)
    assert parse(module.files["main.tf"]) == {
        "resource": {
            ("aws_iam_policy", "this"): {
                "name": body["policy"],
                "path": body["path"],
                "description": body["description"],
                "policy": policy_file("inline"),
                "tags": body["tags"],
                "lifecycle": [{"prevent_destroy": True}],
            }
        }
    }
    assert set(module.files) == {*_FILES, "policies/inline.json"}
    assert meaning(policy(module, "inline")) == meaning([_statement(body["grants"][0])])


@st.composite
def anything(draw: st.DrawFn) -> Body:
    """A file in which any text, keys of the schema left aside, may be any other."""

    def replaced(value: Any) -> Any:
        if isinstance(value, str):
            return draw(hostile()) if draw(st.integers(0, 5)) == 0 else value
        if isinstance(value, list):
            return [replaced(item) for item in value]
        return {key: replaced(item) for key, item in value.items()}

    body: Body = replaced(draw(st.one_of(requests(), roles(), policies())))
    return body


@given(anything())
def test_what_is_refused_is_refused_with_its_place(body: Body) -> None:
    """Any text in any place: a finding in that file, or a module that holds what was written."""
    estate = estate_with(body)
    assert all(finding.location.path == "requests/x.yaml" for finding in estate.findings)
    state = desired_state(estate, catalog(), NOW)
    for desired in state.modules.values():
        module = _RENDERER.module(desired)
        assert set(parse(module.files["main.tf"])) <= {"locals", "resource"}
        for path, text in module.files.items():
            if path.endswith(".json"):
                parse_document(unique_json(text))


@given(st.sampled_from(["\U0001f600", "\u2028", "\u0100", "\x00", "\x1b", "\ufeff", "\u202e"]))
def test_a_policy_refuses_what_iam_cannot_hold(character: str) -> None:
    for grant in (
        {"actions": [f"s3:Get{character}"], "resources": ["*"]},
        {"actions": ["s3:GetObject"], "resources": [f"arn:aws:s3:::{character}"]},
        {"not_actions": [character], "not_resources": ["*"]},
        {"actions": ["s3:*"], "resources": "*", "conditions": {"Bool": {character: ["true"]}}},
        {"actions": ["s3:*"], "resources": "*", "conditions": {"Bool": {"a:b": [character]}}},
        {"actions": ["s3:*"], "resources": "*", "conditions": {character: {"a:b": ["true"]}}},
        {"assume": [f"arn:aws:iam::1:role/{character}"]},
        {"bundle": "s3-read", "resources": [f"arn:aws:s3:::{character}"]},
        {"managed_policy": f"Read{character}"},
        {"group": f"analysts{character}"},
    ):
        body = {"account": "prod", "principal": "user/a", "reason": "x", "grants": [grant]}
        estate = estate_with(body)
        assert estate.requests == ()
        (finding,) = estate.findings
        assert finding.blocks
        assert finding.location.line > 1
