"""A member's wardrobe at Vinted and its records here, made without our client, and sweeps over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplaces.keys import own_key
from marketplaces.models import Listing, ListingStatus, Product
from marketplaces.sandbox.vinted.control import VintedControl
from tests.marketplaces.sweeping import LONG_AGO, Sweeping

SELLER = "lea"


@dataclass(kw_only=True)
class VintedShelves(Sweeping):
    """Items at Vinted by their ids, products here by their number."""

    control: VintedControl

    def put_up(self, mark: str = "", **facts: Any) -> str:
        """The id of an item that is at Vinted now, with `mark` in brackets behind its title."""
        title = f"Item [{mark}]" if mark else "Item"
        return str(self.control.list_by_hand(SELLER, title, **{"price": "19.90", **facts}))

    def ours(self, product: Product | None = None) -> Listing:
        """An item that StoFlow has published, live there and here."""
        product = product or self.product(stock=1)
        key = own_key("t1", product.pk)
        item_id = self.put_up(key)
        listing = Listing.objects.create(
            account=self.account,
            product=product,
            key=key,
            external_id=item_id,
            status=ListingStatus.LIVE,
            mapped={"sku": key, "photos": []},
            sent_hash="sent",
            sent_at=LONG_AGO,
            published_at=LONG_AGO,
            details={"item_id": item_id},
        )
        self.age()
        return listing
