"""What we keep of a listing: the intent before the first call, the result after the last.

Listing.details holds, for every marketplace, `content` (hash of what is mapped) and `revision` (its
number: 1, 2, 3 …); each marketplace adds ids of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from marketplaces.keys import own_key
from marketplaces.models import Account, DeletedListing, Listing, ListingStatus, Product
from tasks.errors import LookFailedError, NeedsPersonError, PermanentError, TransientError
from tasks.holding import require_hold
from tasks.sentences import sentence
from tasks.tenancy import current_schema
from tasks.wording import marketplace_name

Json = dict[str, Any]
PUBLISH_IT = sentence(
    "Publish it, or let a publication that waits go on: what it is now is sent then."
)
"""The advice of what needs a listing that is live."""
DELETIONS_ARE_KEPT = timedelta(days=30)
"""Longer than the evidence of a sync waits for a person's answer."""


def find(account: Account, product: Product) -> Listing | None:
    return Listing.objects.filter(account=account, product=product).first()


def known(account: Account, product: Product) -> Listing:
    """The listing that the map step has written; PermanentError when somebody deleted it."""
    listing = find(account, product)
    if listing is None:
        raise PermanentError(
            sentence(
                "The record of “{product}” on {marketplace} was deleted.",
                product=product,
                marketplace=marketplace_name(account.marketplace),
            ),
            advice=sentence("Retry the job: StoFlow writes it again."),
        )
    return listing


def key_of(listing: Listing | None, product: Product) -> str:
    """Our key at the marketplace: the one in use, else the one to use."""
    return listing.key if listing else own_key(current_schema(), product.pk)


def content_hash(payload: Mapping[str, Any]) -> str:
    """sha256 of a mapped product: equal exactly when the marketplace would be sent the same."""
    canonical = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def revision_of(listing: Listing | None, content: str) -> int:
    """The number of `content`: the present one, or the next one when it is not what is mapped.

    It tells sends of one content apart when the product changed and changed back in between.
    """
    details = listing.details if listing else {}
    number = int(details.get("revision", 0))
    return number if number and details.get("content") == content else number + 1


def write_intent(account: Account, product: Product, mapped: Json) -> Listing:
    """Our key and all that will be sent; runs in the caller's transaction.

    `mapped` has the key that the listing is to have under "sku". From here on the marketplace may
    have some of it: what it was sent before is nobody's knowledge until all of this is confirmed.
    """
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
    if listing.sent_hash != content:
        listing.sent_hash = ""
    listing.save(update_fields=["details", "mapped", "sent_hash", "updated_at"])
    return listing


def note(listing: Listing, **details: Any) -> None:
    """Add to the details, in a transaction of its own.

    LeaseLostError when the step that it is noted in is another worker's by now.
    """
    with transaction.atomic():
        require_hold()
        row = Listing.objects.select_for_update().get(pk=listing.pk)
        row.details = {**row.details, **details}
        row.save(update_fields=["details", "updated_at"])
    listing.details = row.details


def mark(listing: Listing, status: ListingStatus) -> None:
    """The marketplace said so: withdrawn, sold or ended.

    TransientError when the record says something else by now than `listing` does, LeaseLostError as
    in `note`.
    """
    with transaction.atomic():
        require_hold()
        unchanged = Listing.objects.filter(pk=listing.pk, status=listing.status)
        if not unchanged.update(status=status, updated_at=timezone.now()):
            raise TransientError(
                sentence(
                    "The record of “{product}” has changed meanwhile.", product=listing.product
                )
            )
    listing.status = status


def mark_sent(listing: Listing) -> None:
    """The marketplace has all that is mapped; runs in the caller's transaction."""
    listing.sent_hash = listing.details["content"]
    listing.sent_at = timezone.now()
    listing.save(update_fields=["sent_hash", "sent_at", "updated_at"])


def save_quantity(listing: Listing, mapped: Json, at: datetime, **details: Any) -> None:
    """The marketplace offers the quantity in `mapped`, and of all else what it was sent before.

    Runs in the caller's transaction. `mapped` is what was mapped last, with that quantity; empty
    for a listing that StoFlow has never sent anything else of.
    """
    was_sent = listing.sent_hash == listing.details.get("content")
    if mapped:
        content = content_hash(mapped)
        details |= {"content": content, "revision": revision_of(listing, content)}
        listing.mapped = mapped
        listing.sent_hash = content if was_sent else listing.sent_hash
    listing.details = {**listing.details, **details}
    listing.sent_at = at
    listing.save(update_fields=["mapped", "details", "sent_hash", "sent_at", "updated_at"])


def mark_checked(listing: Listing) -> None:
    """The marketplace showed it live; changes nothing that a decision rests on."""
    Listing.objects.filter(pk=listing.pk).update(checked_at=timezone.now())


def forget(listing: Listing) -> None:
    """After the marketplace's yes to a deletion only; runs in the caller's transaction."""
    now = timezone.now()
    told = DeletedListing.objects.filter(account_id=listing.account_id)
    told.filter(deleted_at__lt=now - DELETIONS_ARE_KEPT).delete()
    DeletedListing.objects.update_or_create(
        account_id=listing.account_id,
        key=listing.key,
        defaults={
            "product_id": listing.product_id,
            "external_id": listing.external_id,
            "deleted_at": now,
        },
    )
    Listing.objects.filter(pk=listing.pk).delete()


def refuse_if_deleted(listing: Listing, asked_at: datetime, *, settle_seconds: float) -> None:
    """LookFailedError when a read that shows something of `listing` may show what we deleted.

    `asked_at`: when the read began.
    """
    since = asked_at - timedelta(seconds=settle_seconds)
    deleted = DeletedListing.objects.filter(account_id=listing.account_id, key=listing.key)
    if deleted.filter(deleted_at__gt=since).exists():
        raise LookFailedError(
            sentence(
                "{marketplace} may still show what was deleted a moment ago.",
                marketplace=marketplace_name(listing.account.marketplace),
            )
        )


def other_holder(listing: Listing, external_id: str) -> Listing | None:
    """The listing of another product that has this id already."""
    same = Listing.objects.filter(account_id=listing.account_id, external_id=external_id)
    return same.exclude(pk=listing.pk).select_related("product").first()


def save_live(listing: Listing, *, external_id: str, url: str, **details: Any) -> None:
    """What is mapped is live as `external_id`; runs in the caller's transaction.

    NeedsPersonError when another product has this id.
    """
    other = other_holder(listing, external_id)
    if other is not None:
        marketplace = marketplace_name(listing.account.marketplace)
        raise NeedsPersonError(
            sentence(
                "{marketplace}'s listing {listing_id} belongs to “{product}” already.",
                marketplace=marketplace,
                listing_id=external_id,
                product=other.product,
            ),
            advice=sentence(
                "Look at {marketplace} which product it shows, and correct the wrong record.",
                marketplace=marketplace,
            ),
        )
    if listing.status != ListingStatus.LIVE or listing.external_id != external_id:
        listing.published_at = timezone.now()
    listing.external_id = external_id
    listing.url = url
    listing.status = ListingStatus.LIVE
    listing.sent_hash = listing.details["content"]
    listing.sent_at = listing.checked_at = timezone.now()
    listing.details = {**listing.details, **details}
    listing.save()
