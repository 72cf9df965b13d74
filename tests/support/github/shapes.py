"""How GitHub writes people, teams, repositories, issues and comments."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from tests.support.github.call import Call
from tests.support.github.state import (
    LEGACY,
    Comment,
    Issue,
    Reaction,
    Repository,
    Team,
    User,
    at_least,
)

WEB = "https://github.example"

_USER = ("followers", "organizations", "repos", "subscriptions", "received_events")
_USER_TEMPLATES = {
    "events_url": "events{/privacy}",
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "starred_url": "starred{/owner}{/repo}",
}
#: The addresses in a repository that end in a template.
_TEMPLATES = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "statuses_url": "statuses/{sha}",
    "trees_url": "git/trees{/sha}",
}
_PLAIN = (
    *("contributors", "deployments", "downloads", "events", "forks", "hooks", "languages"),
    *("merges", "stargazers", "subscribers", "subscription", "tags", "teams"),
)
_NUMBERS = ("forks", "forks_count", "open_issues_count", "size", "stargazers_count", "watchers")
_SWITCHES = ("has_projects", "has_wiki", "has_pages", "has_discussions", "archived", "disabled")


def node(kind: str, number: object) -> str:
    """The other id that everything has."""
    return b64encode(f"{kind}:{number}".encode()).decode()


def user(call: Call, who: User) -> dict[str, Any]:
    """A person in short."""
    base = f"{call.url}/users/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node("User", who.id),
        "avatar_url": f"{WEB}/avatars/{who.id}",
        "gravatar_id": "",
        "url": base,
        "html_url": f"{WEB}/{who.login}",
        "type": who.kind,
        "site_admin": False,
        **{f"{name}_url": f"{base}/{name}" for name in _USER},
        **{name: f"{base}/{rest}" for name, rest in _USER_TEMPLATES.items()},
    }


def maybe_user(call: Call, who: User | None) -> dict[str, Any] | None:
    """The same, where there may be nobody, or nobody any more."""
    return user(call, who) if who and not who.gone else None


def full_user(call: Call, who: User) -> dict[str, Any]:
    """A person's page."""
    nothing = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location"))
    numbers = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
    dates = dict.fromkeys(("created_at", "updated_at"), "2025-01-01T00:00:00Z")
    return user(call, who) | nothing | numbers | dates | {"name": who.name, "blog": ""}


def team(call: Call, it: Team, permission: str = "pull") -> dict[str, Any]:
    """A team in short."""
    org = call.world.org(it.org)
    base = f"{call.url}/organizations/{org.id}/team/{it.id}"
    return {
        "id": it.id,
        "node_id": node("Team", it.id),
        "url": base,
        "html_url": f"{WEB}/orgs/{it.org}/teams/{it.slug}",
        "members_url": base + "/members{/member}",
        "repositories_url": f"{base}/repos",
        "name": it.slug,
        "slug": it.slug,
        "description": None,
        "permission": permission,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "parent": None,
        "type": "organization",
        "organization_id": org.id,
    }


def permissions(role: str) -> dict[str, bool]:
    """What a role allows, in GitHub's older words."""
    words = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain"}
    return {word: at_least(role, least) for word, least in words.items()} | {
        "admin": role == "admin"
    }


def legacy(role: str) -> str:
    """The role in the word that older answers have."""
    return LEGACY.get(role, role)


def repository_url(call: Call, it: Repository) -> str:
    """Where the API has a repository."""
    return f"{call.url}/repos/{it.full_name}"


