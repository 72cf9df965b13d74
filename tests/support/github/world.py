"""All that GitHub knows, and the rules that need more than one part of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.github.bare import Person, new_bare
from tests.support.github.forks import copied, follow, left_behind
from tests.support.github.state import ROLES, Pull, Repository, Team, Token, User

#: What a workflow's own token can be given. No organisation is among them: with that token nobody
#: can ask who is in a team.
_WORKFLOW = {"actions", "attestations", "checks", "contents", "deployments", "discussions"} | {
    "id-token",
    "issues",
    "packages",
    "pages",
    "pull-requests",
    "security-events",
    "statuses",
}
_ZEROS = "0" * 40


class World:
    """People, teams, tokens and repositories. Its clock goes on by a second for each write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.users: dict[str, User] = {}
        self.teams: dict[tuple[str, str], Team] = {}
        self.owners: set[tuple[str, str]] = set()
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[str, Repository] = {}
        self.numbers = count(1001)
        self.clock = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    @property
    def now(self) -> str:
        """The instant, as GitHub writes it."""
        return self.clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    def tick(self, seconds: int = 1) -> None:
        """Let time pass."""
        self.clock += timedelta(seconds=seconds)

    def user(self, login: str, kind: str = "User") -> User:
        """The person of that name, who comes to be when first named."""
        if login not in self.users:
            self.users[login] = User(login, next(self.numbers), kind, login.title())
        return self.users[login]

    def org(self, login: str, owners: Iterable[str] = ()) -> User:
        """An organisation with its owners."""
        self.owners |= {(login, self.user(owner).login) for owner in owners}
        return self.user(login, "Organization")

    def team(self, org: str, slug: str, members: Iterable[str] = ()) -> Team:
        """A team with these members."""
        self.org(org)
        team = self.teams.setdefault((org, slug), Team(org, slug, next(self.numbers)))
        team.members |= {self.user(member).login: "member" for member in members}
        return team

    def repository(
        self, full_name: str, files: Mapping[str, str | bytes] | None = None, private: bool = True
    ) -> Repository:
        """A new repository with these files in its first commit."""
        owner, _, name = full_name.partition("/")
        root = self.folder / owner / f"{name}.git"
        known = self.users.get(owner) or self.org(owner)
        made = Repository(known, name, next(self.numbers), new_bare(root), private, self.now)
        self.repositories[full_name.lower()] = made
        self.commit(made, "main", files or {"README.md": "An estate.\n"}, message="The estate")
        return made

    def fork(self, repository: Repository, login: str, name: str = "") -> Repository:
        """A person's copy of a repository, with its history and no rights in it."""
        made = copied(repository, self.user(login), next(self.numbers), self.folder, name, self.now)
        self.repositories[made.full_name.lower()] = made
        return made

    def delete(self, repository: Repository) -> None:
        """Take a repository away. What was proposed from it stays, from nowhere."""
        del self.repositories[repository.full_name.lower()]
        for other in self.repositories.values():
            left_behind(other, repository)

    def commit(
        self,
        repository: Repository,
        branch: str,
        files: Mapping[str, str | bytes | None],
        by: str = "alice",
        message: str = "Change",
        start: str | None = None,
    ) -> str:
        """Push a commit to a branch; a branch that is new starts at `start`, else at the default.

        None takes a file away. Returns the id.
        """
        git = repository.git
        self.tick()
        person = Person(by.title(), self.user(by).email, self.now)
        parent = git.resolved(f"heads/{branch}") or git.resolved(start or repository.default_branch)
        entries = [
            ("100644", path, None if text is None else git.new_blob(_bytes(text)))
            for path, text in files.items()
        ]
        tree = git.new_tree(parent, entries)
        sha = git.new_commit(tree, [parent] if parent else [], message, person, person)
        self.move(repository, f"refs/heads/{branch}", sha, self.user(by))
        return sha

    def move(self, repository: Repository, ref: str, sha: str | None, by: User) -> None:
        """Set or remove a reference, and remember who did. Pull requests follow."""
        git = repository.git
        before = git.refs(ref).get(ref)
        if before == sha:
            return
        git.set_ref(ref, sha)
        self._remember(repository, ref, before, sha, by)
        self.observe(repository)
        if repository.parent:
            self.observe(repository.parent)

    def observe(self, repository: Repository) -> None:
        """Take in what was pushed with git itself, and let open pull requests follow."""
        git = repository.git
        heads = git.refs("refs/heads/")
        for ref in sorted(repository.seen.keys() | heads.keys()):
            if heads.get(ref) != repository.seen.get(ref):
                sha = heads.get(ref)
                author = git.commit(sha).committer.email if sha else ""
                by = next((u for u in self.users.values() if u.email == author), repository.owner)
                self._remember(repository, ref, repository.seen.get(ref), sha, by)
        for issue in repository.pulls:
            if issue.pull and issue.state == "open":
                follow(repository, issue.number, issue.pull, heads, self.now)

    def _remember(
        self, repository: Repository, ref: str, before: str | None, sha: str | None, by: User
    ) -> None:
        if not ref.startswith("refs/heads/"):
            return
        repository.seen = repository.git.refs("refs/heads/")
        kind = "branch_creation" if not before else "push" if sha else "branch_deletion"
        if before and sha and not repository.git.is_ancestor(before, sha):
            kind = "force_push"
        entry: dict[str, Any] = {"id": next(self.numbers), "ref": ref, "activity_type": kind}
        entry |= {"before": before or _ZEROS, "after": sha or _ZEROS, "timestamp": self.now}
        repository.activity.append(entry | {"actor": by})

    def run(
        self,
        repository: Repository,
        workflow: str,
        event: str = "push",
        conclusion: str | None = "success",
        branch: str = "main",
        by: str = "alice",
    ) -> dict[str, Any]:
        """A workflow's run in the list of runs; without a conclusion it is still under way."""
        sha = repository.git.refs("refs/heads/")[f"refs/heads/{branch}"]
        entry: dict[str, Any] = {"id": next(self.numbers), "name": workflow, "event": event}
        entry |= {"path": f".github/workflows/{workflow}", "head_branch": branch, "head_sha": sha}
        entry |= {"status": "completed" if conclusion else "in_progress", "conclusion": conclusion}
        repository.runs.append(entry | {"created_at": self.now, "actor": self.user(by)})
        return repository.runs[-1]

    def token(self, login: str) -> str:
        """A token of a person's, with all of that person's rights."""
        return self._enter(Token(f"ghp_{login}", self.user(login)))

    def workflow_token(
        self,
        repository: Repository,
        permissions: Mapping[str, str],
        pull: Pull | None = None,
    ) -> str:
        """The token that a workflow's run is given, with what its `permissions:` says.

        It only reads where it runs for a pull request from a fork. ValueError for a permission that
        no workflow can have.
        """
        if pull and (pull.fork or pull.fork_gone):
            permissions = dict.fromkeys(permissions.keys() - {"id-token"}, "read")
        if unknown := permissions.keys() - _WORKFLOW:
            raise ValueError(f"no workflow can have {', '.join(sorted(unknown))}")
        return self.app_token(repository, permissions, "github-actions")

    def app_token(
        self, repository: Repository, permissions: Mapping[str, str], app: str = "gitiam"
    ) -> str:
        """The token of an app that was installed in a repository."""
        held = {name.replace("-", "_"): level for name, level in permissions.items()}
        user = self.user(f"{app}[bot]", "Bot")
        text = f"ghs_{app}_{next(self.numbers)}"
        return self._enter(Token(text, user, held, repository.full_name))

    def _enter(self, token: Token) -> str:
        self.tokens[token.text] = token
        return token.text

    def role(self, user: User, repository: Repository) -> str:
        """What a person may do in a repository: the most that any way gives."""
        org = repository.owner.login
        if user.gone or user.suspended:
            return "none"
        given = [repository.collaborators.get(user.login, "none")]
        given += [
            role
            for slug, role in repository.teams.items()
            if (org, slug) in self.teams and user.login in self.teams[org, slug].members
        ]
        if user.login == org or (org, user.login) in self.owners:
            given.append("admin")
        if not repository.private:
            given.append("read")
        return max(given, key=ROLES.index)

    def members(self, org: str) -> Collection[str]:
        """Everybody in an organisation."""
        found = {login for name, login in self.owners if name == org}
        return found.union(*(t.members for t in self.teams.values() if t.org == org))


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
