"""Blobs, trees, commits and references: what a robot needs to write a commit."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import Any

from tests.support.github import git_shapes
from tests.support.github.bare import GitFailed, Person
from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, not_found
from tests.support.github.protection import CLOSED, is_closed
from tests.support.github.routes import Book
from tests.support.github.shapes import node, repository_url

answers = Book()

_GIT = "/repos/{owner}/{repo}/git"
_READ, _WRITE = "contents:read", "contents:write"


def _object(call: Call, sha: str, kind: str) -> str:
    """The id, if there is such an object. 404 otherwise."""
    if call.repository.git.kind(sha) != kind or sha.startswith("-"):
        raise not_found()
    return call.repository.git.text("rev-parse", "--verify", sha)


def _url(call: Call, kind: str, sha: str) -> str:
    return f"{repository_url(call, call.repository)}/git/{kind}s/{sha}"


@answers("POST", f"{_GIT}/blobs", _WRITE, role="write")
def create_blob(call: Call) -> Answer:
    text = call.body["content"]
    try:
        coded = call.body.get("encoding") == "base64"
        data = b64decode(text) if coded else text.encode("utf-8", "surrogatepass")
    except (binascii.Error, ValueError):
        raise Refused(422, "content is not valid Base64") from None
    sha = call.repository.git.new_blob(data)
    return Answer(201, {"sha": sha, "url": _url(call, "blob", sha)})


@answers("GET", f"{_GIT}/blobs/{{file_sha}}", _READ)
def blob(call: Call) -> Answer:
    sha = _object(call, call.values["file_sha"], "blob")
    data = call.repository.git.blob(sha)
    said = {"sha": sha, "node_id": node("Blob", sha), "url": _url(call, "blob", sha)}
    text = b64encode(data).decode()
    return Answer(200, said | {"size": len(data), "encoding": "base64", "content": text})


@answers("POST", f"{_GIT}/trees", _WRITE, role="write")
def create_tree(call: Call) -> Answer:
    git, base = call.repository.git, call.body.get("base_tree")
    if base and git.resolved(base, "tree") is None:
        raise Refused(422, "base_tree is not a valid tree oid")
    entries = [_entry(call, one) for one in call.body["tree"]]
    try:
        sha = git.new_tree(base, entries)
    except GitFailed:
        raise Refused(422, "tree.path contains a malformed path component") from None
    return Answer(201, _tree(call, sha))


def _entry(call: Call, one: dict[str, Any]) -> tuple[str, str, str | None]:
    git, path = call.repository.git, str(one.get("path", ""))
    if not path or "\0" in path or "\n" in path:
        raise Refused(422, "tree.path contains a malformed path component")
    mode, sha = one.get("mode", "100644"), one.get("sha")
    if "content" in one:
        return mode, path, git.new_blob(one["content"].encode("utf-8", "surrogatepass"))
    kind = {"040000": "tree", "160000": "commit"}.get(mode, "blob")
    if sha and (mode == "040000" or git.kind(sha) != kind):
        raise Refused(422, f"tree.sha {sha} is not a valid {kind}")
    return mode, path, sha


def _tree(call: Call, sha: str, *options: str) -> dict[str, Any]:
    git, entries = call.repository.git, []
    for mode, kind, own, path in git.tree(sha, *options):
        one = {"path": path, "mode": mode, "type": kind, "sha": own, "url": _url(call, kind, own)}
        if kind == "blob":
            one["size"] = len(git.blob(own))  # type: ignore[assignment]
        entries.append(one)
    return {"sha": sha, "url": _url(call, "tree", sha), "tree": entries, "truncated": False}


@answers("GET", f"{_GIT}/trees/{{tree_sha}}", _READ)
def tree(call: Call) -> Answer:
    """Of a tree, or of the tree of a commit or branch."""
    if (sha := call.repository.git.resolved(call.values["tree_sha"], "tree")) is None:
        raise not_found()
    deep = ("-r", "-t") if call.asked("recursive") else ()
    return Answer(200, _tree(call, sha, *deep))


@answers("POST", f"{_GIT}/commits", _WRITE, role="write")
def create_commit(call: Call) -> Answer:
    git, body = call.repository.git, call.body
    if git.kind(body["tree"]) != "tree":
        raise Refused(422, "Tree SHA does not exist")
    parents = body.get("parents") or []
    if any(git.kind(sha) != "commit" for sha in parents):
        raise Refused(422, "Parent SHA does not exist or is not a commit object")
    author = _person(call, body.get("author"))
    committer = _person(call, body.get("committer") or body.get("author"))
    try:
        sha = git.new_commit(body["tree"], parents, body["message"], author, committer)
    except (GitFailed, ValueError):
        raise Refused(422, "The commit could not be written") from None
    return Answer(201, git_shapes.git_commit(call, call.repository, git.commit(sha)))


def _person(call: Call, given: dict[str, Any] | None) -> Person:
    said, user = given or {}, call.user
    now = call.world.now
    return Person(said.get("name", user.name), said.get("email", user.email), said.get("date", now))


@answers("GET", f"{_GIT}/commits/{{commit_sha}}", _READ)
def commit(call: Call) -> Answer:
    sha = _object(call, call.values["commit_sha"], "commit")
    git = call.repository.git
    return Answer(200, git_shapes.git_commit(call, call.repository, git.commit(sha)))


@answers("GET", f"{_GIT}/ref/{{ref}}", _READ)
def ref(call: Call) -> Answer:
    name = f"refs/{call.values['ref']}"
    return Answer(200, git_shapes.reference(call, call.repository, name, _sha_of(call, name)))


@answers("GET", f"{_GIT}/matching-refs/{{ref}}", _READ)
def matching(call: Call) -> Answer:
    it, start = call.repository, f"refs/{call.values['ref']}"
    found = sorted(it.git.refs().items())
    shown = [git_shapes.reference(call, it, *one) for one in found if one[0].startswith(start)]
    return Answer(200, shown)


@answers("POST", f"{_GIT}/refs", _WRITE, role="write")
def create_ref(call: Call) -> Answer:
    git, name, sha = call.repository.git, str(call.body["ref"]), str(call.body["sha"])
    if not name.startswith("refs/") or name.count("/") < 2 or not _is_good(call, name):
        raise Refused(422, f"{name} is not a valid ref name.")
    if name in git.refs():
        raise Refused(422, "Reference already exists")
    if git.kind(sha) is None or (name.startswith("refs/heads/") and git.kind(sha) != "commit"):
        raise Refused(422, "Object does not exist")
    _move(call, name, sha)
    return Answer(201, git_shapes.reference(call, call.repository, name, sha))


def _is_good(call: Call, name: str) -> bool:
    try:
        call.repository.git("check-ref-format", name)
    except (GitFailed, ValueError):
        return False
    return not name.startswith("refs/pull/")


def _move(call: Call, name: str, sha: str | None) -> None:
    """A reference in whose way another stands is refused, as git refuses it."""
    if is_closed(call, name):
        raise Refused(422, CLOSED)
    try:
        call.world.move(call.repository, name, sha, call.user)
    except GitFailed:
        raise Refused(422, "Reference update failed") from None


def _sha_of(call: Call, name: str) -> str:
    """The id that a reference has. 404 where there is no such reference."""
    if (sha := call.repository.git.refs().get(name)) is None:
        raise not_found()
    return sha


@answers("PATCH", f"{_GIT}/refs/{{ref}}", _WRITE, role="write")
def update_ref(call: Call) -> Answer:
    it, sha = call.repository, str(call.body["sha"])
    name = f"refs/{call.values['ref']}"
    before = it.git.refs().get(name)
    if before is None:
        raise Refused(422, "Reference does not exist")
    if it.git.kind(sha) != "commit":
        raise Refused(422, "Object does not exist")
    if not call.body.get("force") and not it.git.is_ancestor(before, sha):
        raise Refused(422, "Update is not a fast forward")
    _move(call, name, sha)
    return Answer(200, git_shapes.reference(call, it, name, sha))


@answers("DELETE", f"{_GIT}/refs/{{ref}}", _WRITE, role="write")
def delete_ref(call: Call) -> Answer:
    name = f"refs/{call.values['ref']}"
    if name not in call.repository.git.refs():
        raise Refused(422, "Reference does not exist")
    _move(call, name, None)
    return Answer(204)
