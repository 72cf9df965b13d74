"""Real Terraforms on the real provider, shared: who shares what, and what is where afterwards."""

from __future__ import annotations

import json
import stat
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore
import pytest

from gitiam.modules import Module
from gitiam.sync.terraform.mirrors import MIRROR_VARIABLE
from gitiam.sync.terraform.workspace import TerraformError
from tests.support.emulator import iam_of
from tests.support.provider import CONFIG, Rig, apply, providers, variables

pytestmark = pytest.mark.terraform


def names(rig: Rig, account: str = "prod") -> list[str]:
    """The roles that live in an account."""
    iam = iam_of(rig.emulator, rig.accounts[account])
    return sorted(r["RoleName"] for r in iam.list_roles()["Roles"])


def queue_of(rig: Rig, role: str, account: str = "prod") -> str:
    """What gitiam's inline policy of a role opens."""
    iam = iam_of(rig.emulator, rig.accounts[account])
    document: Any = iam.get_role_policy(RoleName=role, PolicyName="gitiam")["PolicyDocument"]
    (statement,) = document["Statement"]
    return str(statement["Resource"])


def test_an_account_shares_one_provider_and_each_has_its_own(rig: Rig) -> None:
    """Six roles, two at a time, in two accounts: two processes, and everything in its place."""
    prod = rig.roles("a", "b", "c", "d")
    dev = rig.roles("a", "z", account="dev")
    seen: set[int] = set()
    with rig.open(hosts=2) as terraform:

        def work(module: Module) -> None:
            assert apply(terraform, module).applied == 2
            seen.update(providers())

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, [prod[0], dev[0], prod[1], dev[1], prod[2], prod[3]]))
        assert len(seen) == 2
        assert set(providers()) == seen
        for folder in (rig.folder / "tmp").glob("gitiam-*/h*"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
            # The provider's own socket lies there too, and nowhere else.
            sockets = [path for path in folder.iterdir() if path.is_socket()]
            assert len(sockets) == 2
    assert (names(rig), names(rig, "dev")) == (["a", "b", "c", "d"], ["a", "z"])
    for module in (*prod, *dev):
        account, name = module.account, module.key.name
        queue = f"arn:aws:sqs:us-east-1:{account.id}:q-{name}"
        assert queue_of(rig, name, account.name) == queue
        state = rig.state(module)
        assert queue in state
        assert f"arn:aws:iam::{account.id}:role/{name}" in state
        assert state.count(":role/") == state.count(f":role/{name}")
    assert rig.said == []


def elsewhere(module: Module) -> Module:
    """The same module with another region for its provider."""
    files = dict(module.files)
    files["terraform.tf"] = files["terraform.tf"].replace('"us-east-1"', '"eu-west-1"')
    assert files != module.files
    return replace(module, files=files)


def test_another_configuration_is_done_by_plain_terraform(rig: Rig) -> None:
    first, second, third = rig.roles("a", "b", "c")
    with rig.open() as terraform:
        assert apply(terraform, first).applied == 2
        assert apply(terraform, elsewhere(second)).applied == 2
        assert len(providers()) == 1
        assert apply(terraform, third).applied == 2
    assert names(rig) == ["a", "b", "c"]
    assert queue_of(rig, "b").endswith(":q-b")
    (said,) = rig.said
    assert "another configuration of the provider than the first" in said


def test_a_relay_that_nobody_can_reach_ends_no_process(rig: Rig) -> None:
    """A Terraform that cannot attach kills whom it takes for the provider: that must be nobody."""
    first, second = rig.roles("a", "b")
    with rig.open() as terraform:
        assert apply(terraform, first).applied == 2
        (socket,) = (rig.folder / "tmp").glob("gitiam-*/h*/relay")
        socket.unlink()
        assert apply(terraform, second).applied == 2
    assert names(rig) == ["a", "b"]
    (said,) = rig.said
    assert "its socket is gone" in said


def test_with_a_ca_bundle_many_share_one_provider(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that is configured twice fails then; each of these Terraforms configures it."""
    bundle = Path(botocore.__file__).parent / "cacert.pem"
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    with rig.open() as terraform:
        for module in rig.roles("a", "b", "c"):
            assert apply(terraform, module).applied == 2
        assert len(providers()) == 1
    assert rig.said == []


def refused(terraform: Any, module: Module) -> str:
    with pytest.raises(TerraformError) as raised:
        apply(terraform, module)
    return raised.value.message


def test_a_configuration_that_fails_says_what_plain_terraform_says(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even to two at once, and with a CA bundle; and the next module is not held to it."""
    bundle = Path(botocore.__file__).parent / "cacert.pem"
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    good, wrong, also = rig.roles("a", "b", "c")
    # The role to assume is one of the other account.
    strange = replace(good.account, roles=replace(good.account.roles, apply=role_of(rig, "dev")))
    wrong, also = replace(wrong, account=strange), replace(also, account=strange)
    with rig.open(hosts=0) as plain:
        sentence = refused(plain, wrong)
    assert rig.accounts["dev"] in sentence
    with rig.open(hosts=2) as terraform:
        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(lambda module: refused(terraform, module), [wrong, also]))
        assert said == [sentence, sentence]
        # The account's own key is taken up again, with the role that is right now.
        mended = replace(wrong, account=good.account)
        assert apply(terraform, mended).applied == 2
        assert apply(terraform, good).applied == 2
    assert names(rig) == ["a", "b"]
    assert names(rig, "dev") == []
    assert rig.said == []


def role_of(rig: Rig, account: str) -> str:
    return f"arn:aws:iam::{rig.accounts[account]}:role/gitiam-apply"


def test_a_role_that_is_none_says_what_plain_terraform_says(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here already the check of the configuration fails, and is asked for anew each time."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    (module,) = rig.roles("a")
    wrong = replace(
        module, account=replace(module.account, roles=replace(module.account.roles, apply="no-arn"))
    )
    with rig.open(hosts=0) as plain:
        sentence = refused(plain, wrong)
    assert "no-arn" in sentence
    with rig.open() as terraform:
        assert [refused(terraform, wrong) for _ in range(2)] == [sentence, sentence]
    assert (names(rig), rig.said) == ([], [])


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError])
def test_however_it_ends_nothing_is_left(rig: Rig, end: type[BaseException]) -> None:
    """`rig` looks after processes and folders."""
    (module,) = rig.roles("a")
    with pytest.raises(end), rig.open() as terraform:
        apply(terraform, module)
        assert len(providers()) == 1
        raise end


