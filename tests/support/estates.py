"""Estates from literals: a dict of path → YAML goes in, findings come out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from textwrap import dedent, indent

from gitiam.catalog import catalog
from gitiam.edits import applied
from gitiam.findings import Finding
from gitiam.load.estate import Estate, load_bundles, load_estate
from gitiam.models import Bundle
from gitiam.shipped import templates_dir
from gitiam.validate.registry import RULES
from gitiam.validate.run import validate

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

CONFIG = """\
accounts:
  prod: {id: "111122223333", tier: critical}
  dev: {id: "444455556666", tier: free}
requests:
  expiry: {never_tiers: [free]}
"""

#: The beginning of a request that no rule minds; grants follow from line 6 on.
HEAD = """\
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
"""

#: The rules about danger. They have something to say of most requests that a test makes up to show
#: something else, such as one for `ReadOnlyAccess`.
RISKS = frozenset(
    {
        *("broad-pass-role", "break-glass", "credential-exposure", "cross-account-access"),
        *("data-exfiltration", "destructive-action", "own-infrastructure"),
        *("permission-management", "privilege-escalation", "resource-exposure"),
        *("service-wildcard", "wildcard-resource"),
    }
)
#: All others.
PLAIN_RULES = tuple(rule for rule in RULES if rule.id not in RISKS)

Files = Mapping[str, str | bytes]
Wanted = Callable[[str, bytes], bool]


def request(grants: str, **keys: str) -> str:
    """A request with these grants (a YAML list); `keys` replace or add lines, "" takes one out."""
    lines = dict(line.split(": ", 1) for line in HEAD.splitlines()[:-1]) | keys
    head = "".join(f"{key}: {value}\n" for key, value in lines.items() if value)
    return f"{head}grants:\n{indent(dedent(grants).strip(), '  ')}\n"


def write_estate(root: Path, files: Files) -> Path:
    """The files below `root`, with a `gitiam.yaml` where there is none among them."""
    (root / "requests").mkdir(parents=True, exist_ok=True)
    for path, text in {"gitiam.yaml": CONFIG, **files}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def estate_of(files: Files, wanted: Wanted | None = None) -> Estate:
    """The estate that these files are, with gitiam's own bundles."""
    with tempfile.TemporaryDirectory() as folder:
        root = write_estate(Path(folder), files)
        estate = load_estate(root, [root / "templates" / "bundles"], wanted=wanted, now=NOW)
    return replace(estate, bundles={**_shipped_bundles(), **estate.bundles})


@cache
def _shipped_bundles() -> Mapping[str, Bundle]:
    """Read once for all tests: they take longer than everything else about a small estate."""
    bundles, findings = load_bundles([templates_dir() / "bundles"])
    assert not findings
    return bundles


def findings_of(
    files: Files | str,
    *proposed: str,
    rule: str | None = None,
    now: datetime = NOW,
    dangers: bool = False,
) -> tuple[Finding, ...]:
    """All findings about the files (a lone text is `requests/x.yaml`), or those of one rule.

    Without `dangers` the rules about danger are run only where one of them is asked for.
    """
    given = {"requests/x.yaml": files} if isinstance(files, str) else files
    rules = RULES if dangers or rule in RISKS else PLAIN_RULES
    found = validate(estate_of(given), catalog(), now, frozenset(proposed), rules=rules)
    return tuple(f for f in found if rule is None or f.rule == rule)


def said(findings: tuple[Finding, ...]) -> list[str]:
    """`6:14 error rule: message` of each finding, with the path in front if there are several."""
    paths = {f.location.path for f in findings}
    return [
        f"{f.location if len(paths) > 1 else f'{f.location.line}:{f.location.column}'}"
        f" {f.severity} {f.rule}: {f.message}"
        for f in findings
    ]


def places(findings: tuple[Finding, ...]) -> list[tuple[int, int]]:
    """Line and column of each finding."""
    return [(f.location.line, f.location.column) for f in findings]


def mended(text: str, finding: Finding) -> str:
    """The file's text with the replacement that a finding offers put in its place."""
    assert finding.fix is not None
    text, done = applied(text, [finding.fix])
    assert done == (finding.fix,)
    return text
