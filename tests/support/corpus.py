"""Requests as people write them: ordinary ones, and dangerous ones with what is dangerous in them.

`tests/corpus/*/*.yaml` hold many request files each, parted by `---`. The first line of each says
`# name: what it is`; of the dangerous ones the second is
`# rules: …`, the rules that should say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gitiam.load.estate import Estate
from tests.support.estates import estate_of

FOLDER = Path(__file__).parents[1] / "corpus"

_AROUND = {
    "requests/around/analysts.yaml": (
        "kind: principal\naccount: prod\nprincipal: group/analysts\n"
        "reason: Those who look at the numbers of the shop\n"
    ),
    "requests/around/analysts-read.yaml": (
        "account: prod\nprincipal: group/analysts\nreason: They look at the numbers of the shop\n"
        "expires: 2027-01-15\ngrants:\n  - actions: [cloudwatch:GetDashboard]\n"
        "    resources: ['arn:aws:cloudwatch::111122223333:dashboard/shop']\n"
    ),
}
_TITLE = re.compile(r"# (?P<name>[a-z0-9-]+): (?P<what>.+)\n(?:# rules: (?P<rules>.+)\n)?")


@dataclass(frozen=True)
class Case:
    """One request file: its name, what it is, its text, and the rules that should speak of it."""

    name: str
    what: str
    text: str
    rules: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where it stands in its estate."""
        return f"requests/{self.name}.yaml"

    def estate(self) -> Estate:
        """The corpus's estate with this one file, beside a group that people are put into."""
        config = (FOLDER / "gitiam.yaml").read_text(encoding="utf-8")
        return estate_of({"gitiam.yaml": config, **_AROUND, self.path: self.text})


@cache
def ordinary() -> tuple[Case, ...]:
    """Requests that nobody should have to think about twice."""
    return _cases("ordinary")


@cache
def dangerous() -> tuple[Case, ...]:
    """Requests that nobody should approve without a thought."""
    return _cases("dangerous")


def _cases(folder: str) -> tuple[Case, ...]:
    files = sorted((FOLDER / folder).glob("*.yaml"))
    texts = (text for file in files for text in _parts(file.read_text(encoding="utf-8")))
    return tuple(case_of(text) for text in texts)


def _parts(text: str) -> list[str]:
    return re.split(r"^---\n", text, flags=re.MULTILINE)


def case_of(text: str) -> Case:
    """The case that a text is; ValueError when its first line does not say what it is."""
    title = _TITLE.match(text)
    if title is None:
        raise ValueError(f"it does not begin with `# name: what it is`: {text[:80]!r}")
    rules = tuple(filter(None, re.split(r",\s*", title["rules"] or "")))
    return Case(title["name"], title["what"], text, rules)
