"""Snapshots of live IAM that an earlier crawl wrote, read for a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitiam.config import Account
    from gitiam.snapshot import Snapshot, Unread


def read_snapshots(folder: Path, accounts: Sequence[Account]) -> Mapping[str, Snapshot | Unread]:
    """What an earlier crawl wrote; a file that is absent or wrong is an account that is unread."""
    from gitiam.load.snapshots import SnapshotError, read_snapshot
    from gitiam.snapshot import Unread

    found: dict[str, Snapshot | Unread] = {}
    for account in accounts:
        file = folder / f"{account.name}.json"
        try:
            read = read_snapshot(file)
        except FileNotFoundError:
            read = Unread(account.name, f"there is no {file}; `gitiam crawl` writes it")
        except OSError as error:
            read = Unread(account.name, f"{file} cannot be read: {error.strerror}")
        except SnapshotError as error:
            read = Unread(account.name, f"{file} is no snapshot: {error}")
        if read.account != account.name:
            read = Unread(account.name, f"{file} is the snapshot of {read.account}")
        found[account.name] = read
    return found
