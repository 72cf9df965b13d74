"""A pinned Terraform release, for machines that have neither terraform nor tofu on the PATH.

Nothing is unpacked before its SHA-256 matches the table below, and only a finished, checked binary
is moved to its place: a run that is killed, or runs at the same time as another, leaves no half of
one. Nothing is asked of the network once the binary is in the cache.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import platform
import shutil
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from ipaddress import ip_address
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from gitiam.errors import GitiamError
from gitiam.sync.machine.folders import cache_folder

MIRROR_VARIABLE = "GITIAM_TERRAFORM_MIRROR"
DEFAULT_MIRROR = "https://releases.hashicorp.com/terraform"

#: Seconds without a byte before the mirror counts as gone.
TIMEOUT = 30.0
#: The zip is 27 MB and the binary 90 MB; more than this is not Terraform.
MAX_ZIP = 128 * 2**20
MAX_BINARY = 512 * 2**20

_CHUNK = 2**18
_MEMBER = "terraform"
_INSTALL = "install Terraform or OpenTofu yourself and put it on the PATH"


@dataclass(frozen=True, slots=True)
class Release:
    """One version of Terraform: the SHA-256 of its zip, by platform."""

    version: str
    sums: Mapping[str, str]

    def file_name(self, on: str) -> str:
        """`terraform_1.11.4_linux_amd64.zip`."""
        return f"terraform_{self.version}_{on}.zip"


PINNED = Release(
    "1.11.4",
    {
        "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
        "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
        "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
        "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
    },
)


def terraform_release(
    cache: Path | None = None,
    report: Callable[[str], None] = lambda line: None,
    *,
    release: Release = PINNED,
    on: str | None = None,
    timeout: float = TIMEOUT,
) -> Path:
    """The pinned binary, from `cache/terraform/VERSION/` or, once, from the mirror.

    `cache` is gitiam's folder for what can be fetched again (`~/.cache/gitiam`, XDG honoured);
    `report` is told, in a line each, what happens; `on` names the platform when it is not this.
    """
    binary = (cache or cache_dir()) / "terraform" / release.version / _MEMBER
    if _is_ready(binary):
        return binary
    on = on or this_platform()
    expected = release.sums.get(on)
    if expected is None:
        raise GitiamError(
            f"There is no pinned Terraform {release.version} for {on}",
            hint=f"Pinned are {', '.join(sorted(release.sums))}, or {_INSTALL}",
        )
    with _disk(binary.parent):
        binary.parent.mkdir(parents=True, exist_ok=True)
        with _alone(binary.parent) as folder:
            if not _is_ready(binary):  # another run may have brought it while this one waited
                archive = folder / release.file_name(on)
                url = f"{_mirror()}/{release.version}/{release.file_name(on)}"
                report(f"Fetching Terraform {release.version} for {on} from {url}")
                actual = _download(url, archive, report, timeout)
                _check(actual, expected, url)
                _unpack(archive, folder / _MEMBER).replace(binary)
                report(f"Terraform {release.version} is checked and lies at {binary}")
    return binary


def cache_dir() -> Path:
    """The folder of gitiam for what can be fetched again."""
    try:
        return cache_folder()
    except RuntimeError:
        raise GitiamError(
            "this user has no home, where a Terraform that is fetched could be kept",
            hint=f"Set HOME or XDG_CACHE_HOME, or {_INSTALL}",
        ) from None


def this_platform() -> str:
    """This machine in HashiCorp's words: `linux_amd64`."""
    machine = platform.machine().lower()
    known = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    return f"{sys.platform}_{known.get(machine, machine)}"


def _is_ready(binary: Path) -> bool:
    return binary.is_file() and os.access(binary, os.X_OK)


def _mirror() -> str:
    mirror = os.environ.get(MIRROR_VARIABLE, "").strip().rstrip("/")
    if "@" in mirror:
        raise GitiamError(
            f"{MIRROR_VARIABLE} holds a user name or password",
            hint="Name a mirror that needs none; gitiam would print the address",
        )
    _refuse_unsafe(mirror or DEFAULT_MIRROR)
    return mirror or DEFAULT_MIRROR


