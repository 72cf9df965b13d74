"""Compares what goes over the wire with GitHub's own description of its REST API."""

from __future__ import annotations

import gzip
import json
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema_path import SchemaPath
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_spec_validator import OpenAPIV30SpecValidator
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.support.github.allowances import allowed_answer, allowed_request
from tests.support.github.messages import Answer, Request
from tests.support.github.routes import Route

FOLDER = Path(__file__).parents[2] / "data" / "github_api"
SLICE = FOLDER / "api.github.com.json.gz"


@cache
def slice_of_github() -> dict[str, Any]:
    """The description of the operations that the fake answers."""
    return json.loads(gzip.decompress(SLICE.read_bytes()))


@cache
def _openapi() -> OpenAPI:
    return OpenAPI(SchemaPath.from_dict(slice_of_github()), Config(spec_validator_cls=_Trusting))


class _Trusting(OpenAPIV30SpecValidator):
    """Whether the description is itself well-formed is GitHub's business, and takes seconds."""

    def iter_errors(self, *args: Hashable, **kwargs: Hashable) -> Iterator[ValidationError]:
        return iter(())


@dataclass
class _Asked:
    """A request in the form that openapi-core wants."""

    path: str
    method: str
    body: bytes | None
    content_type: str
    parameters: RequestParameters
    host_url: str = "https://api.github.com"


@dataclass
class _Answered:
    """An answer likewise."""

    data: bytes
    status_code: int
    headers: Headers
    content_type: str = "application/json"


def operation_of(route: Route) -> dict[str, Any]:
    """What the description says of a route."""
    return slice_of_github()["paths"][route.path][route.method.lower()]


def operation_id(route: Route) -> str:
    """GitHub's name of an operation: `issues/create-comment`."""
    return operation_of(route)["operationId"]


def wrong_in_request(route: Route, values: dict[str, str], request: Request) -> list[str]:
    """What is wrong with a request, a line each."""
    asked = _asked(route, values, request)
    errors = _told(_openapi().iter_apicall_request_errors(asked))
    unknown = _unknown_parameters(route, request)
    return [line for line in (*errors, *unknown) if not allowed_request(operation_id(route), line)]


def wrong_in_answer(
    route: Route, values: dict[str, str], request: Request, answer: Answer
) -> list[str]:
    """What is wrong with an answer, a line each."""
    described = operation_of(route)["responses"]
    if str(answer.status) not in described:
        return _wrong_in_general(answer)
    if not answer.is_json:
        return []
    answered = _Answered(answer.body, answer.status, Headers(dict(answer.headers)))
    asked = _asked(route, values, request)
    errors = _told(_openapi().iter_apicall_response_errors(asked, answered))
    return [line for line in errors if not allowed_answer(operation_id(route), line)]


def _asked(route: Route, values: dict[str, str], request: Request) -> _Asked:
    parameters = RequestParameters(
        query=ImmutableMultiDict(request.query), header=Headers(dict(request.headers))
    )
    path, body = route.encoded(values), request.body or None
    return _Asked(path, request.method.lower(), body, request.content_type, parameters)


def _unknown_parameters(route: Route, request: Request) -> Iterator[str]:
    """GitHub ignores what it does not know; so a misspelt parameter would go unnoticed."""
    known = set()
    for parameter in operation_of(route).get("parameters", ()):
        name = parameter.get("$ref", "").rsplit("/", 1)[-1]
        shared = slice_of_github()["components"].get("parameters", {})
        known.add((shared[name] if name else parameter)["name"])
    yield from (f"{name}: no such parameter" for name in request.asked if name not in known)


def _wrong_in_general(answer: Answer) -> list[str]:
    """Any operation may be refused, and the description does not say so each time."""
    if answer.status == 304:
        return []
    if answer.status < 400:
        return [f"{answer.status} is not described"]
    if answer.is_json and not {"message", "documentation_url"} <= set(answer.value):
        return [f"{answer.status} comes without message and documentation_url"]
    return []


def _told(errors: Iterable[Exception]) -> Iterator[str]:
    """Each error in one line, down to the schema's own words."""
    for error in errors:
        inner = getattr(error.__cause__ or error, "schema_errors", ())
        for one in inner:
            yield f"{one.json_path}: {_shortened(one.message)}" + _closest(one)
        if not inner:
            yield _shortened(str(error.__cause__ or error))


def _closest(error: Any) -> str:
    """Of a choice of schemas, why none fits."""
    told = (f"{one.json_path}: {_shortened(one.message)}" for one in error.context or ())
    return "".join(f" [{line}]" for line in list(told)[:8])


def _shortened(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:140]} … {text[-140:]}"
