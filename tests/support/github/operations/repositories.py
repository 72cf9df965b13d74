"""Repositories, their branches, and who may do what in them."""

from __future__ import annotations

import re
from typing import Any

from tests.support.github import shapes
from tests.support.github.call import Call
from tests.support.github.git_shapes import commit
from tests.support.github.messages import Answer, Refused, not_found
from tests.support.github.routes import Book
from tests.support.github.state import Protection

answers = Book()


@answers("GET", "/repos/{owner}/{repo}", "metadata:read")
def repository(call: Call) -> Answer:
    return Answer(200, shapes.repository(call, call.repository))


@answers("POST", "/repos/{owner}/{repo}/forks", "administration:write")
def fork(call: Call) -> Answer:
    """A person's second fork of the same repository is the first."""
    for one in call.world.repositories.values():
        if one.parent is call.repository and one.owner == call.user:
            return Answer(202, shapes.repository(call, one))
    login, name = call.user.login, str(call.body.get("name") or call.repository.name)
    if (
        not re.fullmatch(r"[\w.-]{1,100}", name)
        or f"{login}/{name}".lower() in call.world.repositories
    ):
        raise Refused(422, "Validation Failed")
    return Answer(202, shapes.repository(call, call.world.fork(call.repository, login, name)))


@answers("GET", "/repos/{owner}/{repo}/collaborators", "metadata:read", role="write")
def collaborators(call: Call) -> Answer:
    world, it = call.world, call.repository
    logins = it.collaborators.keys() | world.members(it.owner.login)
    roles = {login: world.role(world.user(login), it) for login in sorted(logins)}
    return call.page(
        [
            shapes.user(call, world.user(login))
            | {"role_name": role, "permissions": shapes.permissions(role)}
            for login, role in roles.items()
            if role != "none"
        ]
    )


@answers("GET", "/repos/{owner}/{repo}/collaborators/{username}", "metadata:read", role="write")
def is_collaborator(call: Call) -> Answer:
    user = call.world.users.get(call.values["username"])
    it = call.repository
    if user is None or not (
        user.login in it.collaborators or user.login in call.world.members(it.owner.login)
    ):
        raise not_found()
    return Answer(204)


@answers(
    "GET",
    "/repos/{owner}/{repo}/collaborators/{username}/permission",
    "metadata:read",
    role="write",
)
def permission(call: Call) -> Answer:
    login = call.values["username"]
    if (user := call.world.users.get(login)) is None or user.gone:
        raise Refused(404, f"{login} is not a user")
    role = call.world.role(user, call.repository)
    who = shapes.user(call, user) | {"role_name": role, "permissions": shapes.permissions(role)}
    return Answer(200, {"permission": shapes.legacy(role), "role_name": role, "user": who})


@answers("GET", "/repos/{owner}/{repo}/teams", "administration:read", role="admin")
def teams(call: Call) -> Answer:
    words = {"read": "pull", "write": "push"}
    org = call.repository.owner.login
    return call.page(
        [
            shapes.team(call, call.world.teams[org, slug], words.get(role, role))
            for slug, role in sorted(call.repository.teams.items())
        ]
    )


@answers("GET", "/repos/{owner}/{repo}/branches", "contents:read")
def branches(call: Call) -> Answer:
    base = f"{shapes.repository_url(call, call.repository)}/commits"
    heads = call.repository.git.refs("refs/heads/")
    return call.page(
        [
            {
                "name": name.removeprefix("refs/heads/"),
                "commit": {"sha": sha, "url": f"{base}/{sha}"},
                "protected": name.removeprefix("refs/heads/") in call.repository.protections,
            }
            for name, sha in heads.items()
        ]
    )


@answers("GET", "/repos/{owner}/{repo}/branches/{branch}", "contents:read")
def branch(call: Call) -> Answer:
    it, name = call.repository, call.values["branch"]
    sha = it.git.refs(f"refs/heads/{name}").get(f"refs/heads/{name}")
    if sha is None:
        raise Refused(404, "Branch not found")
    url = f"{shapes.repository_url(call, it)}/branches/{name}"
    rule = it.protections.get(name)
    checks = _required(rule or Protection()) | {"enforcement_level": "everyone" if rule else "off"}
    page = f"{shapes.WEB}/{it.full_name}/tree/{name}"
    return Answer(
        200,
        {
            "name": name,
            "commit": commit(call, it, it.git.commit(sha)),
            "_links": {"self": url, "html": page},
            "protected": rule is not None,
            "protection": {"enabled": rule is not None, "required_status_checks": checks},
            "protection_url": f"{url}/protection",
        },
    )


def _required(rule: Protection) -> dict[str, Any]:
    checks = [{"context": context, "app_id": None} for context in rule.contexts]
    return {"contexts": list(rule.contexts), "checks": checks}


@answers(
    "GET",
    "/repos/{owner}/{repo}/branches/{branch}/protection",
    "administration:read",
    role="admin",
)
def protection(call: Call) -> Answer:
    it, name = call.repository, call.values["branch"]
    if f"refs/heads/{name}" not in it.git.refs("refs/heads/"):
        raise Refused(404, "Branch not found")
    if (rule := it.protections.get(name)) is None:
        raise Refused(404, "Branch not protected")
    base = f"{shapes.repository_url(call, it)}/branches/{name}/protection"
    said: dict[str, Any] = {
        "url": base,
        "enforce_admins": {"url": f"{base}/enforce_admins", "enabled": rule.admins},
        "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False},
    }
    if rule.contexts:
        said["required_status_checks"] = _required(rule) | {"strict": rule.strict}
    if rule.approvals or rule.code_owners or rule.last_push:
        said["required_pull_request_reviews"] = {
            "url": f"{base}/required_pull_request_reviews",
            "dismiss_stale_reviews": rule.dismiss_stale,
            "require_code_owner_reviews": rule.code_owners,
            "required_approving_review_count": rule.approvals,
            "require_last_push_approval": rule.last_push,
        }
    return Answer(200, said)


@answers("GET", "/repos/{owner}/{repo}/activity", "contents:read")
def activity(call: Call) -> Answer:
    """Who pushed what: newest first. Only this tells who pushed last to a branch."""
    ref = call.asked("ref")
    wanted = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
    return call.page(
        [
            _told(call, entry)
            for entry in reversed(call.repository.activity)
            if not ref or entry["ref"] == wanted
        ]
    )


def _told(call: Call, entry: dict[str, Any]) -> dict[str, Any]:
    actor = shapes.user(call, entry["actor"])
    return entry | {"actor": actor, "node_id": shapes.node("Push", entry["id"])}
