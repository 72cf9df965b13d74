"""The bundles that are shipped, and how a grant of one is expanded."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gitiam.arns import bundle_pattern
from gitiam.bundles import (
    MAX_RESOURCES,
    BundleError,
    UnknownPlaceholderError,
    example_arn,
    expand_bundle,
    fill,
)
from gitiam.catalog import catalog
from gitiam.findings import Location
from gitiam.load.bundles import VARIABLES, parse_bundle
from gitiam.models import AccessLevel, Bundle, BundleStatement, Condition, Step
from gitiam.report.explain import example_grant
from gitiam.shipped import templates_dir

FOLDER = templates_dir() / "bundles"
VALUES = {
    "account": "prod",
    "account_id": "111122223333",
    "partition": "aws",
    "region": "eu-central-1",
}

# These have types of resources in AWS's reference, and yet are asked without one: for a list of
# all, for metrics that belong to no data set, or for a bill whose view is not named.
ASKED_OF_ALL = {
    "ce:GetCostAndUsage",
    "ce:GetCostAndUsageWithResources",
    "ce:GetCostCategories",
    "ce:GetCostForecast",
    "ce:GetDimensionValues",
    "ce:GetTags",
    "ce:GetUsageForecast",
    "cloudformation:DescribeStacks",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "ecr:DescribeRepositories",
    "ecs:ListTasks",
}


class FakeSource:
    """A file that is not there."""

    path = "templates/bundles/test.yaml"
    text = ""

    def place(self, *steps: Step) -> Location:
        return Location(self.path)

    def place_of_key(self, *steps: Step) -> Location:
        return Location(self.path)

    def place_of_entry(self, *steps: Step) -> Location | None:
        return None


def read(text: str, name: str = "test") -> Bundle:
    return parse_bundle(name, yaml.load(text, Loader=yaml.CBaseLoader), FakeSource())  # noqa: S506


def shipped(file: Path) -> Bundle:
    return read(file.read_text(encoding="utf-8"), file.stem)


BUNDLES = {file.stem: shipped(file) for file in sorted(FOLDER.glob("*.yaml"))}


def granted(bundle: Bundle) -> tuple[BundleStatement, ...]:
    """What the example grant of a bundle gives, with every optional resource."""
    (grant,) = yaml.load(example_grant(bundle), Loader=yaml.CBaseLoader)  # noqa: S506
    assert grant["bundle"] == bundle.name
    optional = [example_arn(kind) for kind in bundle.resources if kind.optional]
    resources = [*grant.get("resources", []), *optional]
    return expand_bundle(bundle, resources, grant.get("parameters", {}), VALUES)


every_bundle = pytest.mark.parametrize("name", BUNDLES)


def test_there_are_bundles() -> None:
    assert len(BUNDLES) >= 40


@every_bundle
def test_every_action_exists_in_this_spelling(name: str) -> None:
    for statement in BUNDLES[name].statements:
        for text in statement.actions:
            action = catalog().action(text)
            assert action is not None, f"{text}: {catalog().suggest_action(text)}?"
            assert action.full_name == text


@every_bundle
def test_every_action_may_apply_to_every_resource_beside_it(name: str) -> None:
    for statement in granted(BUNDLES[name]):
        for text in statement.actions:
            action = catalog().action(text)
            assert action is not None
            for resource in statement.resources:
                assert catalog().may_apply(action, resource), (text, resource)
                if resource == "*" and action.resource_types:
                    assert text in ASKED_OF_ALL, f"{text} can be narrowed"


@every_bundle
def test_every_condition_key_is_one_of_the_action(name: str) -> None:
    for statement in BUNDLES[name].statements:
        for condition in statement.conditions:
            for text in statement.actions:
                service = text.partition(":")[0]
                assert catalog().condition_key_exists(service, condition.key), condition


@every_bundle
def test_every_example_expands_to_all_statements_without_templates(name: str) -> None:
    bundle = BUNDLES[name]
    statements = granted(bundle)
    assert len(statements) == len(bundle.statements)
    for statement in statements:
        texts = [*statement.resources, *(v for c in statement.conditions for v in c.values)]
        assert statement.resources and statement.actions
        assert not re.search(r"(?<!\$)[{}<>]", re.sub(r"\$\{[^}]*\}", "", " ".join(texts)))


@every_bundle
def test_every_bundle_says_what_it_is_for(name: str) -> None:
    bundle = BUNDLES[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert bundle.description.endswith((".", "?")) and len(bundle.description) <= 200
    for statement in bundle.statements:
        assert statement.why or ("*" not in statement.resources and not statement.console)
        assert not statement.why.endswith(".")


@every_bundle
def test_no_bundle_opens_the_way_to_more(name: str) -> None:
    actions = {text for statement in BUNDLES[name].statements for text in statement.actions}
    assert not any("*" in action or "?" in action for action in actions)
    assert "iam:PassRole" not in actions
    # AWS counts signing in to a database as management of permissions.
    for action in map(catalog().action, actions - {"rds-db:connect"}):
        assert action is not None
        assert action.access_level is not AccessLevel.PERMISSIONS_MANAGEMENT


# -- expansion ----------------------------------------------------------------------------------

COPY = """
description: Copy from one bucket to others.
resources:
  table: {arn: "arn:{partition}:dynamodb:{region}:{account}:table/{name}", description: the table}
  role: {arn: "arn:{partition}:iam::{account}:role/{name+}", description: a role, optional: true}
