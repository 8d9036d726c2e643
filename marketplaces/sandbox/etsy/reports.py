"""The shapes of what only Etsy's control port answers."""

from typing import TypedDict


class EtsySellerReport(TypedDict):
    username: str
    client_id: str
    """The app's keystring, the same for all sellers."""
    client_secret: str
    """The app's shared secret; `x-api-key` is `client_id:client_secret`."""
    refresh_token: str
    """The one that was issued last; empty after a revocation."""
    user_id: int
    shop_id: int
    shop_name: str
    country: str
    currency: str
    shipping_profile_id: int | None
    readiness_state_id: int | None
    return_policy_id: int | None


class OrderReport(TypedDict):
    receipt_id: int
    status: str
    transaction_ids: list[int]
