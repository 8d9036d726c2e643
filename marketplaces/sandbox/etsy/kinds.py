"""The kinds of documents that Etsy's state is made of."""

APPLICATION = "etsy.application"
SELLERS = "etsy.seller"
"""Found by their shop's id, too."""
CODES = "etsy.authorization_code"
REFRESH_TOKENS = "etsy.refresh_token"
ACCESS_TOKENS = "etsy.access_token"

SHIPPING_PROFILES = "etsy.shipping_profile"
READINESS_STATES = "etsy.readiness_state"
RETURN_POLICIES = "etsy.return_policy"

LISTINGS = "etsy.listing"
OWNERS = "etsy.listing_owner"
"""Whose a listing is or was; outlives it, as lagging reads may still show it."""
IMAGES = "etsy.image"
"""Also those that are on no listing any more: Etsy lets a seller assign them again."""
RECEIPTS = "etsy.receipt"