parameters:
  prefix: {description: where to, default: "", pattern: "[a-z/]*"}
  mode: {description: which way, pattern: "in|out"}
statements:
  - actions: [dynamodb:GetItem]
    resources: ["{table}", "arn:{partition}:s3:::{account}-{table.name}/{prefix}*"]
  - actions: [sts:AssumeRole]
    resources: ["{role}"]
    conditions: {StringEquals: {"sts:RoleSessionName": ["{mode}", "${aws:username}"]}}
  - actions: [s3:ListAllMyBuckets]
    resources: ["*"]
    conditions: {ArnLike: {"aws:SourceArn": "{table}"}}
    console: true
    why: it has to
"""
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
OTHER = "arn:aws:dynamodb:us-east-1:111122223333:table/users"


def expand(
    resources: list[str], parameters: dict[str, str] | None = None
) -> tuple[BundleStatement, ...]:
    return expand_bundle(read(COPY), resources, parameters or {"mode": "in"}, VALUES)


def test_one_statement_holds_the_resources_of_all_arns() -> None:
    first, *_ = expand([TABLE, OTHER, TABLE])
    assert first.resources == (
        TABLE,
        OTHER,
        "arn:aws:s3:::prod-orders/*",
        "arn:aws:s3:::prod-users/*",
    )


def test_statements_part_where_conditions_differ() -> None:
    _, *rest = expand([TABLE, OTHER])
    assert [s.conditions for s in rest] == [
        (Condition("ArnLike", "aws:SourceArn", (TABLE,)),),
        (Condition("ArnLike", "aws:SourceArn", (OTHER,)),),
    ]
    assert all(s.resources == ("*",) and s.console and s.why == "it has to" for s in rest)


def test_statements_about_an_absent_optional_type_vanish() -> None:
    assert not any("sts:AssumeRole" in s.actions for s in expand([TABLE]))
    role = "arn:aws:iam::111122223333:role/path/name"
    with_role = expand([role, TABLE], {"mode": "out", "prefix": "a/"})
    (assume,) = [s for s in with_role if "sts:AssumeRole" in s.actions]
    assert assume.resources == (role,)
    assert assume.conditions[0].values == ("out", "${aws:username}")
    assert with_role[0].resources[1] == "arn:aws:s3:::prod-orders/a/*"


def test_variables_stand_in_resources_and_wildcards_match() -> None:
    given = "arn:{partition}:dynamodb:*:{account_id}:table/orders-*"
    first, *_ = expand([given])
    assert first.resources[0] == "arn:aws:dynamodb:*:111122223333:table/orders-*"
    assert first.resources[1] == "arn:aws:s3:::prod-orders-*/*"


def test_policy_variables_survive_in_resources() -> None:
    bundle = BUNDLES["s3-read"]
    arn = "arn:aws:s3:::home-${aws:username}"
    assert expand_bundle(bundle, [arn], {}, VALUES)[0].resources == (f"{arn}/*",)


def test_what_is_put_in_is_not_a_template() -> None:
    assert fill("{a} ${aws:x} {b}", {"a": "{b}", "b": "{a}"}) == "{b} ${aws:x} {a}"


@pytest.mark.parametrize("template", ["{nope}", "{}", "{", "}", "{a", "{{a}}", "{a.b}", "{ a }"])
def test_strange_templates_are_refused(template: str) -> None:
    with pytest.raises(UnknownPlaceholderError):
        fill(template, {"a": "1"})


@given(st.text(max_size=40))
def test_a_template_is_filled_or_refused_and_never_crashes(text: str) -> None:
    try:
        filled = fill(text, {"account_id": "1"})
    except UnknownPlaceholderError:
        assert "{" in text or "}" in text
    else:
        assert "{account_id}" not in filled.replace("${account_id}", "")


@pytest.mark.parametrize(
    ("resources", "parameters", "steps", "words"),
    [
        (["arn:aws:s3:::x"], {"mode": "in"}, ("resources", 0), "such as arn:aws:dynamodb:us-east"),
        ([TABLE, "*"], {"mode": "in"}, ("resources", 1), "`*` is not a resource that `test` takes"),
        ([f"{TABLE}/index/*"], {"mode": "in"}, ("resources", 0), f"did you mean `{TABLE}`?"),
        ([TABLE + "\n"], {"mode": "in"}, ("resources", 0), "is not a resource"),
        (["arn:aws:iam::1:role/{accont}"], {"mode": "in"}, ("resources", 0), "mean {account}?"),
        (["{"], {"mode": "in"}, ("resources", 0), "opens no {name}"),
        ([], {"mode": "in"}, ("resources",), "`test` needs table (the table)"),
        ([TABLE], {}, ("parameters",), "needs the parameter `mode`: which way"),
        ([TABLE], {"mode": "up"}, ("parameters", "mode"), "it must match in|out"),
        ([TABLE], {"mode": "in\n"}, ("parameters", "mode"), "it must match"),
        ([TABLE], {"mod": "in"}, ("parameters", "mod"), "did you mean `mode`?"),
        ([TABLE], {"mode": "in", "prefix": "*"}, ("parameters", "prefix"), "it must match"),
        ([TABLE], {"mode": "in", "prefix": "{table}"}, ("parameters", "prefix"), "must match"),
    ],
)
def test_what_is_wrong_with_a_grant_is_said(
    resources: list[str], parameters: dict[str, str], steps: tuple[Step, ...], words: str
) -> None:
    with pytest.raises(BundleError) as caught:
        expand_bundle(read(COPY), resources, parameters, VALUES)
    assert caught.value.steps == steps
    assert words in caught.value.message


def test_a_bundle_without_resources_takes_none() -> None:
    with pytest.raises(BundleError, match="takes no resources"):
        expand_bundle(BUNDLES["metrics-read"], ["*"], {}, VALUES)


def test_pairs_of_many_resources_are_refused() -> None:
    text = COPY.replace('["{role}"]', '["arn:aws:s3:::{role.name}-{table.name}"]')
    tables = [f"{TABLE}{n}" for n in range(100)]
    roles = [f"arn:aws:iam::111122223333:role/r{n}" for n in range(100)]
    with pytest.raises(BundleError, match=f"more than {MAX_RESOURCES:,} ARNs"):
        expand_bundle(read(text), tables + roles, {"mode": "in"}, VALUES)


@given(st.text(max_size=60))
def test_no_text_slips_through_as_a_bucket(text: str) -> None:
    try:
        statements = expand_bundle(BUNDLES["s3-list"], [f"arn:aws:s3:::{text}"], {}, {})
    except BundleError:
        return
    (bucket,) = statements[0].resources
    assert bucket == f"arn:aws:s3:::{text}"
    name = re.sub(r"\$\{[^}]*\}", "", text)
    assert text and not re.search(r"[\s:/{}]", name)


# -- files --------------------------------------------------------------------------------------


def data(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = yaml.load(COPY, Loader=yaml.CBaseLoader)  # noqa: S506
    return {**base, **changes}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"extra": "x"}, "Extra inputs"),
        ({"description": ""}, "at least 1 character"),
        ({"statements": []}, "at least 1 item"),
        ({"resources": {"table": {"arn": "arn:{x", "description": "d"}}}, "not of the form"),
        ({"resources": {"table": {"arn": "x:{x}", "description": "d"}}}, "pattern of an ARN"),
        ({"resources": {"Table": {"arn": "arn:x", "description": "d"}}}, "should match pattern"),
        ({"parameters": {"account_id": {"description": "d", "pattern": "x"}}}, "means two things"),
        ({"parameters": {}}, "{mode} is neither"),
        ({"parameters": {"mode": {"description": "d", "pattern": "("}}}, "regular expression"),
        (
            {"parameters": {"mode": {"description": "d", "pattern": "a", "default": "b"}}},
            "does not match the pattern",
        ),
        ({"statements": [{"actions": ["s3:X"], "resources": ["*"]}]}, "say in `why`"),
        ({"statements": [{"actions": ["s3:X"], "resources": ["{table}"]}]}, "no statement uses"),
        ({"statements": [{"actions": ["s3"], "resources": ["{table}"]}]}, "should match pattern"),
        ({"statements": [{"actions": ["s3:X"], "resources": ["{"]}]}, "opens no {name}"),
    ],
)
def test_a_wrong_file_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_bundle("test", data(**changes), FakeSource())
    assert words in str(caught.value)


def test_variables_are_those_of_an_account() -> None:
    from gitiam.config import Account

    assert set(Account("prod", "111122223333").variables()) == VARIABLES


@pytest.mark.parametrize(
    "text", ["arn:{a}{b}", "arn:{a}-x", "arn:{a+}:x", "arn:{a}:{a}", "arn:{A}"]
)
def test_ambiguous_patterns_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"placeholder|follow|stand last"):
        bundle_pattern(text)
