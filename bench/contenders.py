"""Who is measured when modules are applied: gitiam, bare Terraform, one root for all.

Real Terraform and AWS provider against an emulated AWS on the same machine. It answers within
milliseconds, so what a root that refreshes everything costs on real AWS is more than shown here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import GITIAM, Contestant, run
from bench.plan import Plan
from bench.principals import (
    APPLY_ROLE,
    CHANGED,
    module_of,
    multiply_state,
    name_of,
    write_principals,
    write_request,
    write_single_root,
)
from gitiam.config import TerraformConfig
from gitiam.sync.aws.emulator import Emulator
from gitiam.sync.terraform.mirrors import cli_configuration

#: Roots of this size and more run this often at the most: half a minute each.
LARGE = 500
LARGE_ROUNDS = 3

BARE = "bare Terraform"
#: What gitiam sets for Terraform, so that the part which that has in its time can be seen.
GO_SETTINGS = {"GOGC": "400", "GOMEMLIMIT": "1500MiB"}
_TERRAFORM = """\
set -e
terraform init -input=false -no-color {backend} >/dev/null
exec terraform apply -auto-approve -input=false -no-color
"""


@contextmanager
def contenders(plan: Plan) -> Iterator[Contenders]:
    """Everybody, before an AWS of their own."""
    with Emulator() as emulator:
        everybody = Contenders(plan, {**emulator.environment(), **_settings(plan.folder)})
        everybody.render()
        yield everybody


def _settings(folder: Path) -> dict[str, str]:
    """The same for all: a home, the provider's mirror, no calls home, the role to assume."""
    file = folder / "terraform.rc"
    file.write_text(cli_configuration(TerraformConfig()), encoding="utf-8")
    return {
        "TF_CLI_CONFIG_FILE": str(file),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_STATE_HOME": str(folder / "state"),
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_VAR_gitiam_role_arn": APPLY_ROLE,
    }


@dataclass
class Contenders:
    """Makes contestants, each with an estate or a root that nobody else uses."""

    plan: Plan
    environment: dict[str, str]

    @property
    def folder(self) -> Path:
        """Where all of it lies."""
        return self.plan.folder

    def once(self, *arguments: str, folder: Path | None = None) -> None:
        """Something that has to be there before the rounds begin."""
        name = " ".join(arguments)
        sample = run(Contestant(name, arguments, folder or self.folder, self.environment))
        self.plan.say(f"made ready in {sample.wall:.1f} s: {Path(arguments[0]).name} …")

    # -- gitiam -----------------------------------------------------------------------------

    def gitiam(
        self,
        name: str,
        prefix: str,
        size: int,
        *options: str,
        changed: int = 1,
        at_most: int = 1000,
        cache: str = "on",
    ) -> Contestant:
        """An estate of `size` roles, of which the first `changed` are changed before each round.

        Those are really applied beforehand; for the others it is only the ledger that says so.
        """
        root = self.folder / prefix
        write_principals(root, prefix, size)
        numbers = range(CHANGED, CHANGED + changed)
        modules = [module_of(prefix, number) for number in numbers]
        self.once(GITIAM[0], "-m", "bench.seed_ledger", str(root), *modules)
        apply = [*GITIAM, "-C", str(root), "apply", "--format", "json"]
        self.once(*apply)

        def prepare(number: int) -> None:
            for role in numbers:
                write_request(root, prefix, role, number + 2)

        return Contestant(
            name,
            [*apply, *options],
            self.folder,
            {**self._own, "GITIAM_CACHE": cache},
            prepare=prepare,
            check=lambda output: f'"unchanged": {size - changed},' in output,
            at_most=at_most,
        )

    def planned(self, name: str, prefix: str, size: int, *options: str) -> Contestant:
        """An estate of `size` roles, none of which was ever applied: all of them are planned."""
        root = self.folder / prefix
        write_principals(root, prefix, size)
        script = '"$@"; test $? -eq 11'  # modules are pending
        plan = ["sh", "-c", script, "sh", *GITIAM, "-C", str(root), "plan", "--format", "json"]
        return Contestant(
            name,
            [*plan, *options],
            self.folder,
            self._own,
            check=lambda output: output.count('"aws_iam_role.this"') >= size,
            at_most=1,
        )

    @property
    def _own(self) -> dict[str, str]:
        """As people run gitiam: it finds the mirror by itself."""
        return {**self.environment, "TF_CLI_CONFIG_FILE": ""}

    # -- bare Terraform ---------------------------------------------------------------------

    def render(self) -> None:
        """Two versions of one module, as gitiam renders them."""
        root = self.folder / "bare"
        write_principals(root, "bare", 1)
        for version in (0, 1):
            write_request(root, "bare", CHANGED, version)
            self.once(*GITIAM, "-C", str(root), "render", "--out", str(self._rendered(version)))

    def _rendered(self, version: int) -> Path:
        return self.folder / "rendered" / str(version)

    def _module(self, version: int) -> Path:
        return self._rendered(version) / module_of("bare")

    def bare(self, name: str, prefix: str, settings: dict[str, str]) -> Contestant:
        """That module, of a role of its own, in a fresh folder each time; its state stays."""
        folder = self.folder / prefix
        backend = f"-backend-config=path={folder}.tfstate"

        def prepare(number: int) -> None:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self._module(number % 2), folder)
            main = folder / "main.tf"
            own = name_of(prefix, CHANGED)
            main.write_text(main.read_text().replace(name_of("bare", CHANGED), own))

        script = _TERRAFORM.format(backend=backend)
        prepare(1)
        self.once("sh", "-c", script, folder=folder)
        return Contestant(
            name,
            ["sh", "-c", script],
            folder,
            {**self.environment, **settings},
            prepare=prepare,
            check=lambda output: _ONE_CHANGED in output,
        )

    # -- one root for everybody -------------------------------------------------------------

    def single_root(self, size: int) -> Contestant:
        """A folder that stays, as people keep it. One role is really applied, the rest is given."""
        prefix = f"single{size}"
        folder = self.folder / prefix
        state = self.folder / f"{prefix}.tfstate"
        (folder / "policies").mkdir(parents=True)
        for name in ("terraform.tf", ".terraform.lock.hcl"):
            shutil.copy(self._module(0) / name, folder)
        shutil.copy(self._module(0) / "policies/trust.json", folder)
        for number in range(size):
            self._write_policy(folder, name_of(prefix, number), 1)
        script = _TERRAFORM.format(backend=f"-backend-config=path={state}")
        write_single_root(folder, prefix, 1)
        self.once("sh", "-c", script, folder=folder)
        policy = folder / "policies" / f"{name_of(prefix, CHANGED)}.json"
        numbers = ("1", str(size - 1))
        live = (prefix, *numbers, str(folder / "trust.json"), str(policy))
        self.once(GITIAM[0], "-m", "bench.seed_live", *live)
        write_single_root(folder, prefix, size)
        multiply_state(state, prefix, size)
        return Contestant(
            f"one root for {size:,}",
            ["sh", "-c", script],
            folder,
            self.environment,
            prepare=lambda number: self._write_policy(folder, name_of(prefix, CHANGED), number % 2),
            check=lambda output: _ONE_CHANGED in output,
            at_most=LARGE_ROUNDS if size >= LARGE else 1000,
        )

    def _write_policy(self, folder: Path, name: str, version: int) -> None:
        policy = self._module(version) / "policies/inline.json"
        shutil.copy(policy, folder / "policies" / f"{name}.json")


_ONE_CHANGED = "Resources: 0 added, 1 changed, 0 destroyed"
