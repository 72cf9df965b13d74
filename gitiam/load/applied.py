"""What `gitiam apply` and `gitiam changes` printed with `--format json` → values, strictly.

It comes through a file that a job with other rights has left: what is not understood is an error,
and never taken for a success.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gitiam.applied import Results, Standing, State
from gitiam.errors import GitiamError
from gitiam.load.fields import AccountName
from gitiam.models import ModuleKey

#: In bytes: 20,000 modules with long errors are less.
MAX_BYTES = 64 * 1024 * 1024

_Text = Annotated[str, Field(max_length=100_000)]
_Count = Annotated[int, Field(ge=0)]


T = TypeVar("T", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Module(_Strict):
    account: AccountName
    principal: _Text
    reasons: list[_Text]
    files: list[_Text]
    digest: _Text
    previous: _Text | None
    empties: bool
    destroys: _Text | None
    notes: list[_Text] = []
    passed: _Text = ""
    by_another_run: Literal[True] | None = None


class _Failed(_Module):
    error: _Text


class _Apply(_Strict):
    applied: list[_Module]
    failed: list[_Failed]
    unchanged: _Count
    left: _Count
    at: Annotated[AwareDatetime, Field(strict=False)]


class _Changes(_Strict):
    pending: list[_Module]
    unchanged: _Count


def read_results(raw: bytes) -> Results:
    """What an apply did; GitiamError when the bytes are nothing that this gitiam has written."""
    read = _read(_Apply, raw, "gitiam apply --format json")
    modules = [_standing(one, State.APPLIED) for one in read.applied]
    modules += [_standing(one, State.FAILED, one.error) for one in read.failed]
    return Results(tuple(modules), read.at, read.left)


def read_pending(raw: bytes) -> Results:
    """What was pending before; GitiamError likewise."""
    read = _read(_Changes, raw, "gitiam changes --format json")
    return Results(tuple(_standing(one, State.PENDING) for one in read.pending))


def _read(shape: type[T], raw: bytes, printed: str) -> T:
    try:
        if len(raw) > MAX_BYTES:
            raise ValueError(f"it is longer than {MAX_BYTES:,} bytes")
        return shape.model_validate(json.loads(raw, object_pairs_hook=_once))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (ValueError, RecursionError) as error:
        why = str(error)[:200]
    raise GitiamError(f"the file is not what `{printed}` prints: {why}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return body


def _standing(read: _Module, state: State, error: str = "") -> Standing:
    name = f"{read.account}/{read.principal}"
    try:
        key = ModuleKey.parse(name)
    except ValueError as wrong:
        raise GitiamError(f"the file names what is no module: {name[:200]}") from wrong
    if strange := [path for path in read.files if not path.startswith("requests/")]:
        raise GitiamError(f"the file names what is no request file: {strange[0][:200]}")
    return Standing(key, state, tuple(read.reasons), tuple(read.files), error)
