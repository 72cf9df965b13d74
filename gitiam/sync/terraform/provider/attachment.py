"""A gRPC server on a socket of its own that Terraforms attach to, as to a provider under debugging.

How they are told of it is documented at "Debugging Providers" in HashiCorp's plugin documentation.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

#: Messages are as large as they are: the whole schema is 5 MB.
CHANNEL_OPTIONS = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))

#: Answers one call, in bytes.
Handler = Callable[[bytes, grpc.ServicerContext], bytes]
#: Finds what answers the call of this path; None for one that nobody answers.
Handlers = Callable[[str], Handler | None]


def as_bytes(message: bytes) -> bytes:
    """The serialiser of those who pass messages on as they are."""
    return message


class Attachment:
    """Serves from when it is made until `stop`. `version` is that of the plugin protocol.

    `pid` is a process that lives as long: a Terraform takes it for the provider. It lets go of the
    connection when that process ends, and kills it when it cannot connect, `Test` or not. So it
    must never be gitiam's own.
    """

    def __init__(
        self, socket: Path, version: int, handlers: Handlers, threads: int, pid: int
    ) -> None:
        self._socket = socket
        self._pid = pid
        self._version = version
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="attachment"),
            handlers=[_Calls(handlers)],
            options=CHANNEL_OPTIONS,
        )
        self._server.add_insecure_port(f"unix:{socket}")
        self._server.start()

    def variables(self, source: str) -> dict[str, str]:
        """What the environment of a Terraform must say, that shall take this for the provider."""
        how = {
            "Protocol": "grpc",
            "ProtocolVersion": self._version,
            "Pid": self._pid,
            # It is not Terraform's to end.
            "Test": True,
            "Addr": {"Network": "unix", "String": str(self._socket)},
        }
        return {"TF_REATTACH_PROVIDERS": json.dumps({source: how})}

    @property
    def is_there(self) -> bool:
        """Whether its socket still is where Terraforms are told that it is."""
        return self._socket.is_socket()

    def stop(self) -> None:
        """Take no more calls. May be called more than once."""
        self._server.stop(None)


class _Calls(grpc.GenericRpcHandler):
    """Finds the handler of a call. What has none is answered as unimplemented at once."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """None for go-plugin's own streams, which would keep a thread each for ever."""
        handle = self._handlers(handler_call_details.method)
        if handle is None:
            return None
        return grpc.unary_unary_rpc_method_handler(
            handle, request_deserializer=as_bytes, response_serializer=as_bytes
        )
