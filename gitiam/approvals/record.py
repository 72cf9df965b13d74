"""Who approved what was applied: one line of the ledger's record for each request file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gitiam.approvals.counting import Approval
from gitiam.canonical import strict_json


@dataclass(frozen=True, slots=True)
class Approved:
    """How a change of a request file came to be approved.

    `pull` is the pull request and `head` the commit that was approved; `merge` is the commit of the
    main branch that brought it. `rule` names the rule that approved it without a person, `waived`
    holds the reason of somebody who applied it without an approval.
    """

    merge: str
    pull: int | None = None
    head: str = ""
    author: str = ""
    approvers: tuple[Approval, ...] = ()
    rule: str = ""
    rule_version: int | None = None
    waived: str = ""

    def as_text(self) -> str:
        """Compact JSON with sorted keys."""
        body = {
            "merge": self.merge,
            "pull": self.pull,
            "head": self.head,
            "author": self.author,
            "approvers": [
                {"person": one.person, "commit": one.commit, "at": one.at.isoformat()}
                for one in self.approvers
            ],
            "rule": self.rule,
            "rule_version": self.rule_version,
            "waived": self.waived,
        }
        return json.dumps(body, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Approved:
        """Read what `as_text` wrote; ValueError when it is something else."""
        try:
            body = strict_json(text)
            return cls(
                merge=_text(body["merge"]),
                pull=_number(body["pull"]),
                head=_text(body["head"]),
                author=_text(body["author"]),
                approvers=tuple(map(_approval, body["approvers"])),
                rule=_text(body["rule"]),
                rule_version=_number(body["rule_version"]),
                waived=_text(body["waived"]),
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no record of an approval: {error}") from error


def _approval(body: Any) -> Approval:
    at = datetime.fromisoformat(_text(body["at"]))
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    return Approval(_text(body["person"]), _text(body["commit"]), at)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {type(value).__name__}")
    return value


def _number(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TypeError(f"expected a number, found {type(value).__name__}")
    return value
