"""What the relay reads of Terraform's plugin protocol: schemas, configurations, diagnostics."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.sync.terraform.provider.protocol import (
    PROTOCOLS,
    configuration,
    has_error,
    prune,
    prune_identities,
    pruned,
)
from gitiam.sync.terraform.provider.wire import UnfamiliarError
from tests.support.protobuf import block, diagnostic, entry, fixed, number

PREFIX = "aws_iam_"
NAMES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.text(max_size=10, alphabet="abc_").map(PREFIX.__add__),
    st.sampled_from(["aws_iam", "aws_iamx", "xaws_iam_role", "AWS_IAM_role"]),
)
SCHEMAS = st.dictionaries(NAMES, st.binary(max_size=40), max_size=8)
PROVIDER, META, ABLE = block(1, "provider"), block(5, "meta"), block(6, number(1, 1))


@given(SCHEMAS, st.randoms())
def test_pruning_keeps_exactly_the_prefix(schemas: dict[str, bytes], random: object) -> None:
    """Of the resources those, byte for byte and sorted; of data sources and functions nothing."""
    assert hasattr(random, "shuffle")
    kept = sorted(name for name in schemas if name.startswith(PREFIX))
    parts = [entry(2, name, body) for name, body in schemas.items()]
    parts += [entry(3, "aws_iam_role", b"data"), entry(7, "aws_iam_f", b""), entry(8, "x", b"")]
    random.shuffle(parts)
    message = b"".join([PROVIDER, *parts[:2], META, *parts[2:], ABLE])
    if not kept:
        with pytest.raises(UnfamiliarError):
            prune(message, PREFIX)
        return
    found = prune(message, PREFIX)
    wanted = [PROVIDER, META, ABLE, *(entry(2, name, schemas[name]) for name in kept)]
    assert found.text == b"".join(wanted)
    assert found.resources == set(kept)
    assert prune(found.text, PREFIX) == found == pruned(found.text)


@given(st.binary(max_size=300))
def test_rubbish_is_unfamiliar_and_nothing_else(rubbish: bytes) -> None:
    for look in (
        lambda: prune(rubbish, PREFIX),
        lambda: prune_identities(rubbish, {"aws_iam_role"}),
        lambda: configuration(rubbish),
        lambda: has_error(rubbish, 1),
    ):
        try:
            look()
        except UnfamiliarError:
            continue


@given(st.data())
def test_a_schema_that_breaks_off_is_never_taken_for_whole(data: st.DataObject) -> None:
    """Cut within its last entry, or with its bytes changed: unfamiliar, or other bytes."""
    whole = PROVIDER + entry(2, "aws_iam_role", b"role") + entry(2, "aws_iam_user", b"user")
    cut = data.draw(
        st.integers(len(whole) - len(entry(2, "aws_iam_user", b"user")) + 1, len(whole))
    )
    if cut < len(whole):
        with pytest.raises(UnfamiliarError):
            prune(whole[:cut], PREFIX)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (b"", "without any aws_iam_ resource"),
        (entry(2, "aws_iam_role", b"x"), "without any"),
        (PROVIDER + entry(2, "aws_s3_bucket", b"x"), "without any"),
        (PROVIDER + entry(2, "aws_iam_role", b"x") + block(4, diagnostic(2, "so")), "diagnostics"),
        (PROVIDER + block(2, block(1, b"\xff\xfe")), "no text"),
    ],
)
def test_a_schema_that_is_none(schema: bytes, said: str) -> None:
    with pytest.raises(UnfamiliarError, match=said):
        prune(schema, PREFIX)


@given(SCHEMAS)
def test_identities_of_the_kept_alone(schemas: dict[str, bytes]) -> None:
    kept = {name for name in schemas if name.startswith(PREFIX)}
    trouble = block(2, diagnostic(1, "no"))
    message = trouble + b"".join(entry(1, name, body) for name, body in schemas.items())
    wanted = trouble + b"".join(entry(1, n, b) for n, b in schemas.items() if n in kept)
    assert prune_identities(message, kept) == wanted


def test_a_configuration_is_what_bears_on_the_provider() -> None:
    """Terraform's version and what it can do differ between plan and apply; the values do not."""
    values = block(2, block(1, "msgpack"))
    plan = block(1, "1.11.4") + values + block(3, number(1, 0), number(2, 1))
    apply = values + block(3, number(1, 1)) + block(1, "1.12.0")
    assert configuration(plan) == configuration(apply) == block(1, "msgpack")
    assert configuration(block(2, block(1, "other"))) != configuration(plan)


@pytest.mark.parametrize("more", [block(4, "x"), number(9, 1), block(3, number(3, 1))])
def test_a_configuration_with_something_new_is_unfamiliar(more: bytes) -> None:
    with pytest.raises(UnfamiliarError, match="does not know"):
        configuration(block(2, "values") + more)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=6))
def test_an_error_is_found_among_diagnostics(said: list[tuple[int, int]]) -> None:
    answer = b"".join(block(field, diagnostic(severity, "s")) for field, severity in said if field)
    assert has_error(answer + fixed(9, b"1234"), 2) == ((2, 1) in said)


@pytest.mark.parametrize("version", sorted(PROTOCOLS))
def test_the_names_of_calls(version: int) -> None:
    protocol = PROTOCOLS[version]
    assert protocol.path("Stop") == f"/tfplugin{version}.Provider/Stop"
    assert protocol.call(protocol.path(protocol.schema)) == protocol.schema
    for other in (
        f"/tfplugin{11 - version}.Provider/Stop",
        "/plugin.GRPCStdio/StreamStdio",
        "Stop",
    ):
        assert protocol.call(other) is None
    # What is answered from memory is never passed on as well.
    answered = {protocol.schema, protocol.check, protocol.configure, protocol.stop}
    assert not answered & protocol.passed_on
