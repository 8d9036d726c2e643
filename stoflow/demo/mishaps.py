"""What goes wrong in the demo, on purpose, so that there is something to see put right."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.utils import timezone

from marketplaces.keys import own_key
from marketplaces.listing_jobs import ListingJobHandler
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sandbox.control import SandboxControl
from stoflow.demo.services import Browser
from tasks.handlers import handler_for
from tasks.models import MarketplaceJob
from tasks.tenancy import current_schema

ITEM = "PUT /sell/inventory/v1/inventory_item/{sku}"
OFFER = "POST /sell/inventory/v1/offer"
PUBLISH = "POST /sell/inventory/v1/offer/{offerId}/publish"
LIMIT = {"errors": [{"errorId": 2001, "domain": "ACCESS", "category": "REQUEST"}]}
ETSY_DRAFT = "POST /v3/application/shops/{shop_id}/listings"
ETSY_PHOTO = "POST /v3/application/shops/{shop_id}/listings/{listing_id}/images"
VINTED_DRAFT = "POST /api/v2/item_upload/drafts"
VINTED_COMPLETION = "POST /api/v2/item_upload/drafts/{item_id}/completion"

Plan = Callable[[Product, str], None]


@dataclass(slots=True)
class Mishaps:
    """Prepared on products that would otherwise go well; each happens once."""

    control: SandboxControl
    told: list[str] = field(default_factory=list)
    """What was prepared or has happened, as sentences."""

    @property
    def plans(self) -> list[Plan]:
        """Each spoils something for one product, whose key it is given."""
        return []

    def prepare(self, account: Account, products: Sequence[Product]) -> None:
        """Choose a product for each mishap among those that are not live yet."""
        self.control.clear_faults()
        victims = _publishable(account, products)
        for plan, product in zip(self.plans, victims, strict=False):
            plan(product, own_key(current_schema(), product.pk))

    def look(self) -> None:
        """Do what needs a hand while the batch runs."""


@dataclass(slots=True)
class EbayMishaps(Mishaps):
    """A limit, a lost answer, a cut connection, a dead worker, a refusal."""

    @property
    def plans(self) -> list[Plan]:
        return [self._limit, self._lost_answer, self._cut, self._kill, self._refuse]

    def _limit(self, product: Product, sku: str) -> None:
        self.control.add_fault(
            ITEM, "status", match=sku, status=429, headers={"Retry-After": "2"}, body=LIMIT
        )
        self.told.append(f"eBay answers “{product}” with 429: too many requests, wait 2 seconds.")

    def _lost_answer(self, product: Product, sku: str) -> None:
        self.control.add_fault(OFFER, "status_after_effect", match=sku, status=500)
        self.told.append(f"eBay creates the offer for “{product}”, then answers 500.")

    def _cut(self, product: Product, sku: str) -> None:
        self.control.add_fault(PUBLISH, "cut_after", match=sku)
        self.told.append(f"eBay publishes “{product}”, then the connection is cut.")

    def _kill(self, product: Product, sku: str) -> None:
        self.control.add_fault(PUBLISH, "hold_after", match=sku)
        self.told.append(f"A worker is killed after eBay has published “{product}”.")

    def _refuse(self, product: Product, sku: str) -> None:
        self.control.refuse(
            sku, error_id=25005, message="The category is not allowed for this item."
        )
        self.told.append(f"eBay refuses “{product}”.")

    def look(self) -> None:
        """Kill -9 the worker whose publish request hangs after its effect."""
        for hold in self.control.holds():
            if hold["route"] == PUBLISH and hold["effect"] and _kill_worker_of(hold["subject"]):
                self.control.release(hold["id"])


@dataclass(slots=True)
class EtsyMishaps(Mishaps):
    """Lost answers."""

    @property
    def plans(self) -> list[Plan]:
        return [self._lost_draft, self._lost_photo]

    def _lost_draft(self, product: Product, sku: str) -> None:
        self.control.add_fault(ETSY_DRAFT, "cut_after", match=sku)
        self.told.append(f"Etsy makes the draft of “{product}”, then the connection is cut.")

    def _lost_photo(self, product: Product, sku: str) -> None:
        self.control.add_fault(ETSY_PHOTO, "status_after_effect", match=sku, status=503)
        self.told.append(f"Etsy takes a photo of “{product}”, then answers 503.")


@dataclass(slots=True)
class VintedMishaps(Mishaps):
    """A lost answer, and a browser that is closed at the worst moment."""

    browser: Browser = field(kw_only=True)

    @property
    def plans(self) -> list[Plan]:
        return [self._lost_draft, self._close_browser]

    def _lost_draft(self, product: Product, key: str) -> None:
        self.control.add_fault(VINTED_DRAFT, "status_after_effect", match=key, status=500)
        self.told.append(f"Vinted makes the draft of “{product}”, then answers 500.")

    def _close_browser(self, product: Product, key: str) -> None:
        self.control.add_fault(VINTED_COMPLETION, "hold_after", match=key)
        self.told.append(
            f"The seller's browser is killed after Vinted has put “{product}” on sale."
        )

    def look(self) -> None:
        """Kill -9 the browser whose request hangs after its effect; it is opened again later."""
        for hold in self.control.holds():
            if hold["route"] == VINTED_COMPLETION and hold["effect"]:
                with suppress(ProcessLookupError):
                    os.kill(self.browser.pid, signal.SIGKILL)
                self.control.release(hold["id"])


def _publishable(account: Account, products: Sequence[Product]) -> list[Product]:
    live = Listing.objects.filter(account=account, status=ListingStatus.LIVE)
    live_products = set(live.values_list("product_id", flat=True))
    handler = handler_for(account.marketplace, "publish")
    if not issubclass(handler, ListingJobHandler):
        raise TypeError(f"{handler} says nothing of products.")
    return [p for p in products if p.pk not in live_products and not handler.faults_of(account, p)]


def _kill_worker_of(sku: str) -> bool:
    """The lease names the process; one on another machine is not the demo's to kill."""
    product_id = int(sku.rpartition("zp")[2])
    job = MarketplaceJob.objects.filter(
        product_id=product_id, leased_until__gt=timezone.now()
    ).first()
    host, _, pid = job.leased_by.rpartition(":") if job else ("", "", "")
    if host != socket.gethostname():
        return False
    with suppress(ProcessLookupError):  # somebody else was quicker
        os.kill(int(pid), signal.SIGKILL)
    return True
