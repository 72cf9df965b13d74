"""A few files are judged as in the whole estate, though most of it is never parsed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gitiam.catalog import catalog
from gitiam.validate.run import judge
from gitiam.validate.selection import related
from tests.support.estates import NOW, Files, estate_of, request

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
    raw = {path: bytes(estate[path]) for path in asked}  # type: ignore[arg-type]
    part = estate_of(estate, related(raw))
    whole = estate_of(estate)
    expected = judge(whole, catalog(), NOW, asked)
    found = judge(part, catalog(), NOW, asked, only=asked)
    assert found.findings == tuple(f for f in expected.findings if f.location.path in asked)
    assert found.assessments == expected.assessments


def test_what_has_nothing_to_do_with_it_is_left_out() -> None:
    read = "- managed_policy: ReadOnlyAccess"
    wanted = related({"requests/x.yaml": request(read, principal="[role/bot, user/al]").encode()})
    assert wanted("requests/x.yaml", b"")
    assert wanted("requests/y.yaml", b"principal: ROLE/Bot\n")
    assert wanted("requests/y.yaml", b"principal: [role/bot, role/x]\n")
    assert wanted("requests/y.yaml", b"'kind': policy\n")
    assert wanted("requests/y.yaml", b'principal: "role\\/b\\x6ft"')
    assert not wanted("requests/y.yaml", b"principal: role/bot2\n")
    assert not wanted("requests/y.yaml", b"principal: user/bot\n")
    assert not wanted("requests/y.yaml", b"principal: user/alice\n")


def test_a_file_that_cannot_be_read_names_nobody() -> None:
    wanted = related({"requests/x.yaml": b"principal: [", "requests/y.yaml": b"- role/bot"})
    assert not wanted("requests/z.yaml", b"principal: role/bot")
    assert wanted("requests/y.yaml", b"")
