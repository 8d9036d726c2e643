"""A sync of one account, callable without a job: read, compare, confirm, decide, save, finish."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from marketplaces.models import Account, Listing, UnmatchedListing
from marketplaces.sync import vanishing
from marketplaces.sync.facts import Batch, Page, Position, Seen, Shop
from marketplaces.sync.reading import Reading, shared_skus
from marketplaces.sync.saving import Saved, Saving
from tasks.errors import DecisionNeededError
from tasks.sentences import sentence
from tasks.wording import marketplace_name

logger = logging.getLogger(__name__)

NAMED = 20
"""Titles that a question names."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a reading says beside our records."""

    shared: list[str]
    """SKUs of several live listings."""
    unseen: list[int]
    """Live records of ours (row ids) that were not seen; empty when the reading is incomplete."""


class SyncService:
    """One account and its shop."""

    def __init__(
        self,
        account: Account,
        shop: Shop,
        *,
        settle_seconds: float,
        asked_at: Callable[[], datetime] = timezone.now,
    ) -> None:
        """`asked_at`: when what the next reads show was asked for, where answers are kept."""
        self.account = account
        self.shop = shop
        self.settle = timedelta(seconds=settle_seconds)
        self._asked_at = asked_at

    def read_page(self, position: Position) -> tuple[Page, Batch]:
        """One read; the batch has what the page shows of each listing, if it shows all."""
        read_at = self._asked_at()
        page = self.shop.page(position)
        return page, Batch(_fit(page.seen), read_at)

    def read_listings(self, names: Mapping[str, str]) -> Batch:
        read_at = self._asked_at()
        return Batch(_fit(self.shop.listings(names)), read_at)

    def compare(self, reading: Reading, batches: Sequence[Batch]) -> Compared:
        """Reads our own tables only."""
        seen = [each for batch in batches for each in batch.seen]
        if not reading.is_complete:
            return Compared(shared_skus(seen), [])
        return Compared(shared_skus(seen), vanishing.unseen(self.account, vanishing.names_of(seen)))

    def confirm(self, records: Collection[int]) -> Batch:
        """Ask for each of these listings of ours by itself: a page may have missed it."""
        read_at = self._asked_at()
        seen: list[Seen] = []
        gone: list[int] = []
        for listing in Listing.objects.filter(pk__in=records).order_by("pk"):
            found = self.shop.look(listing)
            if found is None:
                gone.append(listing.pk)
            else:
                seen.append(found)
        return Batch(_fit(seen), read_at, tuple(gone))

    def may_vanish(self, batches: Sequence[Batch], *, decision: bool | None) -> bool:
        """Whether what is over may be marked so; DecisionNeededError when that is unusually much."""
        if decision is not None:
            return decision
        over = vanishing.vanishing(self.account, batches, self.settle)
        live = vanishing.live_records(self.account)
        most = max(settings.SYNC["vanishing_number"], settings.SYNC["vanishing_share"] * live)
        if len(over) <= most:
            return True
        raise DecisionNeededError(
            sentence(
                "{count} of {live} live listings would be marked as ended: {marketplace} says that "
                "they are over or gone.",
                count=len(over),
                live=live,
                marketplace=marketplace_name(self.account.marketplace),
            ),
            advice=sentence(
                "Look at {marketplace} whether that is so, then decide. Nothing is sent to "
                "{marketplace} either way.",
                marketplace=marketplace_name(self.account.marketplace),
            ),
            evidence={"listings": vanishing.product_titles(over[:NAMED])},
        )

    def save(self, batch: Batch, *, shared: Collection[str], may_vanish: bool) -> Saved:
        """Runs in the caller's transaction."""
        return Saving(self.account, self.shop, self.settle, shared, may_vanish).save(batch)

    def finish(self, *, began_at: datetime, complete: bool) -> None:
        """Runs in the caller's transaction."""
        if not complete:
            return
        # What no page showed as live and unmatched is matched by now, over, or gone.
        UnmatchedListing.objects.filter(account=self.account, last_seen_at__lt=began_at).delete()
        Account.objects.filter(pk=self.account.pk).update(last_synced_at=began_at)


def _fit(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """What can be kept: a listing whose number cannot be is none of ours, and holds up no other."""
    fit: list[Seen] = []
    for each in seen:
        try:
            fit.append(each.fit())
        except ValueError:
            logger.warning("sync.unfit %.100s", each.external_id)
    return tuple(fit)


ServiceOf = Callable[[Account], SyncService]
Totals = dict[str, Any]


def totals(receipts: Sequence[Mapping[str, Any]]) -> Totals:
    """The counts of all saved batches together."""
    summed: dict[str, int] = {}
    for receipt in receipts:
        for name, count in receipt.items():
            summed[name] = summed.get(name, 0) + count
    return summed
