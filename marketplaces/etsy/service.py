"""What every action on one listing at Etsy does; callable without a job.

Each method is one functional step and may be called again. Listing.details has Etsy's `listing_id`
from the moment at which it is known, and under `sent` what Etsy was last sent: the hash of the
texts, price, quantity and processing profile; `stock_sent_at`: when the inventory. `photos` tells
of the photos, `told` of the pieces that it was told to offer.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cached_property
from typing import Any, NoReturn

from django.conf import settings
from django.utils import timezone

from marketplaces import listings
from marketplaces.etsy import answers, inventory, validation
from marketplaces.etsy.account_settings import EtsySettings
from marketplaces.etsy.client import EtsyClient
from marketplaces.etsy.inventory import Change
from marketplaces.etsy.mapping import Json, mapped, tags_of
from marketplaces.etsy.stock import (
    as_left,
    left_out,
    not_shown_yet,
    unsent,
    wait_for_our_number,
)
from marketplaces.listings import content_hash
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.product_facts import ProductFacts, facts_of
from marketplaces.sales import report_sold_out, standing
from marketplaces.sync import missing
from marketplaces.told import Told
from tasks.errors import PermanentError, TransientError
from tasks.sentences import sentence

Receipt = dict[str, Any]

_FETCH_ORDERS = sentence(
    "Fetch the orders first. If there are more pieces, correct the stock and publish it again; "
    "Etsy charges its fee for that."
)
_PUBLISH_AGAIN = sentence(
    "Its sales are known here. If there are more pieces, publish it again; Etsy charges its fee "
    "for that."
)

STATUSES = {
    answers.ACTIVE: ListingStatus.LIVE,
    answers.INACTIVE: ListingStatus.WITHDRAWN,
    answers.SOLD_OUT: ListingStatus.SOLD,
    answers.EXPIRED: ListingStatus.ENDED,
}
"""What Etsy's states mean for a listing that was live. "" stands for one that is gone."""


