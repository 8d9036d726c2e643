"""What every action on one listing at Etsy does; callable without a job.

Each method is one functional step and may be called again. Listing.details has Etsy's `listing_id`
from the moment at which it is known, and under `sent` what Etsy was last sent: the hash of the
texts, price, quantity and processing profile. `photos` tells of the photos, `told` of the pieces
that it was told to offer.
"""

from __future__ import annotations

from collections.abc import Collection
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
from marketplaces.listings import content_hash
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.product_facts import ProductFacts, facts_of
from marketplaces.sales import report_sold_out
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
        return self.is_recorded_live() and self.listing().sent_hash == content_hash(self.wanted)

    def confirm(self) -> bool:
        """Whether Etsy shows the listing that our records have; one read.

        TransientError while our own last change is too recent for a read to show it; PermanentError
        when its last piece was bought: showing it again costs a fee, which is told beforehand.
        """
        listing = self.listing()
        shown = self.client.get_listing(listing.external_id)
        state = "" if shown is None else shown.state
        if state == answers.ACTIVE:
            listings.mark_checked(listing)
            return True
        self._wait_until_shown(listing)
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
        _forget_sent(listing, {"texts"})
        self.client.update_listing(listing_id, texts)
        listings.note(listing, sent={**sent, "texts": content})
        return {"changed": True}

    def save_stock(self, listing_id: str, stock: Json | None = None) -> Receipt:
        """Bring our key, price and stock into the inventory, as far as they have changed.

        `stock`: what is to be sent; what is mapped where nothing is given. What was not changed
        here stays as it is at Etsy, where pieces may have been sold and prices reduced.
        """
        listing = self.listing()
        wanted = listing.mapped["stock"] if stock is None else stock
        sent = listing.details.get("sent", {})
        different = {name: value for name, value in wanted.items() if sent.get(name) != value}
        # What is written back as it was read is as old as the read.
        at = timezone.now() if listing.external_id == listing_id else None
        document = self.client.get_inventory(listing_id)
        changed = inventory.changed(document, Change(listing.key, **different))
        if changed is not None:
            if at is not None:
                listings.note(listing, told=Told(None, at).as_json())
            _forget_sent(listing, different)
            self.client.put_inventory(listing_id, changed)
        offered = inventory.quantity_of(changed or document)
        if at is not None and not inventory.quantity_of(document):
            # What is written into a sold out listing is not on sale before it is shown again.
            offered = 0
        listings.note(listing, sent={**sent, **wanted}, told=Told(offered, at).as_json())
        return {"changed": changed is not None, **different}

    def listing(self) -> Listing:
        return listings.known(self.account, self.product)

    def known_id(self) -> str:
        """Etsy's number of our listing, live or not; "" when none is known."""
        listing = self.found()
        return "" if listing is None else id_of(listing)

    def is_settled(self) -> bool:
        """Whether reads show all that we have done to the listing: our record changes with it."""
        age = timezone.now() - self.listing().updated_at
        return bool(age.total_seconds() >= settings.ETSY["settle_seconds"])

    def wait_until_settled(self) -> None:
        """TransientError while a read may still show what was before our own last change."""
        if not self.is_settled():
            raise TransientError(
                sentence("Etsy does not show the last change of the listing yet."),
                retry_after=settings.ETSY["settle_seconds"],
            )

    def _wait_until_shown(self, listing: Listing) -> None:
        settle = settings.ETSY["settle_seconds"]
        age = timezone.now() - (listing.published_at or listing.created_at)
        if age.total_seconds() < settle:
            raise TransientError(
                sentence("Etsy does not show the new listing yet."), retry_after=settle
            )
        self.wait_until_settled()


def _forget_sent(listing: Listing, names: Collection[str]) -> None:
    """Until the answer is here, nobody knows which of the two Etsy has: the job may be stopped."""
    sent = listing.details.get("sent", {})
    if any(name in sent for name in names):
        listings.note(listing, sent={name: sent[name] for name in sent if name not in names})


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
