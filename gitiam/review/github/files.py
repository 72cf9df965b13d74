"""Files of a commit, read from GitHub as data: nothing is checked out."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Collection

from gitiam.errors import GitiamError
from gitiam.review.github.asking import asking
from gitiam.review.github.client import Hub

#: A pull request of more is looked at where it is checked out.
MOST = 50
_LARGEST = 1024 * 1024
_PLAIN = frozenset({"100644", "100755"})


def files_at(hub: Hub, commit: str, paths: Collection[str]) -> dict[str, bytes | None]:
    """What the files hold in this commit; None for those that are not there.

    GitiamError for what is no plain file, for too many files, and for one that is too large.
    """
    if len(paths) > MOST:
        raise GitiamError(f"{len(paths)} files are more than the {MOST} that are looked at here")
    with asking(f"list the files of {commit}"):
        tree = hub.repository.get_git_tree(commit, recursive=True)
        if tree.raw_data.get("truncated"):
            raise GitiamError("GitHub does not list all files of the repository")
        entries = {one.path: one for one in tree.tree if one.path in paths}
    found: dict[str, bytes | None] = {}
    for path in sorted(paths):
        entry = entries.get(path)
        if entry is None:
            found[path] = None
        elif entry.type != "blob" or entry.mode not in _PLAIN:
            raise GitiamError(f"{path} is a link or special file; only plain files are read")
        elif (entry.size or 0) > _LARGEST:
            raise GitiamError(f"{path} has more than {_LARGEST:,} bytes")
        else:
            found[path] = _blob(hub, path, entry.sha)
    return found


def _blob(hub: Hub, path: str, sha: str) -> bytes:
    with asking(f"read {path}"):
        blob = hub.repository.get_git_blob(sha)
        try:
            return b64decode(blob.content)
        except binascii.Error as error:
            raise ValueError(path) from error
