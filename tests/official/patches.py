"""Where the vendors' documents are wrong, each with its evidence.

A patch mends a document in memory before anything is judged by it. `tests.official.test_patches`
has a right request or answer for each that the document without the patch refuses: a patch whose
witness passes without it is not needed any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.official.documents import (
    ACCOUNT,
    APIS,
    ETSY,
    IDENTITY,
    INVENTORY,
    MEDIA,
    TAXONOMY,
    Api,
    Json,
    newer_inventory,
)
from tests.official.forms import FORM
from tests.official.operations import operations, schemas

COMMON_STATUSES = ("400", "401", "403", "404", "409", "429", "500", "502", "503", "504")

MORE_NUMBERS = {
    "createOffer": ("25002", "25707"),
    "getOffers": ("25707", "25713"),
    "bulkUpdatePriceQuantity": ("25019",),
}
"""Errors of eBay's, by the operation that may give them."""


@dataclass(frozen=True)
class Patch:
    name: str
    apis: tuple[Api, ...]
    evidence: str
    apply: Callable[[Json], None] = field(repr=False)

    def __str__(self) -> str:
        return self.name


def _wrap_errors(document: Json) -> None:
    schemas = document["components"]["schemas"]
    error = {"$ref": "#/components/schemas/Error"} if "Error" in schemas else {"type": "object"}
    errors = {"type": "array", "minItems": 1, "items": error}
    schema = {"type": "object", "required": ["errors"], "properties": {"errors": errors}}
    content = {"application/json": {"schema": schema}}
    for operation in operations(document):
        for status in {*COMMON_STATUSES, *operation["responses"]}:
            if status >= "400":
                response = operation["responses"].setdefault(status, {"description": "Failure"})
                response["content"] = content


def _make_enums_strings(document: Json) -> None:
    for schema in document["components"]["schemas"].values():
        if "enum" in schema and schema["type"] == "object":
            schema["type"] = "string"


def _give_aspects_their_form(document: Json) -> None:
    values = {"type": "array", "items": {"type": "string"}}
    aspects = {"type": "object", "additionalProperties": values}
    document["components"]["schemas"]["Product"]["properties"]["aspects"] = aspects


def _list_the_words(document: Json) -> None:
    newer = newer_inventory()["components"]["schemas"]
    for name, schema in document["components"]["schemas"].items():
        for field_name, described in schema.get("properties", {}).items():
            known = newer.get(name, {}).get("properties", {}).get(field_name, {})
            of_newer = newer.get(known.get("$ref", "").rpartition("/")[2], {})
            if "enum" in of_newer and described.get("type") == "string":
                described["enum"] = of_newer["enum"]


def _list_more_numbers(document: Json) -> None:
    for operation in operations(document):
        more: Json = {number: {} for number in MORE_NUMBERS.get(operation["operationId"], ())}
        described = operation["responses"]["400"].setdefault("x-response-codes", {"errors": {}})
        described["errors"] |= more


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


def _separate_lists_by_commas(document: Json) -> None:
    for operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["schema"].get("type") == "array":
                parameter["explode"] = False
        form = operation.get("requestBody", {}).get("content", {}).get(FORM, {})
        fields = form.get("schema", {}).get("properties", {})
        lists = [name for name, schema in fields.items() if schema.get("type") == "array"]
        if lists:
            form["encoding"] = {name: {"style": "form", "explode": False} for name in lists}


def _let_nullable_enums_be_null(document: Json) -> None:
    for schema in schemas(document):
        if schema.get("nullable") and "enum" in schema:
            schema["enum"].append(None)


def _let_absent_parameters_be_absent(document: Json) -> None:
    for operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["schema"].get("default", "") is None:
                del parameter["schema"]["default"]


def _show_failures(document: Json) -> None:
    shown = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorSchema"}}}
    for operation in operations(document):
        for status in COMMON_STATUSES:
            operation["responses"].setdefault(status, {"description": "", "content": shown})


def _show_lists_of_problems(document: Json) -> None:
    text = {"type": "string"}
    problem = {
        "type": "object",
        "required": ["path", "type", "message"],
        "properties": {"path": text, "type": text, "message": text},
    }
    either = [
        {"$ref": "#/components/schemas/ErrorSchema"},
        {"type": "array", "minItems": 1, "items": problem},
    ]
    content = {"application/json": {"schema": {"oneOf": either}}}
    for operation in operations(document):
        operation["responses"]["400"] = {"description": "", "content": content}


def _describe_oauth_failures(document: Json) -> None:
    schema = document["components"]["schemas"]["ErrorSchema"]
    schema["properties"]["error_description"] = {"type": "string"}


