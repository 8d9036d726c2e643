"""What the catalogue already has under the SKUs and handles of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Q

from marketplaces.catalogue_import.products import ProductDraft
from marketplaces.catalogue_import.skus import Known, Variant, made_sku
from marketplaces.models import Product

ASKED_AT_ONCE = 1000


def known_products(drafts: Sequence[ProductDraft]) -> Known:
    """One query for a thousand drafts."""
    known = Known()
    for start in range(0, len(drafts), ASKED_AT_ONCE):
        for sku, variant in _found(drafts[start : start + ASKED_AT_ONCE]):
            if sku not in known.variants:
                known.add(sku, variant)
    return known


def _found(drafts: Sequence[ProductDraft]) -> Iterator[tuple[str, Variant]]:
    skus = {sku for draft in drafts for sku in (draft.shop_sku, made_sku(draft)) if sku}
    handles = {draft.handle for draft in drafts}
    products = Product.objects.filter(Q(sku__in=skus) | Q(handle__in=handles)).order_by("pk")
    for sku, handle, options in products.values_list("sku", "handle", "options"):
        yield sku, Variant.of(handle, options)
