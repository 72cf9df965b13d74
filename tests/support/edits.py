"""Estates that change at random, and what a look at them says: the quick way and the full way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from gitiam.cli.common import EstateContext
from gitiam.cli.pipeline import look, preview
from gitiam.errors import GitiamError
from gitiam.modules import Change, Standing
from gitiam.render.changes import record_of
from gitiam.sync.store.ledger import Ledger, record_key
from gitiam.sync.store.seal import VARIABLE
from tests.support.estates import NOW

NAMES = ["bot", "bot", "alice", "alice", "data.x"]
_LONG = ", ".join(f"'arn:aws:s3:::a-rather-long-name-{n:03}/*'" for n in range(120))
GRANTS = [
    "{managed_policy: ReadOnlyAccess}",
    "{managed_policy: ViewOnlyAccess}",
    "{managed_policy: readers}",
    '{managed_policy: "arn:aws:iam::{account_id}:policy/readers"}',
    "{bundle: s3-read, resources: 'arn:aws:s3:::orders'}",
    "{actions: 's3:GetObject', resources: 'arn:aws:s3:::orders/*'}",
    "{actions: 's3:Get*', resources: 'arn:aws:s3:::orders/*'}",
    "{access: [read], resources: 'arn:aws:sqs:us-east-1:{account_id}:orders'}",
    # Two of these are too much for what a user may hold who has another policy.
    f"{{actions: 's3:GetObject', resources: [{_LONG}]}}",
    f"{{actions: 's3:PutObject', resources: [{_LONG}]}}",
]
FOR_USERS = ["{group: g1}", "{group: g2}"]
STRANGE = [
    "{group: G1}",
    "{managed_policy: Readers}",
    "{managed_policy: writers}",
    "{bundle: mine, resources: 'arn:aws:s3:::orders'}",
    "{actions: 's3:GetObjects', resources: 'arn:aws:s3:::orders/*'}",
    "{actions: 's3:*', resources: '*'}",
]
LIMITS = [
    "limits: {managed_policies_per_role: 2, managed_policies_per_user: 1}",
    "limits: {managed_policies_per_role: 10, managed_policies_per_user: 2}",
]
#: What is only a warning elsewhere blocks here.
STRICT = "rules: {already-granted: error, duplicate-grant: error, unused-allowance: error}"
CONFIGS = ["", STRICT, *LIMITS, *LIMITS, "terraform: {lock_file: own.lock.hcl}", "nonsense: 1"]
EXPIRIES = ["2026-11-23T12:30:00Z", "2026-11-23", "2026-11-24", "2026-12-30", "2027-01-15"]
JUNK = ["", "a: [", "kind: nonsense", "- x", "principal: role/bot\n", "kind: principal\n"]
BUNDLE = """\
description: Reads what is mine
resources:
  bucket: {{arn: "arn:aws:s3:::{{name}}", description: The bucket}}
statements:
  - actions: ["{action}"]
    resources: ["{{bucket}}"]
"""

_ALLOW = "allow: [{rule: already-granted, reason: nobody knows which is the last}]\n"
_ACCOUNTS = ["prod", "dev", "[dev, prod]"]
_PATHS = [f"requests/{path}.yaml" for path in ("a", "b", "x-y/a", "x/a", "x/b", "z", "x/c", "y")]
_CONFIG = """\
accounts:
  prod: {id: "111122223333", tier: critical}
  dev: {id: "444455556666", tier: free}
