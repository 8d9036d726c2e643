"""What goes wrong in the demo, on purpose, so that there is something to see put right."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.utils import timezone

from marketplaces.ebay import validation
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.keys import own_key
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.product_facts import facts_of
from marketplaces.sandbox.control import SandboxControl
from tasks.errors import PermanentError
from tasks.models import MarketplaceJob
from tasks.tenancy import current_schema

ITEM = "PUT /sell/inventory/v1/inventory_item/{sku}"
OFFER = "POST /sell/inventory/v1/offer"
PUBLISH = "POST /sell/inventory/v1/offer/{offerId}/publish"
LIMIT = {"errors": [{"errorId": 2001, "domain": "ACCESS", "category": "REQUEST"}]}


@dataclass(slots=True)
class Mishaps:
    """Prepared on products that would otherwise go well; each happens once."""

    control: SandboxControl
    told: list[str] = field(default_factory=list)
    """What was prepared or has happened, as sentences."""

    def prepare(self, account: Account, products: Sequence[Product]) -> None:
        """Choose a product for each mishap among those that are not live yet."""
        self.control.clear_faults()
        victims = _publishable(account, products)
        plans = [self._limit, self._lost_answer, self._cut, self._kill, self._refuse]
        for plan, product in zip(plans, victims, strict=False):
            plan(product, own_key(current_schema(), product.pk))

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


def _publishable(account: Account, products: Sequence[Product]) -> list[Product]:
    live = Listing.objects.filter(account=account, status=ListingStatus.LIVE)
    live_products = set(live.values_list("product_id", flat=True))
    own = EbaySettings.read(account.settings)
    return [p for p in products if p.pk not in live_products and _is_fit(p, own)]


def _is_fit(product: Product, own: EbaySettings) -> bool:
    try:
        validation.check(facts_of(product), own)
    except PermanentError:
        return False
    return True


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
