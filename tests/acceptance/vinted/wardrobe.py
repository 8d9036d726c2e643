"""A member's wardrobe at the sandbox Vinted with committed data, whatever browser makes the calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marketplaces.models import Account, PluginCommand, PluginConnection, Product
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sandbox.vinted.reports import VintedSellerReport
from marketplaces.vinted.plugin import tokens
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.dispatch import lanes
from tests.acceptance.processes import until
from tests.acceptance.shops import RunningSandbox, SellersShop
from tests.acceptance.vinted import routes

TIMES = {
    "VINTED_ANSWER_SECONDS": "5",
    "VINTED_OPEN_SECONDS": "8",
    # Above the two, with what messages may take on their way.
    "VINTED_DEADLINE_SECONDS": "30",
    "VINTED_SETTLE_SECONDS": "1.5",
    "VINTED_READ_PAUSE": "0,0",
    "VINTED_WRITE_PAUSE": "0,0",
    "VINTED_LONG_PAUSE_EVERY": "0",
    "PLUGIN_HEARTBEAT_SECONDS": "4",
    "DISPATCH_LEASE_SECONDS": "4",
    "DISPATCH_STUCK_SECONDS": "60",
}

SandboxVinted = RunningSandbox[VintedControl]


@contextmanager
def sandbox_vinted(folder: Path) -> Iterator[SandboxVinted]:
    state = folder / "vinted" / "state.sqlite3"
    with SandboxProcess.start(state, marketplace="vinted") as process:
        yield SandboxVinted(process, VintedControl(process.control_url), TIMES)


@dataclass
class Wardrobe(SellersShop):
    """One account of one tenant at the sandbox Vinted, and its lane."""

    seller: VintedSellerReport
    control: VintedControl

    def learn_whose_it_is(self) -> None:
        """The browser tells when it says who is signed in there."""

        def known() -> bool:
            with self.inside():
                self.account.refresh_from_db()
            return self.account.shop_id == self.seller["user_id"]

        until(known, 60, "the browser tells whose account it is")

    # -- what the sandbox calls things

    def names_of(self, product: Product) -> set[str]:
        """Titles have our key in brackets."""
        return {f"[{self.sku(product)}]", *super().names_of(product)}

    def match_of(self, product: Product, call: str) -> str:
        if call != routes.PHOTO:
            return super().match_of(product, call)
        return self.photos(product)[-1]

    def shown(self, product: Product) -> tuple[str, str, int]:
        """An item is one piece."""
        title, price, _ = super().shown(product)
        return f"{title} [{self.sku(product)}]", price, 1

    # -- the browser

    def browser_state(self) -> str:
        """As the plugin server last heard it."""
        with self.inside():
            return PluginConnection.objects.get(account=self.account).state

    def commands(self) -> list[PluginCommand]:
        with self.inside():
            own = PluginCommand.objects.filter(account=self.account)
            return list(own.defer("file", "body").order_by("created_at"))


def new_account(sandbox: SandboxVinted, *, seller: str) -> tuple[Tenant, Account, str]:
    """Of nobody yet: of whoever is signed in where the plugin with this token says hello first."""
    tenant = Tenant.objects.get(schema_name="t1")
    with tenancy.inside(tenant):
        account = Account.objects.create(
            marketplace="vinted",
            name=f"Wardrobe of {seller}",
            settings=_chosen(urlsplit(sandbox.process.api_url).netloc),
            # Only what a test asks for runs.
            sync_every_minutes=None,
            orders_every_minutes=None,
        )
        lanes.ensure(account.pk, marketplace="vinted", name=account.name)
        return tenant, account, tokens.issue(account, by="the test")


def _chosen(site: str) -> dict[str, Any]:
    return {
        "site": site,
        "catalog_id": "536",
        "size_id": "208",
        "color_id": "9",
        "brand": "Maison Test",
        "lists": {"sizes": {"536": {"M": "208"}}},
    }
