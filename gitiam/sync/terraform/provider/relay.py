"""Stands between Terraforms and one provider, and answers from memory what never changes.

Every call is passed on as it comes, but for these: the schema is answered from a copy that holds
the resources in use alone; the check of a configuration, and the configuration itself, are passed
on once and then answered as the provider answered. A provider keeps one configuration for all who
talk to it, so another one is refused: that is for a process of its own.
"""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any

import grpc

from gitiam.sync.terraform.provider.attachment import Attachment, Handler
from gitiam.sync.terraform.provider.plugin import Plugin
from gitiam.sync.terraform.provider.protocol import (
    IDENTITIES,
    Pruned,
    configuration,
    has_error,
    prune_identities,
)
from gitiam.sync.terraform.provider.wire import UnfamiliarError

#: A Terraform has ten calls under way at the most, unless it is told otherwise.
_THREADS = 64
#: Different requests to check a configuration; there are two or three.
_REMEMBERED = 32
#: The field of the diagnostics in the answers to `check` and `configure`.
_CHECKED, _CONFIGURED = 2, 1


class Relay:
    """A gRPC server on a socket. `trouble` says what it did not understand, once there is any."""

    def __init__(self, plugin: Plugin, schema: Pruned, socket: Path) -> None:
        self.plugin = plugin
        self.schema = schema
        self._trouble: str | None = None
        self.is_spent = False
        self._checked: dict[bytes, bytes] = {}
        self._configured: tuple[bytes, bytes] | None = None
        self._identities: bytes | None = None
        self._lock = threading.Lock()
        self._attachment = Attachment(
            socket, plugin.protocol.version, self._guarded, _THREADS, plugin.pid
        )

    def variables(self, source: str) -> dict[str, str]:
        """What the environment of a Terraform must say, that shall talk to it."""
        return self._attachment.variables(source)

    @property
    def trouble(self) -> str | None:
        """What it did not understand, or why no Terraform can reach it."""
        if self._trouble is None and not self._attachment.is_there:
            self.is_spent = True
            self._note("its socket is gone")
        return self._trouble

    def stop(self) -> None:
        """Take no more calls, and end the provider."""
        self._attachment.stop()
        self.plugin.stop()

    def handler(self, path: str) -> Handler | None:
        """What answers this call; None for one that is not a provider's, or unheard of."""
        protocol = self.plugin.protocol
        call = protocol.call(path)
        special: dict[str, Handler] = {
            protocol.schema: lambda _request, _context: self.schema.text,
            protocol.check: self._check,
            protocol.configure: self._configure,
            protocol.stop: self._stop,
            IDENTITIES: self._identify,
        }
        if call in special:
            return special[call]
        if call in protocol.passed_on:
            return lambda request, context: self._pass_on(path, request, context)
        if call is not None:
            self._note(f"Terraform called {call[:60]}")
        return None

    # -- what is answered from memory --------------------------------------------------------

    def _check(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        known = self._checked.get(request)
        if known is not None:
            return known
        answer = self._ask(self.plugin.protocol.check, request, context)
        if not has_error(answer, _CHECKED) and len(self._checked) < _REMEMBERED:
            self._checked[request] = answer
        return answer

    def _configure(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        with self._lock:  # the first asks the provider, and whoever comes meanwhile waits
            wanted = configuration(request)
            if self._configured is None:
                if self.is_spent:
                    raise UnfamiliarError("a provider that was not configured to the end")
                self._configured = (wanted, self._first(request, context))
            known, answer = self._configured
            if wanted != known:
                raise UnfamiliarError("another configuration of the provider than the first")
            return answer

    def _first(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        """Unless it ends well, the provider is not to be trusted with another try.

        Those who wait for it are told what it has answered; whoever comes later gets another.
        """
        is_well = False
        try:
            answer = self._ask(self.plugin.protocol.configure, request, context)
            is_well = not has_error(answer, _CONFIGURED)
        finally:
            self.is_spent = self.is_spent or not is_well
        return answer

    def _identify(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        if self._identities is None:
            answer = self._ask(IDENTITIES, request, context)
            self._identities = prune_identities(answer, self.schema.resources)
        return self._identities

    def _stop(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        """Whoever is told to stop never works again: for later modules, there must be another."""
        self.is_spent = True
        return self._ask(self.plugin.protocol.stop, request, context)

    # -- passing on --------------------------------------------------------------------------

    def _ask(self, call: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        return self._pass_on(self.plugin.protocol.path(call), request, context)

    def _pass_on(self, path: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        future = self.plugin.future(path, request)
        # A Terraform that is gone wants no answer any more.
        if not context.add_callback(future.cancel):  # gone already
            future.cancel()
        answer: bytes = future.result()
        return answer

    def _note(self, trouble: str) -> None:
        self._trouble = self._trouble or trouble

    def _guarded(self, path: str) -> Handler | None:
        """What answers this call, and tells Terraform of failures; those of ours are remembered."""
        handle = self.handler(path)
        return None if handle is None else partial(self._answer, handle)

    def _answer(self, handle: Handler, request: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return handle(request, context)
        except UnfamiliarError as error:
            self._note(str(error))
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"gitiam: {error}")
        except grpc.FutureCancelledError:
            context.abort(grpc.StatusCode.CANCELLED, "cancelled")
        except grpc.RpcError as error:
            code, details = _status(error)
            if code == grpc.StatusCode.UNAVAILABLE:
                self.is_spent = True
                self._note(f"the provider is gone ({details[:100]})")
            context.abort(code, details)
        raise AssertionError("unreachable: abort raises")


def _status(error: Any) -> tuple[grpc.StatusCode, str]:
    return error.code(), str(error.details() or "")
