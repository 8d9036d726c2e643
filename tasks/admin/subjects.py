"""What the pages of jobs show of a job's product, told by whoever knows products.

Jobs refer to products by a key and a name. Photos, SKUs and live listings are the business's: it
registers one function that tells of many jobs at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.safestring import SafeString

from tasks.models import MarketplaceJob


@dataclass(frozen=True)
class Subject:
    """What a job is about."""

    sku: str = ""
    photo: SafeString | str = ""
    listing_url: str = ""
    """Of the live listing on the job's own account; only http or https."""
    listing_page: str = ""
    """Ours, of the listing on the job's own account, live or not."""
    because: str = ""
    """What the job followed from where that was no person's wish, e.g. an order."""
    because_page: str = ""


class Teller(Protocol):
    """Tells of many jobs, by the job's key, in a constant number of queries."""

    def __call__(
        self, jobs: Sequence[MarketplaceJob], *, with_photos: bool
    ) -> Mapping[int, Subject]: ...


_tellers: list[Teller] = []


def tell_with(teller: Teller) -> Teller:
    """Decorator: ask `teller` about the products of jobs from now on."""
    _tellers[:] = [teller]
    return teller


def subjects_of(
    jobs: Sequence[MarketplaceJob], *, with_photos: bool = True
) -> Mapping[int, Subject]:
    return _tellers[0](jobs, with_photos=with_photos) if _tellers and jobs else {}
