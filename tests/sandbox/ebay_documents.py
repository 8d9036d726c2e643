"""eBay's OpenAPI documents, with their known faults mended, as a judge of requests and answers.

Each patch names its evidence. The documents lie beside the project and are not part of it.
"""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from marketplaces.sandbox.ebay.enums import CONDITIONS
from marketplaces.sandbox.process import PROJECT
from tests.sandbox.seller_client import Exchange

Json = dict[str, Any]

SPECS = PROJECT.parent / "shared" / "specs"
DOCUMENTS = {
    "/sell/inventory/v1": "ebay_sell_inventory_v1.18.4_oas3.json",
    "/commerce/media/v1_beta": "ebay_commerce_media_v1_beta_oas3.json",
    "/sell/account/v1": "ebay_sell_account_v1_oas3.json",
    "/sell/fulfillment/v1": "ebay_sell_fulfillment_v1_oas3.json",
    "/commerce/identity/v1": "ebay_commerce_identity_v1_oas3.json",
    "/commerce/taxonomy/v1": "ebay_commerce_taxonomy_v1_oas3.json",
}
ENUMS = "ebay_sell_inventory_v1.18.5_oas31.json"

COMMON_STATUSES = ("400", "401", "403", "404", "429", "500")
ORIGIN = "https://api.ebay.com"


def are_there() -> bool:
    return all((SPECS / name).is_file() for name in (*DOCUMENTS.values(), ENUMS))


class Judge:
    """Validates an exchange against the document that its path belongs to."""

    def __init__(self) -> None:
        self._apis = {base: OpenAPI.from_dict(document) for base, document in _patched().items()}

    def knows(self, path: str) -> bool:
        return any(path.startswith(base) for base in self._apis)

    def check(self, exchange: Exchange) -> None:
        """Raise what is wrong. A refused request may be as wrong as it likes; its answer may not."""
        api = next(api for base, api in self._apis.items() if exchange.path.startswith(base))
        request = _request(exchange)
        if exchange.reply.status < 400:
            api.validate_request(request)
        api.validate_response(request, _response(exchange))


def listed_conditions() -> set[str]:
    document = json.loads((SPECS / ENUMS).read_text())
    return set(document["components"]["schemas"]["ConditionEnum"]["enum"])


def _patched() -> dict[str, Json]:
    documents = {base: json.loads((SPECS / name).read_text()) for base, name in DOCUMENTS.items()}
    for base, document in documents.items():
        document["servers"] = [{"url": f"{ORIGIN}{base}"}]
        _name_the_token(document)
        _make_enums_strings(document)
        _forbid_unknown_fields(document)
        _wrap_errors(document)
    _mend_inventory(documents["/sell/inventory/v1"])
    _mend_media(documents["/commerce/media/v1_beta"])
    _mend_account(documents["/sell/account/v1"])
    return documents


def _name_the_token(document: Json) -> None:
    """OAuth's flows are beyond the validator; on the wire their outcome is a bearer token."""
    schemes = document["components"]["securitySchemes"]
    for name in schemes:
        schemes[name] = {"type": "http", "scheme": "bearer"}


def _make_enums_strings(document: Json) -> None:
    """Enumerations are `type: object` with a list of strings, which no value can satisfy."""
    for schema in document["components"]["schemas"].values():
        if "enum" in schema and schema.get("type") == "object":
            schema["type"] = "string"


def _forbid_unknown_fields(document: Json) -> None:
    """Stricter than the documents: neither side shall use a field that isn't in them."""
    for schema in document["components"]["schemas"].values():
        if schema.get("properties"):
            schema["additionalProperties"] = False


def _wrap_errors(document: Json) -> None:
    """Failures show a bare Error or nothing; the body that eBay sends is `{"errors": [...]}`.

    The common errors (developer.ebay.com/develop/api/sell/error_codes) may come from any operation,
    which no operation lists.
    """
    errors = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Error"}}
    schema = {"type": "object", "required": ["errors"], "properties": {"errors": errors}}
    content = {"application/json": {"schema": schema}}
    for operation in _operations(document):
        for status in {*COMMON_STATUSES, *operation["responses"]}:
            if status >= "400":
                operation["responses"][status] = {"description": "Failure", "content": content}


def _mend_inventory(document: Json) -> None:
    """`aspects` is "a string" whose description shows an object of arrays; enums lack their values.

    207 of bulkUpdatePriceQuantity is listed without a body, though its prose describes one.
    """
    schemas = document["components"]["schemas"]
    values = {"type": "array", "items": {"type": "string"}}
    schemas["Product"]["properties"]["aspects"] = {"type": "object", "additionalProperties": values}
    for name in ("InventoryItem", "InventoryItemWithSkuLocaleGroupid"):
        schemas[name]["properties"]["condition"] = {"type": "string", "enum": sorted(CONDITIONS)}
    responses = document["paths"]["/bulk_update_price_quantity"]["post"]["responses"]
    responses["207"] = responses["200"]


def _mend_media(document: Json) -> None:
    """createImageFromFile has no request body: the part `image` is in its prose only."""
    image = {"type": "object", "properties": {"image": {}}, "required": ["image"]}
    operation = document["paths"]["/image/create_image_from_file"]["post"]
    operation["requestBody"] = {
        "required": True,
        "content": {"multipart/form-data": {"schema": image}},
    }


def _mend_account(document: Json) -> None:
    """CustomPolicyResponse has its own description among its fields; no document may have that."""
    del document["components"]["schemas"]["CustomPolicyResponse"]["properties"]["description"]


def _operations(document: Json) -> list[Json]:
    return [
        operation
        for methods in document["paths"].values()
        for operation in methods.values()
        if isinstance(operation, dict) and "responses" in operation
    ]


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
