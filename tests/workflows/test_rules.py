"""The workflows keep their promises, and each promise's check notices when one is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.rules import RULES, SEEN, Workflow, offences

FOLDER = Path(__file__).parents[2] / ".github" / "workflows"
NAMES = [
    *("apply.yml", "ci.yml", "command.yml", "nightly.yml"),
    *("pull-request.yml", "request.yml", "reviewed.yml"),
]
HEAD_CHECKOUT = "      - name: Check out the requests as they would be merged\n"

#: Which file, which text in it, what an attacker or a tired person puts there, who must notice.
BROKEN = [
    ("ci.yml", "@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "@v6", "unpinned_action"),
    ("ci.yml", "# v6.0.2", "", "unpinned_action"),
    ("ci.yml", "83dd # v6.0.2", "83d # v6.0.2", "unpinned_action"),
    ("ci.yml", "permissions: {}\n", "", "broad_permissions"),
    ("ci.yml", "permissions: {}\n", "permissions: write-all\n", "broad_permissions"),
    ("ci.yml", "contents: read", "contents: write", "broad_permissions"),
    ("pull-request.yml", "security-events: write", "issues: write", "broad_permissions"),
    (
        "pull-request.yml",
        "      security-events: write",
        "      id-token: write\n      security-events: write",
        "broad_permissions",
    ),
    (
        "ci.yml",
        "    permissions:\n      contents: read # to check out\n",
        "",
        "broad_permissions",
    ),
    ("nightly.yml", "      issues: write", "      contents: write", "broad_permissions"),
    ("nightly.yml", "      contents: write", "      packages: write", "broad_permissions"),
    (
        "nightly.yml",
        "      issues: write",
        "      id-token: write\n      issues: write",
        "broad_permissions",
    ),
    ("ci.yml", "    timeout-minutes: 45\n", "", "no_timeout"),
    ("ci.yml", "run: .ci/run", "run: echo ${{ github.head_ref }}", "expression_in_script"),
    ("ci.yml", "persist-credentials: false", "fetch-depth: 1", "persisted_credentials"),
    ("ci.yml", "persist-credentials: false", "persist-credentials: true", "persisted_credentials"),
    ("ci.yml", "  pull_request:\n", "  pull_request_target:\n", "dangerous_trigger"),
    ("request.yml", "      actions: write", "      id-token: write", "words_of_strangers"),
    ("request.yml", "      actions: write", "      packages: write", "broad_permissions"),
    ("apply.yml", "contents: read", "contents: write", "broad_permissions"),
    ("ci.yml", "  pull_request:\n", "  issue_comment:\n", "dangerous_trigger"),
    ("command.yml", "startsWith(", "contains(", "dangerous_trigger"),
    ("command.yml", "      && startsWith(", "      || startsWith(", "dangerous_trigger"),
    ("command.yml", "user.type == 'User'", "user.type != 'Bot'", "dangerous_trigger"),
    ("command.yml", "${{ github.token }}", "${{ secrets.TOKEN }}", "dangerous_trigger"),
    (
        "command.yml",
        "${{ github.token }}",
        "${{ github.token }}\n          BODY: ${{ github.event.comment.body }}",
        "words_of_strangers",
    ),
    (
        "request.yml",
        "${{ github.event.issue.number }}",
        "${{ github.event.issue.title }}",
        "words_of_strangers",
    ),
    ("request.yml", "${{ github.token }}", "${{ toJSON(github) }}", "words_of_strangers"),
    ("command.yml", "ref: refs/heads/main", "ref: refs/pull/7/head", "words_of_strangers"),
    ("command.yml", "vars.GITIAM_ESTATE == github.repository", "true", "words_of_strangers"),
    (
        "pull-request.yml",
        "  pull_request_target:",
        "  pull_request:\n  pull_request_target:",
        "dangerous_trigger",
    ),
    (
        "pull-request.yml",
        "id-token: write",
        "id-token: write\n      statuses: write",
        "broad_permissions",
    ),
    ("pull-request.yml", "    environment: gitiam", "    x: gitiam", "secret_on_pull_request"),
    (
        "pull-request.yml",
        "secrets.GITIAM_APP_KEY",
        "toJSON(secrets)",
        "secret_on_pull_request",
    ),
    (
        "reviewed.yml",
        'run: echo "A review was handed in."',
        "run: echo\n        env:\n          X: ${{ secrets.X }}",
        "secret_on_pull_request",
    ),
    (
        "pull-request.yml",
        "REQUESTS: ${{ github.workspace }}/head/requests\n",
        "REQUESTS: ${{ secrets.TOKEN }}\n",
        "secret_on_pull_request",
    ),
    (
        "pull-request.yml",
        "REQUESTS: ${{ github.workspace }}/head/requests\n",
        "REQUESTS: ${{ toJSON(secrets) }}\n",
        "secret_on_pull_request",
    ),
    (
        "pull-request.yml",
        "      && (github.event_name",
        "      || (github.event_name",
        "credentials_for_forks",
    ),
    (
        "pull-request.yml",
        "      || github.event.pull_request.head.repo.full_name == github.repository)\n",
        "      || true)\n",
        "credentials_for_forks",
    ),
    ("apply.yml", "cancel-in-progress: false", "cancel-in-progress: true", "cancelled_apply"),
    ("apply.yml", "  queue: max\n", "", "cancelled_apply"),
    ("nightly.yml", "group: gitiam-estate", "group: gitiam-nightly", "cancelled_apply"),
    ("apply.yml", " && github.ref == 'refs/heads/main'", "", "apply_elsewhere"),
    ("apply.yml", "vars.GITIAM_ESTATE == github.repository && ", "", "apply_elsewhere"),
    ("apply.yml", "ref: refs/heads/main", "ref: ${{ github.sha }}", "apply_elsewhere"),
    ("apply.yml", SEEN, "${{ github.sha }}", "apply_elsewhere"),
    ("apply.yml", "$(git rev-parse HEAD)", "$GITHUB_SHA", "apply_elsewhere"),
    ("apply.yml", '"$SEEN" = "$GITHUB_RUN_ATTEMPT"', '"$SEEN"', "apply_elsewhere"),
    ("apply.yml", "secrets.GITIAM_APP_KEY", "secrets.GITIAM_KEY", "secret_on_pull_request"),
    ("apply.yml", "      issues: write", "      actions: write", "broad_permissions"),
    ("apply.yml", "  push:\n", "  pull_request:\n", "apply_elsewhere"),
    (
        "pull-request.yml",
        "sparse-checkout: /requests/",
        "sparse-checkout: /",
        "pull_request_as_code",
    ),
    (
        "pull-request.yml",
        "ref: refs/heads/main",
        "ref: ${{ github.event.pull_request.head.sha }}",
        "pull_request_as_code",
    ),
    ("pull-request.yml", "./base\n", "./head\n", "pull_request_as_code"),
    ("pull-request.yml", "-C base validate", "-C head validate", "pull_request_as_code"),
    (
        "pull-request.yml",
        "run: gitiam -C base validate",
        'run: bash "$REQUESTS/x.sh"; gitiam -C base validate',
        "pull_request_as_code",
    ),
    (
        "pull-request.yml",
        "run: gitiam -C base validate",
        "working-directory: head\n        run: gitiam validate",
        "pull_request_as_code",
    ),
    (
        "pull-request.yml",
        "run: gitiam -C base validate",
        "run: pip install ./anything && gitiam -C base validate",
        "pull_request_as_code",
    ),
    (
        "pull-request.yml",
        HEAD_CHECKOUT,
        "      - uses: ./head/action\n" + HEAD_CHECKOUT,
        "pull_request_as_code",
    ),
]


def load(name: str) -> Workflow:
    return Workflow(name, (FOLDER / name).read_text(encoding="utf-8"))


def test_every_workflow_is_looked_at() -> None:
    assert sorted(p.name for p in FOLDER.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_keeps_the_rules(name: str) -> None:
    workflow = load(name)
    said = {rule.__name__: list(rule(workflow)) for rule in RULES}
    assert said == {rule.__name__: [] for rule in RULES}


@pytest.mark.parametrize(("name", "old", "new", "rule"), BROKEN)
def test_a_broken_workflow_is_noticed(name: str, old: str, new: str, rule: str) -> None:
    good = load(name)
    assert old in good.text, "the workflow has changed: change this example with it"
    assert rule in offences(Workflow(name, good.text.replace(old, new, 1)))


def test_every_rule_has_been_seen_to_fail() -> None:
    assert {rule for *_, rule in BROKEN} == {rule.__name__ for rule in RULES}


def test_the_steps_call_the_tool_and_hold_no_logic() -> None:
    """A script of more than a command or two belongs into gitiam, where it has tests."""
    for name in NAMES:
        for where, step in load(name).steps():
            script = step.get("run", "").replace("\\\n", " ").strip()
            assert len(script.splitlines()) <= 2, f"{name}: {where}"
            assert not {"if", "for", "while", "case"} & set(script.split()), f"{name}: {where}"
