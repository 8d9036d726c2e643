"""Publish and withdraw: the two moves between an offer and a live listing."""

from marketplaces.sandbox.ebay import listings, offers
from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State


def publish(state: State, call: Call) -> Answer:
    offer = offers.owned(state, call)
    published = offer["status"] == listings.PUBLISHED
    if published and not listings.is_over(state, call.seller, offer["listing_id"]):
        # Unconfirmed: the documents don't say what a second publish answers. Code in the field
        # looks for "already published"; the listing id is left out, so that a client has to read.
        raise refusal(400, 25002, info="The offer is already published.")
    listing_id = listings.open_listing(state, call.seller, offer)
    on_sale = {"status": listings.PUBLISHED, "listing_id": listing_id}
    offers.save(state, call.seller, offer | on_sale)
    return Answer(status=200, body={"listingId": listing_id, "warnings": []}, effect=True)


def withdraw(state: State, call: Call) -> Answer:
    """End the listing; the offer stays, and publishing it again makes a new listing."""
    offer = offers.owned(state, call)
    if offer["status"] != listings.PUBLISHED:
        # Unconfirmed: which of the two documented errors (25002, 25713) a second one gets.
        raise refusal(400, 25002, info="The offer is not published.")
    listing_id = offer["listing_id"]
    listings.end(state, call.seller, listing_id, by="withdrawal")
    withdrawn = {"status": listings.UNPUBLISHED, "listing_id": None}
    offers.save(state, call.seller, offer | withdrawn)
    return Answer(status=200, body={"listingId": listing_id, "warnings": []}, effect=True)
