"""Finding jobs by what a person has at hand: a product's name, SKU or id, a listing's id."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.utils.text import smart_split, unescape_string_literal

from tasks.models import MarketplaceJob

_LARGEST_ID = 2**63 - 1


def jobs_matching(jobs: QuerySet[MarketplaceJob], text: str) -> QuerySet[MarketplaceJob]:
    """The jobs that every word of `text` says something about; "quoted words" are one."""
    for word in smart_split(text):
        quoted = word[0] in "\"'" and word[0] == word[-1] and len(word) > 1
        jobs = jobs.filter(_about(unescape_string_literal(word) if quoted else word))
    return jobs


def _about(word: str) -> Q:
    # Sub-queries instead of joins: a product with many listings does not repeat its jobs.
    by_sku = MarketplaceJob.objects.filter(product__sku__icontains=word)
    by_listing = MarketplaceJob.objects.filter(
        product__listings__external_id=word, product__listings__account=F("account")
    )
    about = Q(product_name__icontains=word) | Q(account_name__icontains=word)
    about |= Q(pk__in=by_sku.values("pk")) | Q(pk__in=by_listing.values("pk"))
    if word.isdecimal() and int(word) <= _LARGEST_ID:
        about |= Q(pk=int(word)) | Q(product_id=int(word))
    return about
