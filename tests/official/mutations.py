"""Wrong requests, each made from a right one by a single mistake that its document knows to be one.

Nothing here knows a marketplace: required names, types, words, lengths and bounds are read from the
document's own schemas.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from tests.official.documents import Json, api_of
from tests.official.exchanges import Sent
from tests.official.forms import (
    FORM,
    JSON,
    MULTIPART,
    fields,
    form,
    media_type,
    multipart,
    parts,
    text_part,
)
from tests.official.judge import patched
from tests.official.operations import Operation, operation_of

METHODS = ("PUT", "POST", "GET", "DELETE", "PATCH")
SIGNATURES = {"authorization", "x-api-key"}
UNKNOWN = "notInTheDocument"

WITH_BODY = (
    *("create_draft", "update_listing: texts", "update_listing: images", "activate", "deactivate"),
    *("put_inventory", "put_inventory: fewer pieces", "upload_image"),
)
PUBLIC_READS = ("get_listing", "images", "shop", "return_policies", "sections", "categories")
BEYOND_THE_DOCUMENT = {
    ("etsy", WITH_BODY, "no body"): "Etsy's document requires no body anywhere.",
    ("etsy", PUBLIC_READS, "without Authorization"): "Etsy asks for the application's key alone.",
}
"""Mistakes that no reader of the document could see, and why."""


@dataclass(frozen=True)
class Mutant:
    mistake: str
    sent: Sent


def mutants(sent: Sent) -> Iterator[Mutant]:
    operation = operation_of(sent, patched(api_of(urlsplit(sent.target).path)))
    yield from _elsewhere(sent, operation)
    yield from _headers(sent, operation)
    yield from _path(sent, operation)
    yield from _query(sent, operation)
    if sent.content:
        yield from _body(sent, operation)


def excused(marketplace: str, call: str) -> set[str]:
    """The mistakes in this call that are beyond its document."""
    return {
        mistake
        for of_marketplace, calls, mistake in BEYOND_THE_DOCUMENT
        if of_marketplace == marketplace and call in calls
    }


def _elsewhere(sent: Sent, operation: Operation) -> Iterator[Mutant]:
    path, _, query = sent.target.partition("?")
    yield Mutant("unknown path", replace(sent, target=f"{path.rstrip('/')}/nowhere/at/all?{query}"))
    served = operation.document["paths"][operation.template]
    other = next(method for method in METHODS if method.lower() not in served)
    yield Mutant(f"method {other}", replace(sent, method=other))


def _headers(sent: Sent, operation: Operation) -> Iterator[Mutant]:
    """Without what signs it, whether or not the operation asks for that, and without others."""
    needed = {name for name, each in operation.parameters("header").items() if each.get("required")}
    signing = {name for name in sent.headers if name.lower() in SIGNATURES}
    for name in sorted(needed | signing):
        yield Mutant(f"without {name}", _without_header(sent, name))


def _path(sent: Sent, operation: Operation) -> Iterator[Mutant]:
    wanted = operation.template.split("/")
    path, mark, query = sent.target.partition("?")
    steps = path.split("/")
    offset = len(steps) - len(wanted)
    for number, step in enumerate(wanted):
        if not step.startswith("{"):
            continue
        parameter = operation.parameters("path")[step[1:-1]]
        for mistake, wrong in _wrong_texts(operation, parameter["schema"]):
            changed = [*steps[: offset + number], wrong, *steps[offset + number + 1 :]]
            target = "/".join(changed) + mark + query
            yield Mutant(f"path {step}: {mistake}", replace(sent, target=target))


def _query(sent: Sent, operation: Operation) -> Iterator[Mutant]:
    path, _, query = sent.target.partition("?")
    values = fields(query.encode())
    for mistake, changed in _wrong_fields(operation, values, _query_schema(operation)):
        target = f"{path}?{form(changed).decode()}"
        yield Mutant(f"query {mistake}", replace(sent, target=target))


def _query_schema(operation: Operation) -> Json:
    parameters = operation.parameters("query")
    return {
        "properties": {name: each["schema"] for name, each in parameters.items()},
        "required": [name for name, each in parameters.items() if each.get("required")],
    }


def _body(sent: Sent, operation: Operation) -> Iterator[Mutant]:
    kind = media_type(sent.content_type)
    yield Mutant("no body", replace(sent, content=b""))
    yield Mutant("as text", _typed(sent, "text/plain"))
    schema = operation.content(kind)
    if kind == JSON:
        yield Mutant("no JSON", replace(sent, content=sent.content[:-1]))
        document = json.loads(sent.content)
        for mistake, wrong in _wrong_values(operation, document, schema):
            yield Mutant(f"body{mistake}", replace(sent, content=json.dumps(wrong).encode()))
    elif kind == FORM:
        for mistake, changed in _wrong_fields(operation, fields(sent.content), schema):
            yield Mutant(f"field {mistake}", replace(sent, content=form(changed)))
    elif kind == MULTIPART:
        yield from _wrong_parts(sent, operation, schema)


def _wrong_parts(sent: Sent, operation: Operation, schema: Json) -> Iterator[Mutant]:
    whole = parts(sent.content, sent.content_type)

    def mutant(mistake: str, changed: Mapping[str, bytes]) -> Mutant:
        content = multipart(changed.values(), sent.content_type)
        return Mutant(f"part {mistake}", replace(sent, content=content))

    for name in sorted(set(schema.get("required", [])) & whole.keys()):
        yield mutant(f"{name}: left out", {k: v for k, v in whole.items() if k != name})
    yield mutant("unknown", whole | {UNKNOWN: text_part(UNKNOWN, "1")})
    for name in whole:
        for mistake, wrong in _wrong_texts(operation, schema["properties"][name]):
            yield mutant(f"{name}: {mistake}", whole | {name: text_part(name, wrong)})


def _wrong_fields(
    operation: Operation, values: Mapping[str, str], schema: Json
) -> Iterator[tuple[str, dict[str, str]]]:
    """Of a form or a query, where all values are text."""
    for name in sorted(set(schema.get("required", [])) & values.keys()):
        yield f"{name}: left out", {k: v for k, v in values.items() if k != name}
    yield "unknown", {**values, UNKNOWN: "1"}
    for name in values:
        for mistake, wrong in _wrong_texts(operation, schema["properties"][name]):
            yield f"{name}: {mistake}", {**values, name: wrong}


def _wrong_texts(operation: Operation, schema: Json) -> Iterator[tuple[str, str]]:
    """Texts that are no value of `schema`, each with the mistake that it is."""
    schema = operation.resolved(schema)
    kind = schema.get("type")
    if kind == "array":
        for mistake, wrong in _wrong_texts(operation, schema["items"]):
            yield f"element {mistake}", wrong
        return
    if kind in {"integer", "number", "boolean"}:
        yield f"no {kind}", "abc"
    if kind == "integer":
        yield "half", "1.5"
    if "enum" in schema:
        yield "no such word", "not-such-a-word"
    if "maxLength" in schema:
        yield "too long", "x" * (schema["maxLength"] + 1)
    yield from ((mistake, str(wrong)) for mistake, wrong in _out_of_bounds(schema))


def _wrong_values(operation: Operation, value: Any, schema: Json) -> Iterator[tuple[str, Any]]:
    """The whole JSON with one mistake somewhere in it, and where."""
    schema = operation.resolved(schema)
    yield from ((f": {mistake}", wrong) for mistake, wrong in _wrong_types(schema))
    if isinstance(value, dict):
        yield from _wrong_objects(operation, value, schema)
    elif isinstance(value, list):
        for number, each in enumerate(value[:1]):
            for mistake, wrong in _wrong_values(operation, each, schema["items"]):
                yield f"[{number}]{mistake}", [wrong, *value[1:]]


def _wrong_objects(operation: Operation, value: Json, schema: Json) -> Iterator[tuple[str, Any]]:
    properties = schema.get("properties", {})
    for name in sorted(set(schema.get("required", [])) & value.keys()):
        yield f".{name}: left out", {k: v for k, v in value.items() if k != name}
    if properties:
        yield f".{UNKNOWN}: unknown", {**value, UNKNOWN: "1"}
    for name, each in value.items():
        inner = properties.get(name, schema.get("additionalProperties"))
        for mistake, wrong in _wrong_values(operation, each, inner):
            yield f".{name}{mistake}", {**deepcopy(value), name: wrong}


def _wrong_types(schema: Json) -> Iterator[tuple[str, Any]]:
    kind = schema.get("type")
    others = {"string": 7, "integer": "7", "number": "7", "boolean": "true"}
    if kind in others:
        yield f"no {kind}", others[kind]
    if kind in {"array", "object"}:
        yield f"no {kind}", "text"
    if kind == "integer":
        yield "half", 1.5
    if kind is not None and not schema.get("nullable"):
        yield "null", None
    if "enum" in schema:
        yield "no such word", "not-such-a-word"
    if "maxLength" in schema:
        yield "too long", "x" * (schema["maxLength"] + 1)
    yield from _out_of_bounds(schema)


def _out_of_bounds(schema: Json) -> Iterator[tuple[str, Any]]:
    if "minimum" in schema:
        yield "too small", schema["minimum"] - 1
    if "maximum" in schema:
        yield "too large", schema["maximum"] + 1


def _typed(sent: Sent, content_type: str) -> Sent:
    headers = _without_header(sent, "content-type").headers
    return replace(sent, headers={**headers, "Content-Type": content_type})


def _without_header(sent: Sent, name: str) -> Sent:
    kept = {k: v for k, v in sent.headers.items() if k.lower() != name.lower()}
    return replace(sent, headers=kept)
