"""What Vinted shows of a wardrobe, in the terms of `marketplaces.sync`.

One list has everything: drafts, what is on sale, hidden, sold or closed. Only what was closed as
sold is a sale; what is not in the list proves nothing of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketplaces.models import Listing, ListingStatus
from marketplaces.sync import Page, Seen
from marketplaces.sync.differences import Difference
from marketplaces.vinted import answers, titles
from marketplaces.vinted.answers import VintedItem
from marketplaces.vinted.client import VintedClient
from marketplaces.vinted.service import STATUSES, id_of


class VintedShop:
    """One member's wardrobe."""

    first: dict[str, Any] = {"page": 1}

    def __init__(self, client: VintedClient, *, shows_prices: bool = True) -> None:
        """`shows_prices`: whether they are to be compared with those of the products."""
        self.client = client
        self.shows_prices = shows_prices

    def page(self, position: Mapping[str, Any]) -> Page:
        page: int = position["page"]
        shown, paging = self.client.wardrobe_page(page)
        return Page(
            group="",
            total=paging.entries,
            names={each.item_id: "" for each in shown},
            following={"page": page + 1} if shown and page < paging.pages else None,
            seen=[self._seen(each) for each in shown],
        )

    def listings(self, names: Mapping[str, str]) -> list[Seen]:
        """Nothing: the pages have shown it."""
        return []

    def look(self, listing: Listing) -> Seen | None:
        """Asked only for what a complete list of the wardrobe did not show."""
        shown = self.client.get_item(id_of(listing))
        return None if shown is None else self._seen(shown)

    def unsent(self, details: dict[str, Any], found: Sequence[Difference]) -> dict[str, Any]:
        """An update sends everything anyway."""
        return details

    def _seen(self, item: VintedItem) -> Seen:
        is_draft = item.state == answers.DRAFT
        return Seen(
            external_id="" if is_draft else item.item_id,
            sku=titles.key_in(item.title),
            status=str(ListingStatus.DRAFT if is_draft else STATUSES[item.state]),
            said=item.state,
            title=item.title,
            url="" if is_draft else item.url,
            price=item.price if self.shows_prices else "",
            currency=item.currency,
            sold=None if is_draft else int(item.state == answers.SOLD),
            details={"item_id": item.item_id},
        )
