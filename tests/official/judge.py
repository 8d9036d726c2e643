"""Says whether a request or an answer is as its vendor's document has it.

Stricter than the documents: a field or a parameter that they do not have is a mistake too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from tests.official.documents import Api, Json, api_of
from tests.official.exchanges import Answered, Sent
from tests.official.forms import FORM, MULTIPART, fields, media_type, parts
from tests.official.operations import Operation, operation_of, operations, schemas
from tests.official.patches import PATCHES, Patch

ORIGIN = "https://vendor.example"
COMMON_NUMBERS = 10_000
"""Errors below may come from any operation of eBay's (its guide to error messages)."""
AS_TEXT = {"integer": "^[0-9]+$", "boolean": "^(true|false)$"}
"""How such values look in a part of a multipart body."""


class RefusedError(Exception):
    """It is not as the document has it."""


def check_request(sent: Sent, *, without: Patch | None = None) -> None:
    """Raise RefusedError; `without`: as if this patch of the document were not known."""
    try:
        api = api_of(urlsplit(sent.target).path)
        _opened(api, without).validate_request(_request(sent))
        _check_names(sent, operation_of(sent, patched(api, without=without)))
    except Exception as error:
        raise RefusedError(f"{sent.method} {sent.target}: {_reason(error)}") from error


def check_answer(sent: Sent, answered: Answered, *, without: Patch | None = None) -> None:
    """Raise RefusedError, whatever the request was worth."""
    response = MockResponse(
        answered.content,
        status_code=answered.status,
        headers=dict(answered.headers),
        content_type=answered.content_type,
    )
    try:
        api = api_of(urlsplit(sent.target).path)
        _opened(api, without).validate_response(_request(sent), response)
        _check_numbers(answered, operation_of(sent, patched(api, without=without)))
    except Exception as error:
        told = f"{answered.status} of {sent.method} {sent.target}: {_reason(error)}"
        raise RefusedError(told) from error


def describes(sent: Sent) -> bool:
    """Whether a document has the operation, however wrong the rest of the request is."""
    try:
        operation_of(sent, patched(api_of(urlsplit(sent.target).path)))
    except LookupError:
        return False
    return True


def check_exchange(sent: Sent, answered: Answered) -> None:
    """The answer, and the request as far as the vendor took it: a refused one may be wrong."""
    check_answer(sent, answered)
    if answered.status < 400:
        check_request(sent)


@cache
def patched(api: Api, *, without: Patch | None = None) -> Json:
    """The document with every patch that it needs; not to be changed."""
    document = api.as_published()
    for patch in PATCHES:
        if api in patch.apis and patch is not without:
            patch.apply(document)
    return document


@cache
def _opened(api: Api, without: Patch | None) -> OpenAPI:
    document = patched.__wrapped__(api, without=without)
    document["servers"] = [{"url": f"{ORIGIN}{api.base}"}]
    _name_the_token(document)
    _read_parts_as_text(document)
    _forbid_unknown_fields(document)
    return OpenAPI.from_dict(document)


def _name_the_token(document: Json) -> None:
    """The validator cannot follow OAuth's flows; on the wire there is a bearer token."""
    found = document["components"]["securitySchemes"]
    for name, scheme in found.items():
        if scheme["type"] == "oauth2":
            found[name] = {"type": "http", "scheme": "bearer"}


def _read_parts_as_text(document: Json) -> None:
    """The validator does not read the numbers of a multipart body, which are text on the wire."""
    for operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get(MULTIPART, {})
        for schema in content.get("schema", {}).get("properties", {}).values():
            if pattern := AS_TEXT.get(schema.get("type", "")):
                schema.clear()
                schema |= {"type": "string", "pattern": pattern}


def _forbid_unknown_fields(document: Json) -> None:
    for schema in schemas(document):
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)


def _check_names(sent: Sent, operation: Operation) -> None:
    """The validator passes over parameters and fields of forms that it does not know."""
    asked = {name for name, _ in parse_qsl(urlsplit(sent.target).query, keep_blank_values=True)}
    unknown = asked - operation.parameters("query").keys()
    kind = media_type(sent.content_type)
    if sent.content and kind in {FORM, MULTIPART}:
        known = operation.content(kind).get("properties", {}).keys()
        named = fields(sent.content) if kind == FORM else parts(sent.content, sent.content_type)
        unknown |= named.keys() - known
    if unknown:
        raise RefusedError(f"unknown: {', '.join(sorted(unknown))}")


def _check_numbers(answered: Answered, operation: Operation) -> None:
    """Each error of eBay's has a number, and each operation lists those that it may give."""
    listed = operation.definition["responses"].values()
    known = {number for each in listed for number in _numbers(each)}
    if not known:
        return
    document = json.loads(answered.content or b"{}")
    found = {error["errorId"] for error in document.get("errors", ())}
    if unknown := {number for number in found if number >= COMMON_NUMBERS} - known:
        raise RefusedError(f"errors that the operation does not list: {sorted(unknown)}")


def _numbers(response: Json) -> Iterator[int]:
    return map(int, response.get("x-response-codes", {}).get("errors", {}))


def _request(sent: Sent) -> MockRequest:
    parts_of_it = urlsplit(sent.target)
    return MockRequest(
        ORIGIN,
        sent.method.lower(),
        parts_of_it.path,
        args=dict(parse_qsl(parts_of_it.query, keep_blank_values=True)),
        headers=dict(sent.headers),
        data=sent.content or None,
        content_type=sent.content_type,
    )


def _reason(error: BaseException) -> str:
    """With what the validator keeps behind its own words."""
    told = [str(error) or type(error).__name__]
    cause = error.__cause__
    while cause is not None:
        told += [str(each) for each in getattr(cause, "schema_errors", ())] or [str(cause)]
        cause = cause.__cause__
    return "; ".join(each[:400] for each in told)
