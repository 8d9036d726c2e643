"""Offers: how an item is sold on one marketplace (`/sell/inventory/v1/offer`)."""

from typing import Any

from marketplaces.sandbox.ebay import listings
from marketplaces.sandbox.ebay.enums import FORMATS, MARKETPLACES
from marketplaces.sandbox.ebay.errors import answer, error, refusal
from marketplaces.sandbox.ebay.item_rules import check_sku
from marketplaces.sandbox.ebay.kinds import ITEMS, OFFERS
from marketplaces.sandbox.ebay.paging import page_by_number
from marketplaces.sandbox.ebay.request_body import (
    Shape,
    check_accepted_language,
    json_object,
    require_language,
)
from marketplaces.sandbox.messages import Answer, Call, RefusedError
from marketplaces.sandbox.state import State

Json = dict[str, Any]

PATH = "/sell/inventory/v1/offer"
KEY_FIELDS = ("sku", "marketplaceId", "format")
"""One offer may exist for each combination; updateOffer can't change them."""

AMOUNT: Shape = {"currency": str, "value": str}
SHAPE: Shape = {
    "sku": str,
    "marketplaceId": str,
    "format": str,
    "availableQuantity": int,
    "categoryId": str,
    "listingDescription": str,
    "listingDuration": str,
    "listingPolicies": {
        "fulfillmentPolicyId": str,
        "paymentPolicyId": str,
        "returnPolicyId": str,
    },
    "merchantLocationKey": str,
    "pricingSummary": {"price": AMOUNT},
    "quantityLimitPerBuyer": int,
}


def create(state: State, call: Call) -> Answer:
    language = require_language(call)
    fields = json_object(call, SHAPE)
    _check_keys(fields)
    sku = call.subject = fields["sku"]
    if state.documents.get(ITEMS, call.seller, sku) is None:
        raise refusal(400, 25702, sku=sku)
    _check_values(fields)
    _check_unique(state, call.seller, fields)
    offer = {
        "offer_id": str(state.store.next_number("ebay.offer", start=8_209_000_010)),
        "sku": sku,
        "status": listings.UNPUBLISHED,
        "listing_id": None,
        "fields": _described(state, call.seller, sku, fields),
    }
    save(state, call.seller, offer)
    headers = {"Content-Language": language}
    body = {"offerId": offer["offer_id"], "warnings": []}
    return Answer(status=201, body=body, headers=headers, effect=True)


def update(state: State, call: Call) -> Answer:
    """Full replacement of all but the key fields; a published offer's listing is revised."""
    language = require_language(call)
    given = json_object(call, SHAPE)
    offer = owned(state, call)
    keys = {name: offer["fields"][name] for name in KEY_FIELDS}
    for name, value in keys.items():
        if given.get(name, value) != value:
            raise refusal(400, 25709, field=name, info="It cannot be changed.")
    _check_values(given)
    if offer["status"] == listings.PUBLISHED and not given.get("listingDescription"):
        raise refusal(400, 25016, field="listingDescription", info="A published offer needs it.")
    fields = given | keys
    if offer["status"] == listings.UNPUBLISHED:
        fields = _described(state, call.seller, offer["sku"], fields)
    changed = save(state, call.seller, offer | {"fields": fields})
    if changed:
        listings.revise(state, call.seller, offer["sku"])
    headers = {"Content-Language": language}
    body = {"offerId": offer["offer_id"], "warnings": []}
    return Answer(status=200, body=body, headers=headers, effect=changed)


def read(state: State, call: Call) -> Answer:
    check_accepted_language(call)
    moment = state.seen_from_outside()
    offer_id = call.params["offerId"]
    offer = state.documents.get(OFFERS, call.seller, offer_id, as_of=moment)
    if offer is None:
        raise _unavailable(offer_id)
    return Answer(status=200, body=_shown(state, call.seller, offer))


def read_all(state: State, call: Call) -> Answer:
    """The offers of one SKU. The document calls `sku` optional and its text says required."""
    check_accepted_language(call)
    sku = call.query.get("sku", "")
    check_sku(sku)
    moment = state.seen_from_outside()
    found = [
        _shown(state, call.seller, offer)
        for offer in state.documents.all_of(OFFERS, call.seller, parent=sku, as_of=moment)
        if _wanted(call, offer["fields"])
    ]
    # That a SKU without offers is a 404 and not an empty page is what developers report.
    if not found:
        raise _unavailable(sku)
    return page_by_number(call, found, name="offers", path=PATH, default=100, most=100)


def delete(state: State, call: Call) -> Answer:
    """Delete the offer; if it is published, its listing ends."""
    remove(state, call.seller, owned(state, call))
    return Answer(status=204, effect=True)


def owned(state: State, call: Call) -> Json:
    """The caller's offer that the path names, as it is now."""
    offer_id = call.params["offerId"]
    offer = state.documents.get(OFFERS, call.seller, offer_id)
    if offer is None:
        raise _unavailable(offer_id)
    return offer


def of_sku(state: State, seller: str, sku: str) -> list[Json]:
    return state.documents.all_of(OFFERS, seller, parent=sku)


def remove(state: State, seller: str, offer: Json) -> None:
    if offer["status"] == listings.PUBLISHED:
        listings.end(state, seller, offer["listing_id"], by="deletion")
    state.documents.remove(OFFERS, seller, offer["offer_id"])


def save(state: State, seller: str, offer: Json) -> bool:
    key = offer["offer_id"]
    return state.documents.put(OFFERS, seller, key, offer, parent=offer["sku"])


def _check_keys(fields: Json) -> None:
    check_sku(fields.get("sku") or "")
    if fields.get("marketplaceId") not in MARKETPLACES:
        raise refusal(400, 25709, field="marketplaceId")
    if fields.get("format") not in FORMATS:
        raise refusal(400, 25709, field="format")


def _check_values(fields: Json) -> None:
    if (fields.get("availableQuantity") or 0) < 0:
        raise refusal(400, 25709, field="availableQuantity")


def _check_unique(state: State, seller: str, fields: Json) -> None:
    """The text and the parameter are those of answers that developers quote."""
    for offer in of_sku(state, seller, fields["sku"]):
        if all(offer["fields"][name] == fields[name] for name in KEY_FIELDS):
            fault = error(25002, info="Offer entity already exists.")
            fault["message"] = "Offer entity already exists."
            fault["parameters"] = [{"name": "offerId", "value": offer["offer_id"]}]
            raise RefusedError(answer(400, [fault]))


def _described(state: State, seller: str, sku: str, fields: Json) -> Json:
    """An offer without a description picks up its item's."""
    if fields.get("listingDescription"):
        return fields
    item = state.documents.get(ITEMS, seller, sku) or {}
    text = (item.get("product") or {}).get("description")
    return fields | {"listingDescription": text} if text else fields


def _wanted(call: Call, fields: Json) -> bool:
    filters = {"marketplace_id": "marketplaceId", "format": "format"}
    return all(
        call.query.get(query, fields[name]) == fields[name] for query, name in filters.items()
    )


def _shown(state: State, seller: str, offer: Json) -> Json:
    body: Json = offer["fields"] | {"offerId": offer["offer_id"], "status": offer["status"]}
    if offer["status"] == listings.PUBLISHED:
        listing = listings.seen(state, seller, offer["listing_id"])
        body["listing"] = {
            "listingId": offer["listing_id"],
            "listingStatus": listing.get("status", "ACTIVE"),
            "listingOnHold": False,
            "soldQuantity": listing.get("sold", 0),
        }
    return body


def _unavailable(which: str) -> RefusedError:
    return refusal(404, 25713, info=which)