def _refuse_unsafe(url: str) -> None:
    """Only https, or http to this very machine, may bring a program."""
    try:
        parts = urlsplit(url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_local(parts.hostname))
        if safe and parts.hostname:
            return
    except ValueError:  # not an address at all
        pass
    raise GitiamError(
        f"Terraform is not fetched from {url}: neither https nor this machine",
        hint=f"Set {MIRROR_VARIABLE} to an https address, or {_INSTALL}",
    )


def _is_local(host: str | None) -> bool:
    """Whether a host is this machine; ValueError when it is some other name."""
    return host == "localhost" or ip_address(host or "").is_loopback


class _SafeRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        _refuse_unsafe(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(url: str, archive: Path, report: Callable[[str], None], timeout: float) -> str:
    """Write what the address serves to a file; return its SHA-256."""
    digest = hashlib.sha256()
    with archive.open("wb") as file:
        for chunk in _chunks(url, report, timeout):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _chunks(url: str, report: Callable[[str], None], timeout: float) -> Iterator[bytes]:
    with _network(url):
        # The default handlers stay: proxies from the environment, certificates of the system.
        response = build_opener(_SafeRedirects()).open(url, timeout=timeout)
    with response:
        announced = _number(response.headers.get("Content-Length"))
        done = tenths = 0
        while True:
            with _network(url):
                chunk = response.read(_CHUNK)
            if not chunk:
                break
            done += len(chunk)
            if max(done, announced) > MAX_ZIP:
                raise GitiamError(
                    f"{url} is larger than any Terraform release", hint=f"You can {_INSTALL}"
                )
            if announced and done * 10 // announced > tenths:
                tenths = done * 10 // announced
                report(f"Fetching Terraform: {tenths * 10} % of {announced / 1e6:.0f} MB")
            yield chunk
    if done < announced:
        raise GitiamError(f"{url} broke off after {done} of {announced} bytes", hint="Try again")


def _number(header: str | None) -> int:
    return int(header) if header and header.isdecimal() else 0


def _check(actual: str, expected: str, url: str) -> None:
    if actual != expected:
        raise GitiamError(
            f"What {url} serves is not the pinned Terraform: "
            f"its SHA-256 is {actual}, not {expected}; nothing was unpacked",
            hint=f"If {MIRROR_VARIABLE} is set, mend the mirror, or {_INSTALL}",
        )


def _unpack(archive: Path, target: Path) -> Path:
    """Take the one member that is wanted, to a name of ours: paths in the zip decide nothing."""
    try:
        with zipfile.ZipFile(archive) as bundle, bundle.open(_MEMBER) as source:
            _write(source, target)
    except KeyError:
        raise GitiamError(
            f"{archive.name} holds no file `{_MEMBER}`", hint=f"You can {_INSTALL}"
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise GitiamError(
            f"{archive.name} cannot be unpacked: {error}", hint=f"You can {_INSTALL}"
        ) from error
    target.chmod(0o755)
    return target


def _write(source: IO[bytes], target: Path) -> None:
    size = 0
    with target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > MAX_BINARY:
                raise zipfile.BadZipFile("the binary is far too large")
            file.write(chunk)
        os.fsync(file.fileno())


@contextmanager
def _alone(parent: Path) -> Iterator[Path]:
    """A folder to work in, for one run at a time; a run that is killed releases the lock."""
    folder = parent / ".partial"
    with (parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(folder, ignore_errors=True)  # what a killed run left
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _network(url: str) -> Iterator[None]:
    hint = f"Check the network and its proxies, name a mirror in {MIRROR_VARIABLE}, or {_INSTALL}"
    try:
        yield
    except HTTPError as error:
        raise GitiamError(f"{url} answers {error.code} {error.reason}", hint=hint) from error
    except (OSError, HTTPException) as error:  # URLError, TimeoutError and TLS's are OSErrors
        reason = str(getattr(error, "reason", "") or error) or type(error).__name__
        raise GitiamError(f"{url} cannot be fetched: {reason}", hint=hint) from error


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # `report`'s reader has gone: not the disk's fault
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise GitiamError(
            f"Terraform cannot be kept in {folder}: {error.strerror or error}",
            hint="Free 150 MB there, or name another folder in XDG_CACHE_HOME"
            if full
            else "Name a folder that can be written in XDG_CACHE_HOME",
        ) from error
