"""A provider of one resource that speaks version 6 of the plugin protocol, written by hand.

`aws_iam_tiny` has a name and a path, and nothing happens but that it is noted: each call goes to
the file that `CALLS` names. Messages are those of `tfplugin6.proto`; values go through unread.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from gitiam.sync.terraform.provider.wire import only_field
from tests.support.protobuf import block, entry, number


def _schema(*attributes: bytes) -> bytes:
    return block(2, *(block(2, attribute) for attribute in attributes))


def _text(name: str, kind: int) -> bytes:
    """An attribute of type string; kind 4 is required, 5 optional."""
    return block(1, name) + block(2, '"string"') + number(kind, 1)


_TINY = _schema(_text("name", 4), _text("path", 5))
_SCHEMAS = (
    block(1, _schema(_text("region", 5)))
    + entry(2, "aws_iam_tiny", _TINY)
    + entry(2, "aws_large", _TINY)
    + entry(3, "aws_iam_tiny", _TINY)
)

ANSWERS: Mapping[str, Callable[[bytes], bytes]] = {
    "GetProviderSchema": lambda request: _SCHEMAS,
    "ValidateProviderConfig": lambda request: b"",
    "ConfigureProvider": lambda request: b"",
    "ValidateResourceConfig": lambda request: b"",
    "UpgradeResourceState": lambda r: block(1, block(2, only_field(only_field(r, 3), 1))),
    "ReadResource": lambda request: block(1, only_field(request, 2)),
    "PlanResourceChange": lambda request: block(1, only_field(request, 3)),
    "ApplyResourceChange": lambda request: block(1, only_field(request, 3)),
    "StopProvider": lambda request: b"",
}


class _Tiny(grpc.GenericRpcHandler):
    def service(self, handler_call_details: Any) -> Any:
        service, _, name = handler_call_details.method.rpartition("/")
        answer = ANSWERS.get(name) if service == "/tfplugin6.Provider" else None
        if answer is None:
            return None

        def noted(request: bytes, context: grpc.ServicerContext) -> bytes:
            with Path(os.environ["CALLS"]).open("a", encoding="utf-8") as calls:
                calls.write(f"{name}\n")
            return answer(request)

        return grpc.unary_unary_rpc_method_handler(noted)


def main() -> None:
    """Greet, and serve until somebody ends it."""
    if "6" not in os.environ["PLUGIN_PROTOCOL_VERSIONS"].split(","):
        sys.exit("nobody understands version 6")
    socket = Path(os.environ["PLUGIN_UNIX_SOCKET_DIR"]) / "tiny"
    server = grpc.server(ThreadPoolExecutor(8), handlers=[_Tiny()])
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    print(f"1|6|unix|{socket}|grpc|", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
