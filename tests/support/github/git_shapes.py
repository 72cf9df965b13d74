"""How GitHub writes commits, files, trees and references."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import quote

from tests.support.github.bare import Change, Commit, Person
from tests.support.github.call import Call
from tests.support.github.shapes import WEB, maybe_user, node, repository_url
from tests.support.github.state import Repository, User

_UNSIGNED = {"verified": False, "reason": "unsigned"} | dict.fromkeys(
    ("signature", "payload", "verified_at")
)


def _person(who: Person) -> dict[str, str]:
    return {"name": who.name, "email": who.email, "date": who.date}


def _known(call: Call, who: Person) -> User | None:
    """The person whose address it is; null where nobody on GitHub has it."""
    return next((user for user in call.world.users.values() if who.email in user.emails), None)


def _parents(base: str, page: str, one: Commit) -> list[dict[str, str]]:
    return [
        {"sha": sha, "url": f"{base}/{sha}", "html_url": f"{page}/commit/{sha}"}
        for sha in one.parents
    ]


def commit(call: Call, it: Repository, one: Commit) -> dict[str, Any]:
    """A commit with the people on GitHub who made it."""
    base, page = f"{repository_url(call, it)}", f"{WEB}/{it.full_name}"
    return {
        "sha": one.sha,
        "node_id": node("Commit", one.sha),
        "url": f"{base}/commits/{one.sha}",
        "html_url": f"{page}/commit/{one.sha}",
        "comments_url": f"{base}/commits/{one.sha}/comments",
        "author": maybe_user(call, _known(call, one.author)),
        "committer": maybe_user(call, _known(call, one.committer)),
        "parents": _parents(f"{base}/commits", page, one),
        "commit": {
            "message": one.message,
            "author": _person(one.author),
            "committer": _person(one.committer),
            "tree": {"sha": one.tree, "url": f"{base}/git/trees/{one.tree}"},
            "url": f"{base}/git/commits/{one.sha}",
            "comment_count": 0,
            "verification": _UNSIGNED,
        },
    }


def git_commit(call: Call, it: Repository, one: Commit) -> dict[str, Any]:
    """A commit as git has it."""
    base, page = f"{repository_url(call, it)}/git", f"{WEB}/{it.full_name}"
    return {
        "sha": one.sha,
        "node_id": node("Commit", one.sha),
        "url": f"{base}/commits/{one.sha}",
        "html_url": f"{page}/commit/{one.sha}",
        "author": _person(one.author),
        "committer": _person(one.committer),
        "message": one.message,
        "tree": {"sha": one.tree, "url": f"{base}/trees/{one.tree}"},
        "parents": _parents(f"{base}/commits", page, one),
        "verification": _UNSIGNED,
    }


def change(call: Call, it: Repository, one: Change, head: str) -> dict[str, Any]:
    """A file that differs."""
    base, page = repository_url(call, it), f"{WEB}/{it.full_name}"
    name = quote(one.name)
    said: dict[str, Any] = {
        "sha": one.blob,
        "filename": one.name,
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{page}/blob/{head}/{name}",
        "raw_url": f"{page}/raw/{head}/{name}",
        "contents_url": f"{base}/contents/{name}?ref={head}",
    }
    said |= {"patch": one.patch} if one.patch else {}
    return said | ({"previous_filename": one.before} if one.before else {})


def reference(call: Call, it: Repository, name: str, sha: str) -> dict[str, Any]:
    """A branch or tag, as git has it."""
    base = f"{repository_url(call, it)}/git"
    kind = it.git.kind(sha) or "commit"
    return {
        "ref": name,
        "node_id": node("Ref", name),
        "url": f"{base}/{quote(name)}",
        "object": {"type": kind, "sha": sha, "url": f"{base}/{kind}s/{sha}"},
    }


def content(
    call: Call, it: Repository, path: str, ref: str, sha: str, kind: str, full: bool = True
) -> dict[str, Any]:
    """A file or folder at a path; a file comes with what is in it where `full` is set."""
    base, page = repository_url(call, it), f"{WEB}/{it.full_name}"
    of = {"blob": "file", "tree": "dir", "commit": "submodule"}[kind]
    at = quote(path)
    html = f"{page}/{kind}/{ref}/{at}"
    url, git = f"{base}/contents/{at}?ref={quote(ref)}", f"{base}/git/{kind}s/{sha}"
    data = it.git.blob(sha) if kind == "blob" else b""
    said: dict[str, Any] = {
        "type": of,
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": sha,
        "size": len(data),
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": f"{page}/raw/{ref}/{at}" if kind == "blob" else None,
        "_links": {"self": url, "git": git, "html": html},
    }
    if full and kind == "blob":
        # Beyond a mebibyte GitHub sends no content here, and says so by the encoding.
        large = len(data) > 1 << 20
        text = "" if large else b64encode(data).decode()
        said |= {"encoding": "none" if large else "base64", "content": text}
    return said
