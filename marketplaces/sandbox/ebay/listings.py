"""Live listings: what a buyer sees, made of an item and an offer at the moment of publishing.

No vendor route shows a listing itself; the control port does, as the verdict on duplicates is
about listings and their photos.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from marketplaces.sandbox.ebay import images
from marketplaces.sandbox.ebay.errors import answer, refusal
from marketplaces.sandbox.ebay.item_rules import quantity_of
from marketplaces.sandbox.ebay.kinds import ITEMS, LISTINGS, OFFERS
from marketplaces.sandbox.ebay.publish_rules import faults_of
from marketplaces.sandbox.messages import RefusedError
from marketplaces.sandbox.state import State

Json = dict[str, Any]

PUBLISHED = "PUBLISHED"
UNPUBLISHED = "UNPUBLISHED"
EBAY_TIME = ZoneInfo("America/Los_Angeles")
"""Of eBay's calendar day. The documents do not say; eBay's own clock is Pacific time."""


def open_listing(state: State, seller: str, offer: Json) -> str:
    """Put an offer on sale under a new listing id, or refuse with all that is missing."""
    item = _publishable(state, seller, offer, least_quantity=1)
    listing_id = str(state.store.next_number("ebay.listing", start=110_550_000_001))
    listing = _shown(state, item, offer) | {
        "listing_id": listing_id,
        "status": "ACTIVE",
        "revisions": 0,
        "revised_on": "",
        "revisions_that_day": 0,
        "ended_by": "",
    }
    _save(state, seller, listing)
    return listing_id


def revise(state: State, seller: str, sku: str) -> None:
    """Bring what is live from this SKU up to date. It may be sold out; it must be complete."""
    for offer in state.documents.all_of(OFFERS, seller, parent=sku):
        if offer["status"] != PUBLISHED:
            continue
        item = _publishable(state, seller, offer, least_quantity=0)
        before = state.documents.get(LISTINGS, seller, offer["listing_id"]) or {}
        after = before | _shown(state, item, offer)
        if before.get("status") == "OUT_OF_STOCK" and after["quantity"] > 0:
            after["status"] = "ACTIVE"
        if after != before:
            _save(state, seller, after | _one_more_revision(state, before))


def seen(state: State, seller: str, listing_id: str) -> Json:
    """As reads show it: behind the writes, if they lag."""
    moment = state.seen_from_outside()
    return state.documents.get(LISTINGS, seller, listing_id, as_of=moment) or {}


def is_over(state: State, seller: str, listing_id: str) -> bool:
    """Whether it has ended without a withdrawal of its offer."""
    listing = state.documents.get(LISTINGS, seller, listing_id) or {}
    return listing.get("status") in {"ENDED", "EBAY_ENDED"}


def end(state: State, seller: str, listing_id: str, *, by: str) -> None:
    """`by`: withdrawal or deletion."""
    listing = state.documents.get(LISTINGS, seller, listing_id) or {}
    _save(state, seller, listing | {"status": "ENDED", "ended_by": by})


def _one_more_revision(state: State, listing: Json) -> Json:
    """The counts after it; refused when the listing has used up its calendar day."""
    today = datetime.fromtimestamp(state.now(), UTC).astimezone(EBAY_TIME).date().isoformat()
    that_day = listing["revisions_that_day"] if listing["revised_on"] == today else 0
    if that_day >= state.settings.revisions_per_day:
        # Unconfirmed: the documents give the limit, and no error of its own. 25019 is their error
        # for a listing that cannot be revised.
        raise refusal(
            400,
            25019,
            info="The maximum number of revisions of this listing for today has been reached.",
        )
    return {
        "revisions": listing["revisions"] + 1,
        "revised_on": today,
        "revisions_that_day": that_day + 1,
    }


def _publishable(state: State, seller: str, offer: Json, *, least_quantity: int) -> Json:
    item = state.documents.get(ITEMS, seller, offer["sku"]) or {}
    faults = faults_of(state, seller, item, offer["fields"], least_quantity=least_quantity)
    if faults:
        raise RefusedError(answer(400, faults))
    return item


def _shown(state: State, item: Json, offer: Json) -> Json:
    product, fields = item["product"], offer["fields"]
    price = fields["pricingSummary"]["price"]
    available = fields.get("availableQuantity")
    stock = quantity_of(item)
    return {
        "sku": offer["sku"],
        "offer_id": offer["offer_id"],
        "marketplace_id": fields["marketplaceId"],
        "title": product["title"],
        "description": fields.get("listingDescription") or product.get("description", ""),
        "price": price["value"],
        "currency": price["currency"],
        # The document: what a listing shows is the lesser of the two quantities.
        "quantity": stock if available is None else min(stock, available),
        "photos": [_photo(state, url) for url in product["imageUrls"]],
    }


def _photo(state: State, url: str) -> Json:
    """A picture's identity: of an upload, its checksum; of a self-hosted one, its link's."""
    owned = images.by_url(state, url)
    if owned is None:
        return {"url": url, "checksum": hashlib.sha256(url.encode()).hexdigest(), "owner": ""}
    owner, image = owned
    return {"url": url, "checksum": image["checksum"], "owner": owner}


def _save(state: State, seller: str, listing: Json) -> None:
    key = listing["listing_id"]
    state.documents.put(LISTINGS, seller, key, listing, parent=listing["sku"])
