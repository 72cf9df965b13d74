"""What every test stands on: an environment without anybody's own settings, and hypothesis."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Whatever would reach a real account, a real network or a real repository, or change what is
# printed. It happens at import, so that no module under test can have read it before.
_PREFIXES = ("AWS_", "TF_", "GITIAM_", "GITHUB_", "GH_", "GIT_", "ACTIONS_", "RUNNER_")
_NAMES = {
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "XDG_CONFIG_HOME"),
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"),
}
for _name in list(os.environ):
    if _name.upper().startswith(_PREFIXES) or _name.upper() in _NAMES:
        del os.environ[_name]

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
    GIT_CONFIG_GLOBAL=os.devnull,
    GIT_CONFIG_SYSTEM=os.devnull,
)

# The provider's package is hashed once for all processes of a run, and never for another run. What
# else is remembered lies with each estate.
_OWN = {"XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state"}
if "PYTEST_XDIST_WORKER" not in os.environ:
    _HOME = Path(tempfile.mkdtemp(prefix="gitiam-home-"))
    os.environ.update({name: str(_HOME / folder) for name, folder in _OWN.items()})


def pytest_configure() -> None:
    """The key is made before two processes can make one each."""
    from gitiam.sync.store.seal import own_key

    own_key(create=True)


def pytest_unconfigure() -> None:
    """Whoever made the home takes it away."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(_HOME, ignore_errors=True)


# In the background, as under `nohup`, these are ignored, and so they would be by every process that
# a test starts and interrupts.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No example is timed: the machine may be busy. In CI the same examples run every time.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """A command that ran in this process must not keep the signals."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)
