"""Pull requests: opened, asked to be reviewed, merged."""

from __future__ import annotations

import re

from tests.support.github import git_shapes, shapes
from tests.support.github.bare import Person
from tests.support.github.call import Call
from tests.support.github.forks import brought
from tests.support.github.messages import Answer, Refused, invalid, not_found, unprocessable
from tests.support.github.operations.issues import set_state
from tests.support.github.protection import hindrances
from tests.support.github.pull_shapes import full_pull, head_side, short_pull
from tests.support.github.routes import Book
from tests.support.github.state import Issue, Pull, Repository

answers = Book()

_PULLS = "/repos/{owner}/{repo}/pulls"
_PULL = _PULLS + "/{pull_number}"
_READ, _WRITE = "pull_requests:read", "pull_requests:write"
#: The usual one of GitHub's words by which a merge closes an issue.
_CLOSES = re.compile(r"\bcloses #(\d+)", re.IGNORECASE)


@answers("GET", _PULLS, _READ)
def pulls(call: Call) -> Answer:
    it, state, base = call.repository, call.asked("state", "open"), call.asked("base")
    head = call.asked("head")
    head = head if ":" in head or not head else f"{it.owner.login}:{head}"
    found = [
        short_pull(call, it, issue, issue.pull)
        for issue in it.pulls
        if issue.pull
        and state in ("all", issue.state)
        and base in ("", issue.pull.base_ref)
        and head in ("", head_side(call, it, issue, issue.pull)["label"])
    ]
    newest_first = call.asked("direction", "desc" if call.asked("sort") != "long-running" else "")
    return call.page(found[::-1] if newest_first == "desc" else found)


@answers("POST", _PULLS, _WRITE)
def create(call: Call) -> Answer:
    it, world, body = call.repository, call.world, call.body
    owner, _, head_ref = f"{it.owner.login}:{body['head']}".rpartition(":")
    owner, base_ref = owner.rpartition(":")[2], str(body["base"])
    fork = None if owner == it.owner.login else _fork(call, owner)
    theirs, ours = (fork or it).git.refs("refs/heads/"), it.git.refs("refs/heads/")
    for field, ref, heads in (("head", head_ref, theirs), ("base", base_ref, ours)):
        if f"refs/heads/{ref}" not in heads:
            raise invalid("PullRequest", field, code="invalid")
    head, base = theirs[f"refs/heads/{head_ref}"], ours[f"refs/heads/{base_ref}"]
    if fork:
        brought(it, fork, head_ref)
    if it.git.is_ancestor(head, base):
        message = f"No commits between {base_ref} and {head_ref}"
        raise invalid("PullRequest", "head", message)
    for issue in it.pulls:
        pull = issue.pull
        if (
            pull
            and issue.state == "open"
            and (pull.head_ref, pull.base_ref) == (head_ref, base_ref)
            and pull.fork is fork
        ):
            message = f"A pull request already exists for {owner}:{head_ref}."
            raise invalid("PullRequest", "head", message)
    if not body.get("title"):
        raise invalid("PullRequest", "title", code="missing_field")
    text = call.text("PullRequest") or None
    pull = Pull(next(world.numbers), base_ref, head_ref, head, base, bool(body.get("draft")))
    pull.fork = fork
    numbers = next(world.numbers), len(it.issues) + 1
    issue = Issue(*numbers, call.user, str(body["title"]), text, world.now, world.now, pull=pull)
    it.issues[issue.number] = issue
    world.observe(it)
    return Answer(201, full_pull(call, it, issue, pull))


def _fork(call: Call, owner: str) -> Repository:
    """The fork of this repository that somebody has. 422 where there is none."""
    for one in call.world.repositories.values():
        if one.parent is call.repository and one.owner.login == owner:
            return one
    raise invalid("PullRequest", "head", code="invalid")


@answers("GET", _PULL, _READ)
def get(call: Call) -> Answer:
    """As JSON, or as git's own diff where `Accept` asks for that."""
    issue, pull = call.pull()
    if ".diff" in call.request.headers.get("accept", ""):
        diff = call.repository.git.text("diff", f"{pull.base}...{pull.head}") + "\n"
        return Answer(200, diff, content_type="application/vnd.github.diff; charset=utf-8")
    return Answer(200, full_pull(call, call.repository, issue, pull))


@answers("PATCH", _PULL, _WRITE)
def update(call: Call) -> Answer:
    issue, pull = call.pull()
    body, text = call.body, call.text("PullRequest")
    if body.get("title"):
        issue.title = str(body["title"])
    if "body" in body:
        issue.body = text or None
    if body.get("base"):
        if call.repository.git.resolved(f"heads/{body['base']}") is None:
            raise invalid("PullRequest", "base", code="invalid")
        if pull.base_ref != body["base"]:
            pull.redirected.append((call.world.now, call.user))
        pull.base_ref = str(body["base"])
    if body.get("state"):
        set_state(call, issue, body["state"])
    issue.updated = call.world.now
    call.world.observe(call.repository)
    return Answer(200, full_pull(call, call.repository, issue, pull))


