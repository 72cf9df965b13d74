"""What an estate offers → the text of GitHub's issue form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gitiam.forms.emit import Quoted, yaml_text
from gitiam.forms.fields import ANOTHER, FOR_GOOD, UNTIL, Field
from gitiam.forms.offer import Offer, days_text
from gitiam.models import Bundle

#: Where GitHub looks for it, below the repository's root.
FORM_FILE = ".github/ISSUE_TEMPLATE/access-request.yml"
LABEL = "access-request"
TITLE = "Access: "
#: Longer lists nobody reads; then a name is written, not chosen.
MOST_OPTIONS = 100

_HEAD = "# Made by `gitiam form`. Change the estate in place of this file, and make it again.\n"
# GitHub Docs, "Common validation errors when creating issue forms": no option may be this word.
_RESERVED = "none"

_MARKUP = re.compile(r"[\\`*_<>\[\]]")

_WELCOME = (
    "Ask for access to AWS. A pull request is made of this form; people review it, and the access"
    " ends by itself on its last day."
)
_EXAMPLES = (
    "arn:aws:s3:::orders\n"
    "arn:aws:sqs:us-east-1:111122223333:orders\n"
    "arn:aws:dynamodb:us-east-1:{account_id}:table/orders"
)


def form_text(offer: Offer) -> str:
    """The whole file. The same estate gives the same bytes."""
    return _HEAD + yaml_text(
        {
            "name": "Access to AWS",
            "description": "Ask for access: who needs what, why, and until when",
            "title": TITLE,
            "labels": [LABEL],
            "body": [
                {"type": "markdown", "attributes": {"value": _WELCOME}},
                *_who(offer),
                *_what(offer),
                *_for_those_who_know(),
                *_why(offer),
                *_how_long(offer),
            ],
        }
    )


def _who(offer: Offer) -> list[dict[str, Any]]:
    left_out = len(offer.principals) - MOST_OPTIONS + 1
    more = f" {left_out:,} more are known, and not in this list." if left_out > 0 else ""
    return [
        _choice(
            Field.ACCOUNTS,
            "Where it is needed.",
            list(offer.accounts),
            multiple=True,
            required=True,
        ),
        _choice(
            Field.PRINCIPAL,
            f"The role, user or group that the access is for.{more}",
            [ANOTHER, *offer.principals[: MOST_OPTIONS - 1]],
            required=True,
        ),
        _line(
            Field.OTHER_PRINCIPAL,
            "Only if it is not in the list: role/NAME, user/NAME or group/NAME, without a path.",
            "role/data-pipeline",
        ),
    ]


def _what(offer: Offer) -> list[dict[str, Any]]:
    told = "\n".join(f"- {bundle.name}: {_plain(bundle.description)}" for bundle in _sorted(offer))
    asking = "\n".join(_parameters(bundle) for bundle in _sorted(offer) if bundle.parameters)
    return [
        _choice(
            Field.BUNDLES,
            f"Each gives what its name says, and no more:\n\n{told}",
            [bundle.name for bundle in _sorted(offer)],
            multiple=True,
        ),
        _item(
            "textarea",
            Field.RESOURCES,
            description="What it is needed on: ARNs, one a line. Each goes to whatever is chosen"
            " above that takes it. {account_id} and {region} stand for each account's own.",
            placeholder=_EXAMPLES,
            render="text",
        ),
        _item(
            "textarea",
            Field.PARAMETERS,
            description="Only for what takes some: name = value, one a line."
            + (f"\n\n{asking}" if asking else ""),
            placeholder="prefix = 2026/",
            render="text",
        ),
    ]


def _for_those_who_know() -> list[dict[str, Any]]:
    return [
        _line(
            Field.MANAGED_POLICY,
            "For those who know IAM: a policy of AWS's or of the estate by its name, or an ARN.",
            "CloudWatchReadOnlyAccess",
        ),
        _line(Field.GROUP, "For those who know IAM, and for users alone: a group.", "analysts"),
        _line(
            Field.ASSUME,
            "For those who know IAM: the ARN of a role. It must trust the one who assumes it.",
            "arn:aws:iam::444455556666:role/audit",
        ),
    ]


def _why(offer: Offer) -> list[dict[str, Any]]:
    needed = " This estate demands one." if offer.ticket_required else ""
    least = max(offer.reason_min_length, 1)
    return [
        _item(
            "textarea",
            Field.REASON,
            required=True,
            description="What it is for, so that a stranger understands it in two years:"
            f" {least} characters at the least.",
            placeholder="Match the invoices of 2026 with the orders",
        ),
        _line(
            Field.TICKET,
            f"The ticket that it belongs to.{needed}",
            "INC-204",
            required=offer.ticket_required,
        ),
    ]


def _how_long(offer: Offer) -> list[dict[str, Any]]:
    forever = f" For good only in {', '.join(offer.forever)}." if offer.forever else ""
    options = [*map(days_text, offer.days), UNTIL, *([FOR_GOOD] if offer.forever else [])]
    return [
        _choice(
            Field.DURATION,
            f"From today; risky access may have to end sooner.{forever}",
            options,
            required=True,
        ),
        _line(
            Field.LAST_DAY,
            "Only if a day is meant: the last one with access, as year-month-day.",
            "2027-01-15",
        ),
    ]


def _sorted(offer: Offer) -> list[Bundle]:
    return [offer.bundles[name] for name in sorted(offer.bundles)]


def _parameters(bundle: Bundle) -> str:
    told = "; ".join(f"{p.name}, {p.description}" for p in bundle.parameters)
    return f"- {bundle.name}: {_plain(told)}"


def _plain(text: str) -> str:
    """Text of which GitHub, which reads descriptions as Markdown, makes nothing else."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def _choice(
    field: Field,
    description: str,
    options: Sequence[str],
    *,
    multiple: bool = False,
    required: bool = False,
) -> dict[str, Any]:
    """A dropdown; a line to write in where GitHub takes no such options, or nobody could choose."""
    unusable = not options or any(option.lower() == _RESERVED for option in options)
    if unusable or len(options) > MOST_OPTIONS:
        several = " Names, with commas between them." if multiple else ""
        return _line(field, description + several, next(iter(options), ""), required=required)
    more = {"multiple": True} if multiple else {}
    return _item(
        "dropdown",
        field,
        required=required,
        description=description,
        **more,
        options=[Quoted(option) for option in options],
    )


def _line(
    field: Field, description: str, placeholder: str, *, required: bool = False
) -> dict[str, Any]:
    return _item(
        "input", field, required=required, description=description, placeholder=placeholder
    )


def _item(kind: str, field: Field, *, required: bool = False, **attributes: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "id": str(field.value),
        "attributes": {"label": field.label, **attributes},
        "validations": {"required": required},
    }
