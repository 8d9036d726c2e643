"""What every sync shares: pages as tasks, matching, evidence, the brake, intervals.

A marketplace adds a `Shop` (how it is read) and two small handlers; see `handlers` and `orders`.
"""

from marketplaces.sync.facts import Page, Seen, Shop
from marketplaces.sync.handlers import SyncHandler
from marketplaces.sync.orders import OrderPage, OrdersHandler, OrderSource, read_each

__all__ = [
    "OrderPage",
    "OrderSource",
    "OrdersHandler",
    "Page",
    "Seen",
    "Shop",
    "SyncHandler",
    "read_each",
]
