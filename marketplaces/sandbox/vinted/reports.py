"""The shapes of what only Vinted's control port answers."""

from typing import TypedDict


class VintedSellerReport(TypedDict):
    username: str
    password: str
    user_id: str


class SaleReport(TypedDict):
    transaction_id: int
    status: str
    """Vinted's `transaction_user_status`."""
    item_ids: list[int]
