"""What this machine refuses - a full disk, a program of another kind - and what to do about it."""

from __future__ import annotations

import errno
import platform

from gitiam.errors import GitiamError

_HINTS = {
    errno.ENOSPC: "Free some space there, or set TMPDIR to where there is some",
    errno.EDQUOT: "Your share of this disk is used up: free some, or set TMPDIR",
    errno.EROFS: "Make it writable, or set TMPDIR, or another folder in `store` of gitiam.yaml",
    errno.EMFILE: "Raise `ulimit -n`, or use fewer --jobs",
    errno.ENFILE: "The whole machine has too many files open: use fewer --jobs",
    errno.ENOMEM: "Use fewer --jobs, or give the machine more memory",
    errno.EAGAIN: "There is no room for another process: use fewer --jobs, or raise `ulimit -u`",
    errno.EIO: "The disk fails; look at the machine's log",
    errno.EACCES: "Give yourself the right to it",
    errno.EPERM: "Give yourself the right to it",
    errno.ENOTDIR: "There is a file where a folder is needed: move it away",
}


def machine_hint(error: OSError) -> str:
    """What to do about it; to look at the store's folder where nothing better is known."""
    return _HINTS.get(error.errno or 0, "See `store` in gitiam.yaml")


def machine_error(error: OSError) -> GitiamError:
    """An error of the operating system as one sentence, with what to do where that is known."""
    where = f"{error.filename}: " if error.filename else ""
    said = error.strerror or str(error)
    return GitiamError(f"this machine: {where}{said}", hint=_HINTS.get(error.errno or 0))


def is_of_the_machine(error: OSError) -> bool:
    """Whether it is the machine's state that was in the way, and not a mistake in gitiam."""
    return error.errno in {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM),
    }


def cannot_start(program: str, error: OSError | ValueError) -> GitiamError:
    """A program that does not start at all."""
    if isinstance(error, ValueError):
        return GitiamError(
            f"{program} cannot be started: {error}",
            hint="A name that it is to be told, or a variable of the environment, has a character"
            " that none may have",
        )
    hints = {
        errno.ENOEXEC: "It is for another kind of machine (this one is"
        f" {platform.system()} {platform.machine()}), or no program",
        errno.EACCES: f"Make it executable: chmod +x {program}",
        errno.ENOENT: "It, or the interpreter that it names, is not there",
    }
    hint = hints.get(error.errno or 0) or _HINTS.get(error.errno or 0)
    return GitiamError(f"{program} cannot be started: {error.strerror}", hint=hint)
