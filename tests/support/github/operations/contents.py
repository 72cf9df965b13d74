"""Files, read and written one by one."""

from __future__ import annotations

import binascii
from base64 import b64decode

from tests.support.github import git_shapes
from tests.support.github.bare import Person
from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, not_found
from tests.support.github.protection import CLOSED, is_closed
from tests.support.github.routes import Book
from tests.support.github.state import Repository

answers = Book()

_CONTENTS = "/repos/{owner}/{repo}/contents/{path}"


def _entry(it: Repository, commit: str, path: str) -> tuple[str, str, str] | None:
    """(mode, kind, id) of a path in a commit."""
    for mode, kind, sha, name in it.git.tree(commit, "--full-tree", "-r", "-t"):
        if name == path:
            return mode, kind, sha
    return None


@answers("GET", _CONTENTS, "contents:read")
def get(call: Call) -> Answer:
    """A file, a list for a folder, or the bytes where `Accept` asks for them."""
    it, path = call.repository, call.values["path"].strip("/")
    ref = call.asked("ref") or it.default_branch
    if (commit := it.git.resolved(ref)) is None:
        raise Refused(404, f"No commit found for the ref {ref}")
    kind, sha = "tree", it.git.commit(commit).tree
    if path:
        if (entry := _entry(it, commit, path)) is None:
            raise not_found()
        _, kind, sha = entry
    if kind == "blob":
        if "raw" in call.request.headers.get("accept", ""):
            text = it.git.blob(sha).decode("utf-8", "surrogateescape")
            return Answer(200, text, content_type="application/vnd.github.raw; charset=utf-8")
        return Answer(200, git_shapes.content(call, it, path, ref, sha, kind))
    inside = f"{path}/" if path else ""
    return Answer(
        200,
        [
            git_shapes.content(call, it, inside + name, ref, own, of, full=False)
            for _, of, own, name in it.git.tree(sha)
        ],
    )


@answers("PUT", _CONTENTS, "contents:write", role="write")
def put(call: Call) -> Answer:
    """409 where the file is no longer the one that was read, 422 where none was said to be."""
    it, path = call.repository, call.values["path"].strip("/")
    try:
        data = b64decode(call.body["content"], validate=False)
    except (binascii.Error, ValueError):
        raise Refused(422, "content is not valid Base64") from None
    branch, head, old = _at(call, path)
    given = call.body.get("sha")
    if old and not given:
        raise Refused(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if given and given != old:
        raise Refused(409, f"{path} does not match {given}")
    blob = it.git.new_blob(data)
    sha = _committed(call, branch, head, [("100644", path, blob)])
    content = git_shapes.content(call, it, path, branch, blob, "blob", full=False)
    commit = git_shapes.git_commit(call, it, it.git.commit(sha))
    return Answer(200 if old else 201, {"content": content, "commit": commit})


@answers("DELETE", _CONTENTS, "contents:write", role="write")
def delete(call: Call) -> Answer:
    it, path = call.repository, call.values["path"].strip("/")
    branch, head, old = _at(call, path)
    if old is None:
        raise not_found()
    if call.body["sha"] != old:
        raise Refused(409, f"{path} does not match {call.body['sha']}")
    sha = _committed(call, branch, head, [("100644", path, None)])
    commit = git_shapes.git_commit(call, it, it.git.commit(sha))
    return Answer(200, {"content": None, "commit": commit})


def _at(call: Call, path: str) -> tuple[str, str, str | None]:
    """The branch that is meant, its commit, and the file's id there."""
    it = call.repository
    branch = call.body.get("branch") or it.default_branch
    if (head := it.git.resolved(f"heads/{branch}")) is None:
        raise Refused(404, f"Branch {branch} not found")
    entry = _entry(it, head, path)
    if not path or (entry and entry[1] != "blob") or not _is_plain(path):
        raise Refused(422, "path contains a malformed path component")
    return branch, head, entry[2] if entry else None


def _is_plain(path: str) -> bool:
    return not {"", ".", "..", ".git"} & set(path.lower().split("/")) and "\0" not in path


def _committed(
    call: Call, branch: str, head: str, entries: list[tuple[str, str, str | None]]
) -> str:
    it, user = call.repository, call.user
    if is_closed(call, f"refs/heads/{branch}"):
        raise Refused(409, f"Could not update file: {CLOSED}")
    who = Person(user.name, user.email, call.world.now)
    tree = it.git.new_tree(head, entries)
    sha = it.git.new_commit(tree, [head], str(call.body["message"]), who, who)
    call.world.move(it, f"refs/heads/{branch}", sha, user)
    return sha
