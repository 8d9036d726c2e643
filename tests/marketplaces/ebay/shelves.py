"""A seller's shop at eBay and its records here, made without our client, and sweeps run over it."""

from __future__ import annotations

from dataclasses import dataclass

from marketplaces.keys import own_key
from marketplaces.models import Listing, ListingStatus, Product
from marketplaces.sandbox.control import SandboxControl
from tests.marketplaces.sweeping import LONG_AGO, Sweeping, summary
from tests.sandbox.seller_client import INVENTORY, SellerClient, an_item

__all__ = ["LONG_AGO", "REFUSED", "Shelves", "summary"]

REFUSED = {"errors": [{"errorId": 25706, "category": "REQUEST", "message": "Invalid pages."}]}
"""A definite no, which ends a job; an outage would only make it wait."""


@dataclass(kw_only=True)
class Shelves(Sweeping):
    """Items at eBay by SKU, products here by their number."""

    client: SellerClient
    control: SandboxControl

    def put_up(self, sku: str, *, quantity: int = 3, price: str = "19.90") -> tuple[str, str]:
        """Ids of the offer and the listing that are live at eBay now."""
        item = an_item("https://shop.example/scarf.jpg", title=f"Item {sku}", quantity=quantity)
        self.client.put_item(sku, item)
        summary = {"price": {"currency": "EUR", "value": price}}
        offer = self.client.post_offer(sku, availableQuantity=quantity, pricingSummary=summary)
        offer_id = str(offer.body["offerId"])
        return offer_id, str(self.client.publish(offer_id).body["listingId"])

    def ours(self, product: Product | None = None) -> Listing:
        """A listing that StoFlow has published, live there and here."""
        product = product or self.product()
        key = own_key("t1", product.pk)
        offer_id, listing_id = self.put_up(key)
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
            details={"offer_id": offer_id},
        )
        self.age()
        return listing

    def delete(self, listing: Listing) -> None:
        """The seller deletes it at eBay."""
        self.client.call("DELETE", f"{INVENTORY}/inventory_item/{listing.key}")
