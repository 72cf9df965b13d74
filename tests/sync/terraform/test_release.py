"""The pinned Terraform: fetched from a real HTTP server on this machine, checked, kept."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gitiam.errors import GitiamError
from gitiam.sync.terraform import release as module
from gitiam.sync.terraform.release import (
    DEFAULT_MIRROR,
    MIRROR_VARIABLE,
    PINNED,
    Release,
    cache_dir,
    terraform_release,
    this_platform,
)

BINARY = b"#!/bin/sh\necho Terraform v9.9.9\n" + b"\0" * 2**20
ZIP_PATH = "/9.9.9/terraform_9.9.9_linux_amd64.zip"


def archive(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members:
            bundle.writestr(name, content)
    return buffer.getvalue()


GOOD = archive(("LICENSE.txt", b"read me"), ("terraform", BINARY))


def pinned(content: bytes) -> Release:
    return Release("9.9.9", {"linux_amd64": hashlib.sha256(content).hexdigest()})


class Mirror(ThreadingHTTPServer):
    """Serves what a test lays in `files`; remembers what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.cut_at: int | None = None
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if target := self.server.redirects.get(self.path):
            self.send_response(302)
            self.send_header("Location", target)
            self.end_headers()
            return
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: self.server.cut_at])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.files[ZIP_PATH] = GOOD
        monkeypatch.setenv(MIRROR_VARIABLE, server.url + "/")
        yield server
        server.shutdown()
        thread.join()


def fetch(cache: Path, release: Release | None = None, **more: object) -> Path:
    return terraform_release(
        cache,
        release=release or pinned(GOOD),
        on="linux_amd64",
        **more,  # type: ignore[arg-type]
    )


def nothing_kept(cache: Path) -> bool:
    return not any(p for p in cache.rglob("*") if p.is_file() and p.name != ".lock")


def test_it_is_fetched_checked_unpacked_and_made_executable(mirror: Mirror, tmp_path: Path) -> None:
    lines: list[str] = []
    binary = fetch(tmp_path, report=lines.append)
    assert binary == tmp_path / "terraform" / "9.9.9" / "terraform"
    assert binary.read_bytes() == BINARY
    assert binary.stat().st_mode & 0o777 == 0o755
    assert sorted(p.name for p in binary.parent.iterdir()) == [".lock", "terraform"]
    assert lines[0].startswith("Fetching Terraform 9.9.9 for linux_amd64 from http://127.0.0.1:")
    assert any("100 %" in line for line in lines)
    assert str(binary) in lines[-1]


def test_the_second_time_nothing_is_asked(mirror: Mirror, tmp_path: Path) -> None:
    first = fetch(tmp_path)
    assert fetch(tmp_path) == first
    assert mirror.asked == [ZIP_PATH]


def test_two_at_once_fetch_one(mirror: Mirror, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        binaries = {f.result() for f in [pool.submit(fetch, tmp_path) for _ in range(4)]}
    assert len(binaries) == 1
    assert binaries.pop().read_bytes() == BINARY
    assert mirror.asked == [ZIP_PATH]


def test_what_a_killed_run_left_is_swept(mirror: Mirror, tmp_path: Path) -> None:
    partial = tmp_path / "terraform" / "9.9.9" / ".partial"
    partial.mkdir(parents=True)
    (partial / "terraform").write_bytes(b"half")
    assert fetch(tmp_path).read_bytes() == BINARY
    assert not partial.exists()


def test_another_sum_is_refused_and_both_are_named(mirror: Mirror, tmp_path: Path) -> None:
    wanted = pinned(b"what the maker published")
    with pytest.raises(GitiamError) as caught:
        fetch(tmp_path, wanted)
    assert wanted.sums["linux_amd64"] in caught.value.message
    assert hashlib.sha256(GOOD).hexdigest() in caught.value.message
    assert nothing_kept(tmp_path)


def test_a_download_that_breaks_off_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    mirror.cut_at = 1000
    with pytest.raises(GitiamError, match=r"broke off after 1000 of \d+ bytes"):
        fetch(tmp_path)
    assert nothing_kept(tmp_path)


def test_a_missing_file_says_404_and_what_to_do(mirror: Mirror, tmp_path: Path) -> None:
    mirror.files.clear()
    with pytest.raises(GitiamError, match="answers 404") as caught:
        fetch(tmp_path)
    assert MIRROR_VARIABLE in (caught.value.hint or "")


def test_no_server_is_an_expected_error(mirror: Mirror, tmp_path: Path) -> None:
    mirror.shutdown()
    mirror.server_close()
    with pytest.raises(GitiamError, match="cannot be fetched"):
        fetch(tmp_path)


def test_a_redirect_on_this_machine_is_followed(mirror: Mirror, tmp_path: Path) -> None:
    mirror.files["/elsewhere.zip"] = mirror.files.pop(ZIP_PATH)
    mirror.redirects[ZIP_PATH] = f"http://localhost:{mirror.server_port}/elsewhere.zip"
    assert fetch(tmp_path).read_bytes() == BINARY


@pytest.mark.parametrize(
    "target", ["http://192.0.2.1/terraform.zip", "ftp://127.0.0.1/terraform.zip"]
)
def test_a_redirect_to_an_unsafe_place_is_refused(
    mirror: Mirror, tmp_path: Path, target: str
) -> None:
    mirror.redirects[ZIP_PATH] = target
    with pytest.raises(GitiamError, match="neither https nor this machine"):
        fetch(tmp_path)
    assert nothing_kept(tmp_path)


@pytest.mark.parametrize(
    "address",
    ["http://192.0.2.1/terraform", "file:///tmp", "ftp://127.0.0.1", "http://[::1", "nonsense"],
)
def test_an_unsafe_mirror_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, address)
    with pytest.raises(GitiamError, match="neither https nor this machine"):
        fetch(tmp_path)


