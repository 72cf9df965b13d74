"""The fields of the form, in its order, and what can be said about one that is not right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gitiam.findings import Severity

#: The name of what the form itself finds, beside the names of rules.
FORM = "form"
#: Options of dropdowns that lead to another field, or to no end.
ANOTHER = "another one: write it below"
UNTIL = "until a day: write it below"
FOR_GOOD = "for good, where that is allowed"


class Field(StrEnum):
    """A field by its id, in the order in which the form has them."""

    ACCOUNTS = "accounts"
    PRINCIPAL = "principal"
    OTHER_PRINCIPAL = "other-principal"
    BUNDLES = "bundles"
    RESOURCES = "resources"
    PARAMETERS = "parameters"
    MANAGED_POLICY = "managed-policy"
    GROUP = "group"
    ASSUME = "assume"
    REASON = "reason"
    TICKET = "ticket"
    DURATION = "duration"
    LAST_DAY = "last-day"

    @property
    def label(self) -> str:
        """What stands above it; GitHub makes the heading in the issue of it."""
        return _LABELS[self]


_LABELS = {
    Field.ACCOUNTS: "Accounts",
    Field.PRINCIPAL: "Who gets the access",
    Field.OTHER_PRINCIPAL: "Another role, user or group",
    Field.BUNDLES: "What is needed",
    Field.RESOURCES: "Resources",
    Field.PARAMETERS: "Parameters",
    Field.MANAGED_POLICY: "Managed policy",
    Field.GROUP: "Group to join",
    Field.ASSUME: "Role to assume",
    Field.REASON: "Reason",
    Field.TICKET: "Ticket",
    Field.DURATION: "How long",
    Field.LAST_DAY: "Last day",
}
#: The field under each heading.
BY_LABEL = {field.label: field for field in Field}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is not right, in the words of the form: the field, what was written, what may be meant.

    `advice` says what to do where nothing better can be put in its place. Without a field it is
    about the issue as a whole. `rule` is `form`, or the rule that found it.
    """

    field: Field | None
    message: str
    written: str = ""
    meant: str = ""
    advice: str = ""
    rule: str = FORM
    severity: Severity = Severity.ERROR

    @property
    def blocks(self) -> bool:
        """Whether no request can be made before it is mended."""
        return self.severity is Severity.ERROR
