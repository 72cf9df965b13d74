"""Histories of an estate, as values: what people do to its files, and how its applies end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from hypothesis import strategies as st

BEGIN = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDS = {"prod": "111122223333", "dev": "444455556666"}
#: Stands for templates of the estate's own, which begin with its text as a comment.
NOTE = "templates/terraform/note"
#: Those that were there before gitiam, in every account; it may only attach to them.
FOREIGN = ("role/legacy", "user/bob", "group/staff")


@dataclass(frozen=True)
class Write:
    """A file of the estate gets this text, with `MANY` for a long list of buckets."""

    path: str
    text: str

    @property
    def spelled_out(self) -> str:
        """As it stands in the file."""
        return self.text.replace("MANY", _MANY)


@dataclass(frozen=True)
class Remove:
    """A file goes, if it is there."""

    path: str


@dataclass(frozen=True)
class Wait:
    """Time passes, and dates with it."""

    by: timedelta


@dataclass(frozen=True)
class Lose:
    """An object of some module is lost: `state`, its `record`; or an `old` state is put back."""

    what: str
    which: int


@dataclass(frozen=True)
class Fail:
    """Terraform ends badly for one of the pending modules, after so many of its steps.

    `how` is `error`, `throttled`, `locked`, `half` (the principal is tainted), or `killed`, with
    the state `killed-saved` or not.
    """

    which: int
    how: str
    after: int


@dataclass(frozen=True)
class Die:
    """The process is killed at its n-th write to the store: before it, or `late`, after it."""

    at: int
    late: bool


@dataclass(frozen=True)
class Apply:
    """`gitiam apply`; `only` picks pending modules, `harm` is what goes wrong."""

    only: tuple[int, ...] = ()
    at_most: int | None = None
    allow_destroy: bool = False
    harm: Fail | Die | None = None


@dataclass(frozen=True)
class Overlap:
    """Two applies at once: the first stands still at its n-th call to the store meanwhile.

    `edit` comes between the two looks at the estate. The second takes the first for dead, or not.
    """

    at: int
    is_taken_for_dead: bool
    edit: Write | Remove | None = None


Step = Write | Remove | Wait | Lose | Apply | Overlap
History = tuple[Step, ...]


_MANY = ", ".join(f"'arn:aws:s3:::a-rather-long-name-{n:03}/*'" for n in range(110))


# -- files --------------------------------------------------------------------------------------

GRANTS = (
    "{actions: 's3:GetObject', resources: 'arn:aws:s3:::orders/*'}",
    "{actions: 'sqs:SendMessage', resources: 'arn:aws:sqs:us-east-1:{account_id}:orders'}",
    "{managed_policy: ReadOnlyAccess}",
    "{managed_policy: readers}",
    # More than a user holds inline; two of them are more than a group does.
    "{actions: 's3:GetObject', resources: [MANY]}",
    "{actions: 's3:PutObject', resources: [MANY]}",
    "{actions: 's3:DeleteObject', resources: [MANY]}",
)
FOR_USERS = ("{group: ops}", "{group: staff}")
ACCOUNTS = ("prod", "dev", "[dev, prod]")
_EXPIRIES = ("2026-11-23T18:00:00Z", "2026-11-24", "2026-11-26", "2027-01-15", "2027-01-15")


def config(region: str = "us-east-1") -> str:
    """`gitiam.yaml`."""
    lines = (f'  {name}: {{id: "{id_}", region: {region}}}\n' for name, id_ in IDS.items())
    return f"accounts:\n{''.join(lines)}"


def request(account: str, principals: str, expires: str, grants: str) -> str:
    """A request."""
    return (
        f"account: {account}\nprincipal: [{principals}]\nreason: Backfill the orders table\n"
        f"expires: {expires}\ngrants: [{grants}]\n"
    )


def declaration(principal: str, account: str, path: str = "/", more: str = "") -> str:
    """A principal that the estate owns; roles trust EC2."""
    trust = "trust: [{service: ec2.amazonaws.com}]\n" if principal.startswith("role/") else ""
    return (
        f"kind: principal\naccount: {account}\nprincipal: {principal}\npath: {path}\n"
        f"reason: It belongs to the team\n{trust}{more}"
    )


def policy(account: str, grant: str) -> str:
    """The shared policy `readers`."""
    return (
        f"kind: policy\naccount: {account}\npolicy: readers\nreason: for all of us\n"
        f"grants: [{grant}]\n"
    )


#: What every estate begins with.
BASE = {
    "gitiam.yaml": config(),
    "requests/readers.yaml": policy("[dev, prod]", GRANTS[0]),
    "requests/app.yaml": declaration("role/app", "[dev, prod]"),
    "requests/alice.yaml": declaration("user/alice", "[dev, prod]"),
    "requests/ops.yaml": declaration("group/ops", "[dev, prod]"),
    "requests/r1.yaml": request("prod", "role/app, user/alice", _EXPIRIES[-1], GRANTS[3]),
}


# -- drawing ------------------------------------------------------------------------------------


@st.composite
def _requests(draw: st.DrawFn) -> Write:
    kinds = draw(st.sampled_from([("role",), ("user",), ("user",), ("group",), ("role", "user")]))
    names = {
        "role": ("role/app", "role/app", "role/legacy"),
        "user": ("user/alice", "user/alice", "user/bob"),
        "group": ("group/ops", "group/ops", "group/staff"),
    }
    principals = ", ".join(draw(st.sampled_from(names[kind])) for kind in kinds)
    possible = GRANTS + (FOR_USERS * 2 if kinds == ("user",) else ())
    grants = draw(st.lists(st.sampled_from(possible), min_size=1, max_size=3, unique=True))
    text = request(
        draw(st.sampled_from(ACCOUNTS)),
        principals,
        draw(st.sampled_from(_EXPIRIES)),
        ", ".join(grants),
    )
    return Write(f"requests/r{draw(st.integers(1, 4))}.yaml", text)


@st.composite
def _declarations(draw: st.DrawFn) -> Write:
    principal = draw(st.sampled_from(["role/app", "user/alice", "group/ops"]))
    path = draw(st.sampled_from(["/", "/", "/team/"]))
    more = ""
    if not principal.startswith("group/"):
        more += draw(st.sampled_from(["", "tags: {team: a}\n", "permissions_boundary: readers\n"]))
    if principal.startswith("role/"):
        more += draw(st.sampled_from(["", "description: Runs the app\n"]))
    name = principal.partition("/")[2]
    account = draw(st.sampled_from([*ACCOUNTS, ACCOUNTS[-1]]))
    return Write(f"requests/{name}.yaml", declaration(principal, account, path, more))


_policies = st.builds(
    lambda grant: Write("requests/readers.yaml", policy("[dev, prod]", grant)),
    st.sampled_from(GRANTS[:2]),
)
_surroundings = st.sampled_from(
    [
        Write("gitiam.yaml", config("eu-west-1")),
        Write("gitiam.yaml", config()),
        Write(NOTE, "one"),
        Write(NOTE, "two"),
        Remove(NOTE),
    ]
)
_removals = st.builds(
    Remove,
    st.sampled_from(
        [f"requests/{n}.yaml" for n in ("r1", "r1", "r2", "r2", "r3", "r4", "app", "alice", "ops")]
        + ["requests/readers.yaml"]
    ),
)
edits = st.one_of(_requests(), _requests(), _declarations(), _removals, _policies, _surroundings)

_fails = st.builds(
    Fail,
    st.integers(0, 5),
    st.sampled_from(["error", "throttled", "locked", "half", "killed", "killed-saved"]),
    st.integers(0, 4),
)
_deaths = st.builds(Die, st.integers(1, 14), st.booleans())
_clean = st.builds(Apply, allow_destroy=st.booleans())
_applies = st.one_of(
    _clean,
    st.builds(Apply, st.lists(st.integers(0, 5), min_size=1, max_size=2).map(tuple)),
    st.builds(Apply, at_most=st.integers(1, 3), allow_destroy=st.booleans()),
    st.builds(Apply, allow_destroy=st.booleans(), harm=st.one_of(_fails, _deaths)),
    st.builds(Apply, allow_destroy=st.booleans(), harm=st.one_of(_fails, _deaths)),
)
_losses = st.builds(Lose, st.sampled_from(["state", "old", "record"]), st.integers(0, 8))
_overlaps = st.builds(
    Overlap, st.integers(1, 60), st.booleans(), st.one_of(st.none(), _requests(), _removals)
)
_waits = st.builds(lambda hours: Wait(timedelta(hours=hours)), st.sampled_from([1, 12, 48]))
steps: st.SearchStrategy[Step] = st.one_of(
    edits, edits, edits, _applies, _applies, _applies, _losses, _overlaps, _waits
)


@st.composite
def _turnabouts(draw: st.DrawFn) -> History:
    """Somebody asks for something, its apply ends badly, and something else is wanted then."""
    asked = draw(st.one_of(_requests(), _requests(), _declarations()))
    harm = draw(st.one_of(_fails, _fails, _deaths))
    undone = draw(st.one_of(st.just(Remove(asked.path)), _requests(), edits))
    return (asked, Apply(harm=harm, allow_destroy=draw(st.booleans())), undone, draw(_applies))


_episodes = st.one_of(*[st.tuples(steps)] * 8, _turnabouts())


@st.composite
def histories(draw: st.DrawFn, longest: int) -> History:
    """Histories of so many episodes at most; most begin with an estate that is applied."""
    begun = draw(st.sampled_from([(Apply(),), (Apply(),), ()]))
    episodes = draw(st.lists(_episodes, min_size=2, max_size=longest))
    return (*begun, *chain.from_iterable(episodes))
