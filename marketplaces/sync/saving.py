"""Brings our records in step with what a sync has read; each batch in the caller's transaction.

Only positive evidence changes a status, the evidence is kept with it, and evidence that is older
than what we last did to a listing ourselves is passed over. A difference in price or stock is
written down and nothing is sent (docs/adr/0025), but what is still on sale of a product that sales
have emptied is withdrawn (docs/adr/0035).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.utils import timezone

from marketplaces import columns
from marketplaces.keys import own_key
from marketplaces.models import (
    Account,
    DeletedListing,
    Listing,
    ListingStatus,
    UnmatchedListing,
)
from marketplaces.sales import (
    OnSaleReport,
    SoldReport,
    are_single_pieces,
    report_sold_of_many,
)
from marketplaces.sync import differences, missing
from marketplaces.sync.facts import Batch, Seen, Shop
from marketplaces.sync.matching import Matcher
from marketplaces.sync.vanishing import CLOSED, VANISHED
from tasks.sentences import sentence
from tasks.tenancy import current_schema

GONE = sentence("The marketplace has it no more.")


@dataclass(slots=True)
class Saved:
    """What came of one batch; counts."""

    confirmed: int = 0
    """Live here and there."""
    adopted: int = 0
    """Live there, and now here too."""
    matched: int = 0
    """Not known here before; found by the seller's SKU."""
    drafts: int = 0
    """Not live yet, and their number was not known here."""
    closed: int = 0
    left: int = 0
    """Closings that a person did not want."""
    sold: int = 0
    """Pieces."""
    unmatched: int = 0
    differing: int = 0
    outdated: int = 0
    """We have changed the listing since it was read."""

    def as_receipt(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}


