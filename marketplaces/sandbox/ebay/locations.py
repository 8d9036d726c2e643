"""Inventory locations: where the seller's goods lie (`/sell/inventory/v1/location`)."""

from typing import Any

from marketplaces.sandbox.ebay.enums import LOCATION_TYPES
from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.ebay.kinds import LOCATIONS
from marketplaces.sandbox.ebay.paging import page_by_record
from marketplaces.sandbox.ebay.request_body import Shape, json_object
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

MAX_KEY = 36
PATH = "/sell/inventory/v1/location"

SHAPE: Shape = {
    "location": {
        "address": {
            "addressLine1": str,
            "addressLine2": str,
            "city": str,
            "country": str,
            "postalCode": str,
            "stateOrProvince": str,
        }
    },
    "name": str,
    "merchantLocationStatus": str,
    "locationTypes": [str],
    "phone": str,
}


def create(state: State, call: Call) -> Answer:
    key = call.params["merchantLocationKey"]
    if len(key) > MAX_KEY:
        raise refusal(400, 25802, info=f"merchantLocationKey is longer than {MAX_KEY} characters.")
    body = json_object(call, SHAPE)
    _check_address((body.get("location") or {}).get("address") or {})
    _check_types(body.get("locationTypes") or [])
    if exists(state, call.seller, key):
        raise refusal(409, 25803, field="merchantLocationKey")
    state.documents.put(LOCATIONS, call.seller, key, _stored(key, body))
    return Answer(status=204, effect=True)


def read(state: State, call: Call) -> Answer:
    found = state.documents.get(LOCATIONS, call.seller, call.params["merchantLocationKey"])
    if found is None:
        raise refusal(404, 25805, field="merchantLocationKey")
    return Answer(status=200, body=found)


def read_all(state: State, call: Call) -> Answer:
    found = state.documents.all_of(LOCATIONS, call.seller)
    return page_by_record(call, found, name="locations", path=PATH)


def exists(state: State, seller: str, key: str) -> bool:
    return state.documents.get(LOCATIONS, seller, key) is not None


def open_warehouse(state: State, seller: str, key: str) -> None:
    """Give a new seller of the sandbox somewhere to ship from."""
    address = {"country": "FR", "postalCode": "75001", "city": "Paris"}
    body = {"location": {"address": address}, "name": "Main warehouse"}
    state.documents.put(LOCATIONS, seller, key, _stored(key, body))


def _stored(key: str, body: Json) -> Json:
    defaults = {"merchantLocationStatus": "ENABLED", "locationTypes": ["WAREHOUSE"]}
    return defaults | body | {"merchantLocationKey": key}


def _check_address(address: Json) -> None:
    """A warehouse needs a country, and a postal code or a city with its province."""
    if not address.get("country"):
        raise refusal(400, 25801, field="location.address.country")
    has_city = address.get("city") and address.get("stateOrProvince")
    if not address.get("postalCode") and not has_city:
        raise refusal(400, 25801, field="location.address.postalCode")


def _check_types(types: list[str]) -> None:
    if not set(types) <= LOCATION_TYPES:
        raise refusal(400, 25802, info="locationTypes has an unknown value.")
