"""What AWS's managed policies say: taken from moto unchanged, and found by every name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gitiam.catalog import Catalog, catalog
from gitiam.catalog_managed import DOCUMENTS, ManagedPolicies, ManagedPolicyError
from gitiam.policy.statement import parse_document
from tests.support.managed import managed_policies
from tools.managed_policies import FOLDER, files

BASIC = "service-role/AWSLambdaBasicExecutionRole"


@pytest.mark.parametrize("name", ["aws_managed_policies.txt", "aws_managed_documents.txt"])
def test_the_files_are_those_of_the_installed_moto(name: str) -> None:
    stale = (FOLDER / name).read_text(encoding="utf-8") != files()[name]
    assert not stale, "moto has other policies than gitiam/data: run `make managed`"


def test_every_document_is_moto_s() -> None:
    found = ManagedPolicies()
    for name, document in managed_policies().items():
        assert found.document_of(name) == parse_document(document), name


def test_one_policy_is_found_by_each_of_its_names() -> None:
    wanted = catalog().aws_managed_document("AWSLambdaBasicExecutionRole")
    assert wanted is not None
    assert wanted[0].actions == (
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    )
    for name in (BASIC, BASIC.upper(), f"arn:aws:iam::aws:policy/{BASIC}"):
        assert catalog().aws_managed_document(name) is wanted


@pytest.mark.parametrize(
    "name",
    ["", "*", "/", "ReadOnly", "job-function/ReadOnlyAccess", "arn:aws:iam::111122223333:policy/x"],
)
def test_another_name_is_no_policy(name: str) -> None:
    assert catalog().aws_managed_document(name) is None


def test_another_partition_has_its_own_arns() -> None:
    moved = catalog().aws_managed_document("arn:aws-cn:iam::aws:policy/AWSLambda_FullAccess")
    usual = catalog().aws_managed_document("AWSLambda_FullAccess")
    assert usual is not None
    assert moved is not None
    assert any(r.startswith("arn:aws:") for s in usual for r in s.resources)
    assert not any(r.startswith("arn:aws:") for s in moved for r in s.resources)
    assert [r.replace("arn:aws-cn:", "arn:aws:") for s in moved for r in s.resources] == [
        r for s in usual for r in s.resources
    ]
    assert [s.actions for s in moved] == [s.actions for s in usual]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\nReadOnlyAccess v1 2026-01-01\n",
        '\nReadOnlyAccess v1 2026-01-01\n{"Statement":[\n{"Effect":"Allow"',
        '\nReadOnlyAccess v1 2026-01-01\n{"Statement":[]}\n\n',
        '\nReadOnlyAccess v1 2026-01-01\n{"Statement":{"Effect":"Allow","Action":"*","Then":1}}\n',
    ],
)
def test_a_policy_that_cannot_be_read_stops(text: str, tmp_path: Path) -> None:
    file = tmp_path / DOCUMENTS
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ManagedPolicyError, match="managed policy ReadOnlyAccess says cannot"):
        ManagedPolicies(file).document_of("ReadOnlyAccess")


def test_a_missing_file_stops(tmp_path: Path) -> None:
    with pytest.raises(ManagedPolicyError, match="cannot be read"):
        ManagedPolicies(tmp_path / "none.txt").document_of("ReadOnlyAccess")


def test_names_alone_do_not_read_the_documents(tmp_path: Path) -> None:
    assert ManagedPolicies(tmp_path / "none.txt").path_of("ReadOnlyAccess") == "ReadOnlyAccess"


def test_a_document_is_read_once() -> None:
    fresh = Catalog()
    assert fresh.aws_managed_document("PowerUserAccess") is fresh.aws_managed_document(
        "arn:aws:iam::aws:policy/PowerUserAccess"
    )


def test_one_policy_costs_a_cold_process_little() -> None:
    """Some 3 ms in truth; ten times that is the bound, as the machine may be busy."""
    program = (
        "import json, time\n"
        "from gitiam.catalog import Catalog\n"
        "took = []\n"
        "for _ in range(5):\n"
        "    start = time.process_time()\n"
        "    Catalog().aws_managed_document('PowerUserAccess')\n"
        "    took.append(time.process_time() - start)\n"
        "print(json.dumps(min(took)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert json.loads(done.stdout) < 0.03
