"""Reads a seller's whole shop: items by pages (Inventory 1.18.4), orders by pages (Fulfillment
1.20.7); knows no model of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from marketplaces.ebay import answers
from marketplaces.ebay.calls import Calls
from tasks.sentences import sentence


@dataclass(frozen=True, slots=True)
class ItemPage:
    titles: dict[str, str]
    """By SKU."""
    total: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class OrdersPage:
    orders: list[dict[str, Any]]
    """As eBay's document has them."""
    total: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class ShopReads:
    """One seller. URLs are without a slash at the end."""

    calls: Calls
    inventory_url: str
    fulfillment_url: str
    items_a_page: int = 200
    """At most 200."""
    orders_a_page: int = 100
    """At most 200."""

    def items(self, page: int) -> ItemPage:
        """`page` counts from 0: eBay's `offset` is the number of a page here."""
        query = urlencode({"limit": self.items_a_page, "offset": page})
        url = f"{self.inventory_url}/inventory_item?{query}"
        response = self.calls.get(url, sentence("list the items"))
        items = answers.objects(response, "inventoryItems", absent_is_empty=True)
        return ItemPage(
            titles={answers.text(response, item, "sku"): _title(item) for item in items},
            total=answers.number(response, "total"),
            has_next=bool(response.json_object().get("next")),
        )

    def orders(self, since: datetime, offset: int) -> OrdersPage:
        """What was changed after `since`; `offset` is the number of a record here."""
        query = urlencode(
            {
                "filter": f"lastmodifieddate:[{timestamp(since)}..]",
                "limit": self.orders_a_page,
                "offset": offset,
            }
        )
        url = f"{self.fulfillment_url}/order?{query}"
        response = self.calls.get(url, sentence("list the orders"))
        return OrdersPage(
            orders=answers.objects(response, "orders", absent_is_empty=True),
            total=answers.number(response, "total"),
            has_next=bool(response.json_object().get("next")),
        )


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as eBay's filters want it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _title(item: dict[str, Any]) -> str:
    product = item.get("product")
    return str(product.get("title") or "") if isinstance(product, dict) else ""
