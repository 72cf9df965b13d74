"""Desired states for hypothesis: small, but with everything that a principal can have."""

from __future__ import annotations

from hypothesis import strategies as st

from gitiam.config import Account, Config, DriftPolicy
from gitiam.desired.state import Attachment, Desired, DesiredState, Overflow, iam_arn
from gitiam.findings import Location
from gitiam.models import Condition, Declaration, Kind, ModuleKey, Principal, SharedPolicy, Step
from gitiam.policy.statement import Document, Statement

ACCOUNT = Account("prod", "111122223333")
TRUST = (
    Statement("Allow", ("sts:AssumeRole",), principals=(("Service", ("ec2.amazonaws.com",)),)),
    Statement("Allow", ("sts:AssumeRole",), principals=(("AWS", ("444455556666",)),)),
)


class NoFile:
    """A source for values that no file stands behind."""

    path = "requests/x.yaml"
    text = ""

    def place(self, *steps: Step) -> Location:
        return Location(self.path)

    place_of_key = place

    def place_of_entry(self, *steps: Step) -> Location | None:
        return None


def config(unmanaged: str = "everything", ignore: tuple[str, ...] = ()) -> Config:
    """One account."""
    return Config({ACCOUNT.name: ACCOUNT}, drift=DriftPolicy(unmanaged, ignore))


_names = st.sampled_from(["Alpha", "beta", "c.d", "E_f", "g-h"])
_actions = st.lists(
    st.sampled_from(["s3:GetObject", "sqs:SendMessage", "kms:Decrypt", "ec2:Describe*"]),
    min_size=1,
    max_size=3,
    unique=True,
)
_resources = st.lists(
    st.sampled_from(["*", "arn:aws:s3:::a/*", "arn:aws:s3:::a/${aws:username}", "arn:aws:s3:::é"]),
    min_size=1,
    max_size=3,
    unique=True,
)
_conditions = st.lists(
    st.sampled_from(
        [
            Condition("StringEquals", "aws:RequestedRegion", ("eu-west-1", "us-east-1")),
            Condition("DateLessThan", "aws:CurrentTime", ("2027-01-16T00:00:00Z",)),
        ]
    ),
    max_size=2,
    unique=True,
)
_statements = st.builds(
    lambda effect, actions, resources, conditions: Statement(
        effect, tuple(actions), tuple(resources), tuple(conditions)
    ),
    st.sampled_from(["Allow", "Deny"]),
    _actions,
    _resources,
    _conditions,
)


def documents(least: int = 0) -> st.SearchStrategy[Document]:
    """Statements of which no two mean the same."""
    return st.lists(_statements, min_size=least, max_size=3, unique_by=lambda s: s.meaning()).map(
        tuple
    )


_tags = st.dictionaries(st.sampled_from(["team", "é"]), st.sampled_from(["a", ""]), max_size=2)


@st.composite
def _declarations(draw: st.DrawFn, kind: Kind, name: str) -> Declaration:
    return Declaration(
        source=NoFile(),
        accounts=(ACCOUNT.name,),
        principal=Principal(kind, name),
        reason="",
        path=draw(st.sampled_from(["/", "/teams/"])),
        description=draw(st.sampled_from(["", "é"])) if kind is Kind.ROLE else "",
        max_session=draw(st.sampled_from([None, 7200])) if kind is Kind.ROLE else None,
        tags=draw(_tags) if kind is not Kind.GROUP else {},
    )


@st.composite
def _principals(draw: st.DrawFn, kind: Kind, name: str) -> Desired:
    declaration = draw(st.one_of(st.none(), _declarations(kind, name)))
    key = ModuleKey(ACCOUNT.name, kind, name)
    overflow = []
    for number, document in enumerate(draw(st.lists(documents(1), max_size=2)), 1):
        policy = f"gitiam-{kind}-{name}-{number}"
        arn = iam_arn(ACCOUNT, Kind.POLICY, "/gitiam/", policy)
        overflow.append(Overflow(number, policy, arn, document))
    attached = draw(st.sets(st.sampled_from(["ReadOnlyAccess", "job-function/Billing"])))
    inline = draw(documents(0 if declaration or overflow or attached else 1))
    boundary = draw(st.sampled_from([None, "arn:aws:iam::111122223333:policy/Edge"]))
    return Desired(
        key=key,
        account=ACCOUNT,
        declaration=declaration,
        trust=TRUST if declaration and kind is Kind.ROLE else (),
        boundary=boundary if declaration and kind is not Kind.GROUP else None,
        inline=inline,
        overflow=tuple(overflow),
        attachments=tuple(
            Attachment(f"aws:policy/{p}", f"arn:aws:iam::aws:policy/{p}") for p in sorted(attached)
        ),
        groups=tuple(sorted(draw(st.sets(st.sampled_from(["Ops", "dev"])))))
        if kind is Kind.USER
        else (),
    )


@st.composite
def _shared(draw: st.DrawFn, name: str) -> Desired:
    path = draw(st.sampled_from(["/", "/shared/"]))
    policy = SharedPolicy(NoFile(), (ACCOUNT.name,), name, "", (), path=path)
    key = ModuleKey(ACCOUNT.name, Kind.POLICY, name)
    return Desired(key, ACCOUNT, shared=policy, inline=draw(documents(1)))


@st.composite
def states(draw: st.DrawFn) -> DesiredState:
    """Up to a few principals of each kind, and shared policies."""
    modules = []
    for kind in (Kind.GROUP, Kind.ROLE, Kind.USER):
        names = draw(st.sets(_names, max_size=2))
        modules += [draw(_principals(kind, name)) for name in sorted(names)]
    modules += [draw(_shared(name)) for name in sorted(draw(st.sets(_names, max_size=2)))]
    return DesiredState({desired.key: desired for desired in modules})
