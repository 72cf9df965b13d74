"""The escalation paths: what the file says is well formed, real, and read as it is meant."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from gitiam.catalog import catalog
from gitiam.risks.data import DataError, read
from gitiam.risks.paths import (
    Gain,
    Need,
    PathClass,
    Target,
    escalation_paths,
    parse_paths,
)
from tests.support.managed import managed_policies

PATHS = {path.id: path for path in escalation_paths()}

#: Service principals end like this, whatever the service; one names the region's own credentials.
PRINCIPAL = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)?\.amazonaws\.com")

#: What in a path's name may differ from the prefix of its actions.
IDENTITY_TYPES = {"user", "role", "group", "policy"}


def test_there_are_as_many_as_expected() -> None:
    assert len(PATHS) >= 150
    assert Counter(p.kind for p in PATHS.values()).keys() == set(PathClass)
    assert {p.gains for p in PATHS.values()} == set(Gain)


def test_ids_are_unique_and_kebab_case() -> None:
    assert len(PATHS) == len(escalation_paths())
    assert [name for name in PATHS if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)] == []


def test_every_action_exists_in_this_spelling() -> None:
    for path in PATHS.values():
        for name in path.actions:
            found = catalog().action(name)
            assert found is not None, name
            assert found.full_name == name


def test_what_a_need_reaches_is_what_its_actions_work_on() -> None:
    """`reaches` agrees with AWS's reference; and no action on identities goes without it."""
    for path in PATHS.values():
        for need in path.needs:
            for name in need.actions:
                action = catalog().action(name)
                assert action is not None
                types = IDENTITY_TYPES & set(action.resource_types)
                if need.reaches is not None:
                    assert need.reaches.value in action.resource_types, name
                elif action.service in ("iam", "sts"):
                    assert not types, name


def test_service_principals_are_plausible() -> None:
    for path in PATHS.values():
        for need in path.needs:
            assert [name for name in need.passes if not PRINCIPAL.fullmatch(name)] == []


def test_service_principals_are_those_that_aws_itself_names() -> None:
    """AWS's own policies name most services that roles are passed to; the rest are listed."""
    texts = "\n".join(str(document) for document in managed_policies().values())
    named = set(re.findall(r"[a-z0-9.-]+\.amazonaws\.com", texts))
    passed = {name for p in PATHS.values() for need in p.needs for name in need.passes}
    assert passed - named == UNNAMED


#: Services that no managed policy of AWS names; each stands in the guide of the service itself, on
#: the page about the role that it takes.
UNNAMED = {
    "airflow-env.amazonaws.com",
    "appstream.amazonaws.com",
    "codestar.amazonaws.com",
    "datapipeline.amazonaws.com",
    "gamelift.amazonaws.com",
    "hooks.cloudformation.amazonaws.com",
    "kafkaconnect.amazonaws.com",
    "kinesisanalytics.amazonaws.com",
    "opsworks.amazonaws.com",
    "resources.cloudformation.amazonaws.com",
    "tasks.apprunner.amazonaws.com",
}


def test_passing_a_role_and_the_class_agree() -> None:
    for path in PATHS.values():
        assert path.passes == (path.kind is PathClass.PASS_ROLE)
        if path.gains is Gain.PASSED_ROLE:
            assert path.passes
        if path.gains is Gain.ATTACHED_ROLE:
            assert path.given, "there must be something that has the role already"


def test_needs_of_itself_stand_in_paths_that_say_so() -> None:
    for path in PATHS.values():
        own = [need for need in path.needs if need.itself]
        if own:
            assert path.kind in (PathClass.SELF_ESCALATION, PathClass.BOUNDARY)
            assert len({need.reaches for need in own}) == 1


def test_every_need_is_one_thing_once() -> None:
    for path in PATHS.values():
        assert path.needs
        for need in path.needs:
            assert bool(need.actions) != bool(need.passes)
            assert len(set(need.actions)) == len(need.actions)
        assert len(set(path.needs)) == len(path.needs)


def test_no_path_needs_what_another_spares() -> None:
    """Where one path's needs are all in another's, under no more `given`, the longer is idle."""
    idle = [
        (longer.id, shorter.id)
        for shorter in PATHS.values()
        for longer in PATHS.values()
        if longer is not shorter
        and not shorter.given
        and longer.gains is shorter.gains
        and all(_met(need, longer.needs) for need in shorter.needs)
    ]
    assert idle == []


def _met(need: Need, by: tuple[Need, ...]) -> bool:
    """Whether whoever has `by` always has `need`, too."""
    return any(
        (other.reaches, other.itself) == (need.reaches, need.itself)
        and set(other.actions) <= set(need.actions)
        and set(other.passes) <= set(need.passes)
        for other in by
    )


