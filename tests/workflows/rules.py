"""What the workflows promise and no linter knows: each rule takes a workflow and names offences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

CHECKOUT = "actions/checkout"
HEAD = "head"  # the folder with the data of a pull request
BEFORE = "before"  # and the one with the same of the main branch
#: What a workflow, or a job of it, may besides an OIDC token; all others may write nothing.
_BY_WORDS = frozenset(
    (scope, "write") for scope in ("contents", "pull-requests", "issues", "actions")
)
WRITES = {
    "pull-request.yml": frozenset(
        {("pull-requests", "write"), ("statuses", "write"), ("security-events", "write")}
    ),
    "apply.yml apply": frozenset({("pull-requests", "read")}),
    "apply.yml report": frozenset({("issues", "write"), ("pull-requests", "write")}),
    "request.yml": _BY_WORDS,
    "command.yml": _BY_WORDS,
    "nightly.yml expire": frozenset({("pull-requests", "read")}),
    "nightly.yml tell": frozenset({("issues", "write"), ("pull-requests", "write")}),
    "nightly.yml tidy": frozenset(
        {("actions", "write"), ("contents", "write"), ("pull-requests", "write")}
    ),
}
#: The one that is started by pull requests and comes from the main branch all the same.
TRUSTED = "pull-request.yml"
#: The one that comments start.
ORDERED = "command.yml"
#: The commit that an earlier job of the run found at the tip of main.
SEEN = "${{ needs.pending.outputs.commit }}"
#: The one environment whose secrets a workflow of the main branch may see.
ENVIRONMENT = "gitiam"
#: An app's key by which one sees who is in a team, and nothing else: in a job that AWS trusts an
#: environment would change the subject that it is trusted by.
UNGUARDED = {"secrets.GITIAM_APP_KEY"}
_PINNED = re.compile(r"uses: +[\w.-]+/[\w./-]+@[0-9a-f]{40} +# v\d+\.\d+\.\d+$")
_INSTALLS = re.compile(r"\b(pip|uv|npm|make|setup\.py)\b")


@dataclass(frozen=True)
class Workflow:
    """One file: its name, its text and what YAML makes of it."""

    name: str
    text: str

    @property
    def data(self) -> dict[Any, Any]:
        """The mapping; `on:` is there as True, for YAML 1.1 takes it for a boolean."""
        loaded = yaml.safe_load(self.text)
        assert isinstance(loaded, dict)
        return loaded

    @property
    def triggers(self) -> set[str]:
        """The events that start it."""
        on = self.data[True]
        return {on} if isinstance(on, str) else set(on)

    @property
    def jobs(self) -> dict[str, Any]:
        """The jobs by their id."""
        return dict(self.data["jobs"])

    def steps(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each step with a name to find it by."""
        for job_id, job in self.jobs.items():
            for number, step in enumerate(job["steps"], 1):
                yield f"{job_id}, step {number}", step

    def checkouts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The `with:` of each checkout."""
        for where, step in self.steps():
            if step.get("uses", "").startswith(CHECKOUT):
                yield where, step.get("with") or {}


def is_pinned_tool(options: dict[str, Any]) -> bool:
    """Whether a checkout brings gitiam itself, at a commit that nobody can move."""
    return (
        set(options) == {"repository", "ref", "path", "persist-credentials"}
        and options["path"] == "tool"
        and re.fullmatch(r"[\w-]+/[\w.-]+", str(options["repository"])) is not None
        and re.fullmatch(r"[0-9a-f]{40}", str(options["ref"])) is not None
    )


Rule = Callable[[Workflow], Iterator[str]]


def unpinned_action(workflow: Workflow) -> Iterator[str]:
    """Each `uses:` names a whole commit, and in a comment the version that it is."""
    for line in workflow.text.splitlines():
        if re.match(r"\s*(- )?uses:", line) and not _PINNED.search(line):
            yield line.strip()


def broad_permissions(workflow: Workflow) -> Iterator[str]:
    """Nothing at the top; in each job what it needs. Who can become a role writes nothing."""
    if workflow.data.get("permissions") != {}:
        yield "the top-level permissions are not {}"
    for job_id, job in workflow.jobs.items():
        permissions = job.get("permissions")
        if not isinstance(permissions, dict):
            yield f"{job_id} does not say its permissions"
            continue
        for scope, level in permissions.items():
            allowed = WRITES.get(workflow.name) or WRITES.get(f"{workflow.name} {job_id}") or ()
            if (scope, level) not in {("contents", "read"), ("id-token", "write"), *allowed}:
                yield f"{job_id} has {scope}: {level}"
        if "id-token" in permissions and list(permissions.values()).count("write") > 1:
            yield f"{job_id} has the keys and the pen"


def no_timeout(workflow: Workflow) -> Iterator[str]:
    """A job that hangs ends all the same."""
    for job_id, job in workflow.jobs.items():
        if not isinstance(job.get("timeout-minutes"), int):
            yield job_id


def expression_in_script(workflow: Workflow) -> Iterator[str]:
    """What GitHub fills in may be an attacker's: it reaches a script through `env:` alone."""
    for where, step in workflow.steps():
        if "${{" in step.get("run", ""):
            yield where


