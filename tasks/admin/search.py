"""Finding jobs by what a person has at hand: words of a title, a SKU, a listing's id, a job's id.

Every way goes through an index, so that a search over 100,000 jobs of 50,000 products takes
milliseconds. The sub-queries come first, as arrays: joined or nested in an OR, they would make
PostgreSQL read the whole table.
"""

from __future__ import annotations

import re
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy

from tasks.admin.filters import as_id
from tasks.models import MarketplaceJob
from tasks.words import IsAnyOf, has_words

SEARCHED = gettext_lazy("Words of the title, beginning of a SKU, listing id, product id or job id")
MOST_WORDS = 8
MOST_ROWS = 10_000
"""Products of one beginning of a SKU that are looked at."""
_TERM = re.compile(r'"([^"]*)"|(\S+)')


def jobs_matching(jobs: QuerySet[MarketplaceJob], text: str) -> QuerySet[MarketplaceJob]:
    """The jobs that every term of `text` says something about; "quoted words" are one term."""
    for term in terms_of(text):
        jobs = jobs.filter(_about(term))
    return jobs


def terms_of(text: str) -> list[str]:
    terms = [quoted or word for quoted, word in _TERM.findall(text)]
    return [term.strip() for term in terms if term.strip()][:MOST_WORDS]


def _about(term: str) -> Q:
    jobs, products = MarketplaceJob.objects, _products().objects
    by_sku = products.filter(sku__istartswith=term).values("pk")[:MOST_ROWS]
    by_listing = jobs.filter(
        product__listings__external_id=term, product__listings__account=F("account")
    )
    about = has_words("product_name", term)
    about |= Q(IsAnyOf("product_id", by_sku))
    about |= Q(IsAnyOf("pk", by_listing.order_by().values("pk")[:MOST_ROWS]))
    number = as_id(term)
    if number is not None:
        about |= Q(pk=number) | Q(product_id=number)
    return about


def _products() -> Any:
    """The catalogue's model, which is known here by its foreign key alone."""
    return MarketplaceJob._meta.get_field("product").related_model
