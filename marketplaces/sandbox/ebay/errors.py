"""eBay's error bodies: ids, domains, categories and texts from `x-response-codes` of the documents.

The schemas of the documents show a bare Error; the real body is `{"errors": [Error, ...]}`.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from marketplaces.sandbox.messages import Answer, RefusedError

Json = dict[str, Any]


class Known(NamedTuple):
    domain: str
    category: str
    text: str
    long_text: str = ""


def _inventory(text: str, category: str = "REQUEST") -> Known:
    return Known("API_INVENTORY", category, text)


def _media(text: str) -> Known:
    return Known("API_MEDIA", "REQUEST", text)


def _account(text: str) -> Known:
    return Known("API_ACCOUNT", "REQUEST", text)


def _taxonomy(text: str) -> Known:
    return Known("API_TAXONOMY", "REQUEST", text)


def _fulfillment(text: str) -> Known:
    return Known("API_FULFILLMENT", "REQUEST", text)


CATALOGUE = {
    # Common to all REST APIs: developer.ebay.com/develop/api/sell/error_codes
    1001: Known(
        "OAuth",
        "REQUEST",
        "Invalid access token",
        "Invalid access token. Check the value of the Authorization HTTP request header.",
    ),
    1002: Known(
        "OAuth",
        "REQUEST",
        "Missing access token",
        "Access token is missing in the Authorization HTTP request header.",
    ),
    1003: Known("OAuth", "REQUEST", "Token type in the Authorization header is invalid:{scheme}"),
    1100: Known(
        "OAuth", "REQUEST", "Access denied", "Insufficient permissions to fulfill the request."
    ),
    2001: Known(
        "ACCESS",
        "REQUEST",
        "Too many requests",
        "The request limit has been reached for the resource.",
    ),
    2002: Known(
        "ACCESS",
        "REQUEST",
        "Resource not resolved",
        "A resource (URI) associated with the request could not be resolved.",
    ),
    2003: Known(
        "ACCESS",
        "APPLICATION",
        "Internal error",
        "There was a problem with an eBay internal system or process."
        " Contact eBay developer support for assistance.",
    ),
    2004: Known(
        "ACCESS",
        "REQUEST",
        "Invalid request",
        "The request has errors. For help, see the documentation for this API.",
    ),
    3005: Known("ROUTING", "APPLICATION", "Internal error"),
    # Inventory API
    25001: _inventory("A system error has occurred. {info}", "APPLICATION"),
    25002: _inventory("A user error has occurred. {info}"),
    25003: _inventory("Invalid price. {info}"),
    25004: _inventory("Invalid quantity. {info}"),
    25005: _inventory("Invalid category. {info}"),
    25006: _inventory("Invalid listing option. {info}"),
    25007: _inventory("Invalid Shipping policy information. {info}"),
    25008: _inventory("Invalid Payment policy information. {info}"),
    25009: _inventory("Invalid Return policy information. {info}"),
    25012: _inventory("Invalid location. {info}"),
    25014: _inventory("Invalid pictures. {info}"),
    25015: _inventory("Invalid picture URL. {info}"),
    25016: _inventory("Invalid {field}. {info}"),
    25019: _inventory("Cannot revise the listing. {info}"),
    25021: _inventory("Invalid condition information. {info}"),
    25022: _inventory("Invalid attribute. {field}"),
    25702: _inventory("{sku} could not be found or is not available in the system."),
    25706: _inventory("You have provided invalid pagination values. {info}"),
    25707: _inventory(
        "This is an invalid value for a SKU. Only alphanumeric characters can be used for SKUs,"
        " and their length must not exceed 50 characters."
    ),
    25709: _inventory("Invalid value for {field}. {info}"),
    25710: _inventory(
        "We didn't find the resource/entity you are requesting. Please verify the request"
    ),
    25713: _inventory("This Offer is not available : {info}."),
    25801: _inventory("Missing field {field}."),
    25802: _inventory("Input error. {info}"),
    25803: _inventory("{field} already exists."),
    25805: _inventory("{field} Not Found."),
    # Fulfillment API
    30700: _fulfillment("Invalid filter name: {info}"),
    30800: _fulfillment("Invalid filter value {info}"),
    30810: _fulfillment("Invalid date format"),
    30820: _fulfillment("Start date is missing"),
    30830: _fulfillment("Time range between start date and end date must be within '2' years."),
    30840: _fulfillment("Start date should be before end date"),
    30850: _fulfillment("Start and end dates can't be in the future"),
    31000: _fulfillment("Invalid offset: {info}"),
    31100: _fulfillment("Invalid limit: {info}"),
    32100: _fulfillment("Invalid order ID: {info}"),
    # Taxonomy API
    62002: _taxonomy("Missing marketplace ID."),
    62003: _taxonomy("The specified marketplace ID was not found."),
    62004: _taxonomy("The specified category tree ID was not found."),
    62005: _taxonomy("The specified category ID does not belong to specified category tree."),
    62006: _taxonomy("Missing category ID."),
    62007: _taxonomy(
        "Missing keyword 'q'. Please specify a valid set of keywords that best describes your item."
    ),
    62008: _taxonomy("The specified category ID is the root for the category tree."),
    62009: _taxonomy("The specified category ID must be a leaf category."),
    # Media API
    190200: _media("The image resource was not found."),
    190201: _media(
        "The image file size is larger than the limit. Please refer to the documentation."
    ),
    190202: _media(
        "The supplied image dimensions exceed the limit. Please refer to the documentation."
    ),
    190203: _media(
        "The supplied image is in a format that is not supported."
        " Please refer to the documentation for a list of supported formats."
    ),
    190204: _media(
        "No valid image can be downloaded from the provided imageUrl."
        " Please refer to the documentation."
    ),
    # Account API
    20401: _account("Missing field {field}."),
    20403: _account("Invalid {field}."),
}

BY_STATUS = {401: 1001, 403: 1100, 404: 2002, 429: 2001, 502: 3005, 503: 3005, 504: 3005}
"""The common error that goes with a bare status; 2004 for other 4xx, 2003 for other 5xx."""


def error(error_id: int, **values: str) -> Json:
    """One Error; the values fill its text and are listed as its parameters, as eBay does."""
    known = CATALOGUE[error_id]
    blanks = {"info": "", "field": "", "sku": "", "scheme": ""} | values
    text = known.text.format(**blanks).strip()
    body: Json = {
        "errorId": error_id,
        "domain": known.domain,
        "category": known.category,
        "message": text,
        "longMessage": known.long_text or text,
    }
    if values:
        names = {"info": "additionalInfo", "field": "fieldName", "sku": "skuValue"}
        body["parameters"] = [
            {"name": names.get(name, name), "value": value} for name, value in values.items()
        ]
    return body


def answer(status: int, errors: Iterable[Json]) -> Answer:
    return Answer(status=status, body={"errors": list(errors)})


def refusal(status: int, error_id: int, **values: str) -> RefusedError:
    return RefusedError(answer(status, [error(error_id, **values)]))


def bare(status: int) -> Answer:
    """A failure of eBay's gateway, which knows the status and little else."""
    if status < 400:
        return Answer(status=status)
    default = 2004 if status < 500 else 2003
    return answer(status, [error(BY_STATUS.get(status, default))])
