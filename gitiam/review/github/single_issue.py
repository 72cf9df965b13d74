"""One issue that tells how something stands: opened, rewritten in place, closed, opened again.

It is found by its hidden marker, its label and its author, open or not.
"""

from __future__ import annotations

from github.Issue import Issue

from gitiam.review.github.asking import asking
from gitiam.review.github.client import Hub
from gitiam.review.github.sticky import Written, check_text, is_own


def tell_issue(hub: Hub, marker: str, label: str, title: str, text: str) -> Written:
    """Let the issue say this, and be open. `text` begins with the marker."""
    check_text(marker, text)
    found = find_issue(hub, marker, label)
    if found is None:
        with asking(f"open the issue “{title}”"):
            made = hub.repository.create_issue(title, body=text, labels=[label])
            return Written(made.html_url, "opened")
    if found.state == "open" and found.body == text and found.title == title:
        return Written(found.html_url, "unchanged")
    did = "rewritten" if found.state == "open" else "opened again"
    with asking(f"rewrite issue #{found.number}"):
        found.edit(title=title, body=text, state="open")
    return Written(found.html_url, did)


def close_issue(hub: Hub, marker: str, label: str, text: str) -> Written | None:
    """Let the issue say this last thing, and be closed; None where there is none to close."""
    check_text(marker, text)
    found = find_issue(hub, marker, label)
    if found is None or found.state == "closed":
        return None
    with asking(f"close issue #{found.number}"):
        found.edit(body=text, state="closed", state_reason="completed")
    return Written(found.html_url, "closed")


def find_issue(hub: Hub, marker: str, label: str) -> Issue | None:
    """Ours with this marker: an open one before one that is closed, then the newest."""
    with asking(f"look for the issue with the label {label}"):
        found = [
            issue
            for issue in hub.repository.get_issues(state="all", labels=[label])
            if issue.pull_request is None and is_own(issue, hub.login, marker)
        ]
    return max(found, key=lambda one: (one.state == "open", one.number), default=None)
