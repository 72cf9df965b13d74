"""What `gitiam init` writes is applied as it is, by a real Terraform, and gitiam runs on it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import boto3
import yaml

from gitiam.config import TerraformConfig
from gitiam.founding.roles import ISSUER
from gitiam.sync.terraform.mirrors import cli_configuration
from tests.support.world import World

#: An S3 look-alike has no names of hosts for its buckets; AWS needs nothing of this.
OVERRIDE = 'provider "aws" {\n  s3_use_path_style = true\n}\n'


def terraform(world: World, account: str, *arguments: str) -> str:
    """Run Terraform in `aws/ACCOUNT`, with credentials of that account."""
    configuration = world.folder / "terraform.rc"
    configuration.write_text(cli_configuration(TerraformConfig()), encoding="utf-8")
    env = world.emulator.environment(world.accounts[account])
    env |= {"TF_CLI_CONFIG_FILE": str(configuration), "TF_IN_AUTOMATION": "1"}
    done = subprocess.run(
        [world.real_terraform, *arguments],
        cwd=world.root / "aws" / account,
        env={
            **os.environ,
            **env,
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TF_IN_AUTOMATION": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def client(world: World, service: str) -> Any:
    """A client for the home account."""
    env = world.emulator.environment(world.accounts["prod"])
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=world.emulator.url,
        region_name="us-east-1",
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=env["AWS_SESSION_TOKEN"],
    )


def policies(root: Path, account: str) -> dict[str, Any]:
    """The documents that were written, by the file's name."""
    folder = root / "aws" / account / "policies"
    return {file.stem: json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")}


def test_a_new_estate_on_real_terraform(world: World) -> None:
    (world.root / "gitiam.yaml").unlink()
    told = [f"--account={name}={id_}" for name, id_ in world.accounts.items()]
    told += ["--repository=example/access", "--approvers=@alice", "--repository-ids=12,34"]
    assert world.gitiam("init", *told).code == 0

    for account in world.accounts:
        override = world.root / "aws" / account / "here_override.tf"
        override.write_text(OVERRIDE, encoding="utf-8")
        terraform(world, account, "init", "-input=false", "-lockfile=readonly")
    terraform(world, "dev", "validate")
    terraform(world, "prod", "apply", "-input=false", "-auto-approve")
    # The same once more changes nothing: what is written is what AWS has. Exits with 2 otherwise.
    terraform(world, "prod", "plan", "-input=false", "-detailed-exitcode")

    home = world.accounts["prod"]
    wanted = policies(world.root, "prod")
    names = [name for name in wanted if f"{name}-trust" in wanted]
    assert len(names) == 6
    for name in names:
        role = world.iam().get_role(RoleName=f"gitiam-{name}")["Role"]
        assert role["AssumeRolePolicyDocument"] == wanted[f"{name}-trust"]
        assert world.inline(f"role/gitiam-{name}") == wanted[name]["Statement"]
    issuer = f"arn:aws:iam::{home}:oidc-provider/{ISSUER}"
    provider = world.iam().get_open_id_connect_provider(OpenIDConnectProviderArn=issuer)
    assert provider["ClientIDList"] == ["sts.amazonaws.com"]
    variables = json.loads(terraform(world, "prod", "output", "-json", "variables"))
    assert variables["GITIAM_APPLY_ROLE"] == f"arn:aws:iam::{home}:role/gitiam-pipeline-apply"

    s3, bucket = client(world, "s3"), {"Bucket": f"gitiam-{home}"}
    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"].values())
    assert (
        json.loads(s3.get_bucket_policy(**bucket)["Policy"])
        == policies(world.root, "prod")["bucket"]
    )
    (rule,) = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"

    # This AWS heeds the policy of a bucket, but none of its conditions: it forbids everybody.
    s3.delete_bucket_policy(**bucket)
    file = world.root / "gitiam.yaml"
    body = yaml.safe_load(file.read_text(encoding="utf-8"))
    body["store"]["s3"]["path_style"] = True  # as above, for the look-alike
    file.write_text(yaml.safe_dump(body, sort_keys=False), encoding="utf-8")
    first = world.gitiam("apply", "--waive-approvals", "The first one", "--format", "json")
    assert (first.code, first.applied) == (0, ["prod/group/gitiam-first"]), first.out + first.err
    assert world.iam().get_group(GroupName="gitiam-first")["Group"]["GroupName"] == "gitiam-first"
