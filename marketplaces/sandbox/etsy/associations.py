"""What `includes` adds to a listing."""

from typing import Any

from marketplaces.sandbox.etsy import images, inventory, listings
from marketplaces.sandbox.etsy.kinds import SHIPPING_PROFILES
from marketplaces.sandbox.messages import Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

OF_ONE = ("Images", "Shop", "User", "Translations", "Videos", "Personalization", "BuyerPrice")
OF_SHOP = ("Shipping", *OF_ONE, "Inventory")
"""Shop, User, Translations, Videos, Personalization and BuyerPrice may be asked for; the sandbox
leaves them out, which the document allows."""


def shown(state: State, call: Call, listing: Json, wanted: list[str]) -> Json:
    """As a ShopListingWithAssociations."""
    body = listings.shown(state, listing)
    is_owner = call.seller == listing["seller"]
    if "Images" in wanted:
        body["images"] = images.of_listing(state, listing)
    if "Inventory" in wanted:
        body["inventory"] = inventory.shown(state, listing, reader=call.seller)
    if "Shipping" in wanted:
        number = listing["fields"].get("shipping_profile_id")
        profile = state.documents.get(SHIPPING_PROFILES, listing["seller"], str(number))
        body["shipping_profile"] = profile
    body["skus"] = listings.skus(listing) if is_owner else []
    body["views"] = 0
    return body
