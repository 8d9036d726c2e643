"""Which of our products a listing at the marketplace is: by its id, our key, or the seller's SKU.

Only what is certain is matched. Everything else is reported with the reason, never guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from marketplaces.keys import product_of
from marketplaces.models import Account, Listing, Product, WhyUnmatched
from marketplaces.sync.facts import Seen
from tasks.tenancy import current_schema


@dataclass(frozen=True, slots=True)
class Match:
    """Exactly one of the three is set."""

    listing: Listing | None = None
    """Our record of it."""
    product_id: int | None = None
    """A product that has no record on this account yet."""
    why: WhyUnmatched | None = None


class Matcher:
    """Matches one batch with a constant number of queries.

    `shared`: SKUs that more than one live listing of the whole shop has.
    """

    def __init__(self, account: Account, seen: Sequence[Seen], shared: Collection[str]) -> None:
        self._shared = shared
        skus = {each.sku for each in seen if each.sku}
        ids = {each.external_id for each in seen if each.external_id}
        records = Listing.objects.filter(account=account).select_related("product")
        self._by_id = {row.external_id: row for row in records.filter(external_id__in=ids)}
        self._by_key = {row.key: row for row in records.filter(key__in=skus)}
        own = {sku: product_of(current_schema(), sku) for sku in skus}
        numbers = {number for number in own.values() if number is not None}
        there = set(Product.objects.filter(pk__in=numbers).values_list("pk", flat=True))
        self._by_own_key = {sku: number for sku, number in own.items() if number in there}
        self._by_sku = dict(Product.objects.filter(sku__in=skus).values_list("sku", "pk"))
        candidates = {*there, *self._by_sku.values()}
        taken = records.filter(product_id__in=candidates).values_list("product_id", flat=True)
        self._taken = set(taken)

    def match(self, seen: Seen) -> Match:
        known = self._by_id.get(seen.external_id) if seen.external_id else None
        if known is not None:
            return Match(listing=known)
        if not seen.sku:
            return Match(why=WhyUnmatched.NO_SKU)
        if seen.sku in self._shared:
            return Match(why=WhyUnmatched.SHARED_SKU)
        record = self._by_key.get(seen.sku)
        return self._of_product(seen) if record is None else Match(listing=record)

    def _of_product(self, seen: Seen) -> Match:
        product_id = self._by_own_key.get(seen.sku) or self._by_sku.get(seen.sku)
        if product_id is None:
            return Match(why=WhyUnmatched.NO_PRODUCT)
        if product_id in self._taken:
            return Match(why=WhyUnmatched.PRODUCT_TAKEN)
        return Match(product_id=product_id)
