"""Which product an order's line is about: by listing id, else our key, else the seller's SKU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q

from marketplaces.keys import product_of
from marketplaces.models import Account, DeletedListing, Listing, OrderLine, Product, Sale
from marketplaces.sales.facts import LineFacts
from tasks.tenancy import current_schema


class Ties:
    """The products of many lines, found in a constant number of queries."""

    def __init__(self, account: Account, lines: Iterable[LineFacts]) -> None:
        lines = list(lines)
        listings = Listing.objects.filter(account=account).order_by("pk")
        # Buyers may have bought from a listing before it was deleted.
        deleted = DeletedListing.objects.filter(account=account).exclude(product=None)
        skus = {line.sku for line in lines if line.sku}
        ids = {line.listing_id for line in lines if line.listing_id}
        self._by_listing: Mapping[str, int] = {
            # A listing that was put up again has another id now, but its sales are known.
            **_former(account, ids),
            **dict(deleted.filter(external_id__in=ids).values_list("external_id", "product_id")),
            **dict(listings.filter(external_id__in=ids).values_list("external_id", "product_id")),
        }
        self._by_key: Mapping[str, int] = {
            **dict(deleted.filter(key__in=skus).values_list("key", "product_id")),
            **dict(listings.filter(key__in=skus).values_list("key", "product_id")),
        }
        self._by_sku = _named(skus)
        self._listing_of = dict(
            listings.filter(product_id__in=self.product_ids)
            .exclude(external_id="")
            .values_list("product_id", "external_id")
        )

    @property
    def product_ids(self) -> set[int]:
        found = (self._by_listing, self._by_key, self._by_sku)
        return {product_id for each in found for product_id in each.values()}

    def product_id(self, line: LineFacts) -> int | None:
        return (
            self._by_listing.get(line.listing_id)
            or self._by_key.get(line.sku)
            or self._by_sku.get(line.sku)
        )

    def listing_id(self, line: LineFacts) -> str:
        """As the line names it, else the one that its product has now; "" when it has none."""
        return line.listing_id or self._listing_of.get(self.product_id(line) or 0, "")


def _former(account: Account, listing_ids: Iterable[str]) -> dict[str, int]:
    sales = Sale.objects.filter(account=account, listing_external_id__in=listing_ids)
    found = sales.exclude(product=None).order_by("pk")
    return dict(found.values_list("listing_external_id", "product_id"))


def _named(skus: Iterable[str]) -> dict[str, int]:
    """The products that SKUs name: by our own key, whatever became of the record, else their own."""
    own = {sku: product_of(current_schema(), sku) for sku in skus}
    numbers = {number for number in own.values() if number is not None}
    named = Product.objects.filter(Q(pk__in=numbers) | Q(sku__in=own)).values_list("sku", "pk")
    there = {number for _, number in named}
    by_own_key = {sku: number for sku, number in own.items() if number in there}
    return {**{sku: number for sku, number in named if sku in own}, **by_own_key}


def products_of(account: Account, order_ids: Iterable[str]) -> set[int]:
    """The products that recorded lines of these orders are tied to."""
    lines = OrderLine.objects.filter(order__account=account, order__external_id__in=order_ids)
    tied = lines.exclude(product=None).values_list("product_id", flat=True)
    return set(tied)
