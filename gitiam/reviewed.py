"""What reviewers were shown: the plans of one pull request, as a record that an apply can take.

A record is hostile until it has been read: every part has one form, every digest is computed anew,
and whatever differs refuses the whole of it. Whom it comes from is not said in it; see
docs/security.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitiam.canonical import strict_json
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.plans import ModulePlan

FORMAT = "gitiam-reviewed-1"
#: In bytes: ten thousand modules with all that they hold take a third of it.
ROOM = 256 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ReviewedModule:
    """One module as it was shown: the digest of its files, and what Terraform would do."""

    key: ModuleKey
    digest: str
    plan: ModulePlan


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One record. `run` says which run planned it, and for which commit.

    `unplanned` maps the modules that could not be planned to the reason: of them nothing was shown.
    """

    modules: tuple[ReviewedModule, ...]
    run: Mapping[str, str] = field(default_factory=dict)
    unplanned: Mapping[str, str] = field(default_factory=dict)

    def as_text(self) -> str:
        """JSON with sorted keys, the same for the same plans."""
        modules = sorted(self.modules, key=lambda module: str(module.key))
        body = {
            "format": FORMAT,
            "run": dict(self.run),
            "modules": [
                {"module": str(m.key), "digest": m.digest, "plan": m.plan.as_json()}
                for m in modules
            ],
            "unplanned": dict(self.unplanned),
        }
        return json.dumps(body, sort_keys=True, indent=1) + "\n"


def read_reviewed(data: bytes, name: str) -> Reviewed:
    """Read what `as_text` wrote; GitiamError for anything else. `name` says where it comes from."""
    try:
        if len(data) > ROOM:
            raise ValueError(f"it is larger than {ROOM >> 20} MiB")
        body = strict_json(data.decode())
        if not isinstance(body, dict) or body.get("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        if body.keys() != {"format", "run", "modules", "unplanned"}:
            raise ValueError("it has other parts than gitiam writes")
        found = Reviewed(
            modules=tuple(map(_module, body["modules"])),
            run=_texts(body["run"]),
            unplanned=_texts(body["unplanned"]),
        )
        if len({module.key for module in found.modules}) < len(found.modules):
            raise ValueError("a module stands in it twice")
        return found
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise GitiamError(
            f"{name} is no record of reviewed plans: {error}",
            hint="`gitiam plan --save FILE` writes one; take it as it was written",
        ) from error


def shown_of(records: Iterable[Reviewed]) -> dict[ModuleKey, tuple[ReviewedModule, ...]]:
    """What several records together show of each module."""
    shown: dict[ModuleKey, tuple[ReviewedModule, ...]] = {}
    for record in records:
        for module in record.modules:
            shown[module.key] = (*shown.get(module.key, ()), module)
    return shown


def _module(body: Any) -> ReviewedModule:
    if body.keys() != {"module", "digest", "plan"}:
        raise ValueError("a module has other parts than gitiam writes")
    if not _DIGEST.fullmatch(body["digest"]):
        raise ValueError("the digest of a module is none")
    return ReviewedModule(
        ModuleKey.parse(body["module"]), body["digest"], ModulePlan.from_json(body["plan"])
    )


def _texts(body: Any) -> dict[str, str]:
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise ValueError("expected names with texts")
    return body
