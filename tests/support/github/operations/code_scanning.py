"""Findings as SARIF: taken in, and unpacked."""

from __future__ import annotations

import binascii
import gzip
import json
import zlib
from base64 import b64decode
from uuid import UUID

from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, not_found
from tests.support.github.routes import Book
from tests.support.github.shapes import repository_url

answers = Book()

_SARIFS = "/repos/{owner}/{repo}/code-scanning/sarifs"


@answers("POST", _SARIFS, "security_events:write", role="write")
def upload(call: Call) -> Answer:
    """Gzipped and in Base64. What is wrong inside is told later, by asking for the upload."""
    it, body = call.repository, call.body
    try:
        sarif = json.loads(gzip.decompress(b64decode(body["sarif"])))
    except (binascii.Error, OSError, EOFError, zlib.error, ValueError):
        raise Refused(400, "sarif is not valid: it must be gzipped and Base64-encoded") from None
    number = str(UUID(int=next(call.world.numbers)))
    kept = {"sarif": sarif, "commit_sha": body["commit_sha"], "ref": body["ref"]}
    it.sarifs[number] = kept
    url = f"{repository_url(call, it)}/code-scanning/sarifs/{number}"
    return Answer(202, {"id": number, "url": url})


@answers("GET", f"{_SARIFS}/{{sarif_id}}", "security_events:read", role="write")
def status(call: Call) -> Answer:
    it, number = call.repository, call.values["sarif_id"]
    if (kept := it.sarifs.get(number)) is None:
        raise not_found()
    if not isinstance(kept["sarif"], dict) or not kept["sarif"].get("runs"):
        errors = ["the SARIF has no runs"]
        return Answer(200, {"processing_status": "failed", "analyses_url": None, "errors": errors})
    url = f"{repository_url(call, it)}/code-scanning/analyses?sarif_id={number}"
    return Answer(200, {"processing_status": "complete", "analyses_url": url, "errors": None})
