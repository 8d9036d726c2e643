"""eBay's OpenAPI documents as judges of our requests; their known faults are mended here only.

The documents lie beside the project and are not part of it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

Json = dict[str, Any]

SPECS = Path(__file__).resolve().parents[4] / "shared" / "specs"
DOCUMENTS = {
    "/sell/inventory/v1": "ebay_sell_inventory_v1.18.4_oas3.json",
    "/commerce/media/v1_beta": "ebay_commerce_media_v1_beta_oas3.json",
    "/sell/account/v1": "ebay_sell_account_v1_oas3.json",
    "/sell/fulfillment/v1": "ebay_sell_fulfillment_v1_oas3.json",
    "/commerce/identity/v1": "ebay_commerce_identity_v1_oas3.json",
    "/commerce/taxonomy/v1": "ebay_commerce_taxonomy_v1_oas3.json",
}
ENUMS = "ebay_sell_inventory_v1.18.5_oas31.json"
ORIGIN = "https://api.ebay.com"


def are_there() -> bool:
    return all((SPECS / name).is_file() for name in (*DOCUMENTS.values(), ENUMS))


def listed(enum: str) -> set[str]:
    """The values of an enum; document 1.18.4 has none."""
    document = json.loads((SPECS / ENUMS).read_text())
    return set(document["components"]["schemas"][enum]["enum"])


def check(raw: bytes) -> None:
    """Raise what is wrong with a request as it was read from the wire."""
    head, _, content = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    parts = urlsplit(target)
    base = next(base for base in DOCUMENTS if parts.path.startswith(base))
    request = MockRequest(
        ORIGIN,
        method.lower(),
        parts.path,
        args=dict(parse_qsl(parts.query)),
        headers=headers,
        data=content or None,
        content_type=headers.get("Content-Type", ""),
    )
    _judge(base).validate_request(request)


@cache
def _judge(base: str) -> OpenAPI:
    document: Json = json.loads((SPECS / DOCUMENTS[base]).read_text())
    document["servers"] = [{"url": f"{ORIGIN}{base}"}]
    _name_the_token(document)
    _forbid_unknown_fields(document)
    _mend(base, document)
    return OpenAPI.from_dict(document)


def _name_the_token(document: Json) -> None:
    """The validator cannot follow OAuth's flows; on the wire there is a bearer token."""
    schemes = document["components"]["securitySchemes"]
    for name in schemes:
        schemes[name] = {"type": "http", "scheme": "bearer"}


def _forbid_unknown_fields(document: Json) -> None:
    """Stricter than eBay: a misspelt field is a mistake of ours."""
    for schema in document["components"]["schemas"].values():
        if schema.get("properties"):
            schema["additionalProperties"] = False


def _mend(base: str, document: Json) -> None:
    schemas = document["components"]["schemas"]
    if base.startswith("/sell/inventory"):
        # Typed as a string; its description and every real request have an object of arrays.
        values = {"type": "array", "items": {"type": "string"}}
        aspects = {"type": "object", "additionalProperties": values}
        schemas["Product"]["properties"]["aspects"] = aspects
        # A bare string in 1.18.4; 1.18.5 has the values.
        conditions = {"type": "string", "enum": sorted(listed("ConditionEnum"))}
        schemas["InventoryItem"]["properties"]["condition"] = conditions
    if base.startswith("/commerce/media"):
        # No request body is given; that the part is called `image` stands in the prose.
        image = {"type": "object", "properties": {"image": {}}, "required": ["image"]}
        content = {"multipart/form-data": {"schema": image}}
        operation = document["paths"]["/image/create_image_from_file"]["post"]
        operation["requestBody"] = {"required": True, "content": content}
    if base.startswith("/sell/account"):
        # Its own description stands among its fields, which no document may have.
        schemas["CustomPolicyResponse"]["properties"].pop("description", None)
