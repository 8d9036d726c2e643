"""bulkUpdatePriceQuantity: stock of items, price and stock of their offers, part by part."""

from collections.abc import Iterator
from typing import Any

from marketplaces.sandbox.ebay import listings, offers
from marketplaces.sandbox.ebay.errors import error, refusal
from marketplaces.sandbox.ebay.kinds import ITEMS, OFFERS
from marketplaces.sandbox.ebay.offers import AMOUNT
from marketplaces.sandbox.ebay.publish_rules import is_price
from marketplaces.sandbox.ebay.request_body import Shape, json_object
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

MOST = 25
"""SKUs of one call, and offers of one SKU."""

SHAPE: Shape = {
    "requests": [
        {
            "sku": str,
            "shipToLocationAvailability": {"quantity": int},
            "offers": [{"offerId": str, "availableQuantity": int, "price": AMOUNT}],
        }
    ]
}


def update(state: State, call: Call) -> Answer:
    """200 when every part went well, else 207 with the parts that didn't."""
    requests = json_object(call, SHAPE).get("requests") or []
    if not 1 <= len(requests) <= MOST:
        raise refusal(400, 25709, field="requests", info=f"1 to {MOST} are allowed.")
    call.subject = requests[0].get("sku") or ""
    before = state.documents.last_version()
    responses = [part for request in requests for part in _one_sku(state, call.seller, request)]
    for request in requests:
        listings.revise(state, call.seller, request.get("sku") or "")
    well = all(part["statusCode"] == 200 for part in responses)
    effect = state.documents.last_version() != before
    return Answer(status=200 if well else 207, body={"responses": responses}, effect=effect)


def _one_sku(state: State, seller: str, request: Json) -> Iterator[Json]:
    given = request.get("offers") or []
    if len(given) > MOST or len({each.get("offerId") for each in given}) < len(given):
        raise refusal(400, 25709, field="offers", info=f"At most {MOST}, each once.")
    sku = request.get("sku") or ""
    stock = (request.get("shipToLocationAvailability") or {}).get("quantity")
    if stock is not None or not given:
        fault = _set_stock(state, seller, sku, stock)
        if fault is not None or not given:
            yield _part({"sku": sku}, fault)
            return
    for each in given:
        known, fault = _set_offer(state, seller, sku, each)
        yield _part({"sku": known, "offerId": each.get("offerId") or ""}, fault)


def _set_stock(state: State, seller: str, sku: str, stock: int | None) -> Json | None:
    item = state.documents.get(ITEMS, seller, sku)
    if item is None:
        return error(25702, sku=sku)
    if stock is None or stock < 0:
        return error(25709, field="quantity")
    availability = item.get("availability") or {}
    place = (availability.get("shipToLocationAvailability") or {}) | {"quantity": stock}
    item["availability"] = availability | {"shipToLocationAvailability": place}
    state.documents.put(ITEMS, seller, sku, item)
    return None


def _set_offer(state: State, seller: str, sku: str, given: Json) -> tuple[str, Json | None]:
    offer_id = given.get("offerId") or ""
    offer = state.documents.get(OFFERS, seller, offer_id)
    if offer is None or sku not in {"", offer["sku"]}:
        return sku, error(25713, info=offer_id)
    fields = dict(offer["fields"])
    if given.get("availableQuantity") is not None:
        fields["availableQuantity"] = given["availableQuantity"]
    if given.get("price") is not None:
        fields["pricingSummary"] = (fields.get("pricingSummary") or {}) | {"price": given["price"]}
    if (fields.get("availableQuantity") or 0) < 0:
        return offer["sku"], error(25709, field="availableQuantity")
    if given.get("price") is not None and not is_price(fields):
        return offer["sku"], error(25709, field="price")
    offers.save(state, seller, offer | {"fields": fields})
    return offer["sku"], None


def _part(about: Json, fault: Json | None) -> Json:
    if fault is None:
        return about | {"statusCode": 200}
    return about | {"statusCode": 400, "errors": [fault]}
