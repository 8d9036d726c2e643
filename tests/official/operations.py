"""What a document says of one request: the operation, its parameters, its body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.official.documents import Json, api_of
from tests.official.exchanges import Sent


@dataclass(frozen=True)
class Operation:
    document: Json = field(repr=False)
    template: str
    """Its path, as the document has it."""
    method: str

    @property
    def definition(self) -> Json:
        definition: Json = self.document["paths"][self.template][self.method]
        return definition

    def parameters(self, place: str) -> dict[str, Json]:
        """By name; `place` is query, header or path."""
        listed = [
            *self.document["paths"][self.template].get("parameters", []),
            *self.definition.get("parameters", []),
        ]
        resolved = (self.resolved(parameter) for parameter in listed)
        return {each["name"]: each for each in resolved if each["in"] == place}

    @property
    def body(self) -> Json:
        """The request body; empty when there is none."""
        return self.resolved(self.definition.get("requestBody", {}))

    def content(self, media_type: str) -> Json:
        """The schema of a body of this type; empty when the document has none."""
        described = self.body.get("content", {}).get(media_type, {})
        return self.resolved(described.get("schema", {}))

    def resolved(self, part: Json) -> Json:
        """What a reference stands for; anything else as it is."""
        while "$ref" in part:
            found: Any = self.document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[unquote(step).replace("~1", "/").replace("~0", "~")]
            part = found
        return part


def operation_of(sent: Sent, document: Json) -> Operation:
    """LookupError when the document has no such operation."""
    path = urlsplit(sent.target).path
    path = path.removeprefix(api_of(path).base)
    method = sent.method.lower()
    templates = [
        template
        for template, methods in document["paths"].items()
        if method in methods and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    if not templates:
        raise LookupError(f"The document has no {sent.method} {path}")
    # A path without placeholders comes before one that would match too.
    return Operation(document, min(templates, key=lambda each: each.count("{")), method)


def operations(document: Json) -> Iterator[Json]:
    for methods in document["paths"].values():
        for operation in methods.values():
            if isinstance(operation, dict) and "responses" in operation:
                yield operation


def schemas(part: Any, *, by_name: bool = False) -> Iterator[Json]:
    """Everything that has the looks of a schema; `by_name`: of each entry, not of the whole."""
    if isinstance(part, dict):
        if not by_name and isinstance(part.get("type"), str):
            yield part
        for name, each in part.items():
            yield from schemas(each, by_name=not by_name and name == "properties")
    elif isinstance(part, list):
        for each in part:
            yield from schemas(each)
