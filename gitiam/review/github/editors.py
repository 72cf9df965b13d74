"""Who has changed the text of an issue: whose words they are by now."""

from __future__ import annotations

from gitiam.approvals.names import same
from gitiam.errors import GitiamError
from gitiam.review.github.asking import asking
from gitiam.review.github.client import Hub
from gitiam.review.github.proposing import Author

_MOST = 100
_QUERY = """
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      userContentEdits(first: 100) {
        totalCount
        nodes { editor { __typename login ... on User { databaseId } } }
      }
    }
  }
}
"""


def editors_of(hub: Hub, number: int, author: Author) -> tuple[Author, ...]:
    """Everybody but its author who has ever edited the issue; GitiamError where that is not known.

    Ask after the text was read: then nobody is missing who had a part in it.
    """
    owner, _, name = hub.name.partition("/")
    with asking(f"say who edited #{number}"):
        answer = hub.ask(_QUERY, owner=owner, name=name, number=number)
        edits = answer["repository"]["issue"]["userContentEdits"] or {"totalCount": 0, "nodes": []}
        editors = [one["editor"] for one in edits["nodes"]]
        people = {int(one["databaseId"]): str(one["login"]) for one in editors if _is_person(one)}
        is_whole = edits["totalCount"] == len(editors) <= _MOST
        if not is_whole or not all(map(_is_person, editors)):
            raise GitiamError(
                f"nobody can say who else edited #{number}, so nothing is made of it",
                hint="Let who asks for the access open a new issue",
            )
    others = sorted((login, id_) for id_, login in people.items() if id_ != author.number)
    return tuple(Author(login, id_) for login, id_ in others if same(login) != same(author.login))


def _is_person(editor: object) -> bool:
    return isinstance(editor, dict) and editor["__typename"] == "User"
