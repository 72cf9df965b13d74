"""What the relay answers from memory, what it passes on, and what it says when it cannot."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from gitiam.sync.terraform.provider.attachment import CHANNEL_OPTIONS, as_bytes
from gitiam.sync.terraform.provider.plugin import Plugin
from gitiam.sync.terraform.provider.protocol import PROTOCOLS, Protocol, Pruned
from gitiam.sync.terraform.provider.relay import Relay
from tests.support.protobuf import block, diagnostic, entry, number

PATIENCE = 30.0
SCHEMA = Pruned(b"the schema", frozenset({"aws_iam_role"}))
WANTED = block(1, "1.11.4") + block(2, block(1, "values"))
WANTED_LATER = block(1, "1.11.4") + block(2, block(1, "values")) + block(3, number(1, 1))
OTHER = block(1, "1.11.4") + block(2, block(1, "other values"))
FAILED = block(1, diagnostic(1, "no such role"))

Answer = Callable[[bytes, grpc.ServicerContext], bytes]


def answered(request: bytes) -> bytes:
    """What the provider answers to whatever it was not told about: a message."""
    return block(15, request)


@dataclass
class Provider(grpc.GenericRpcHandler):
    """A provider in this process: it notes what it is called, and answers as it is told to."""

    calls: list[tuple[str, bytes]] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    release: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def service(self, handler_call_details: Any) -> Any:
        name = handler_call_details.method.rpartition("/")[2]
        return grpc.unary_unary_rpc_method_handler(lambda r, c: self._answer(name, r, c))

    def _answer(self, name: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        self.calls.append((name, request))
        return self.answers.get(name, lambda r, c: answered(r))(request, context)

    def holding(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        """An answer that comes when it is released; whether the caller has gone is noted."""
        context.add_callback(self.cancelled.set)
        self.reached.set()
        assert self.release.wait(PATIENCE)
        return answered(b"at last")

    def called(self, name: str) -> int:
        return sum(1 for call, _ in self.calls if call == name)


class InnerPlugin(Plugin):
    """Speaks to a server in this process, and has no program to start."""

    def __init__(self, protocol: Protocol, address: str) -> None:
        self.protocol = protocol
        self.pid = 1 << 30
        self.stopped = 0
        self._channel = grpc.insecure_channel(address, options=CHANNEL_OPTIONS)

    def stop(self) -> None:
        self.stopped += 1
        self._channel.close()


@dataclass
class Line:
    """A relay with a provider behind it and a Terraform before it."""

    provider: Provider
    relay: Relay
    channel: grpc.Channel
    server: grpc.Server

    @property
    def protocol(self) -> Protocol:
        return self.relay.plugin.protocol

    def begin(self, call: str, request: bytes = b"") -> Any:
        path = call if call.startswith("/") else self.protocol.path(call)
        ask: Any = self.channel.unary_unary(path, as_bytes, as_bytes)
        return ask.future(request, timeout=PATIENCE)

    def call(self, call: str, request: bytes = b"") -> bytes:
        answer: bytes = self.begin(call, request).result()
        return answer

    def fails(self, call: str, request: bytes = b"") -> tuple[grpc.StatusCode, str]:
        future = self.begin(call, request)
        assert isinstance(future.exception(), grpc.RpcError)
        return future.code(), future.details()


@pytest.fixture(params=sorted(PROTOCOLS))
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    """One for each version of the protocol."""
    with tempfile.TemporaryDirectory(prefix="g-") as name:
        provider, folder = Provider(), Path(name)
        server = grpc.server(ThreadPoolExecutor(16), handlers=[provider], options=CHANNEL_OPTIONS)
        server.add_insecure_port(f"unix:{folder}/provider")
        server.start()
        plugin = InnerPlugin(PROTOCOLS[request.param], f"unix:{folder}/provider")
        relay = Relay(plugin, SCHEMA, folder / "relay")
        channel = grpc.insecure_channel(f"unix:{folder}/relay", options=CHANNEL_OPTIONS)
        yield Line(provider, relay, channel, server)
        provider.release.set()
        channel.close()
        relay.stop()
        server.stop(None)


def test_the_schema_is_never_asked_for(line: Line) -> None:
    assert line.call(line.protocol.schema) == SCHEMA.text
    assert line.provider.calls == []


@pytest.mark.parametrize("size", [0, 100, 6_000_000])
def test_what_bears_on_resources_goes_through_as_it_is(line: Line, size: int) -> None:
    request = b"x" * size
    for call in sorted(line.protocol.passed_on):
        assert line.call(call, request) == answered(request)
    assert line.provider.calls == [(c, request) for c in sorted(line.protocol.passed_on)]
    assert line.relay.trouble is None


def test_an_error_of_the_provider_goes_through_as_it_is(line: Line) -> None:
    def refuse(request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much")

    line.provider.answers["ReadResource"] = refuse
    assert line.fails("ReadResource") == (grpc.StatusCode.RESOURCE_EXHAUSTED, "too much")


@pytest.mark.parametrize(
    "path",
    ["/plugin.GRPCStdio/StreamStdio", "/plugin.GRPCBroker/StartStream", "/grpc.health.v1/Check"],
)
def test_streams_of_go_plugin_are_answered_at_once(line: Line, path: str) -> None:
    for _ in range(100):  # more than there are threads
        assert line.fails(path)[0] == grpc.StatusCode.UNIMPLEMENTED
    assert line.provider.calls == []
    assert line.relay.trouble is None


def test_a_call_that_nobody_knows_is_trouble(line: Line) -> None:
    for call in ("ReadDataSource", "Tomorrow"):
        assert line.fails(call)[0] == grpc.StatusCode.UNIMPLEMENTED
    assert line.provider.calls == []
    assert line.relay.trouble == "Terraform called ReadDataSource"


def test_checks_are_asked_once_each(line: Line) -> None:
    check = line.protocol.check
    for _ in range(3):
        assert line.call(check, b"one") == answered(b"one")
        assert line.call(check, b"two") == answered(b"two")
    assert line.provider.called(check) == 2


def test_a_check_that_fails_is_not_remembered(line: Line) -> None:
    check = line.protocol.check
    line.provider.answers[check] = lambda r, c: block(2, diagnostic(1, "no"))
    for _ in range(2):
        assert line.call(check, b"one") == block(2, diagnostic(1, "no"))
    assert line.provider.called(check) == 2
    line.provider.answers[check] = lambda r, c: block(2, diagnostic(2, "a warning"))
    for _ in range(2):
        assert line.call(check, b"one") == block(2, diagnostic(2, "a warning"))
    assert line.provider.called(check) == 3


def test_not_every_check_is_kept(line: Line) -> None:
    check = line.protocol.check
    for n in range(100):
        line.call(check, str(n).encode())
    assert len(line.relay._checked) == 32


def test_a_provider_is_configured_once(line: Line) -> None:
    configure = line.protocol.configure
    line.provider.answers[configure] = lambda r, c: block(1, diagnostic(2, "a warning"))
    for request in (WANTED, WANTED_LATER, WANTED):
        assert line.call(configure, request) == block(1, diagnostic(2, "a warning"))
    assert line.provider.calls == [(configure, WANTED)]
    assert (line.relay.trouble, line.relay.is_spent) == (None, False)


def test_many_at_once_wait_for_the_first(line: Line) -> None:
    configure = line.protocol.configure
    line.provider.answers[configure] = line.provider.holding
    waiting = [line.begin(configure, WANTED) for _ in range(8)]
    assert line.provider.reached.wait(PATIENCE)
    line.provider.release.set()
    assert {future.result() for future in waiting} == {answered(b"at last")}
    assert line.provider.called(configure) == 1


def test_another_configuration_is_refused(line: Line) -> None:
    configure = line.protocol.configure
    line.provider.answers[configure] = lambda r, c: b""
    line.call(configure, WANTED)
    code, said = line.fails(configure, OTHER)
    assert code == grpc.StatusCode.FAILED_PRECONDITION
    assert "another configuration" in said
    assert line.provider.called(configure) == 1
    assert line.relay.trouble is not None
    # The first goes on as before.
    assert line.call(configure, WANTED) == b""
    assert not line.relay.is_spent


@pytest.mark.parametrize("request_", [b"\xff", block(2, "x") + block(7, "new")])
def test_a_configuration_that_is_unfamiliar_never_arrives(line: Line, request_: bytes) -> None:
    assert line.fails(line.protocol.configure, request_)[0] == grpc.StatusCode.FAILED_PRECONDITION
    assert line.provider.calls == []
    assert line.relay.trouble is not None


def test_a_configuration_that_fails_is_told_to_all_and_never_tried_again(line: Line) -> None:
    """A provider that has been configured once says something else the second time."""
    configure = line.protocol.configure
    line.provider.answers[configure] = lambda r, c: FAILED
    for _ in range(2):
        assert line.call(configure, WANTED) == FAILED
    assert line.provider.called(configure) == 1
    assert line.relay.is_spent
    assert line.relay.trouble is None


def test_a_configuration_that_was_cut_off_is_not_tried_again(line: Line) -> None:
    configure = line.protocol.configure
    line.provider.answers[configure] = line.provider.holding
    first = line.begin(configure, WANTED)
    assert line.provider.reached.wait(PATIENCE)
    first.cancel()
    assert line.provider.cancelled.wait(PATIENCE)
    assert line.fails(configure, WANTED)[0] == grpc.StatusCode.FAILED_PRECONDITION
    assert line.provider.called(configure) == 1
    assert line.relay.is_spent
    assert line.relay.trouble == "a provider that was not configured to the end"


def test_a_terraform_that_is_gone_cancels_its_call_alone(line: Line) -> None:
    line.provider.answers["ApplyResourceChange"] = line.provider.holding
    mine = line.begin("ApplyResourceChange", b"mine")
    assert line.provider.reached.wait(PATIENCE)
    mine.cancel()
    assert line.provider.cancelled.wait(PATIENCE)
    assert line.call("ReadResource", b"another's") == answered(b"another's")
    assert (line.relay.trouble, line.relay.is_spent) == (None, False)


def test_stop_is_passed_on_and_is_the_end(line: Line) -> None:
    assert line.call(line.protocol.stop, b"") == answered(b"")
    assert line.provider.called(line.protocol.stop) == 1
    assert line.relay.is_spent


def test_stop_gets_through_while_calls_are_under_way(line: Line) -> None:
    line.provider.answers["ReadResource"] = line.provider.holding
    waiting = [line.begin("ReadResource", b"") for _ in range(10)]
    assert line.provider.reached.wait(PATIENCE)
    assert line.call(line.protocol.stop, b"") == answered(b"")
    line.provider.release.set()
    assert {future.result() for future in waiting} == {answered(b"at last")}


def test_a_provider_that_is_gone_is_trouble(line: Line) -> None:
    line.provider.answers["ReadResource"] = line.provider.holding
    waiting = line.begin("ReadResource", b"")
    assert line.provider.reached.wait(PATIENCE)
    line.server.stop(None)
    assert isinstance(waiting.exception(), grpc.RpcError)
    assert line.fails("ReadResource")[0] == grpc.StatusCode.UNAVAILABLE
    assert line.relay.is_spent
    assert line.relay.trouble is not None
    assert line.relay.trouble.startswith("the provider is gone")


def test_identities_are_pruned_and_kept(line: Line) -> None:
    role, bucket = entry(1, "aws_iam_role", b"role"), entry(1, "aws_s3_bucket", b"bucket")
    line.provider.answers["GetResourceIdentitySchemas"] = lambda r, c: bucket + role
    for _ in range(2):
        assert line.call("GetResourceIdentitySchemas") == role
    assert line.provider.called("GetResourceIdentitySchemas") == 1


def test_a_terraform_is_told_where_it_is(line: Line) -> None:
    (said,) = line.relay.variables("registry.example.com/corp/aws").values()
    (entry_,) = json.loads(said).items()
    source, how = entry_
    assert source == "registry.example.com/corp/aws"
    assert how["ProtocolVersion"] == line.protocol.version
    # `Test` keeps Terraform from ending it.
    assert (how["Protocol"], how["Test"]) == ("grpc", True)
    assert Path(how["Addr"]["String"]).is_socket()


def test_its_end_is_the_provider_s(line: Line) -> None:
    plugin = line.relay.plugin
    line.relay.stop()
    assert isinstance(plugin, InnerPlugin)
    assert plugin.stopped == 1
    assert line.fails(line.protocol.schema)[0] == grpc.StatusCode.UNAVAILABLE
