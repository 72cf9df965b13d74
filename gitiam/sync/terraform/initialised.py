"""`terraform init`, run once where its result is known.

A Terraform that attaches to a host installs nothing: its `init` only notes where the state lies.
For states in a folder that note differs by one path from module to module, so all but the first
get a copy of what Terraform itself has written. It is Terraform that reads it again: one that does
not take it for its own asks for an `init`, and gets it.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

#: What Terraform says when it has not been initialised, or otherwise.
NEEDED = "Backend initialization required"
_NOTE = Path(".terraform") / "terraform.tfstate"


class LocalNotes:
    """What `init` has noted of a state in a folder, for all modules of a run."""

    def __init__(self) -> None:
        self._note: dict[str, Any] | None = None
        self._lock = threading.Lock()

    def remember(self, folder: Path, state: Path) -> None:
        """Keep what `init` has just written in this module's folder, if it is what is expected."""
        try:
            note = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
            is_known = note["backend"]["type"] == "local"
            is_known = is_known and note["backend"]["config"]["path"] == str(state)
        except (OSError, ValueError, KeyError, TypeError):
            return
        if is_known:
            with self._lock:
                self._note = note

    def write(self, folder: Path, state: Path) -> bool:
        """Do as `init` would in this module's folder; False where that is not known yet."""
        with self._lock:
            note = json.loads(json.dumps(self._note))
        if note is None:
            return False
        note["backend"]["config"]["path"] = str(state)
        file = folder / _NOTE
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(note), encoding="utf-8")
        return True

    def forget(self) -> None:
        """Terraform does not take it: `init` has to be run."""
        with self._lock:
            self._note = None
