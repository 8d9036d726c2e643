"""Where the vendors' documents are wrong, each with its evidence.

A patch mends a document in memory before anything is judged by it. `tests.official.test_patches`
has a right request or answer for each that the document without the patch refuses: a patch whose
witness passes without it is not needed any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.official.documents import ACCOUNT, INVENTORY, MEDIA, Api, Json, listed

COMMON_STATUSES = ("400", "401", "403", "404", "409", "429", "500")


@dataclass(frozen=True)
class Patch:
    name: str
    api: Api | None
    """None: every document of eBay's."""
    evidence: str
    apply: Callable[[Json], None] = field(repr=False)


def _ebay_only(change: Callable[[Json], None]) -> Callable[[Json], None]:
    def apply(document: Json) -> None:
        if "ebay" in document["servers"][0]["url"]:
            change(document)

    return apply


def _operations(document: Json) -> Iterator[Json]:
    for methods in document["paths"].values():
        for operation in methods.values():
            if isinstance(operation, dict) and "responses" in operation:
                yield operation


def _wrap_errors(document: Json) -> None:
    schemas = document["components"]["schemas"]
    error = {"$ref": "#/components/schemas/Error"} if "Error" in schemas else {"type": "object"}
    errors = {"type": "array", "minItems": 1, "items": error}
    schema = {"type": "object", "required": ["errors"], "properties": {"errors": errors}}
    content = {"application/json": {"schema": schema}}
    for operation in _operations(document):
        for status in {*COMMON_STATUSES, *operation["responses"]}:
            if status >= "400":
                operation["responses"][status] = {"description": "Failure", "content": content}


def _make_enums_strings(document: Json) -> None:
    for schema in document["components"]["schemas"].values():
        if "enum" in schema and schema.get("type") == "object":
            schema["type"] = "string"


def _give_aspects_their_form(document: Json) -> None:
    values = {"type": "array", "items": {"type": "string"}}
    aspects = {"type": "object", "additionalProperties": values}
    document["components"]["schemas"]["Product"]["properties"]["aspects"] = aspects


def _list_the_conditions(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for name in ("InventoryItem", "InventoryItemWithSkuLocaleGroupid"):
        conditions = {"type": "string", "enum": sorted(listed("ConditionEnum"))}
        schemas[name]["properties"]["condition"] = conditions


def _give_207_a_body(document: Json) -> None:
    responses = document["paths"]["/bulk_update_price_quantity"]["post"]["responses"]
    responses["207"] = responses["200"]


def _give_the_upload_a_body(document: Json) -> None:
    image = {"type": "object", "properties": {"image": {}}, "required": ["image"]}
    content = {"multipart/form-data": {"schema": image}}
    operation = document["paths"]["/image/create_image_from_file"]["post"]
    operation["requestBody"] = {"required": True, "content": content}


def _take_the_description_for_one(document: Json) -> None:
    del document["components"]["schemas"]["CustomPolicyResponse"]["properties"]["description"]


ERRORS = Patch(
    "failures have a body with `errors`",
    None,
    "The documents show a bare Error, or nothing; eBay's guide to error messages and every real "
    'answer have {"errors": [Error, …]}, and the common statuses may come from any operation.',
    _ebay_only(_wrap_errors),
)
ENUMS = Patch(
    "enums are strings",
    None,
    "In the 3.1 documents an enum is `type: object` with a list of strings, which no value can be.",
    _ebay_only(_make_enums_strings),
)
ASPECTS = Patch(
    "aspects are an object of arrays",
    INVENTORY,
    'Typed as a string; the field\'s own description shows {"Brand": ["GoPro"]}.',
    _give_aspects_their_form,
)
CONDITIONS = Patch(
    "conditions are those of ConditionEnum",
    INVENTORY,
    "A bare string in 1.18.4, so that any word passes; 1.18.5 of the same document has the list.",
    _list_the_conditions,
)
PARTS = Patch(
    "207 of bulkUpdatePriceQuantity has the body of 200",
    INVENTORY,
    "Listed without a body, though the operation's text describes one status for each part.",
    _give_207_a_body,
)
UPLOAD = Patch(
    "an upload has a part `image`",
    MEDIA,
    "createImageFromFile has no request body; its text asks for multipart/form-data with `image`.",
    _give_the_upload_a_body,
)
DESCRIPTION = Patch(
    "a description is not a field",
    ACCOUNT,
    "CustomPolicyResponse has its own description, a text, among its properties, which makes the "
    "document invalid.",
    _take_the_description_for_one,
)
PATCHES = (ERRORS, ENUMS, ASPECTS, CONDITIONS, PARTS, UPLOAD, DESCRIPTION)
