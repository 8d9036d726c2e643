"""updateListing and deleteListing. Price and quantity are not here: they belong to the inventory."""

from typing import Any

from marketplaces.sandbox.etsy import forms, images, listing_rules, listings, shops, states
from marketplaces.sandbox.etsy.drafts import note_unknown
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def update(state: State, call: Call) -> Answer:
    seller = shops.owned(state, call)
    listing = listings.owned(state, call)
    fields, unknown = forms.read(call, forms.UPDATE)
    listing_rules.check_making(fields)
    listing_rules.check_text(fields)
    listing_rules.check_references(state, call.seller, fields)
    wanted = fields.pop("state", None)
    if "image_ids" in fields:
        chosen = images.assignable(state, call.seller, fields.pop("image_ids"))
        listing["image_ids"] = chosen
    listing["fields"] |= fields
    if wanted is not None:
        states.change(state, seller, listing, wanted)
    elif listing["state"] == "active":
        states.check_publishable(state, seller, listing)
    before = state.documents.last_version()
    listings.save(state, listing)
    note_unknown(state, call, unknown)
    call.subject = listings.subject(listing)
    has_changed = state.documents.last_version() != before
    return Answer(status=200, body=listings.shown(state, listing), effect=has_changed)


def delete(state: State, call: Call) -> Answer:
    """Any of the states that are known may be deleted; one that Etsy has frozen in another may not."""
    listing = listings.owned(state, call)
    states.check_deletable(listing)
    call.subject = listings.subject(listing)
    listings.remove(state, listing)
    return Answer(status=204, effect=True)
