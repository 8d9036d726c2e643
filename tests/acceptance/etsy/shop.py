"""A seller on the sandbox Etsy with committed data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.test import override_settings

from marketplaces.models import Account, Product
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.etsy.reports import EtsySellerReport
from marketplaces.sandbox.process import SandboxProcess
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.dispatch import lanes
from tests.acceptance.shops import READ_LAG, RunningSandbox, SellersShop

TIMES = {"DISPATCH_LEASE_SECONDS": "4", "DISPATCH_STUCK_SECONDS": "6"}
PACE = {"ETSY_CALLS_PER_SECOND": "1000", "ETSY_CALLS_PER_DAY": "1000000"}
CHOSEN = ("shop_id", "shipping_profile_id", "readiness_state_id", "return_policy_id")

SandboxEtsy = RunningSandbox[EtsyControl]


@contextmanager
def sandbox_etsy(folder: Path) -> Iterator[SandboxEtsy]:
    """A sandbox on a state of its own; this process's settings lead to it too."""
    state = folder / "etsy" / "state.sqlite3"
    with SandboxProcess.start(state, marketplace="etsy", read_lag=READ_LAG) as process:
        control = EtsyControl(process.control_url)
        seller = control.shop("somebody")
        urls = {
            "oauth_url": f"{process.api_url}/v3/public/oauth",
            "api_url": process.api_url,
            "keystring": seller["client_id"],
            "shared_secret": seller["client_secret"],
        }
        environment = {f"ETSY_{name.upper()}": value for name, value in urls.items()}
        with override_settings(ETSY=settings.ETSY | urls):
            yield SandboxEtsy(process, control, environment | TIMES | PACE)


@dataclass
class EtsyShop(SellersShop):
    """One account of one tenant at the sandbox Etsy, and its lane."""

    seller: EtsySellerReport
    control: EtsyControl

    @classmethod
    def open(
        cls,
        control: EtsyControl,
        schema: str = "t1",
        *,
        seller: str = "nora",
        concurrency: int = 20,
    ) -> Self:
        tenant = Tenant.objects.get(schema_name=schema)
        report = control.shop(seller)
        with tenancy.inside(tenant):
            account = Account.objects.create(
                marketplace="etsy",
                name=f"Shop of {seller}",
                refresh_token=report["refresh_token"],
                settings=_chosen(report),
                # Only what a test asks for runs.
                sync_every_minutes=None,
                orders_every_minutes=None,
            )
            lanes.ensure(account.pk, marketplace="etsy", name=account.name, concurrency=concurrency)
        return cls(tenant, account, seller, control, report)

    def names_of(self, product: Product) -> set[str]:
        """Etsy's listings have our key as their SKU from the second call on."""
        return {product.title, *super().names_of(product)}


def _chosen(seller: EtsySellerReport) -> dict[str, Any]:
    facts: dict[str, Any] = dict(seller)
    known = {name: str(facts[name]) for name in CHOSEN if facts[name]}
    return {"currency": seller["currency"], "taxonomy_id": "482", **known}
