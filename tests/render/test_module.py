"""One module: exactly these files, these resources and these arguments."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.config import Config, S3Store
from gitiam.errors import GitiamError
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Module
from gitiam.policy.statement import document_size, meaning, parse_document
from gitiam.render.estate import renderer_of
from gitiam.render.module import digest, state_key
from gitiam.shipped import templates_dir
from tests.support.estates import CONFIG, estate_of, request, write_estate
from tests.support.hcl import Expression, hostile, parse, policy_file, unique_json
from tests.support.states import (
    clean_state_of,
    desired_of,
    modules_of,
    renderer_for,
    statements_of,
)

READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/${aws:username}/*']}"
KEPT = [{"prevent_destroy": True}]
ARN = "arn:aws:iam::aws:policy/"


def module(text: str | dict[str, str], key: str) -> Module:
    files = {"requests/x.yaml": text} if isinstance(text, str) else text
    return modules_of(files)[ModuleKey.parse(key)]


def main(found: Module) -> dict[str, Any]:
    return parse(found.files["main.tf"])


def test_an_undeclared_role() -> None:
    found = module(request(f"{READ}\n- managed_policy: ReadOnlyAccess"), "prod/role/data-pipeline")
    assert main(found) == {
        "locals": [{"role": "data-pipeline"}],
        "resource": {
            ("aws_iam_role_policy", "inline"): {
                "name": "gitiam",
                "role": Expression("local.role"),
                "policy": policy_file("inline"),
            },
            ("aws_iam_role_policy_attachment", "managed"): {
                "for_each": {"aws:policy/ReadOnlyAccess": f"{ARN}ReadOnlyAccess"},
                "role": Expression("local.role"),
                "policy_arn": Expression("each.value"),
            },
        },
    }
    assert set(found.files) == {
        ".terraform.lock.hcl",
        "terraform.tf",
        "main.tf",
        "policies/inline.json",
    }
    assert found.creates == {}
    assert found.owns is None


ROLE = """\
kind: principal
account: prod
principal: role/data-pipeline
reason: Runs the nightly order exports
path: /pipelines/
description: Nightly exports
owner: data
tags: {team: data}
permissions_boundary: PowerUserAccess
max_session: 7200
trust:
  - {service: [lambda.amazonaws.com, ec2.amazonaws.com]}
  - {aws: "arn:aws:iam::1:root", conditions: {Bool: {"aws:MultiFactorAuthPresent": "true"}}}
