"""Etsy's OpenAPI document, with its known faults mended, as a judge of requests and answers.

Each patch names its evidence. The document lies beside the project and is not part of it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from marketplaces.sandbox.etsy.routes import ROUTES
from marketplaces.sandbox.process import PROJECT
from tests.sandbox.seller_client import Exchange

Json = dict[str, Any]
Patch = Callable[[Json], None]

DOCUMENT = PROJECT.parent / "shared" / "specs" / "etsy_open_api_v3.json"
ORIGIN = "https://openapi.etsy.com"
ROOT = "/v3/application"
FORM = "application/x-www-form-urlencoded"
TEXTS = {"integer": "^[0-9]+$", "boolean": "^(true|false)$"}
"""How values look as text."""
FAILURES = ("400", "401", "403", "404", "409", "429", "500")


def are_there() -> bool:
    return DOCUMENT.is_file()


@cache
def text() -> str:
    return DOCUMENT.read_text()


def original() -> Json:
    document: Json = json.loads(text())
    return document


class Judge:
    """Validates an exchange against the document."""

    def __init__(self, *, without: Patch | None = None) -> None:
        document = _of_our_routes(original())
        _forbid_unknown_fields(document)
        for patch in PATCHES:
            if patch is not without:
                patch(document)
        self._document = document
        self._api = OpenAPI.from_dict(document)

    def check(self, exchange: Exchange) -> None:
        """Raise what is wrong. A refused request may be as wrong as it likes; its answer may not."""
        request = _request(exchange)
        if exchange.reply.status < 400:
            self._api.validate_request(request)
            self._check_names(exchange)
        self._api.validate_response(request, _response(exchange))

    def _check_names(self, exchange: Exchange) -> None:
        """The validator looks only at the fields of a form that it knows."""
        if exchange.headers.get("Content-Type") != FORM:
            return
        operation = self._operation(exchange)
        known = set(_content(operation)[FORM]["schema"]["properties"])
        if unknown := set(dict(parse_qsl(exchange.content.decode()))) - known:
            raise ValueError(f"Request body has unknown fields: {unknown}")

    def _operation(self, exchange: Exchange) -> Json:
        path = urlsplit(exchange.path).path
        for template, methods in self._document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", r"[0-9]+", template), path):
                operation: Json = methods[exchange.method.lower()]
                return operation
        raise LookupError(path)


def name_the_token(document: Json) -> None:
    """OAuth's flows are beyond the validator; on the wire their outcome is a bearer token."""
    document["components"]["securitySchemes"]["oauth2"] = {"type": "http", "scheme": "bearer"}


def separate_arrays_by_commas(document: Json) -> None:
    """Arrays of forms and queries have no style, so `a=1&a=2`; its prose has "comma-separated list",
    and Etsy takes nothing else (open-api#291, open-api#557)."""
    for operation in _operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["schema"].get("type") == "array":
                parameter["explode"] = False
        form = _content(operation).get(FORM, {})
        properties = form.get("schema", {}).get("properties", {})
        arrays = [name for name, schema in properties.items() if schema.get("type") == "array"]
        if arrays:
            form["encoding"] = {name: {"style": "form", "explode": False} for name in arrays}


def read_parts_as_text(document: Json) -> None:
    """A part of a multipart body is text on the wire, and the validator takes it as that."""
    for operation in _operations(document):
        parts = _content(operation).get("multipart/form-data", {})
        for schema in parts.get("schema", {}).get("properties", {}).values():
            if schema.get("type") in TEXTS:
                pattern = TEXTS[schema["type"]]
                schema.clear()
                schema |= {"type": "string", "pattern": pattern}


def let_nullable_enums_be_null(document: Json) -> None:
    """`nullable` with an `enum` that lacks null admits no null (OpenAPI 3.0.3, proposal 2019-10-31).

    Etsy's prose has null as the default of these.
    """
    for schema in _schemas(document):
        if schema.get("nullable") and "enum" in schema:
            schema["enum"].append(None)