def persisted_credentials(workflow: Workflow) -> Iterator[str]:
    """A checkout leaves no token behind for what runs after it."""
    for where, options in workflow.checkouts():
        if options.get("persist-credentials") is not False:
            yield where


def dangerous_trigger(workflow: Workflow) -> Iterator[str]:
    """These run with the secrets of the repository on behalf of strangers.

    For the one that tells of pull requests they are what keeps it theirs; `pull_request_as_code`
    holds that it takes nothing but data from them. A comment may start what has no secret, and
    only what begins as an order, by a person.
    """
    started = workflow.triggers & {"pull_request_target", "workflow_run", "issue_comment"}
    yield from sorted(
        started
        - ({"pull_request_target", "workflow_run"} if _is_trusted(workflow) else set())
        - ({"issue_comment"} if workflow.name == ORDERED else set())
    )
    if workflow.name == ORDERED:
        yield from re.findall(r"\bsecrets\b.*", workflow.text)
        for job_id, job in workflow.jobs.items():
            for part in ("startsWith(github.event.comment.body, '/gitiam')", "user.type == 'User'"):
                if part not in job.get("if", "") or "||" in job.get("if", ""):
                    yield f"{job_id} runs without {part}"


def _is_trusted(workflow: Workflow) -> bool:
    return workflow.name == TRUSTED and "pull_request" not in workflow.triggers


def words_of_strangers(workflow: Workflow) -> Iterator[str]:
    """What people write in issues and comments stands in no expression but a condition of a job.

    It is in the file of the event, for the tool alone; and where it is looked at, nothing of a
    pull request is checked out, and there is no way to AWS.
    """
    if not workflow.triggers & {"issues", "issue_comment"}:
        return
    for line in workflow.text.splitlines():
        inside = re.findall(r"\$\{\{(.*?)\}\}", line)
        if any(re.search(r"github\.event\b(?!\.issue\.number\b)|toJSON", one) for one in inside):
            yield line.strip()
    for job_id, job in workflow.jobs.items():
        if "id-token" in (job.get("permissions") or {}):
            yield f"{job_id} can become a role"
        if "vars.GITIAM_ESTATE == github.repository" not in job.get("if", ""):
            yield f"{job_id} runs in copies"
    for where, options in workflow.checkouts():
        if options.get("ref") != "refs/heads/main" and not is_pinned_tool(options):
            yield f"{where} checks out {options.get('ref')}"


def secret_on_pull_request(workflow: Workflow) -> Iterator[str]:
    """What comes from a pull request gets no secret, in whatever spelling.

    What comes from the main branch gets those of the one environment, each by its name.
    """
    if workflow.triggers & {"pull_request", "pull_request_review"}:
        yield from re.findall(r"\bsecrets\b.*", workflow.text)
    for job_id, job in workflow.jobs.items():
        named = [str(part) for part in _expressions(job) if "secrets" in part]
        guarded = [one for one in named if one.strip() not in UNGUARDED]
        if guarded and job.get("environment") != ENVIRONMENT:
            yield f"{job_id} sees secrets outside of {ENVIRONMENT}"
        yield from (one for one in named if not re.fullmatch(r"\s*secrets\.GITIAM_\w+\s*", one))


def _expressions(part: Any) -> Iterator[str]:
    """What stands in `${{ }}` anywhere below."""
    if isinstance(part, dict):
        part = [*part.values()]
    if isinstance(part, list):
        for one in part:
            yield from _expressions(one)
    elif isinstance(part, str):
        yield from re.findall(r"\$\{\{(.*?)\}\}", part)


def credentials_for_forks(workflow: Workflow) -> Iterator[str]:
    """On a pull request, an OIDC token is for branches of this very repository alone."""
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    safe = f"&& (github.event_name != 'pull_request_target' || {own})"
    if not workflow.triggers & {"pull_request", "pull_request_target"}:
        return
    for job_id, job in workflow.jobs.items():
        condition = " ".join(job.get("if", "").split())
        gets_token = "id-token" in (job.get("permissions") or {})
        rest = condition.removesuffix(safe)
        if gets_token and (own not in condition or "||" in rest):
            yield job_id


def cancelled_apply(workflow: Workflow) -> Iterator[str]:
    """What applies waits in one queue, and is neither cancelled nor dropped."""
    expected = {"group": "gitiam-estate", "queue": "max", "cancel-in-progress": False}
    if (
        any("gitiam apply" in step.get("run", "") for _, step in workflow.steps())
        and workflow.data.get("concurrency") != expected
    ):
        yield f"concurrency is not {expected}"


