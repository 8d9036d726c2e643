"""Removes a product from eBay for good: listing, offer, item, and at last our record of it."""

from __future__ import annotations

from marketplaces import listings
from marketplaces.ebay.service import EbayService
from tasks.errors import NeedsPersonError
from tasks.handlers import Receipt
from tasks.sentences import sentence


class DeleteService(EbayService):
    """One product on one account."""

    def delete_offer(self) -> Receipt:
        """With its listing, which ends. What has gone before is as good as deleted.

        NeedsPersonError when the offer on our record is that of another item.
        """
        listing = self.listing()
        offer_id = self.offer_id(listing)
        if not offer_id:
            return {"offer_id": "", "deleted": False}
        offer = self.client.get_offer(offer_id)
        if offer is not None and offer.sku != listing.key:
            raise NeedsPersonError(
                sentence(
                    "eBay's offer {offer_id} is of another item ({sku}), so it was not deleted.",
                    offer_id=offer_id,
                    sku=offer.sku,
                ),
                advice=sentence(
                    "Look at eBay which product the offer is of, and correct the wrong record."
                ),
            )
        return {"offer_id": offer_id, "deleted": self.client.delete_offer(offer_id)}

    def delete_item(self) -> Receipt:
        """With every offer and listing of our key that is left, known to us or not."""
        key = self.listing().key
        return {"sku": key, "deleted": self.client.delete_inventory_item(key)}

    def remove_record(self) -> Receipt:
        """After eBay's yes only; runs in the caller's transaction. The history of jobs stays."""
        listing = self.listing()
        receipt = {"listing_id": listing.external_id, "url": listing.url}
        listings.forget(listing)
        return receipt
