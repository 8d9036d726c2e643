"""Which records a reading does not show any more, or shows as over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sync.facts import Batch, Seen

CLOSED = frozenset(
    {ListingStatus.WITHDRAWN.value, ListingStatus.SOLD.value, ListingStatus.ENDED.value}
)
VANISHED = frozenset({ListingStatus.WITHDRAWN.value, ListingStatus.ENDED.value})
"""Closed, and not because everything was sold."""


def names_of(seen: Iterable[Seen]) -> set[str]:
    """What records are seen by: ids, and the keys that tell more than that a copy has them."""
    names: set[str] = set()
    for each in seen:
        names.add(each.external_id)
        if each.is_live or (not each.external_id and each.status in CLOSED):
            names.add(each.sku)
    return names - {""}


def vanishing(account: Account, batches: Sequence[Batch], settle: timedelta) -> list[Listing]:
    """Records that are live and would be closed by these batches, other than by a sale."""
    gone = {pk: batch.read_at for batch in batches for pk in batch.gone}
    by_id: dict[str, datetime] = {}
    by_key: dict[str, datetime] = {}
    for batch in batches:
        for seen in batch.seen:
            if seen.status in VANISHED and seen.external_id:
                by_id[seen.external_id] = batch.read_at
            elif seen.status in VANISHED:
                by_key[seen.sku] = batch.read_at
    live = Listing.objects.filter(account=account, status=ListingStatus.LIVE)
    found = []
    for record in live.select_related("product").defer("mapped").order_by("pk"):
        read_at = by_id.get(record.external_id) or by_key.get(record.key) or gone.get(record.pk)
        if read_at is not None and record.updated_at <= read_at - settle:
            found.append(record)
    return found


def live_records(account: Account) -> int:
    return Listing.objects.filter(account=account, status=ListingStatus.LIVE).count()


def unseen(account: Account, names: Collection[str]) -> list[int]:
    """Row ids of live records that a complete reading did not show, by id or key."""
    live = Listing.objects.filter(account=account, status=ListingStatus.LIVE).order_by("pk")
    rows = live.values_list("pk", "external_id", "key")
    return [pk for pk, external_id, key in rows if not {external_id, key} & set(names)]


def product_titles(records: Iterable[Listing]) -> list[str]:
    products: list[Product] = [record.product for record in records]
    return [product.title for product in products]