def apply_elsewhere(workflow: Workflow) -> Iterator[str]:
    """Only the tip of main is applied, and only in the estate's own repository."""
    if not any("gitiam apply" in step.get("run", "") for _, step in workflow.steps()):
        return
    for job_id, job in workflow.jobs.items():
        if "id-token" not in job["permissions"]:
            continue
        condition = job.get("if", "")
        for part in ("vars.GITIAM_ESTATE == github.repository", "github.ref == 'refs/heads/main'"):
            if part not in condition or "||" in condition:
                yield f"{job_id} runs without {part}"
        for step in job["steps"]:
            options = step.get("with") or {}
            if not step.get("uses", "").startswith(CHECKOUT) or is_pinned_tool(options):
                continue
            seen = options.get("ref") == SEEN and _sees_the_tip(workflow, job)
            if options.get("ref") != "refs/heads/main" and not seen:
                yield f"{job_id} checks out {options.get('ref')}"
    started = {name for name in workflow.triggers if name.startswith("pull_request")}
    if started and "gitiam apply" in workflow.text:
        yield "a pull request applies"


def _sees_the_tip(workflow: Workflow, job: dict[str, Any]) -> bool:
    """Whether the commit is what the job before found at the tip, in this very attempt."""
    before = workflow.jobs.get("pending", {"steps": [], "outputs": {}})
    tips = [
        (step.get("with") or {}).get("ref")
        for step in before["steps"]
        if step.get("uses", "").startswith(CHECKOUT) and not is_pinned_tool(step.get("with") or {})
    ]
    told = before["outputs"]
    looks = [step for step in before["steps"] if step.get("id") == "look"]
    first = job["steps"][0]
    return (
        job.get("needs") == "pending"
        and tips == ["refs/heads/main"]
        and told.get("commit") == "${{ steps.look.outputs.commit }}"
        and told.get("attempt") == "${{ github.run_attempt }}"
        and any('"$(git rev-parse HEAD)" "$shards"' in step["run"] for step in looks)
        and first.get("env") == {"SEEN": "${{ needs.pending.outputs.attempt }}"}
        and first.get("run") == 'test "$SEEN" = "$GITHUB_RUN_ATTEMPT"'
    )


def pull_request_as_code(workflow: Workflow) -> Iterator[str]:
    """Where credentials or the tool itself meet a pull request, that one is data and no more.

    It is checked out after the last installation, into a folder of its own, of which only
    `requests/` is there; scripts know it as `$REQUESTS`, the argument of `--requests`, alone.
    """
    started = workflow.triggers & {"pull_request", "pull_request_target"}
    if not started or "gitiam " not in workflow.text:
        return
    for job_id, job in workflow.jobs.items():
        head_is_there = False
        for number, step in enumerate(job["steps"], 1):
            where = f"{job_id}, step {number}"
            options, run = step.get("with") or {}, step.get("run", "")
            if step.get("uses", "").startswith(CHECKOUT) and not is_pinned_tool(options):
                if options.get("path") in (HEAD, BEFORE):
                    head_is_there = True
                    if options.get("sparse-checkout") != "/requests/":
                        yield f"{where} takes more than requests/"
                elif options.get("ref") != "refs/heads/main":
                    yield f"{where} checks out something else than the main branch"
            yield from (f"{where} {what}" for what in _uses_as_code(step, run, head_is_there))


def _uses_as_code(step: dict[str, Any], run: str, head_is_there: bool) -> Iterator[str]:
    if head_is_there and _INSTALLS.search(run):
        yield "installs after the pull request is there"
    if step.get("uses", "").startswith("."):
        yield "runs an action from a checkout"
    if "working-directory" in step or re.search(r"\b(cd|pushd)\b", run):
        yield "changes the folder"
    if re.search(rf"-C {HEAD}\b|\b{HEAD}/|[./]{HEAD}\b|[\"' ]{HEAD}[\"']", run):
        yield "names the folder of the pull request"
    if re.search(r'(?<!git -C ")\$\{?MERGE\b', run):
        yield "does something else with $MERGE than to ask which commit it is"
    if re.search(r'(?<!--requests ")\$\{?REQUESTS\b', run):
        yield "does something else with $REQUESTS than to validate it"


RULES: tuple[Rule, ...] = (
    unpinned_action,
    broad_permissions,
    no_timeout,
    expression_in_script,
    persisted_credentials,
    dangerous_trigger,
    words_of_strangers,
    secret_on_pull_request,
    credentials_for_forks,
    cancelled_apply,
    apply_elsewhere,
    pull_request_as_code,
)


def offences(workflow: Workflow) -> set[str]:
    """The names of the rules that the workflow breaks."""
    return {rule.__name__ for rule in RULES if any(True for _ in rule(workflow))}