"""
_READERS = """\
kind: policy
account: [dev, prod]
policy: readers
reason: for all of us
grants: [{actions: 's3:GetObject', resources: 'arn:aws:s3:::shared/*'}]
"""


def _request(account: str, principals: str, expires: str, grants: str) -> str:
    return (
        f"account: {account}\nprincipal: [{principals}]\nreason: Backfill the orders table\n"
        f"expires: {expires}\ngrants: [{grants}]\n"
    )


#: What every estate has to begin with: enough for a change to be a small part of it.
BASE = {
    "requests/readers.yaml": _READERS,
    "requests/g1.yaml": _request("[dev, prod]", "group/g1", EXPIRIES[-1], GRANTS[4]),
    "requests/i.yaml": _request("dev", "user/alice", EXPIRIES[-1], FOR_USERS[0]),
    "requests/j.yaml": _request("prod", "role/bot, user/alice", EXPIRIES[-1], GRANTS[2]),
    "requests/k.yaml": _request("prod", "role/bot", EXPIRIES[2], GRANTS[5]),
    **{
        f"requests/n{number}.yaml": _request("prod", f"role/n{number}", EXPIRIES[-1], GRANTS[2])
        for number in range(4)
    },
}


def _seldom(draw: st.DrawFn) -> bool:
    return draw(st.integers(0, 19)) == 13


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A file of an estate about a few names: mostly right, sometimes not."""
    if _seldom(draw):
        return draw(st.sampled_from(JUNK))
    form = draw(st.sampled_from(["request"] * 8 + ["principal"] * 2 + ["policy"]))
    name = "Bot" if _seldom(draw) else draw(st.sampled_from(NAMES))
    account = draw(st.sampled_from(_ACCOUNTS))
    if form == "principal":
        principal = draw(st.sampled_from([f"role/{name}", f"user/{name}", "group/g1"]))
        head = f"kind: principal\naccount: {account}\nprincipal: {principal}\n"
        text = f"{head}reason: joined the team\n"
        if principal.startswith("role/"):
            text += "trust: [{service: ec2.amazonaws.com}]\n"
        if not principal.startswith("group/"):
            text += draw(st.sampled_from(["", "permissions_boundary: readers\n"]))
        return text
    if form == "policy":
        path = draw(st.sampled_from(["/", "/team/"]))
        policy = "Writers" if _seldom(draw) else draw(st.sampled_from(["readers", "writers"]))
        return (
            f"kind: policy\naccount: {account}\npolicy: {policy}\npath: {path}\n"
            f"reason: for all of us\ngrants: [{draw(st.sampled_from(GRANTS[4:8]))}]\n"
        )
    kinds = draw(st.sampled_from([["user"], ["user"], ["role"], ["role", "user"], ["group"]]))
    possible = GRANTS + (FOR_USERS if kinds == ["user"] else [])
    grants = draw(st.lists(st.sampled_from(possible), min_size=1, max_size=3, unique=True))
    if _seldom(draw):
        grants.append(draw(st.sampled_from(STRANGE)))
    names = ", ".join(f"{k}/{name if k != 'group' else 'g1'}" for k in kinds)
    expires = "never" if _seldom(draw) else draw(st.sampled_from(EXPIRIES))
    text = _request(account, names, expires, ", ".join(grants))
    return text + (_ALLOW if _seldom(draw) else "")