@answers("GET", f"{_PULL}/files", _READ)
def files(call: Call) -> Answer:
    """At most 3,000 files, as GitHub has it: whoever needs all of them asks git."""
    _, pull = call.pull()
    it = call.repository
    start = it.git.merge_base(pull.base, pull.head) or pull.base
    changes = it.git.changes(start, pull.head)[:3000]
    return call.page([git_shapes.change(call, it, one, pull.head) for one in changes])


@answers("GET", f"{_PULL}/commits", _READ)
def commits(call: Call) -> Answer:
    """Oldest first, and at most 250."""
    _, pull = call.pull()
    it = call.repository
    found = it.git.commits("--reverse", f"{pull.base}..{pull.head}")[:250]
    return call.page([git_shapes.commit(call, it, one) for one in found])


@answers("GET", f"{_PULL}/requested_reviewers", _READ)
def requested(call: Call) -> Answer:
    _, pull = call.pull()
    teams = [shapes.team(call, team) for team in pull.teams]
    return Answer(200, {"users": [shapes.user(call, u) for u in pull.reviewers], "teams": teams})


@answers("POST", f"{_PULL}/requested_reviewers", _WRITE, role="write")
def request_review(call: Call) -> Answer:
    issue, pull = call.pull()
    world, it = call.world, call.repository
    users = [world.users.get(login) for login in call.body.get("reviewers") or []]
    slugs = [(it.owner.login, slug) for slug in call.body.get("team_reviewers") or []]
    if issue.user in users:
        raise unprocessable("Review cannot be requested from pull request author.")
    if not all(user and world.role(user, it) != "none" for user in users):
        raise unprocessable(
            "Reviews may only be requested from collaborators. One or more of the users or teams"
            f" you specified is not a collaborator of the {it.full_name} repository."
        )
    if not all(slug in world.teams for slug in slugs):
        raise unprocessable("Could not resolve to a node with the global id of a team.")
    pull.reviewers += [user for user in users if user and user not in pull.reviewers]
    asked = [world.teams[slug] for slug in slugs]
    pull.teams += [team for team in asked if team not in pull.teams]
    return Answer(201, short_pull(call, it, issue, pull))


@answers("DELETE", f"{_PULL}/requested_reviewers", _WRITE, role="write")
def withdraw_request(call: Call) -> Answer:
    issue, pull = call.pull()
    logins, slugs = call.body.get("reviewers") or [], call.body.get("team_reviewers") or []
    pull.reviewers = [user for user in pull.reviewers if user.login not in logins]
    pull.teams = [team for team in pull.teams if team.slug not in slugs]
    return Answer(200, short_pull(call, call.repository, issue, pull))


@answers("GET", f"{_PULL}/merge", _READ)
def is_merged(call: Call) -> Answer:
    if not call.pull()[1].merged:
        raise not_found()
    return Answer(204)


@answers("PUT", f"{_PULL}/merge", "contents:write", role="write")
def merge(call: Call) -> Answer:
    """405 where it cannot be merged; 409 where the head is not the one that was looked at."""
    issue, pull = call.pull()
    it, body = call.repository, call.body
    wanted = body.get("sha")
    if issue.state != "open" or pull.draft:
        raise Refused(405, "Pull Request is not mergeable")
    if wanted and wanted != pull.head:
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    if (tree := it.git.merged_tree(pull.base, pull.head)) is None:
        raise Refused(405, "Pull Request has merge conflicts")
    rule = it.protections.get(pull.base_ref)
    admin = call.world.role(call.user, it) == "admin"
    wrong = hindrances(call, it, issue, pull)
    if rule and wrong and (rule.admins or not admin):
        raise Refused(405, wrong[0])
    method = body.get("merge_method", "merge")
    if method == "rebase":
        raise Refused(405, "Rebase merges are not allowed on this repository.")
    title = body.get("commit_title") or _title((pull.fork or it).owner.login, issue, pull, method)
    who = Person(call.user.name, call.user.email, call.world.now)
    parents = [pull.base, pull.head] if method == "merge" else [pull.base]
    message = f"{title}\n\n{body.get('commit_message') or issue.title}"
    sha = it.git.new_commit(tree, parents, message, who, who)
    set_state(call, issue, "closed")
    pull.merged, pull.merged_by, pull.merge_sha = call.world.now, call.user, sha
    call.world.move(it, f"refs/heads/{pull.base_ref}", sha, call.user)
    for number in map(int, _CLOSES.findall(issue.body or "")):
        if number in it.issues:
            set_state(call, it.issues[number], "closed")
    done = {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
    return Answer(200, done)


def _title(owner: str, issue: Issue, pull: Pull, method: str) -> str:
    if method == "squash":
        return f"{issue.title} (#{issue.number})"
    return f"Merge pull request #{issue.number} from {owner}/{pull.head_ref}"