def _know_the_state_edit(document: Json) -> None:
    for name in ("ShopListing", "ShopListingWithAssociations"):
        document["components"]["schemas"][name]["properties"]["state"]["enum"].append("edit")


def _list_scopes(document: Json) -> None:
    document["components"]["schemas"]["Scopes"] = {"type": "array", "items": {"type": "string"}}


EBAY = tuple(api for api in APIS if api is not ETSY)

ERRORS = Patch(
    "failures have a body with `errors`",
    EBAY,
    "The documents show a bare Error, or nothing; eBay's guide to error messages and every real "
    'answer have {"errors": [Error, …]}, and the common statuses may come from any operation.',
    _wrap_errors,
)
ENUMS = Patch(
    "enums are strings",
    (MEDIA, ACCOUNT, TAXONOMY, IDENTITY),
    "In the 3.1 documents an enum is `type: object` with a list of strings, which no value can be.",
    _make_enums_strings,
)
ASPECTS = Patch(
    "aspects are an object of arrays",
    (INVENTORY,),
    'Typed as a string; the field\'s own description shows {"Brand": ["GoPro"]}.',
    _give_aspects_their_form,
)
WORDS = Patch(
    "fields have the words of 1.18.5",
    (INVENTORY,),
    "Conditions, marketplaces, formats and so on are bare strings in 1.18.4, so that any word "
    "passes; 1.18.5 of the same document lists the words of the same fields.",
    _list_the_words,
)
NUMBERS = Patch(
    "operations list the errors that they give",
    (INVENTORY,),
    'A second createOffer gets 25002 "Offer entity already exists" (stackoverflow.com/q/67485116); '
    "a SKU in an offer or a query, and a listing that bulkUpdatePriceQuantity revises, fall under "
    "the rules that other operations list as 25707 and 25019; the 404 of getOffers has no number, "
    "and 25713 is that of every other operation for an offer that is not there.",
    _list_more_numbers,
)
PARTS = Patch(
    "207 of bulkUpdatePriceQuantity has the body of 200",
    (INVENTORY,),
    "Listed without a body, though the operation's text describes one status for each part.",
    _give_207_a_body,
)
UPLOAD = Patch(
    "an upload has a part `image`",
    (MEDIA,),
    "createImageFromFile has no request body; its text asks for multipart/form-data with `image`.",
    _give_the_upload_a_body,
)
DESCRIPTION = Patch(
    "a description is not a field",
    (ACCOUNT,),
    "CustomPolicyResponse has its own description, a text, among its properties, which makes the "
    "document invalid.",
    _take_the_description_for_one,
)
LISTS = Patch(
    "lists are separated by commas",
    (ETSY,),
    'Lists in forms and queries have no style, which would be `a=1&a=2`; their prose has "comma-'
    'separated list", and Etsy takes nothing else (etsy/open-api#291, #557).',
    _separate_lists_by_commas,
)
NULLABLE_ENUMS = Patch(
    "nullable enums may be null",
    (ETSY,),
    "`nullable` beside an `enum` without null admits no null (OpenAPI 3.0.3, proposal 2019-10-31);"
    " Etsy's prose has null as the default of these.",
    _let_nullable_enums_be_null,
)
DEFAULTS = Patch(
    "a parameter that is absent is not null",
    (ETSY,),
    "`default: null` of parameters that are not nullable: the default itself would be wrong.",
    _let_absent_parameters_be_absent,
)
FAILURES = Patch(
    "any operation may fail",
    (ETSY,),
    "No operation lists 429 or an outage, and few the 401 and 403 that any key or token may get.",
    _show_failures,
)
PROBLEMS = Patch(
    "400 may have a list of problems",
    (ETSY,),
    "A list of {path, type, message} instead of an object (etsy/open-api#472, #622).",
    _show_lists_of_problems,
)
DESCRIBED_FAILURES = Patch(
    "a token's failure is described",
    (ETSY,),
    "`error_description` stands beside `error` (etsy/open-api#519, #598).",
    _describe_oauth_failures,
)
STATES = Patch(
    "a listing may be in the state edit",
    (ETSY,),
    "A listing that Etsy has frozen is shown as `edit`, which the list of states has not "
    "(etsy/open-api#425).",
    _know_the_state_edit,
)
SCOPES = Patch(
    "scopes are a list",
    (ETSY,),
    '`Scopes` is an object without properties; its description is "a list of scopes".',
    _list_scopes,
)
PATCHES = (
    *(ERRORS, ENUMS, ASPECTS, WORDS, NUMBERS, PARTS, UPLOAD, DESCRIPTION),
    *(LISTS, NULLABLE_ENUMS, DEFAULTS, FAILURES, PROBLEMS, DESCRIBED_FAILURES, STATES, SCOPES),
)
