"""Records of what reviewers were shown: hostile until they are read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.reviewed import ROOM, Reviewed, ReviewedModule, read_reviewed, shown_of

KEY = ModuleKey.parse("prod/role/app")
PLAN = ModulePlan(
    (PlannedResource("aws_iam_role.this", "aws_iam_role", ("create",), None, {"name": "app"}),)
)
RECORD = Reviewed(
    (ReviewedModule(KEY, "a" * 64, PLAN),), {"commit": "1a2b"}, {"prod/user/x": "AccessDenied"}
)


def body() -> Any:
    return json.loads(RECORD.as_text())


def refused(data: bytes) -> str:
    with pytest.raises(GitiamError, match=r"^x\.json is no record of reviewed plans: ") as caught:
        read_reviewed(data, "x.json")
    assert caught.value.hint
    return caught.value.message


def test_a_record_is_read_as_it_was_written() -> None:
    read = read_reviewed(RECORD.as_text().encode(), "x.json")
    assert read.as_text() == RECORD.as_text()
    assert read.modules[0].plan.digest() == PLAN.digest()
    assert (read.run, read.unplanned) == (RECORD.run, RECORD.unplanned)


def test_several_records_show_more_of_a_module() -> None:
    assert len(shown_of([RECORD, RECORD])[KEY]) == 2
    assert shown_of([]) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "gitiam-reviewed-2"}, "its format is not"),
        ({"more": 1}, "other parts"),
        ({"modules": [{}]}, "other parts"),
        ({"modules": None}, ""),
        ({"run": {"commit": 1}}, "names with texts"),
        ({"unplanned": []}, "names with texts"),
    ],
)
def test_another_form_is_refused(change: dict[str, Any], said: str) -> None:
    assert said in refused(json.dumps(body() | change).encode())


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("digest",), "b" * 63),
        (("digest",), ["b" * 64]),
        (("module",), "prod/role"),
        (("module",), "prod/root/x"),
        (("module",), None),
        (("plan", "digest"), "c" * 64),
        (("plan", "resources", 0, "after"), {"name": "admin"}),
    ],
)
def test_a_forged_module_is_refused(steps: tuple[Any, ...], value: Any) -> None:
    found = body()
    inner = found["modules"][0]
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    refused(json.dumps(found).encode())


def test_garbage_is_refused() -> None:
    refused(b"")
    refused(b"\xff")
    refused(b"[" * 50_000)
    refused(b"null")
    refused(RECORD.as_text().encode()[:-20])
    doubled = body()
    doubled["modules"] *= 2
    assert "twice" in refused(json.dumps(doubled).encode())
    assert "256 MiB" in refused(bytes(ROOM + 1))
