"""Removes a product from eBay for good: listing, offer, item, and at last our record of it."""

from __future__ import annotations

from marketplaces import listings
from marketplaces.ebay.service import EbayService
from marketplaces.keys import own_key
from tasks.errors import NeedsPersonError
from tasks.handlers import Receipt
from tasks.sentences import sentence
from tasks.tenancy import current_schema


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

    def is_sellers_item(self) -> bool:
        """Whether the seller made the inventory item, which may be on offer elsewhere, too."""
        return self.listing().key != own_key(current_schema(), self.product.pk)

    def delete_item(self, deleted_offer: str) -> Receipt:
        """With every offer and listing of our key that is left, known to us or not.

        An item of the seller's stays as long as it has other offers: eBay would end their
        listings, too.
        """
        key = self.listing().key
        if self.is_sellers_item() and (sites := self._other_sites(key, deleted_offer)):
            stays = sentence(
                "The item {sku} stays at eBay: the seller offers it on {sites} too.",
                sku=key,
                sites=", ".join(sites),
            )
            return {"sku": key, "deleted": False, "stays": stays}
        return {"sku": key, "deleted": self.client.delete_inventory_item(key)}

    def remove_record(self, item: Receipt) -> Receipt:
        """After eBay's yes only; runs in the caller's transaction. The history of jobs stays."""
        listing = self.listing()
        receipt = {"listing_id": listing.external_id, "url": listing.url}
        if "stays" in item:
            receipt["stays"] = item["stays"]
        listings.forget(listing)
        return receipt

    def _other_sites(self, key: str, deleted_offer: str) -> list[str]:
        """Where eBay shows the item besides the offer that was deleted, which a read may lag behind."""
        others = self.client.find_offers_anywhere(key)
        return sorted({each.marketplace_id for each in others if each.offer_id != deleted_offer})