def test_sources_are_addresses() -> None:
    for path in PATHS.values():
        assert path.sources
        assert [url for url in path.sources if not re.fullmatch(r"https://[^\s]+", url)] == []


def test_sentences_read_well() -> None:
    for path in PATHS.values():
        assert path.why.endswith(".")
        assert path.why[0].isupper()
        assert not path.title.endswith(".")
        assert len(path.title) <= 100
        assert not path.given.endswith(".")
        for text in (path.why, path.title, path.given):
            assert not re.search(r"[*`]", text)


def test_the_famous_path_is_read_as_it_is_meant() -> None:
    path = PATHS["iam-put-own-role-policy"]
    assert path.needs == (Need(("iam:PutRolePolicy",), (), Target.ROLE, itself=True),)
    path = PATHS["lambda-create-function"]
    assert path.needs[0] == Need(passes=("lambda.amazonaws.com",))
    assert "lambda:InvokeFunction" in path.needs[2].actions


@pytest.mark.parametrize(
    ("name", "service", "actions"),
    [
        ("ssm-create-activation", "ssm", "ssm:CreateActivation"),
        ("ssm-default-host-role", "ssm", "ssm:UpdateServiceSetting"),
        ("lambda-create-function", "lambda", "lambda:CreateFunction lambda:InvokeFunctionUrl"),
        (
            "lambda-create-function",
            "lambda",
            "lambda:CreateFunction lambda:CreateFunctionUrlConfig",
        ),
        ("lambda-exchange-role", "lambda", "lambda:UpdateFunctionConfiguration"),
        ("events-put-targets", "events", "events:PutTargets"),
        ("ec2-create-fleet", "ec2", "ec2:CreateLaunchTemplate ec2:CreateFleet"),
        (
            "autoscaling-launch-template",
            "ec2",
            "ec2:CreateLaunchTemplateVersion autoscaling:StartInstanceRefresh",
        ),
        (
            "imagebuilder-create-image",
            "ec2",
            "imagebuilder:CreateImageRecipe imagebuilder:UpdateInfrastructureConfiguration"
            " imagebuilder:UpdateImagePipeline",
        ),
        ("eks-create-nodegroup", "eks", "eks:CreateNodegroup"),
        ("ecs-register-and-wait", "ecs-tasks", "ecs:RegisterTaskDefinition"),
        ("ecs-express-service", "ecs-tasks", "ecs:CreateExpressGatewayService"),
        ("batch-register-and-wait", "ecs-tasks", "batch:RegisterJobDefinition"),
        ("apprunner-exchange-role", "tasks.apprunner", "apprunner:UpdateService"),
        ("codebuild-exchange-role", "codebuild", "codebuild:UpdateProject"),
        ("amplify-exchange-role", "amplify", "amplify:UpdateApp"),
        ("datapipeline-exchange-role", "ec2", "datapipeline:PutPipelineDefinition"),
        ("states-exchange-role", "states", "states:UpdateStateMachine"),
        ("iot-role-alias", "iot", "iot:UpdateRoleAlias"),
        ("rolesanywhere-widen-profile", "rolesanywhere", "rolesanywhere:UpdateProfile"),
        ("glue-override-job", "", "glue:StartJobRun"),
        ("rolesanywhere-exchange-authority", "", "rolesanywhere:UpdateTrustAnchor"),
        ("cloudformation-change-service-managed-stack-set", "", "cloudformation:UpdateStackSet"),
        ("cognito-identity-open-pool", "", "cognito-identity:UpdateIdentityPool"),
    ],
)
def test_a_step_is_not_needed_where_what_it_makes_may_be_there(
    name: str, service: str, actions: str
) -> None:
    has = set(actions.split())
    for need in PATHS[name].needs:
        assert has & set(need.actions) or f"{service}.amazonaws.com" in need.passes, need


def document() -> Any:
    return read("escalations.json")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"needs": []}, "empty"),
        ({"needs": [{"action": "iam:PassRole", "any_of": ["iam:PassRole"]}]}, "a need has one of"),
        ({"needs": [{"passes": "a.amazonaws.com", "reaches": "role"}]}, "leave out"),
        ({"needs": [{"action": "iam:PutRolePolicy", "target": "self"}]}, "stands beside"),
        ({"needs": [{"action": "iam:PutRolePolicy", "reaches": "key"}]}, "key"),
        ({"class": "magic"}, "magic"),
        ({"gains": "fame"}, "fame"),
        ({"aka": ["nowhere:1"]}, "no catalogue nowhere"),
        ({"why": ""}, "empty"),
        ({"extra": 1}, "unknown"),
    ],
)
def test_what_is_not_of_the_shape_is_refused(change: dict[str, Any], complaint: str) -> None:
    wrong = document()
    wrong["paths"][0].update(change)
    with pytest.raises(DataError, match=complaint):
        parse_paths(wrong)
