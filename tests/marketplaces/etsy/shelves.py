"""A seller's shop at Etsy and its records here, made without our client, and sweeps run over it."""

from __future__ import annotations

from dataclasses import dataclass

from marketplaces.keys import own_key
from marketplaces.models import Listing, ListingStatus, Product
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.told import Told
from tests.marketplaces.sweeping import LONG_AGO, Sweeping

SELLER = "nora"


@dataclass(kw_only=True)
class EtsyShelves(Sweeping):
    """Listings at Etsy by their ids, products here by their number."""

    control: EtsyControl

    def put_up(
        self, sku: str, *, quantity: int = 3, state: str = "active", description: str = ""
    ) -> str:
        """The id of a listing that is at Etsy now."""
        facts = {"sku": sku, "price": "19.90", "quantity": quantity, "state": state}
        facts |= {"description": description} if description else {}
        return str(self.control.list_by_hand(SELLER, f"Item {sku}", **facts))

    def ours(self, product: Product | None = None) -> Listing:
        """A listing that StoFlow has published, live there and here."""
        product = product or self.product()
        key = own_key("t1", product.pk)
        listing_id = self.put_up(key)
        listing = Listing.objects.create(
            account=self.account,
            product=product,
            key=key,
            external_id=listing_id,
            status=ListingStatus.LIVE,
            mapped={"sku": key},
            sent_hash="sent",
            sent_at=LONG_AGO,
            published_at=LONG_AGO,
            details={"listing_id": listing_id, "told": Told(3, None).as_json()},
        )
        self.age()
        return listing
