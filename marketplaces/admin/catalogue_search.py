"""Finding products and listings through indexes: see `tasks.words` for what a word finds."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy

from marketplaces.models import Listing, Product
from tasks.admin.filters import as_id
from tasks.admin.search import MOST_ROWS, terms_of
from tasks.words import IsAnyOf, has_words

PRODUCTS_SEARCHED = gettext_lazy(
    "Words of the title, beginning of a SKU, bar code, listing id or product id"
)
LISTINGS_SEARCHED = gettext_lazy(
    "The marketplace's listing id, our key, words of the title or beginning of a SKU"
)


def products_about(text: str) -> Q:
    """Products that every term of `text` says something about."""
    found = Q()
    for term in terms_of(text):
        listed = Listing.objects.filter(external_id=term).exclude(external_id="")
        about = has_words("title", term) | Q(sku__istartswith=term)
        about |= Q(barcode=term) & ~Q(barcode="")
        about |= Q(IsAnyOf("pk", listed.values("product_id")[:MOST_ROWS]))
        if (number := as_id(term)) is not None:
            about |= Q(pk=number)
        found &= about
    return found


def listings_about(text: str) -> Q:
    """Listings by their own ids, or of products that `text` says something about."""
    found = Q()
    for term in terms_of(text):
        products = Product.objects.filter(
            has_words("title", term) | Q(sku__istartswith=term)
        ).order_by()
        about = Q(external_id=term) & ~Q(external_id="") | Q(key=term)
        about |= Q(IsAnyOf("product_id", products.values("pk")[:MOST_ROWS]))
        if (number := as_id(term)) is not None:
            about |= Q(pk=number)
        found &= about
    return found
