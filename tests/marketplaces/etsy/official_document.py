"""Etsy's OpenAPI document as the judge of our requests.

The document lies beside the project and is not part of it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

Json = dict[str, Any]

DOCUMENT = Path(__file__).resolve().parents[4] / "shared" / "specs" / "etsy_open_api_v3.json"
ORIGIN = "https://openapi.etsy.com"
LISTS = ("tags", "materials", "styles", "image_ids")


def is_there() -> bool:
    return DOCUMENT.is_file()


def listed(operation: str, name: str) -> list[str]:
    """The values that a field of a form may have."""
    methods = (method for path in _read()["paths"].values() for method in path.values())
    found = next(each for each in methods if each.get("operationId") == operation)
    (content,) = found["requestBody"]["content"].values()
    values: list[str] = content["schema"]["properties"][name]["enum"]
    return values


def check(raw: bytes) -> None:
    """Raise what is wrong with a request as it was read from the wire."""
    head, _, content = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    parts = urlsplit(target)
    content_type = headers.get("Content-Type", "")
    request = MockRequest(
        ORIGIN,
        method.lower(),
        parts.path,
        args=dict(parse_qsl(parts.query)),
        headers=headers,
        data=_as_the_validator_reads_it(content, content_type) or None,
        content_type=content_type,
    )
    _judge().validate_request(request)
    _forbid_unknown_fields(method.lower(), parts.path, content, content_type)


def _as_the_validator_reads_it(content: bytes, content_type: str) -> bytes:
    """A form's lists stand on the wire as Etsy wants them, joined by commas; the validator reads a
    field for each element."""
    if not content_type.startswith("application/x-www-form-urlencoded"):
        return content
    fields: list[str] = []
    for field in content.decode().split("&"):
        name, _, value = field.partition("=")
        values = value.split("%2C") if name in LISTS else [value]
        fields += [f"{name}={each}" for each in values]
    return "&".join(fields).encode()


@cache
def _judge() -> OpenAPI:
    document = json.loads(DOCUMENT.read_text())
    # The validator cannot follow OAuth's flows; on the wire there is a bearer token.
    document["components"]["securitySchemes"]["oauth2"] = {"type": "http", "scheme": "bearer"}
    _tell_types_of_parts(document)
    _drop_empty_defaults(document)
    return OpenAPI.from_dict(document)


def _forbid_unknown_fields(method: str, path: str, content: bytes, content_type: str) -> None:
    """Stricter than Etsy: a misspelt field of a form is a mistake of ours.

    The validator passes over them, in forms of both kinds.
    """
    kind = content_type.partition(";")[0]
    if not content or kind == "application/json":
        return
    names = {each.decode() for each in re.findall(rb'form-data; name="([^"]*)"', content)}
    if kind != "multipart/form-data":
        names = {name for name, _ in parse_qsl(content.decode())}
    template = next(
        each for each in _read()["paths"] if re.fullmatch(re.sub(r"{\w+}", r"\\d+", each), path)
    )
    schema = _read()["paths"][template][method]["requestBody"]["content"][kind]["schema"]
    if unknown := names - schema["properties"].keys():
        raise OpenAPIError(f"unknown fields: {sorted(unknown)}")


def _tell_types_of_parts(document: Json) -> None:
    """A part of a multipart form is a text; those of other types are read as JSON."""
    for path in document["paths"].values():
        content = path.get("post", {}).get("requestBody", {}).get("content", {})
        if form := content.get("multipart/form-data"):
            form["encoding"] = {
                name: {"contentType": "application/json"}
                for name, schema in form["schema"]["properties"].items()
                if schema["type"] in {"integer", "boolean"}
            }


def _drop_empty_defaults(part: Any) -> None:
    """`default: null` stands at parameters that may not be null."""
    if isinstance(part, dict):
        if part.get("default", "") is None:
            del part["default"]
        for each in part.values():
            _drop_empty_defaults(each)
    elif isinstance(part, list):
        for each in part:
            _drop_empty_defaults(each)


@cache
def _read() -> Json:
    document: Json = json.loads(DOCUMENT.read_text())
    return document