def test_a_mirror_with_a_password_is_refused_without_printing_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, "https://me:hunter2@192.0.2.1/terraform")
    with pytest.raises(GitiamError) as caught:
        fetch(tmp_path)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(archive(("README", b"")), "holds no file `terraform`", id="no-member"),
        pytest.param(archive(("../terraform", BINARY)), "holds no file", id="only-traversal"),
        pytest.param(b"not a zip", "cannot be unpacked", id="no-zip"),
        pytest.param(GOOD[: len(GOOD) // 2], "cannot be unpacked", id="half-a-zip"),
    ],
)
def test_a_zip_that_is_none_is_refused(
    mirror: Mirror, tmp_path: Path, content: bytes, message: str
) -> None:
    mirror.files[ZIP_PATH] = content
    with pytest.raises(GitiamError, match=message):
        fetch(tmp_path, pinned(content))
    assert nothing_kept(tmp_path)


def test_paths_in_the_zip_decide_nothing(mirror: Mirror, tmp_path: Path) -> None:
    content = archive(
        ("../../../escaped", b"x"), ("/escaped", b"x"), ("..\\escaped", b"x"), ("terraform", BINARY)
    )
    mirror.files[ZIP_PATH] = content
    assert fetch(tmp_path / "cache", pinned(content)).read_bytes() == BINARY
    kept = sorted(p.name for p in tmp_path.rglob("*") if p.is_file())
    assert kept == [".lock", "terraform"]


@pytest.mark.parametrize(("limit", "size"), [("MAX_ZIP", 100), ("MAX_BINARY", 1000)])
def test_what_is_far_too_large_is_refused(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, size: int
) -> None:
    monkeypatch.setattr(module, limit, size)
    with pytest.raises(GitiamError, match=r"larger than|too large"):
        fetch(tmp_path)
    assert nothing_kept(tmp_path)


def test_a_platform_without_a_pin_is_named(tmp_path: Path) -> None:
    with pytest.raises(GitiamError, match=r"no pinned Terraform 1\.11\.4 for plan9_mips") as caught:
        terraform_release(tmp_path, on="plan9_mips")
    assert "darwin_arm64" in (caught.value.hint or "")


def test_a_folder_that_cannot_be_written_is_an_expected_error(
    mirror: Mirror, tmp_path: Path
) -> None:
    (tmp_path / "terraform").write_text("a file where the folder should be")
    with pytest.raises(GitiamError, match="cannot be kept") as caught:
        fetch(tmp_path)
    assert "XDG_CACHE_HOME" in (caught.value.hint or "")


def test_a_full_disk_says_so(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write", full)
    with pytest.raises(GitiamError, match="No space left on device") as caught:
        fetch(tmp_path)
    assert "150 MB" in (caught.value.hint or "")
    assert nothing_kept(tmp_path)


def test_the_cache_is_where_xdg_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "gitiam"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_dir() == Path.home() / ".cache" / "gitiam"


def test_a_user_without_a_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(GitiamError, match="has no home") as caught:
        cache_dir()
    assert "XDG_CACHE_HOME" in str(caught.value.hint)


def test_the_pins_are_whole() -> None:
    assert DEFAULT_MIRROR.startswith("https://")
    assert set(PINNED.sums) == {f"{s}_{m}" for s in ("linux", "darwin") for m in ("amd64", "arm64")}
    assert all(len(bytes.fromhex(sum_)) == 32 for sum_ in PINNED.sums.values())
    assert len(set(PINNED.sums.values())) == len(PINNED.sums)
    assert this_platform().split("_")[0] in {"linux", "darwin"}