"""


def test_a_declared_role() -> None:
    found = module(ROLE, "prod/role/data-pipeline")
    assert main(found) == {
        "locals": [{"role": Expression("aws_iam_role.this.name")}],
        "resource": {
            ("aws_iam_role", "this"): {
                "name": "data-pipeline",
                "path": "/pipelines/",
                "description": "Nightly exports",
                "assume_role_policy": policy_file("trust"),
                "max_session_duration": 7200,
                "permissions_boundary": f"{ARN}PowerUserAccess",
                "tags": {"owner": "data", "team": "data"},
                "lifecycle": KEPT,
            }
        },
    }
    trust = json.loads(found.files["policies/trust.json"])
    assert trust["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        },
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::1:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        },
    ]
    assert found.owns == "arn:aws:iam::111122223333:role/pipelines/data-pipeline"


def test_a_declared_user_in_groups() -> None:
    files = {
        "requests/alice.yaml": "kind: principal\naccount: prod\nprincipal: user/alice\n"
        "reason: An analyst\nowner: analytics\n",
        "requests/x.yaml": request("[{group: readers}, {group: analysts}]", principal="user/alice"),
    }
    assert main(module(files, "prod/user/alice")) == {
        "locals": [{"user": Expression("aws_iam_user.this.name")}],
        "resource": {
            ("aws_iam_user", "this"): {
                "name": "alice",
                "path": "/",
                "tags": {"owner": "analytics"},
                "lifecycle": KEPT,
            },
            ("aws_iam_user_group_membership", "groups"): {
                "user": Expression("local.user"),
                "groups": ["analysts", "readers"],
            },
        },
    }


def test_a_declared_group() -> None:
    files = {
        "requests/g.yaml": "kind: principal\naccount: prod\nprincipal: group/readers\n"
        "path: /x/\nreason: Readers of it all\n",
        "requests/x.yaml": request(READ, principal="group/readers"),
    }
    assert main(module(files, "prod/group/readers"))["resource"] == {
        ("aws_iam_group", "this"): {"name": "readers", "path": "/x/", "lifecycle": KEPT},
        ("aws_iam_group_policy", "inline"): {
            "name": "gitiam",
            "group": Expression("local.group"),
            "policy": policy_file("inline"),
        },
    }


def test_a_shared_policy() -> None:
    text = (
        "kind: policy\naccount: prod\npolicy: logging\npath: /s/\nreason: Logs of all\n"
        f"description: Logs\ntags: {{team: data}}\ngrants:\n  {READ}\n"
    )
    assert main(module(text, "prod/policy/logging")) == {
        "resource": {
            ("aws_iam_policy", "this"): {
                "name": "logging",
                "path": "/s/",
                "description": "Logs",
                "policy": policy_file("inline"),
                "tags": {"team": "data"},
                "lifecycle": KEPT,
            }
        }
    }


@pytest.mark.parametrize("kind", ["role", "user", "group"])
def test_what_overflows(kind: str) -> None:
    files = {
        f"requests/{n}.yaml": request(
            f"- {{actions: [s3:GetObject], resources: ['arn:aws:s3:::{n}{'x' * 2500}']}}",
            principal=f"{kind}/big",
        )
        for n in range(7)
    }
    state = clean_state_of(files)
    key = ModuleKey("prod", Kind(kind), "big")
    found = renderer_for(files).module(state.modules[key])
    numbers = [str(policy.number) for policy in state.modules[key].overflow]
    resources = main(found)["resource"]
    assert resources["aws_iam_policy", "overflow"] == {
        "for_each": {number: f"gitiam-{kind}-big-{number}" for number in numbers},
        "name": Expression("each.value"),
        "path": "/gitiam/",
        "policy": Expression('file("${path.module}/policies/overflow-${each.key}.json")'),
    }
    assert resources[f"aws_iam_{kind}_policy_attachment", "overflow"] == {
        "for_each": {str(p.number): p.arn for p in state.modules[key].overflow},
        kind: Expression(f"local.{kind}"),
        "policy_arn": Expression("each.value"),
        "depends_on": [Expression("aws_iam_policy.overflow")],
    }
    names = {f"overflow-{number}" for number in numbers}
    if state.modules[key].inline:
        names.add("inline")
        waits = Expression(f"aws_iam_{kind}_policy_attachment.overflow")
        assert resources[f"aws_iam_{kind}_policy", "inline"]["depends_on"] == [waits]
    documents = {name: unique_json(found.files[f"policies/{name}.json"]) for name in names}
    assert {path for path in found.files if "/" in path} == {f"policies/{n}.json" for n in names}
    read = [s for document in documents.values() for s in parse_document(document)]
    assert meaning(read) == meaning(statements_of(state.modules[key]))
    for name, document in documents.items():
        size = document_size(parse_document(document))
        assert size <= (6_144 if name != "inline" else {"role": 10_240}.get(kind, 5_120))


# -- the root -----------------------------------------------------------------------------------


def test_the_root_knows_the_account_and_nothing_of_the_principal() -> None:
    one = module(request(READ), "prod/role/data-pipeline")
    other = module(ROLE, "prod/role/data-pipeline")
    assert one.files["terraform.tf"] == other.files["terraform.tf"]
    root = parse(one.files["terraform.tf"])
    assert root["terraform"][0]["backend"] == [{"local": {}}]
    (provider,) = root["provider"]
    assert provider["aws"]["region"] == "us-east-1"
    assert provider["aws"]["allowed_account_ids"] == ["111122223333"]
    assert provider["aws"]["max_retries"] == 5
    assert set(root) == {"terraform", "variable", "provider"}


_RENDERER = renderer_for({})
_DESIRED = desired_of(request(READ))


@given(endpoint=hostile(), kms=st.none() | hostile(), prefix=st.sampled_from(["", "a/b", "/a/"]))
def test_the_s3_backend_holds_what_the_configuration_says(
    endpoint: str, kms: str | None, prefix: str
) -> None:
    store = S3Store("bucket", "eu-west-1", prefix, kms, endpoint, path_style=True)
    config = Config(accounts=_RENDERER.config.accounts, store=store)
    found = dataclasses.replace(_RENDERER, config=config).module(_DESIRED)
    backend = parse(found.files["terraform.tf"])["terraform"][0]["backend"][0]["s3"]
    wanted = {
        "bucket": "bucket",
        "key": state_key(store, _DESIRED.key),
        "region": "eu-west-1",
        "encrypt": True,
        "use_lockfile": True,
        "use_path_style": True,
        "endpoints": {"s3": endpoint},
    }
    assert backend == wanted | ({"kms_key_id": kms} if kms else {})


def test_each_module_has_a_state_of_its_own() -> None:
    store = S3Store("bucket", "eu-west-1", "/iam/")
    key = ModuleKey.parse("prod/role/x")
    assert state_key(store, key) == "iam/state/prod/role/x.tfstate"
    assert state_key(S3Store("bucket", "eu-west-1", ""), key) == "state/prod/role/x.tfstate"


def test_the_digest_covers_every_path_and_every_byte() -> None:
    files = {"a": "x", "b": "y"}
    others = [{"a": "x"}, {"a": "x", "c": "y"}, {"a": "x", "b": "z"}, {"a": "y", "b": "x"}, {}]
    assert len({digest(f) for f in [files, *others]}) == 6
    assert digest(dict(reversed(files.items()))) == digest(files)


def test_an_empty_module_has_a_root_and_no_resource() -> None:
    found = renderer_for({}).empty(ModuleKey.parse("prod/role/gone"))
    assert set(found.files) == {".terraform.lock.hcl", "terraform.tf"}
    assert found.is_empty
    assert found.creates == {}


def test_a_module_of_an_account_that_has_left_cannot_be_emptied() -> None:
    with pytest.raises(GitiamError, match="is no longer in gitiam") as error:
        renderer_for({}).empty(ModuleKey.parse("old/role/x"))
    assert "Put the account back" in str(error.value)


# -- templates and lock file --------------------------------------------------------------------


def _own(root: Path, files: dict[str, str]) -> Module:
    write_estate(root, files)
    renderer = renderer_of(estate_of(files).config, root, templates_dir())
    return renderer.module(desired_of(request(READ)))


def test_an_estate_may_bring_templates_of_its_own(tmp_path: Path) -> None:
    found = _own(tmp_path, {"templates/terraform/role.tf.j2": "# {{ name }}\n"})
    assert found.files["main.tf"] == '# "data-pipeline"\n'


@pytest.mark.parametrize(
    "template", ["{{ nothing }}", "{{ name.x }}", "{% if %}", "{{ none }}", "{{ name | x }}"]
)
def test_a_template_that_is_wrong_says_so(tmp_path: Path, template: str) -> None:
    with pytest.raises(GitiamError, match=r"role\.tf\.j2") as error:
        _own(tmp_path, {"templates/terraform/role.tf.j2": template})
    assert "templates/terraform" in str(error.value)


def test_another_provider_needs_a_lock_file_of_its_own(tmp_path: Path) -> None:
    other = CONFIG + 'terraform: {provider_version: "6.0.0"}\n'
    with pytest.raises(GitiamError, match=r"not for .*aws 6\.0\.0") as error:
        _own(tmp_path, {"gitiam.yaml": other})
    assert "terraform.lock_file" in str(error.value)
    own = CONFIG + 'terraform: {provider_version: "6.0.0", lock_file: own.hcl}\n'
    found = _own(tmp_path, {"gitiam.yaml": own, "own.hcl": "# mine\n"})
    assert found.files[".terraform.lock.hcl"] == "# mine\n"


@pytest.mark.parametrize("name", ["absent.hcl", "../outside.hcl", "/etc/hostname"])
def test_a_lock_file_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.hcl").touch()
    with pytest.raises(GitiamError, match="lock"):
        _own(tmp_path / "estate", {"gitiam.yaml": CONFIG + f"terraform: {{lock_file: {name}}}\n"})


def test_gitiam_brings_a_lock_file_for_its_own_provider() -> None:
    text = module(request(READ), "prod/role/data-pipeline").files[".terraform.lock.hcl"]
    assert "registry.terraform.io/hashicorp/aws" in text
    assert '"5.100.0"' in text
