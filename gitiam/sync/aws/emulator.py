"""Starts and ends an embedded AWS, for `gitiam demo` and for the tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from importlib.util import find_spec
from types import TracebackType
from typing import IO, Self
from urllib.request import ProxyHandler, Request, build_opener

from gitiam.errors import GitiamError
from gitiam.sync.machine.process import PRIVATE

_PROGRAM = "gitiam.sync.aws.emulated_aws"
_START_SECONDS = 60.0
_END_SECONDS = 10.0
#: What the server must not see: settings of real AWS, and moto's own.
_NOT_INHERITED = ("AWS_", "MOTO_")


class Emulator:
    """moto's server in a process of its own, on a free port of 127.0.0.1.

    Used as a context manager. It ends with the block, and also when this process dies: it watches
    a pipe whose other end is here.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """The endpoint of every service."""
        if not self._url:
            raise GitiamError("the embedded AWS has not been started")
        return self._url

    def start(self) -> Self:
        """Start it and wait until it answers; GitiamError when it cannot."""
        if find_spec("moto") is None or find_spec("werkzeug") is None:
            raise GitiamError(
                "the embedded AWS needs moto, which is not installed",
                hint="`make demo` in a clone of gitiam brings it",
            )
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (`stop` closes it)
        self._process = subprocess.Popen(
            [sys.executable, "-m", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=_environment(),
            start_new_session=True,
            umask=PRIVATE,
        )
        try:
            self._url = f"http://127.0.0.1:{self._port(self._process)}"
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it, at once if it does not by itself. May be called more than once."""
        process, self._process, self._url = self._process, None, ""
        if process is not None:
            _end(process)
        if self._log is not None:
            self._log.close()
            self._log = None

    def reset(self) -> None:
        """Forget everything in every account, credentials included."""
        request = Request(f"{self.url}/moto-api/reset", method="POST")  # noqa: S310
        # A proxy has no business with a server on this machine.
        with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
            answer.read()

    def environment(self, account_id: str | None = None) -> dict[str, str]:
        """What makes boto3 and Terraform talk to it, to be laid over an environment.

        With `account_id` the credentials belong to that account, until the next `reset`. Without,
        they belong to moto's own default account, from which every role of every account may be
        assumed.
        """
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            **(self._credentials(account_id) if account_id else _ANYBODY),
        }

    def _credentials(self, account_id: str) -> dict[str, str]:
        from boto3 import Session

        anybody = Session(_ANYBODY["AWS_ACCESS_KEY_ID"], _ANYBODY["AWS_SECRET_ACCESS_KEY"])
        sts = anybody.client("sts", endpoint_url=self.url, region_name="us-east-1")
        role = f"arn:aws:iam::{account_id}:role/gitiam-embedded"
        given = sts.assume_role(RoleArn=role, RoleSessionName="gitiam-embedded")["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

    def _port(self, process: subprocess.Popen[bytes]) -> int:
        """The first line that it prints, which comes when it listens."""
        assert process.stdout is not None  # noqa: S101  (it was started with a pipe)
        timer = threading.Timer(_START_SECONDS, process.kill)
        timer.start()
        try:
            line = process.stdout.readline()
        finally:
            timer.cancel()
        if not line.strip().isdigit():
            raise GitiamError(f"the embedded AWS did not start: {self._last_words()}")
        return int(line)

    def _last_words(self) -> str:
        if self._log is None:
            return "no reason given"
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "no reason given"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


_ANYBODY = {"AWS_ACCESS_KEY_ID": "embedded", "AWS_SECRET_ACCESS_KEY": "embedded"}


def _environment() -> dict[str, str]:
    """AWS's own managed policies are there, as in a real account."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(_NOT_INHERITED)}
    return {
        **kept,
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    """Closing its standard input is the signal; a kill by process id follows where that fails."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