def let_absent_parameters_be_absent(document: Json) -> None:
    """`default: null` of parameters that aren't nullable: the default itself would be wrong."""
    for operation in _operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["schema"].get("default", "") is None:
                del parameter["schema"]["default"]


def show_failures(document: Json) -> None:
    """No operation lists 429, and few list the 401 and 403 that any key or token may get."""
    shown = {"$ref": "#/components/schemas/ErrorSchema"}
    content = {"application/json": {"schema": shown}}
    for operation in _operations(document):
        for status in FAILURES:
            failure = {"description": "Failure", "content": content}
            operation["responses"].setdefault(status, failure)


def show_lists_of_problems(document: Json) -> None:
    """400 may have a list of `{path, type, message}` instead of an object (open-api#472, #622)."""
    text_of = {"type": "string"}
    problem = {
        "type": "object",
        "required": ["path", "type", "message"],
        "properties": {"path": text_of, "type": text_of, "message": text_of},
        "additionalProperties": False,
    }
    either = [
        {"$ref": "#/components/schemas/ErrorSchema"},
        {"type": "array", "minItems": 1, "items": problem},
    ]
    content = {"application/json": {"schema": {"oneOf": either}}}
    for operation in _operations(document):
        operation["responses"]["400"] = {"description": "Failure", "content": content}


def describe_oauth_failures(document: Json) -> None:
    """Failures of a token have an `error_description` beside `error` (open-api#519, #598)."""
    schema = document["components"]["schemas"]["ErrorSchema"]
    schema["properties"]["error_description"] = {"type": "string"}


def list_scopes(document: Json) -> None:
    """`Scopes` is an object without properties; its description is "a list of scopes"."""
    document["components"]["schemas"]["Scopes"] = {"type": "array", "items": {"type": "string"}}


PATCHES: tuple[Patch, ...] = (
    name_the_token,
    separate_arrays_by_commas,
    read_parts_as_text,
    let_nullable_enums_be_null,
    let_absent_parameters_be_absent,
    show_failures,
    show_lists_of_problems,
    describe_oauth_failures,
    list_scopes,
)


def _of_our_routes(document: Json) -> Json:
    """Only the operations that the sandbox has: the whole takes the validator seconds."""
    ours = {(route.method.lower(), route.template) for route in ROUTES}
    document["paths"] = {
        path: {method: value for method, value in methods.items() if (method, path) in ours}
        for path, methods in document["paths"].items()
        if any(path == template for _, template in ours)
    }
    return document


def _forbid_unknown_fields(document: Json) -> None:
    """Stricter than the document: neither side shall use a field that isn't in it."""
    for schema in _schemas(document):
        if schema.get("properties"):
            schema["additionalProperties"] = False


def _schemas(value: Any) -> Iterator[Json]:
    """Everything that has the looks of a schema, wherever it stands."""
    if isinstance(value, dict):
        if "type" in value or "properties" in value:
            yield value
        for each in value.values():
            yield from _schemas(each)
    elif isinstance(value, list):
        for each in value:
            yield from _schemas(each)


def _operations(document: Json) -> list[Json]:
    return [each for methods in document["paths"].values() for each in methods.values()]


def _content(operation: Mapping[str, Any]) -> Json:
    content: Json = operation.get("requestBody", {}).get("content", {})
    return content


def _request(exchange: Exchange) -> MockRequest:
    parts = urlsplit(exchange.path)
    return MockRequest(
        ORIGIN,
        exchange.method.lower(),
        parts.path,
        args=dict(parse_qsl(parts.query)),
        headers=exchange.headers,
        data=exchange.content or None,
        content_type=exchange.headers.get("Content-Type", ""),
    )


def _response(exchange: Exchange) -> MockResponse:
    reply = exchange.reply
    return MockResponse(
        reply.content,
        status_code=reply.status,
        headers=reply.headers,
        content_type=reply.headers.get("Content-Type", "").partition(";")[0],
    )