class ListingService:
    """One product on one account."""

    def __init__(self, account: Account, product: Product, client: EtsyClient) -> None:
        self.account = account
        self.product = product
        self.client = client
        self.settings = EtsySettings.read(account.settings)

    @cached_property
    def facts(self) -> ProductFacts:
        return facts_of(self.product)

    @cached_property
    def wanted(self) -> Json:
        """What Etsy is to be sent, as the product is now."""
        key = listings.key_of(self.found(), self.product)
        return mapped(self.facts, self.settings, key, year=timezone.now().year)

    def identity(self) -> Receipt:
        """What tells one content of the listing from another; part of the payloads."""
        content = content_hash(self.wanted)
        return {"content": content, "revision": listings.revision_of(self.found(), content)}

    def found(self) -> Listing | None:
        return listings.find(self.account, self.product)

    def is_recorded_live(self) -> bool:
        listing = self.found()
        return listing is not None and listing.status == ListingStatus.LIVE

    def is_live_as_wanted(self) -> bool:
        """Whether, by our own records, there is nothing to send."""
        if not self.is_recorded_live():
            return False
        is_sent = self.listing().sent_hash == content_hash(self.wanted)
        return is_sent and not self.stock_differs()

    def stock_differs(self) -> bool:
        """Whether price, pieces or profile are not what Etsy has by our own records."""
        return bool(unsent(self.listing(), self.wanted["stock"]))

    def confirm(self) -> bool:
        """Whether Etsy shows the listing that our records have; one read.

        TransientError while our own last change is too recent for a read to show it; PermanentError
        when its last piece was bought: showing it again costs a fee, which is told beforehand.
        """
        listing, asked_at = self.listing(), timezone.now()
        shown = self.client.get_listing(listing.external_id)
        state = "" if shown is None else shown.state
        if state == answers.ACTIVE:
            listings.mark_checked(listing)
            return True
        self._wait_until_shown(listing, asked_at)
        if state == answers.SOLD_OUT:
            self.refuse_sold_out(listing)
        record_state(listing, state)
        return False

    def refuse_sold_out(self, listing: Listing) -> NoReturn:
        """Record the sale; PermanentError because showing it again costs a fee nobody was told of."""
        is_news = bool(report_sold_out(listing).sold)
        raise PermanentError(
            sentence("“{product}” was sold out at Etsy.", product=self.product),
            advice=_FETCH_ORDERS if is_news else _PUBLISH_AGAIN,
        )

    def validate(self) -> None:
        """NotFitForEtsyError with every fault."""
        validation.check(self.facts, self.settings, year=timezone.now().year)

    def map_product(self) -> Receipt:
        """Write down the intent; runs in the caller's transaction."""
        listing = listings.write_intent(self.account, self.product, self.wanted)
        receipt = {"sku": listing.key, "content": listing.details["content"]}
        left_out = tags_of(self.facts, self.settings)[1]
        return {**receipt, **({"tags_left_out": left_out} if left_out else {})}

    def save_texts(self, listing_id: str) -> Receipt:
        """Make the listing say what is wanted; no call when that is what it was sent last."""
        listing = self.listing()
        texts = listing.mapped["texts"]
        content = content_hash(texts)
        sent = listing.details.get("sent", {})
        if sent.get("texts") == content:
            return {"changed": False}
        listings.note(listing, **without_sent(listing, {"texts"}))
        self.client.update_listing(listing_id, texts)
        listings.note(listing, sent={**sent, "texts": content})
        return {"changed": True}

    def save_stock(self, listing_id: str, stock: Json | None = None) -> Receipt:
        """Bring our key, price and stock into the inventory, as far as they have changed.

        `stock`: what is to be sent; what is mapped where nothing is given. What was not changed
        here stays as it is at Etsy, where pieces may have been sold and prices reduced. Pieces
        that are missing there stay gone also when the number is changed, and the orders are asked
        for. TransientError while a read may show what was before our own last number.
        """
        listing = self.listing()
        left, sold = standing(listing)
        wanted = as_left(listing.mapped["stock"] if stock is None else stock, left)
        different = unsent(listing, wanted)
        # What is written back as it was read is as old as the read.
        asked_at = timezone.now()
        at = asked_at if listing.external_id == listing_id else None
        document = self.client.get_inventory(listing_id)
        there = inventory.quantity_of(document)
        wait_for_our_number(listing, there, asked_at)
        gone = missing.look(
            listing, there, sold=sold, asked_at=asked_at, settle=settings.ETSY["settle_seconds"]
        )
        meant = wanted.get("quantity")
        if "quantity" in different:
            different["quantity"] = max(1, wanted["quantity"] - gone)
        changed = inventory.changed(document, Change(listing.key, **different))
        done: Json = {}
        if changed is not None:
            self._wait_for_our_inventory(listing, asked_at)
            begun = without_sent(listing, different)
            if at is not None:
                unknown = Told(None, at, sold, None if "quantity" in different else meant)
                begun["told"] = unknown.as_json()
            listings.note(listing, stock_sent_at=timezone.now().isoformat(), **begun)
            self.client.put_inventory(listing_id, changed)
            done["stock_sent_at"] = timezone.now().isoformat()
        offered = inventory.quantity_of(changed or document)
        receipt = {"changed": changed is not None, **different, **left_out(gone, meant, offered)}
        if at is not None and not there:
            # What is written into a sold out listing is not on sale before it is shown again.
            offered = meant = 0
        done["sent"] = {**listing.details.get("sent", {}), **wanted}
        done["told"] = Told(offered, at, sold, meant).as_json()
        listings.note(listing, **done)
        return receipt

    def listing(self) -> Listing:
        return listings.known(self.account, self.product)

    def known_id(self) -> str:
        """Etsy's number of our listing, live or not; "" when none is known."""
        listing = self.found()
        return "" if listing is None else id_of(listing)

    def is_settled(self, asked_at: datetime) -> bool:
        """Whether a read shows all that we have done to the listing: our record changes with it.

        `asked_at`: when the read began, which may have taken longer than reads lag behind.
        """
        age = asked_at - self.listing().updated_at
        return bool(age.total_seconds() >= settings.ETSY["settle_seconds"])

    def wait_until_settled(self, asked_at: datetime) -> None:
        """TransientError when a read of that time may show what was before our own last change."""
        if not self.is_settled(asked_at):
            raise not_shown_yet()

    def _wait_for_our_inventory(self, listing: Listing, asked_at: datetime) -> None:
        """TransientError when a read of that time may show what was before our own last document:
        what is not changed in it is written back."""
        sent_at = listing.details.get("stock_sent_at")
        if not sent_at:
            return
        age = asked_at - datetime.fromisoformat(sent_at)
        if age.total_seconds() < settings.ETSY["settle_seconds"]:
            raise not_shown_yet()

    def _wait_until_shown(self, listing: Listing, asked_at: datetime) -> None:
        settle = settings.ETSY["settle_seconds"]
        age = asked_at - (listing.published_at or listing.created_at)
        if age.total_seconds() < settle:
            raise TransientError(
                sentence("Etsy does not show the new listing yet."), retry_after=settle
            )
        self.wait_until_settled(asked_at)


def without_sent(listing: Listing, names: Collection[str]) -> Json:
    """For the details, before a call: nobody knows what Etsy has of these until the answer is here.

    The job may be stopped in between.
    """
    sent = listing.details.get("sent", {})
    return {"sent": {name: sent[name] for name in sent if name not in names}}


def id_of(listing: Listing) -> str:
    return str(listing.details.get("listing_id") or listing.external_id)


def status_of(state: str) -> ListingStatus:
    """What a state of Etsy's means for a listing that was live; "" for one that is gone."""
    return STATUSES.get(state, ListingStatus.ENDED)


def record_state(listing: Listing, state: str) -> None:
    """What Etsy says of a listing that was live; that it is sold out is a sale to be recorded."""
    if state == answers.SOLD_OUT:
        report_sold_out(listing)
    else:
        listings.mark(listing, status_of(state))