def repository(call: Call, it: Repository) -> dict[str, Any]:
    """A repository at full length; the short forms of it may say more than they must."""
    base, page = repository_url(call, it), f"{WEB}/{it.full_name}"
    opened = sum(issue.state == "open" for issue in it.issues.values())
    return {
        "id": it.id,
        "node_id": node("Repository", it.id),
        "name": it.name,
        "full_name": it.full_name,
        "owner": user(call, it.owner),
        "private": it.private,
        "visibility": "private" if it.private else "public",
        "html_url": page,
        "url": base,
        "description": None,
        "fork": it.parent is not None,
        "default_branch": it.default_branch,
        "clone_url": f"{page}.git",
        "git_url": f"git://github.example/{it.full_name}.git",
        "ssh_url": f"git@github.example:{it.full_name}.git",
        "svn_url": page,
        **dict.fromkeys(("mirror_url", "homepage", "language", "license")),
        **dict.fromkeys(_NUMBERS, 0),
        **dict.fromkeys(("watchers_count", "network_count", "subscribers_count"), 0),
        **dict.fromkeys(_SWITCHES, False),
        "has_issues": True,
        "has_downloads": False,
        "open_issues": opened,
        "open_issues_count": opened,
        "pushed_at": it.created,
        "created_at": it.created,
        "updated_at": it.created,
        "permissions": permissions(call.world.role(call.token.user, it) if call.token else "read"),
        **{f"{name}_url": f"{base}/{name}" for name in _PLAIN},
        **{name: f"{base}/{rest}" for name, rest in _TEMPLATES.items()},
    }


def association(call: Call, it: Repository, who: User) -> str:
    """What somebody is to a repository."""
    if who.login == it.owner.login:
        return "OWNER"
    if who.login in call.world.members(it.owner.login):
        return "MEMBER"
    if who.login in it.collaborators:
        return "COLLABORATOR"
    merged = (one.user.login for one in it.pulls if one.pull and one.pull.merged)
    return "CONTRIBUTOR" if who.login in merged else "NONE"


def label(call: Call, it: Repository, name: str) -> dict[str, Any]:
    """A label."""
    said = it.labels.get(name, {"id": 0, "color": "ededed", "description": None})
    url = f"{repository_url(call, it)}/labels/{name}"
    return {
        **{"name": name, "url": url, "default": False, "node_id": node("Label", said["id"])},
        **said,
    }


def issue(call: Call, it: Repository, one: Issue) -> dict[str, Any]:
    """An issue, or a pull request as an issue."""
    base = f"{repository_url(call, it)}/issues/{one.number}"
    kind = "pull" if one.pull else "issues"
    page = f"{WEB}/{it.full_name}/{kind}/{one.number}"
    said: dict[str, Any] = {
        "id": one.id,
        "node_id": node("Issue", one.id),
        "number": one.number,
        "title": one.title,
        "body": one.body,
        "state": one.state,
        "state_reason": one.state_reason,
        "user": maybe_user(call, one.user),
        "labels": [label(call, it, name) for name in one.labels],
        "assignee": maybe_user(call, one.assignees[0] if one.assignees else None),
        "assignees": [user(call, who) for who in one.assignees],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": sum(c.issue == one.number for c in it.comments.values()),
        "created_at": one.created,
        "updated_at": one.updated,
        "closed_at": one.closed,
        "closed_by": maybe_user(call, one.closed_by),
        "author_association": association(call, it, one.user),
        "url": base,
        "repository_url": repository_url(call, it),
        "html_url": page,
        "labels_url": base + "/labels{/name}",
        **{f"{name}_url": f"{base}/{name}" for name in ("comments", "events", "timeline")},
    }
    if one.pull:
        pull = f"{repository_url(call, it)}/pulls/{one.number}"
        links = {"url": pull, "html_url": page, "diff_url": f"{page}.diff"}
        said["pull_request"] = links | {"patch_url": f"{page}.patch", "merged_at": one.pull.merged}
        said["draft"] = one.pull.draft
    return said


def comment(call: Call, it: Repository, one: Comment) -> dict[str, Any]:
    """A comment on an issue or a pull request."""
    base = f"{repository_url(call, it)}/issues"
    kind = "pull" if it.issues[one.issue].pull else "issues"
    return {
        "id": one.id,
        "node_id": node("IssueComment", one.id),
        "body": one.body,
        "user": maybe_user(call, one.user),
        "created_at": one.created,
        "updated_at": one.updated,
        "author_association": association(call, it, one.user),
        "url": f"{base}/comments/{one.id}",
        "issue_url": f"{base}/{one.issue}",
        "html_url": f"{WEB}/{it.full_name}/{kind}/{one.issue}#issuecomment-{one.id}",
    }


def reaction(call: Call, one: Reaction) -> dict[str, Any]:
    """A reaction."""
    return {
        "id": one.id,
        "node_id": node("Reaction", one.id),
        "user": maybe_user(call, one.user),
        "content": one.content,
        "created_at": one.created,
    }
