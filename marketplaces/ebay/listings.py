"""What we keep of a listing at eBay: the intent before the first call, the result after the last.

Listing.details holds `content` (hash of what is mapped), `revision` (its number: 1, 2, 3 …),
`offer_id`, and `offer_content` (hash of what the offer was last changed to).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.mapping import Json, content_hash
from marketplaces.ebay.sku import sku_of
from marketplaces.models import Account, Listing, ListingStatus, Product
from tasks.errors import NeedsPersonError, PermanentError
from tasks.sentences import sentence
from tasks.tenancy import current_schema


def find(account: Account, product: Product) -> Listing | None:
    return Listing.objects.filter(account=account, product=product).first()


def known(account: Account, product: Product) -> Listing:
    """The listing that the map step has written; PermanentError when somebody deleted it."""
    listing = find(account, product)
    if listing is None:
        raise PermanentError(
            sentence("The record of “{product}” on eBay was deleted.", product=product),
            advice=sentence("Retry the job: StoFlow writes it again."),
        )
    return listing


def key_of(listing: Listing | None, product: Product) -> str:
    """The SKU at eBay: the one in use, else the one to use."""
    return listing.key if listing else sku_of(current_schema(), product.pk)


def revision_of(listing: Listing | None, content: str) -> int:
    """The number of `content`: the present one, or the next one when it is not what is mapped.

    It tells sends of one content apart when the product changed and changed back in between.
    """
    details = listing.details if listing else {}
    number = int(details.get("revision", 0))
    return number if number and details.get("content") == content else number + 1


def write_intent(account: Account, product: Product, mapped: Json) -> Listing:
    """Our key and all that will be sent; runs in the caller's transaction."""
    listing, _ = Listing.objects.select_for_update().get_or_create(
        account=account, product=product, defaults={"key": mapped["sku"]}
    )
    content = content_hash(mapped)
    listing.details = {
        **listing.details,
        "content": content,
        "revision": revision_of(listing, content),
    }
    listing.mapped = mapped
    listing.save(update_fields=["details", "mapped", "updated_at"])
    return listing


def note(listing: Listing, **details: Any) -> None:
    """Add to the details, in a transaction of its own."""
    with transaction.atomic():
        row = Listing.objects.select_for_update().get(pk=listing.pk)
        row.details = {**row.details, **details}
        row.save(update_fields=["details", "updated_at"])
    listing.details = row.details


def mark_ended(listing: Listing) -> None:
    """eBay said that it is not live."""
    Listing.objects.filter(pk=listing.pk).update(
        status=ListingStatus.ENDED, updated_at=timezone.now()
    )


def mark_checked(listing: Listing) -> None:
    """eBay showed it live."""
    Listing.objects.filter(pk=listing.pk).update(checked_at=timezone.now())


def other_holder(listing: Listing, external_id: str) -> Listing | None:
    """The listing of another product that has this id already."""
    same = Listing.objects.filter(account_id=listing.account_id, external_id=external_id)
    return same.exclude(pk=listing.pk).select_related("product").first()


def save_result(listing: Listing, *, offer_id: str, listing_id: str) -> None:
    """It is live; runs in the caller's transaction.

    NeedsPersonError when another product has this id.
    """
    other = other_holder(listing, listing_id)
    if other is not None:
        raise NeedsPersonError(
            sentence(
                "eBay's listing {listing_id} belongs to “{product}” already.",
                listing_id=listing_id,
                product=other.product,
            ),
            advice=sentence("Look at eBay which product it shows, and correct the wrong record."),
        )
    listing.external_id = listing_id
    site = EbaySettings.read(listing.account.settings)
    listing.url = f"{settings.EBAY['listing_url'] or site.listing_url}{listing_id}"
    if listing.status != ListingStatus.LIVE:
        listing.published_at = timezone.now()
    listing.status = ListingStatus.LIVE
    listing.sent_hash = listing.details["content"]
    listing.sent_at = listing.checked_at = timezone.now()
    listing.details = {**listing.details, "offer_id": offer_id}
    listing.save()
