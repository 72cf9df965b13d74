"""A few files are judged as in the whole estate, though most of it is never parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gitiam.catalog import catalog
from gitiam.findings import Finding, Location, Severity
from gitiam.load.tree import Tree
from gitiam.validate.difference import Difference
from gitiam.validate.run import judge
from gitiam.validate.selection import Selection
from tests.support.estates import NOW, Files, estate_of, request
from tests.support.thorough import drawn

NAMES = ["bot", "Bot", "bot1", "alice", "data.x", "data-x", "a"]
GRANTS = [
    "- group: g{n}",
    "- managed_policy: ReadOnlyAccess",
    "- managed_policy: readers",
    "- bundle: s3-read\n  resources: arn:aws:s3:::orders",
    "- actions: ['s3:Get*']\n  resources: ['arn:aws:s3:::orders*']",
    "- actions: [s3:GetObject]\n  resources: [arn:aws:s3:::orders/{n}/*]",
    "- actions: [s3:GetObjects]\n  resources: ['*']",
]


def quoted(name: str, style: int) -> str:
    """One of the ways in which YAML can spell a name."""
    return [
        name,
        f"'{name}'",
        f'"{name}"',
        f"[{name}]",
        f"&x {name}",
        '"' + name.replace("o", "\\x6f").replace("a", "\\u0061") + '"',
        f"|-\n  {name}",
        f">-\n  {name}\n",
    ][style]


@st.composite
def files(draw: st.DrawFn) -> Files:
    """An estate of a few files that are about the same few names."""
    found: dict[str, str | bytes] = {}
    for number in range(draw(st.integers(1, 7))):
        name = draw(st.sampled_from(NAMES))
        account = draw(st.sampled_from(["prod", "dev", "[dev, prod]"]))
        style = draw(st.integers(0, 7))
        kind = draw(
            st.sampled_from(["request", "request", "request", "principal", "policy", "junk"])
        )
        key = draw(st.sampled_from(["kind", '"k\\x69nd"', "? kind\n"]))
        if kind == "request":
            grants = draw(st.lists(st.sampled_from(GRANTS), min_size=1, max_size=4))
            principal = quoted(draw(st.sampled_from(["user/", "role/"])) + name, style)
            text = request("\n".join(grants).replace("{n}", str(number)), principal=principal)
            text = text.replace("account: prod", f"account: {account}")
        elif kind == "principal":
            principal = quoted(f"user/{name}", style)
            text = (
                f"{key}: principal\naccount: {account}\nprincipal: {principal}\nreason: joined us\n"
            )
        elif kind == "policy":
            policy = quoted(draw(st.sampled_from(["readers", "Readers", name])), style)
            text = (
                f"{key}: policy\naccount: {account}\npolicy: {policy}\nreason: for all of us\n"
                "grants: [{actions: 's3:GetObject', resources: 'arn:aws:s3:::b/*'}]\n"
            )
        else:
            text = draw(
                st.sampled_from(["", "x", "a: [", f"principal: role/{name}\n", "kind: x\n"])
            )
        found[f"requests/{number}.yaml"] = text.encode()
    return found


@settings(max_examples=150)
@given(files(), st.data())
def test_a_selection_finds_what_the_whole_estate_finds(estate: Files, data: st.DataObject) -> None:
    asked = frozenset(data.draw(st.sets(st.sampled_from(sorted(estate)), min_size=1, max_size=2)))
    needed = Selection(as_bytes(estate)).needed_for(asked)
    part = estate_of(estate, lambda path, _: path in needed)
    whole = estate_of(estate)
    expected = judge(whole, catalog(), NOW, asked)
    found = judge(part, catalog(), NOW, asked, only=asked)
    assert found.findings == tuple(f for f in expected.findings if f.location.path in asked)
    assert found.assessments == expected.assessments


@drawn(100, 2_000)
@given(files(), files())
def test_elsewhere_a_change_changes_nothing(before: Files, after: Files) -> None:
    """Some files of `before` are the same in `after`, others are other, new or gone."""
    after = {**after, **{path: before[path] for path in list(before)[::2]}}
    change = Difference(Tree(as_bytes(before)), Tree(as_bytes(after)))
    anew = change.judged_anew()
    old = judge(estate_of(before), catalog(), NOW, change.changed).findings
    new = judge(estate_of(after), catalog(), NOW, change.changed).findings

    def elsewhere(found: Iterable[Finding]) -> list[Finding]:
        return [f for f in found if f.location.path not in anew | change.gone]

    assert elsewhere(new) == elsewhere(old)


READ = "- managed_policy: ReadOnlyAccess"
POLICY = (
    "kind: policy\naccount: prod\npolicy: readers\nreason: for all of us\n"
    "grants: [{managed_policy: ReadOnlyAccess}]\n"
)


def needed(**texts: str | bytes) -> str:
    """The names of those files that `x` cannot be judged without."""
    files = {f"requests/{name}.yaml": text for name, text in texts.items()}
    found = Selection(as_bytes(files)).needed_for(["requests/x.yaml"])
    return "".join(sorted(Path(path).stem for path in found))


def test_what_has_nothing_to_do_with_it_is_left_out() -> None:
    ours = request(READ, principal="[role/bot, user/al]")
    near = {
        "a": request(READ, principal="role/Bot"),
        "b": request(READ, principal="[role/x, role/bot]"),
        "c": request(READ, principal='"role\\/b\\x6ft"'),
        "d": request("- group: analysts", principal="user/al"),
        "e": request(READ, principal="group/analysts"),
        "f": request("- managed_policy: readers", principal="group/analysts"),
        "g": POLICY,
    }
    far = {
        "p": request(READ, principal="role/bot2"),
        "q": request(READ, principal="user/bot"),
        "r": request(READ, principal="user/alice"),
        "s": request(READ, principal="group/others"),
    }
    assert needed(x=ours, **near, **far) == "abcdefgx"


def test_a_file_that_cannot_be_read_names_nobody() -> None:
    assert needed(x="principal: [", y=request(READ)) == "x"
    assert needed(x="- role/data-pipeline", y=request(READ)) == "x"


def judged(before: dict[str, str], after: dict[str, str]) -> str:
    """The names of those files that are judged anew."""
    trees = (
        Tree(as_bytes({f"requests/{name}.yaml": text for name, text in state.items()}))
        for state in (before, after)
    )
    return "".join(sorted(Path(path).stem for path in Difference(*trees).judged_anew()))


def test_what_a_change_bears_on() -> None:
    files = {
        "a": request(READ, principal="role/a"),
        "b": request("- managed_policy: readers", principal="role/a"),
        "c": request(READ, principal="role/c"),
        "g": request(READ, principal="group/analysts"),
        "m": request("- group: analysts", principal="user/alice"),
        "n": request(READ, principal="user/alice"),
        "p": POLICY,
    }
    assert judged(files, files) == ""
    assert judged(files, {**files, "c": files["c"] + "# changed\n"}) == "c"
    assert judged(files, {**files, "g": files["g"] + "# changed\n"}) == "gmn"
    assert judged(files, {k: v for k, v in files.items() if k != "p"}) == "ab"
    assert (
        judged({**files, "c": "junk: ["}, {**files, "c": request(READ, principal="user/alice")})
        == "cmn"
    )


def test_what_is_no_file_to_be_read_is_judged_where_it_is_new() -> None:
    refused = Finding("malformed-yaml", Severity.ERROR, Location("requests/link.yaml"), "a link")
    assert Difference(Tree({}), Tree({}, (refused,))).judged_anew() == {"requests/link.yaml"}
    assert not Difference(Tree({}, (refused,)), Tree({}, (refused,))).judged_anew()


def as_bytes(files: Mapping[str, str | bytes]) -> dict[str, bytes]:
    """As they are read."""
    return {p: text if isinstance(text, bytes) else text.encode() for p, text in files.items()}
