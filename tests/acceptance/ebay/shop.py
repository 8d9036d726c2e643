"""A seller on the sandbox eBay with committed data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.test import override_settings

from marketplaces.models import Account, Product
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import SellerReport
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.dispatch import lanes
from tests.acceptance.conftest import Database
from tests.acceptance.ebay import routes
from tests.acceptance.processes import Workers
from tests.acceptance.shops import (
    DEADLINE,
    READ_LAG,
    SETTLE,
    RunningSandbox,
    SellersShop,
    leased_pid,
)

__all__ = ["DEADLINE", "READ_LAG", "SETTLE", "EbayShop", "SandboxEbay", "Stage", "leased_pid"]

TIMES = {
    "EBAY_DEADLINE_SECONDS": str(DEADLINE),
    "EBAY_SETTLE_SECONDS": str(SETTLE),
    "SYNC_DEADLINE_SECONDS": str(2 * DEADLINE),
    "DISPATCH_LEASE_SECONDS": "4",
    "DISPATCH_STUCK_SECONDS": "6",
}

SandboxEbay = RunningSandbox[SandboxControl]


@contextmanager
def sandbox_ebay(folder: Path) -> Iterator[SandboxEbay]:
    """A sandbox on a state of its own; this process's settings lead to it too."""
    with SandboxProcess.start(folder / "ebay" / "state.sqlite3", read_lag=READ_LAG) as process:
        control = SandboxControl(process.control_url)
        seller = control.seller("somebody")
        urls = {
            "oauth_url": f"{process.api_url}/identity/v1/oauth2",
            "inventory_url": f"{process.api_url}/sell/inventory/v1",
            "account_url": f"{process.api_url}/sell/account/v1",
            "media_url": f"{process.api_url}/commerce/media/v1_beta",
            "fulfillment_url": f"{process.api_url}/sell/fulfillment/v1",
            "identity_url": f"{process.api_url}/commerce/identity/v1",
            "taxonomy_url": f"{process.api_url}/commerce/taxonomy/v1",
            "consent_url": f"{process.api_url}/oauth2/authorize",
            "redirect_name": "StoFlow-RuName",
            "client_id": seller["client_id"],
            "client_secret": seller["client_secret"],
        }
        environment = {f"EBAY_{name.upper()}": value for name, value in urls.items()}
        with override_settings(EBAY=settings.EBAY | urls):
            yield SandboxEbay(process, control, environment | TIMES)


@dataclass
class EbayShop(SellersShop):
    """One account of one tenant at the sandbox eBay, and its lane."""

    seller: SellerReport

    @classmethod
    def open(
        cls,
        control: SandboxControl,
        schema: str = "t1",
        *,
        seller: str = "anna",
        concurrency: int = 20,
    ) -> Self:
        tenant = Tenant.objects.get(schema_name=schema)
        report = control.seller(seller)
        with tenancy.inside(tenant):
            account = Account.objects.create(
                marketplace="ebay",
                name=f"Shop of {seller}",
                refresh_token=report["refresh_token"],
                settings=_chosen(report),
                # Only what a test asks for runs.
                sync_every_minutes=None,
                orders_every_minutes=None,
            )
            lanes.ensure(account.pk, marketplace="ebay", name=account.name, concurrency=concurrency)
        return cls(tenant, account, seller, control, report)

    def match_of(self, product: Product, call: str) -> str:
        """An upload says nothing of the product, and names only the photo."""
        if call not in {routes.UPLOAD_FILE, routes.UPLOAD_LINK}:
            return super().match_of(product, call)
        with self.inside():
            photo = product.images.order_by("position").last()
        assert photo
        return photo.url or photo.checksum


def _chosen(seller: SellerReport) -> dict[str, Any]:
    return {
        "marketplace_id": seller["marketplace_id"],
        "fulfillment_policy_id": seller["fulfillment_policy_id"],
        "payment_policy_id": seller["payment_policy_id"],
        "return_policy_id": seller["return_policy_id"],
        "merchant_location_key": seller["merchant_location_key"],
        "category_id": "15687",
        "condition": "NEW",
    }


@dataclass
class Stage:
    """Everything that runs: a database, the sandbox, workers."""

    database: Database
    ebay: SandboxEbay
    workers: Workers
    shops: list[EbayShop] = field(default_factory=list)

    @property
    def control(self) -> SandboxControl:
        return self.ebay.control

    def shop(self, schema: str = "t1", *, seller: str = "", concurrency: int = 20) -> EbayShop:
        name = seller or f"seller{len(self.shops) + 1}"
        shop = EbayShop.open(self.control, schema, seller=name, concurrency=concurrency)
        self.shops.append(shop)
        return shop

    def remove_files(self) -> None:
        for shop in self.shops:
            shop.remove_files()