@dataclass(slots=True)
class Saving:
    """Saves batches of one account."""

    account: Account
    shop: Shop
    settle: timedelta
    """How far the marketplace's reads may be behind its writes."""
    shared: Collection[str] = ()
    may_vanish: bool = True
    """Whether closings that are no sales may be saved."""
    saved: Saved = field(default_factory=Saved)
    _deleted: set[str] | None = None
    """Keys and ids, once they are asked for."""

    def save(self, batch: Batch) -> Saved:
        found = self._records(batch)
        sold_out = self._report(found, batch.read_at) if found else set()
        records = Listing.objects.select_for_update(of=("self",)).select_related("product")
        for record in records.filter(pk__in={*found, *batch.gone}).order_by("pk"):
            if record.pk in sold_out:
                self._note_closed(record, found[record.pk].said, batch.read_at)
            elif self._is_outdated(record, batch.read_at):
                self.saved.outdated += 1
            elif record.pk in found:
                self._apply(record, found[record.pk], batch.read_at)
            else:
                self._close(record, ListingStatus.ENDED.value, GONE, batch.read_at)
        return self.saved

    # -- which record each is

    def _records(self, batch: Batch) -> dict[int, Seen]:
        """The records of what was seen, by their row ids; makes those that are missing."""
        matcher = Matcher(self.account, batch.seen, self.shared)
        found: dict[int, Seen] = {}
        for seen in batch.seen:
            match = matcher.match(seen)
            if match.listing is not None:
                # Of two that claim one record, the one that has its id is meant.
                if match.listing.external_id == seen.external_id or match.listing.pk not in found:
                    found[match.listing.pk] = seen
            elif self._is_deleted(seen, batch):
                self.saved.outdated += 1
            elif match.product_id is not None and (
                seen.is_live or _is_our_draft(seen, match.product_id)
            ):
                found[self._match(match.product_id, seen).pk] = seen
            elif match.why is not None and seen.is_live:
                self._tell_unmatched(seen, str(match.why))
        self._forget_unmatched(batch.seen)
        return found

    def _is_deleted(self, seen: Seen, batch: Batch) -> bool:
        """Whether we have deleted it since it was read, or so shortly before that reads lag."""
        if self._deleted is None:
            since = batch.read_at - self.settle
            deleted = DeletedListing.objects.filter(account=self.account, deleted_at__gt=since)
            self._deleted = set(chain(*deleted.values_list("key", "external_id"))) - {""}
        return not self._deleted.isdisjoint({seen.sku, seen.external_id})

    def _match(self, product_id: int, seen: Seen) -> Listing:
        """A first record of a listing that StoFlow did not make, or has lost its record of."""
        self.saved.matched += 1
        return Listing.objects.create(
            account=self.account,
            product_id=product_id,
            key=seen.sku,
            external_id=seen.external_id,
        )

    def _tell_unmatched(self, seen: Seen, why: str) -> None:
        self.saved.unmatched += 1
        UnmatchedListing.objects.update_or_create(
            account=self.account,
            external_id=seen.external_id,
            defaults={
                "sku": seen.sku[:100],
                "title": seen.title[:500],
                "url": seen.url,
                "price": columns.decimal(seen.price),
                "currency": seen.currency,
                "quantity": seen.quantity,
                "said": seen.said[:100],
                "why": why,
                "last_seen_at": timezone.now(),
            },
        )

    def _forget_unmatched(self, seen: Iterable[Seen]) -> None:
        """Matched by now, or no longer live."""
        over = {each.external_id for each in seen if not each.is_live and each.external_id}
        ids = [each.external_id for each in seen if each.external_id]
        matched = Listing.objects.filter(account=self.account, external_id__in=ids)
        over |= set(matched.values_list("external_id", flat=True))
        UnmatchedListing.objects.filter(account=self.account, external_id__in=over).delete()

    # -- what it tells

    def _report(self, found: Mapping[int, Seen], read_at: datetime) -> set[int]:
        """Before any record is locked: a sale locks products first, and so does an order.

        Answers with the records that are sold out and had not been before.
        """
        records = Listing.objects.select_related("account", "product").in_bulk(list(found))
        told: list[SoldReport] = []
        on_sale: list[OnSaleReport] = []
        sold_out: set[int] = set()
        for pk, seen in found.items():
            record = records.get(pk)
            if record is None or not seen.external_id:
                continue
            offered = 1 if are_single_pieces(self.account.marketplace) else seen.quantity
            if offered and self._is_left_over(record, seen, read_at):
                on_sale.append(OnSaleReport(record, offered, read_at - self.settle))
            if is_sold_out := self._has_sold_out(record, seen, read_at):
                sold_out.add(pk)
            if seen.sold is not None or is_sold_out:
                # Sales are counted by the marketplace's id, which may be new to the record.
                record.external_id = seen.external_id
                told.append(SoldReport(record, seen.sold, is_sold_out=is_sold_out))
        self.saved.sold += report_sold_of_many(told, on_sale).sold
        return sold_out

    def _has_sold_out(self, record: Listing, seen: Seen, read_at: datetime) -> bool:
        """Only of what our records have on sale, so that an old sale is never news."""
        return (
            seen.status == ListingStatus.SOLD
            and (record.status, record.external_id) == (ListingStatus.LIVE, seen.external_id)
            and not self._is_outdated(record, read_at)
        )

    def _is_left_over(self, record: Listing, seen: Seen, read_at: datetime) -> bool:
        """Whether buyers can take what is not there any more."""
        return (
            record.product.stock == 0
            and seen.is_live
            and record.external_id == seen.external_id
            and (record.status == ListingStatus.LIVE or self._is_back(record))
            and not self._is_outdated(record, read_at)
        )

    def _is_back(self, record: Listing) -> bool:
        """Whether a piece is on sale again that was over: a sale may have fallen through."""
        was_over = record.status in {ListingStatus.SOLD, ListingStatus.ENDED}
        return was_over and are_single_pieces(self.account.marketplace)

    def _is_outdated(self, record: Listing, read_at: datetime) -> bool:
        if not record.mapped and record.status == ListingStatus.DRAFT:
            return False  # made by this very sync
        return record.updated_at > read_at - self.settle

    def _apply(self, record: Listing, seen: Seen, read_at: datetime) -> None:
        if seen.is_live:
            self._confirm(record, seen, read_at)
        elif seen.status in CLOSED and seen.external_id in {"", record.external_id}:
            self._close(record, seen.status, seen.said, read_at)
        elif seen.status == record.status == ListingStatus.DRAFT:
            self._adopt_draft(record, seen)

    def _adopt_draft(self, record: Listing, seen: Seen) -> None:
        """What a publication whose answer was lost has made: the next one goes on with it."""
        unknown = {name: to for name, to in seen.details.items() if not record.details.get(name)}
        if unknown:
            self.saved.drafts += 1
            details = {**record.details, **unknown}
            Listing.objects.filter(pk=record.pk).update(details=details, updated_at=timezone.now())

    def _confirm(self, record: Listing, seen: Seen, read_at: datetime) -> None:
        """It is live there. `update` keeps `updated_at`: nothing of ours has changed."""
        shown = differences.Shown(seen.price, seen.currency, seen.quantity, read_at.isoformat())
        details = {**_kept(record, seen), **seen.details, "shown": shown.as_json()}
        if missing.are_back(record, seen.quantity):
            details.pop("missing", None)
        columns: dict[str, Any] = {"checked_at": read_at}
        if (record.status, record.external_id) == (ListingStatus.LIVE, seen.external_id):
            self.saved.confirmed += 1
        else:
            self.saved.adopted += 1
            columns |= {
                "status": ListingStatus.LIVE,
                "external_id": seen.external_id,
                "url": seen.url or record.url,
                "published_at": record.published_at or read_at,
                # What it shows was never confirmed, so the next update sends everything.
                "sent_hash": "",
                "updated_at": timezone.now(),
            }
        if found := differences.between(shown, record.product):
            self.saved.differing += 1
            columns["sent_hash"] = ""
            details = self.shop.unsent(details, found)
        Listing.objects.filter(pk=record.pk).update(details=details, **columns)

    def _close(self, record: Listing, status: str, said: str, read_at: datetime) -> None:
        if record.status != ListingStatus.LIVE:
            return
        if status in VANISHED and not self.may_vanish:
            self.saved.left += 1
            return
        self._note_closed(record, said, read_at, status=status)

    def _note_closed(self, record: Listing, said: str, read_at: datetime, **columns: str) -> None:
        self.saved.closed += 1
        evidence = {"said": said, "at": read_at.isoformat(timespec="seconds")}
        details = {**record.details, "closed": evidence}
        Listing.objects.filter(pk=record.pk).update(
            details=details, updated_at=timezone.now(), **columns
        )


def _is_our_draft(seen: Seen, product_id: int) -> bool:
    """A draft with the seller's own SKU is the seller's."""
    is_draft = seen.status == ListingStatus.DRAFT
    return is_draft and seen.sku == own_key(current_schema(), product_id)


def _kept(record: Listing, seen: Seen) -> dict[str, Any]:
    """The record's details, unless they are about another listing than the one that was seen."""
    details = dict(record.details)
    if any(details.get(name) not in {None, "", to} for name, to in seen.details.items()):
        return {name: details[name] for name in ("content", "revision") if name in details}
    return details
