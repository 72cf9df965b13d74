"""Check runs and their annotations. Only an app may write them."""

from __future__ import annotations

from typing import Any

from tests.support.github import shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, not_found, unprocessable
from tests.support.github.routes import Book

answers = Book()

_REPO = "/repos/{owner}/{repo}"
_RUN = f"{_REPO}/check-runs/{{check_run_id}}"
#: How many annotations one request may bring.
_MOST = 50


def _needs_app(call: Call) -> None:
    if call.token is None or call.token.permissions is None:
        raise Refused(403, "You must authenticate via a GitHub App.")


@answers("POST", f"{_REPO}/check-runs", "checks:write")
def create(call: Call) -> Answer:
    _needs_app(call)
    it, body = call.repository, call.body
    sha, number = call.commit(str(body["head_sha"])), next(call.world.numbers)
    url = f"{shapes.repository_url(call, it)}/check-runs/{number}"
    run = {
        "id": number,
        "node_id": shapes.node("CheckRun", number),
        "head_sha": sha,
        "name": body["name"],
        "url": url,
        "html_url": f"{shapes.WEB}/{it.full_name}/runs/{number}",
        "details_url": body.get("details_url") or f"{shapes.WEB}/{it.full_name}/runs/{number}",
        "external_id": body.get("external_id") or "",
        "status": "queued",
        "conclusion": None,
        "started_at": body.get("started_at") or call.world.now,
        "completed_at": None,
        "check_suite": {"id": 1},
        "app": _app(call),
        "pull_requests": [],
        "output": dict.fromkeys(("title", "summary", "text"))
        | {"annotations_count": 0, "annotations_url": f"{url}/annotations"},
    }
    annotations = _new_annotations(call)
    it.checks[number] = run
    it.annotations[number] = annotations
    _written(call, run)
    return Answer(201, run)


def _app(call: Call) -> dict[str, Any]:
    slug = call.user.login.removesuffix("[bot]")
    now = call.world.now
    return {
        **{"id": call.user.id, "node_id": shapes.node("App", slug), "slug": slug, "name": slug},
        **{"owner": shapes.user(call, call.user), "description": None, "events": []},
        **{"external_url": shapes.WEB, "html_url": f"{shapes.WEB}/apps/{slug}"},
        **{"created_at": now, "updated_at": now, "permissions": {"checks": "write"}},
    }


def _new_annotations(call: Call) -> list[dict[str, Any]]:
    given = (call.body.get("output") or {}).get("annotations") or []
    if len(given) > _MOST:
        raise unprocessable(f"No more than {_MOST} annotations may be sent at once.")
    names = [*("path", "start_line", "end_line", "start_column", "end_column")]
    names += ["annotation_level", "title", "message", "raw_details"]
    href = f"{shapes.repository_url(call, call.repository)}/git/blobs/"
    return [{name: one.get(name) for name in names} | {"blob_href": href} for one in given]


def _written(call: Call, run: dict[str, Any]) -> None:
    """Lay what was sent over a run. A conclusion completes it."""
    body, output = call.body, call.body.get("output") or {}
    for name in ("summary", "text"):
        if len(output.get(name) or "") > 65_535:
            raise unprocessable(f"{name} exceeds a maximum length of 65535")
    run["output"] |= {k: output[k] for k in ("title", "summary", "text") if k in output}
    run["output"]["annotations_count"] = len(call.repository.annotations[run["id"]])
    run |= {k: body[k] for k in ("name", "details_url", "external_id", "status") if body.get(k)}
    if body.get("conclusion"):
        done = body.get("completed_at") or call.world.now
        run |= {"conclusion": body["conclusion"], "status": "completed", "completed_at": done}


def _found(call: Call) -> dict[str, Any]:
    if (run := call.repository.checks.get(call.number("check_run_id"))) is None:
        raise not_found()
    return run


@answers("GET", _RUN, "checks:read")
def get(call: Call) -> Answer:
    return Answer(200, _found(call))


@answers("PATCH", _RUN, "checks:write")
def update(call: Call) -> Answer:
    """Annotations are added to those that are there."""
    _needs_app(call)
    run = _found(call)
    call.repository.annotations[run["id"]] += _new_annotations(call)
    _written(call, run)
    return Answer(200, run)


@answers("GET", f"{_RUN}/annotations", "checks:read")
def all_annotations(call: Call) -> Answer:
    return call.page(call.repository.annotations[_found(call)["id"]])


@answers("GET", f"{_REPO}/commits/{{ref}}/check-runs", "checks:read")
def of_commit(call: Call) -> Answer:
    """Of each name the newest, unless all are wanted."""
    sha, name = call.commit(call.values["ref"]), call.asked("check_name")
    found = [
        run
        for run in call.repository.checks.values()
        if run["head_sha"] == sha and name in ("", run["name"])
    ]
    if call.asked("filter", "latest") == "latest":
        found = list({run["name"]: run for run in found}.values())
    return call.page(found[::-1], named="check_runs")