@dataclass
class Playground:
    """An estate in a folder, its ledger, and a clock."""

    root: Path
    now: datetime = NOW
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """An empty estate."""
        (self.root / "requests").mkdir(parents=True)
        self.write("gitiam.yaml", _CONFIG)
        self.write("own.lock.hcl", "# none\n")
        for path, text in BASE.items():
            self.write(path, text)

    @property
    def ledger(self) -> Ledger:
        """The one in the estate's folder."""
        from gitiam.cli.pipeline import open_ledger

        return open_ledger(self.context())

    def write(self, path: str, text: str) -> None:
        """Put a file in its place."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def files(self, folder: str = "requests") -> list[str]:
        """The files that there are."""
        below = self.root / folder
        return sorted(f.relative_to(self.root).as_posix() for f in below.rglob("*") if f.is_file())

    def context(self, requests: Path | None = None) -> EstateContext:
        """The estate at this instant, as if it were now."""
        context = EstateContext(self.root, requests, None)
        context.now = self.now
        return context

    def saved(self) -> dict[str, str]:
        """All files but those in `.gitiam`, to be put back."""
        found = (f for folder in ("requests", "templates") for f in self.files(folder))
        return {p: (self.root / p).read_text(encoding="utf-8") for p in ("gitiam.yaml", *found)}

    def put_back(self, saved: dict[str, str]) -> None:
        """As it was when it was saved."""
        for path in self.saved():
            (self.root / path).unlink()
        for path, text in saved.items():
            self.write(path, text)

    def looked(self) -> tuple[Any, ...]:
        """What is pending, or why nothing can be done; what was remembered is used."""
        return _outcome(lambda: self._look(share=False))

    def judged_anew(self) -> tuple[Any, ...]:
        """The same without anything that is remembered, and without remembering it."""
        with off():
            return self.looked()

    def previewed(self, other: Path) -> tuple[Any, ...]:
        """What this estate changes, seen from the requests of another folder."""
        return _outcome(lambda: self._preview(other))

    def apply(self, every: int) -> None:
        """Take what is pending for applied, all of it or one in so many."""
        with off():
            try:
                found = look(self.context(), self.ledger)
            except GitiamError:
                return
        for change in found.changes[:: max(every, 1)]:
            before = found.standings.get(change.key, Standing())
            for digest in before.digests:
                self.ledger.objects.delete(record_key(change.key, digest))
            if not (change.module.is_empty or change.blocked):
                record = replace(record_of(change.module), applied_at=self.now.isoformat())
                text = record.as_text()
                self.ledger.objects.put(record_key(change.key, change.module.digest), text.encode())

    def _look(self, share: bool) -> Any:
        found = look(self.context(), self.ledger, share=share)
        return ([_told(c) for c in found.changes], sorted(found.names), found.unchanged)

    def _preview(self, other: Path) -> Any:
        found = preview(self.context(), self.context(other))
        told = [_told(c) for c in found.changes]
        before = [dict(c.record.files) if c.record else None for c in found.changes]
        return (told, before, found.unchanged)


def _told(change: Change) -> tuple[Any, ...]:
    module = change.module
    return (
        *(str(change.key), module.digest, change.previous, change.reasons, change.destroys),
        *(dict(module.files), dict(module.origins), dict(module.creates), dict(module.imports)),
        str(change.blocked),
    )


def _outcome(run: Any) -> tuple[Any, ...]:
    said = StringIO()
    with redirect_stderr(said):
        try:
            return ("found", run())
        except GitiamError as error:
            return ("stopped", error.message, int(error.exit_code), said.getvalue())


@contextmanager
def off() -> Iterator[None]:
    """Nothing is remembered meanwhile."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "off"
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, Any]:
    """One thing that happens to an estate; `do` does it."""
    what = draw(st.sampled_from([*["write"] * 6, *["remove"] * 2, "rename", *_RARE]))
    match what:
        case "write":
            return what, (draw(st.sampled_from(_PATHS)), draw(texts()))
        case "share":
            path, grant = draw(st.sampled_from(["/", "/team/"])), draw(st.sampled_from(GRANTS[4:8]))
            return what, _READERS.replace("reason", f"path: {path}\nreason").replace(
                "[{actions: 's3:GetObject', resources: 'arn:aws:s3:::shared/*'}]", f"[{grant}]"
            )
        case "regroup":
            name = draw(st.sampled_from(["g1", "G1"]))
            return what, BASE["requests/g1.yaml"].replace("group/g1", f"group/{name}")
        case "remove":
            return what, draw(st.integers(0, 9))
        case "rename":
            return what, (draw(st.integers(0, 9)), draw(st.sampled_from(_PATHS)))
        case "clock":
            return what, timedelta(minutes=draw(st.sampled_from([0, 1, 45, 60 * 24, 60 * 24 * 60])))
        case "back":
            return what, timedelta(minutes=draw(st.sampled_from([1, 60 * 24])))
        case "configure":
            return what, draw(st.sampled_from(CONFIGS))
        case "bundle":
            return what, draw(st.sampled_from(["s3:GetObject", "s3:GetObjectAcl", "nonsense"]))
        case "template":
            return what, draw(st.sampled_from(["# one\n", "# two\n"]))
        case "apply":
            return what, draw(st.integers(1, 3))
        case _:
            return what, draw(st.integers(0, 9))


_RARE = [
    "share",
    "clock",
    "clock",
    "back",
    "configure",
    "bundle",
    "template",
    "apply",
    "apply",
    "mark",
]


def do(ground: Playground, edit: tuple[str, Any]) -> None:
    """Let it happen; where there is nothing that it could happen to, nothing does."""
    what, how = edit
    files = ground.files()
    match what:
        case "write":
            ground.write(*how)
        case "share":
            ground.write("requests/readers.yaml", how)
        case "regroup":
            ground.write("requests/g1.yaml", how)
        case "remove" if files:
            (ground.root / files[how % len(files)]).unlink()
        case "rename" if files:
            text = (ground.root / files[how[0] % len(files)]).read_text(encoding="utf-8")
            (ground.root / files[how[0] % len(files)]).unlink()
            ground.write(how[1], text)
        case "clock":
            ground.now += how
        case "back":
            ground.now -= how
        case "configure":
            ground.write("gitiam.yaml", f"{_CONFIG}{how}\n")
        case "bundle":
            ground.write("templates/bundles/mine.yaml", BUNDLE.format(action=how))
        case "template":
            from gitiam.shipped import templates_dir

            shipped = (templates_dir() / "terraform/role.tf.j2").read_text(encoding="utf-8")
            ground.write("templates/terraform/role.tf.j2", how + shipped)
        case "apply":
            ground.apply(how)
        case "mark":
            # Where gitiam.yaml is broken by now, it does not say where the ledger is.
            with suppress(GitiamError):
                if keys := sorted(map(str, ground.ledger.standings())):
                    key = f"ledger/{keys[how % len(keys)]}/applying.json"
                    ground.ledger.objects.put(key, b"{}")
