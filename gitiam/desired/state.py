"""Desired state as values: what each principal and shared policy should have at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitiam.config import Account
from gitiam.models import Declaration, Kind, ModuleKey, Request, SharedPolicy, Step
from gitiam.policy.statement import Document

#: The name of the one inline policy that gitiam keeps on a principal.
INLINE_NAME = "gitiam"
#: The path of the managed policies that hold what the inline policy has no room for.
OVERFLOW_PATH = "/gitiam/"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A managed policy on a principal. `label` is short and unique among those of the principal."""

    label: str
    arn: str


@dataclass(frozen=True, slots=True)
class Overflow:
    """A managed policy that gitiam makes for one principal."""

    number: int
    name: str
    arn: str
    document: Document


@dataclass(frozen=True, slots=True)
class Desired:
    """What one module makes so.

    A principal has `declaration` when the estate owns it; a shared policy has `shared`, and its
    statements in `inline`. `origins` maps each file that has a part in this to a fingerprint of
    that part; `sids` maps the Sid of each statement to the file that asked for it.
    """

    key: ModuleKey
    account: Account
    declaration: Declaration | None = None
    shared: SharedPolicy | None = None
    trust: Document = ()
    boundary: str | None = None
    inline: Document = ()
    overflow: tuple[Overflow, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    groups: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    sids: Mapping[str, str] = field(default_factory=dict)

    @property
    def statements(self) -> Document:
        """All that is its own, wherever it is packed."""
        return (*self.inline, *(s for policy in self.overflow for s in policy.document))

    @property
    def arn(self) -> str:
        """The ARN of the principal or policy itself; an undeclared one is taken to be at `/`."""
        owner = self.shared or self.declaration
        path = owner.path if owner else "/"
        return iam_arn(self.account, self.key.kind, path, self.key.name)

    def origin_of(self, sid: str) -> str:
        """The file that asked for the statement of this Sid; the Sid itself where none is known.

        Packing tells statements of one file in one document apart by `n` and a number.
        """
        return self.sids.get(sid) or self.sids.get(sid.rpartition("n")[0]) or sid

    @property
    def creates(self) -> dict[str, str]:
        """The IAM entities that the module itself brings into being: Terraform address → ARN."""
        own = {f"aws_iam_{self.key.kind}.this": self.arn} if self.declaration or self.shared else {}
        return own | {
            f'aws_iam_policy.overflow["{policy.number}"]': policy.arn for policy in self.overflow
        }

    @property
    def imports(self) -> dict[str, str]:
        """Every resource of the module: Terraform address → what `terraform import` calls it.

        The ids are those of the AWS provider's documentation, "Import" on each resource's page.
        """
        kind, name = self.key.kind, self.key.name
        if self.shared:
            return {"aws_iam_policy.this": self.arn}
        found = {f"aws_iam_{kind}.this": name} if self.declaration else {}
        if self.inline:
            found[f"aws_iam_{kind}_policy.inline"] = f"{name}:{INLINE_NAME}"
        for policy in self.overflow:
            index = f'overflow["{policy.number}"]'
            found[f"aws_iam_policy.{index}"] = policy.arn
            found[f"aws_iam_{kind}_policy_attachment.{index}"] = f"{name}/{policy.arn}"
        for item in self.attachments:
            address = f'aws_iam_{kind}_policy_attachment.managed["{item.label}"]'
            found[address] = f"{name}/{item.arn}"
        if self.groups:
            members = "/".join((name, *self.groups))
            found["aws_iam_user_group_membership.groups"] = members
        return found


@dataclass(frozen=True, slots=True)
class Unfit:
    """A principal or policy whose grants exceed what AWS lets it hold, in characters."""

    key: ModuleKey
    size: int
    room: int
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A part of a file that could not be turned into access; nothing of it is in the state."""

    path: str
    steps: tuple[Step, ...]
    message: str


@dataclass(frozen=True, slots=True)
class DesiredState:
    """The whole estate at one instant. Not to be applied while anything is unfit or unresolved."""

    modules: Mapping[ModuleKey, Desired]
    expired: tuple[Request, ...] = ()
    unfit: tuple[Unfit, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()


def iam_arn(account: Account, kind: Kind, path: str, name: str) -> str:
    """The ARN of an IAM entity of this account; `path` begins and ends with a slash."""
    return f"arn:{account.partition}:iam::{account.id}:{kind}{path}{name}"
