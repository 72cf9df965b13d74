"""The AWS side of a new estate → Terraform: gitiam's own roles, and the bucket.

Policies are JSON files beside it, and every name becomes a quoted literal, as in the modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gitiam.config import PROVIDER_SOURCE, PROVIDER_VERSION
from gitiam.founding.answers import Answers, NewAccount
from gitiam.founding.roles import AUDIENCE, ISSUER, Purpose, documents
from gitiam.policy.statement import document_text
from gitiam.render.templates import Templates

FOLDER = "aws"
_FIRST_WORDS = {
    Purpose.PLAN: "Reads what gitiam manages",
    Purpose.APPLY: "Changes what gitiam manages, but not what gitiam stands on",
    Purpose.CRAWL: "Reads IAM, to compare it with the estate",
}


def terraform_files(answers: Answers, shipped: Path) -> Mapping[str, str]:
    """Path and text of all files below `aws/`; `shipped` are gitiam's own templates.

    Each account has a folder of its own, to be applied with credentials of that account; the home
    account first, as the others trust its roles.
    """
    pipeline = Templates([shipped / "founding"])
    lock = Templates([shipped / "terraform"]).lock_text
    found = {f"{FOLDER}/README.md": _readme(answers)}
    for account in answers.accounts:
        files = dict(_of_account(answers, account, pipeline)) | {".terraform.lock.hcl": lock}
        found |= {f"{FOLDER}/{account.name}/{name}": text for name, text in files.items()}
    return found


def _of_account(
    answers: Answers, account: NewAccount, templates: Templates
) -> Iterator[tuple[str, str]]:
    is_home = account == answers.home
    values = _values(answers, account)
    yield "terraform.tf", templates.render("terraform.tf.j2", values)
    if is_home:
        roles = {f"pipeline-{purpose}": _description(answers, purpose) for purpose in Purpose}
        yield "pipeline.tf", templates.render("pipeline.tf.j2", values | {"roles": roles})
        yield "bucket.tf", templates.render("bucket.tf.j2", values)
    roles = {str(purpose): f"{words}." for purpose, words in _FIRST_WORDS.items()}
    yield "roles.tf", templates.render("roles.tf.j2", values | {"roles": roles})
    for name, document in documents(answers, account).items():
        yield f"policies/{name}.json", document_text(document)


def _values(answers: Answers, account: NewAccount) -> dict[str, Any]:
    return {
        "provider_source": PROVIDER_SOURCE,
        "provider_version": PROVIDER_VERSION,
        "region": answers.region,
        "account_id": account.id,
        "is_home": account == answers.home,
        "issuer": f"https://{ISSUER}",
        "audience": AUDIENCE,
        "has_ids": answers.repository.ids is not None,
        "repository": str(answers.repository),
        "bucket": answers.bucket,
    }


def _description(answers: Answers, purpose: Purpose) -> str:
    return f"What runs of {answers.repository} on GitHub become to {purpose}."


def _readme(answers: Answers) -> str:
    """Every name in it has been read strictly; none can hold Markdown."""
    home = answers.home
    order = "\n".join(
        f"{number}. `aws/{account.name}`, with credentials for {account.id}"
        for number, account in enumerate(answers.accounts, 1)
    )
    provider = f"arn:{answers.partition}:iam::{home.id}:oidc-provider/{ISSUER}"
    return f"""\
# gitiam's own roles and bucket

Made by `gitiam init`, and applied by hand, by somebody who administers the accounts: the pipeline
cannot change what it stands on. In each folder, in this order:

{order}

```console
$ terraform init
$ terraform apply
```

Terraform's state of this stays on your machine. Keep it, or move it to a backend of yours.

If `{home.id}` has GitHub's OIDC provider already, bring it in first:

```console
$ terraform import aws_iam_openid_connect_provider.github {provider}
```

`terraform output variables` in `aws/{home.name}` then says which variables the repository
{answers.repository} needs on GitHub.
"""