def test_a_long_path_for_temporary_files(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    long = rig.folder / "tmp" / ("x" * 150)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (module,) = rig.roles("a")
    with rig.open() as terraform:
        assert apply(terraform, module).applied == 2
    assert rig.said == []
    long.rmdir()


def test_a_cli_configuration_of_one_s_own(
    rig: Rig, real_provider: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Terraform itself installs what runs then, from where that configuration says."""
    own = rig.folder / "own.rc"
    mirror = real_provider.parents[5]
    own.write_text(f'provider_installation {{\n filesystem_mirror {{ path = "{mirror}" }}\n}}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    monkeypatch.setattr(
        "gitiam.sync.terraform.toolchain.MirrorSearch", None
    )  # nobody looks for a mirror
    (module,) = rig.roles("a")
    with rig.open() as terraform:
        assert terraform.cli_config == own
        assert apply(terraform, module).applied == 2
        assert len(providers()) == 1
        (installed,) = (rig.folder / "tmp").glob("gitiam-*/provider/.terraform/providers/*/*/*/*/*")
        assert installed.resolve() == real_provider.parent
    assert rig.said == []


@pytest.mark.slow
def test_a_mirror_that_is_packed(
    rig: Rig, real_provider: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is unpacked from it by `terraform init` runs, and is gone afterwards."""
    packed = rig.folder / "mirror" / CONFIG.provider_source
    packed.mkdir(parents=True)
    name = f"terraform-provider-aws_{CONFIG.provider_version}_{real_provider.parent.name}.zip"
    with zipfile.ZipFile(packed / name, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(real_provider.parent.iterdir()):
            archive.write(file, file.name)
    monkeypatch.setenv(MIRROR_VARIABLE, str(rig.folder / "mirror"))
    (module,) = rig.roles("a")
    with rig.open() as terraform:
        assert apply(terraform, module).applied == 2
        (command,) = providers().values()
        assert command.startswith(str(rig.folder / "tmp" / "gitiam-"))
    assert rig.said == []


def test_a_plan_takes_no_lock_and_writes_nothing(rig: Rig) -> None:
    (module,) = rig.roles("a")
    with rig.open() as terraform, terraform.workspace(module) as workspace:
        outcome = workspace.plan(variables(module))
    assert outcome.plan is not None
    assert sorted(r.address for r in outcome.plan.resources) == [
        "aws_iam_role.this",
        "aws_iam_role_policy.inline",
    ]
    assert (rig.state(module), names(rig)) == ("", [])


def test_states_are_terraform_s_own(rig: Rig) -> None:
    """Version, provider and schema versions as plain Terraform writes them; see `test_same`."""
    (module,) = rig.roles("a")
    with rig.open() as terraform:
        apply(terraform, module)
    state = json.loads(rig.state(module))
    assert {r["provider"] for r in state["resources"]} == {
        'provider["registry.terraform.io/hashicorp/aws"]'
    }
