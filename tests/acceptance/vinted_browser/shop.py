"""A seller on the sandbox Vinted with committed data, whose own browser makes the calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from django.db import connection

from marketplaces.models import Account, PluginCommand, PluginConnection, Product
from marketplaces.sandbox.reports import HoldReport
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.vinted.plugin import tokens
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.dispatch import lanes
from tests.acceptance.processes import until
from tests.acceptance.shops import SellersShop
from tests.acceptance.vinted import routes
from tests.acceptance.vinted.server import PluginServer
from tests.acceptance.vinted.shop import SandboxVinted

LEFT_SECONDS = 2.0
"""What is left of the lease of a worker that was killed: more than the settle time."""


@dataclass
class BrowserShop(SellersShop):
    """One account of one tenant at the sandbox Vinted."""

    control: VintedControl
    site: str
    password: str
    code: str
    """For the plugin: where to connect, and the token."""

    @classmethod
    def open(cls, sandbox: SandboxVinted, server: PluginServer, *, seller: str) -> Self:
        tenant, report = Tenant.objects.get(schema_name="t1"), sandbox.control.member(seller)
        site = sandbox.process.api_url
        with tenancy.inside(tenant):
            account = Account.objects.create(
                marketplace="vinted",
                name=f"Wardrobe of {seller}",
                settings={
                    "site": urlsplit(site).netloc,
                    "catalog_id": "536",
                    "size_id": "208",
                    "color_id": "9",
                    "brand": "Maison Test",
                    "lists": {"sizes": {"536": {"M": "208"}}},
                },
                # Only what a test asks for runs.
                sync_every_minutes=None,
                orders_every_minutes=None,
            )
            lanes.ensure(account.pk, marketplace="vinted", name=account.name)
            token = tokens.issue(account, by="the test")
        return cls(
            tenant,
            account,
            seller,
            sandbox.control,
            site,
            report["password"],
            f"{server.url('t1')} {token}",
        )

    def learn_whose_it_is(self) -> None:
        """The plugin's first word has told."""
        with self.inside():
            self.account.refresh_from_db()
        assert self.account.shop_id

    # -- one call that is held between its effect and its answer

    def hold(self, call: str, product: Product) -> None:
        """The next such call for the product, once it comes."""
        self.control.add_fault(call, "hold_after", match=self.match_of(product, call))

    def held(self, call: str, product: Product) -> HoldReport:
        """It has come, and had its effect."""
        match = self.match_of(product, call)

        def found() -> list[HoldReport]:
            return [each for each in self.control.holds() if each["match"] == match]

        return until(found, 120, f"{call} for {product}")[0]

    def match_of(self, product: Product, call: str) -> str:
        return self.photos(product)[-1] if call == routes.PHOTO else super().match_of(product, call)

    # -- looking

    def connection(self) -> PluginConnection:
        with self.inside():
            return PluginConnection.objects.get(account=self.account)

    def commands(self) -> list[PluginCommand]:
        with self.inside():
            own = PluginCommand.objects.filter(account=self.account)
            return list(own.defer("file", "body").order_by("created_at"))

    def let_lease_end(self, pid: int) -> None:
        """Of a worker that is dead; the lease of a step at Vinted is long."""
        with self.inside(), connection.cursor() as cursor:
            cursor.execute(_SHORTEN, [LEFT_SECONDS, f"%:{pid}"])
            cursor.execute(_DUE, [LEFT_SECONDS, self.lane.pk])


_SHORTEN = """
UPDATE marketplace_jobs
SET leased_until = LEAST(leased_until, clock_timestamp() + %s * interval '1 second')
WHERE leased_by LIKE %s
"""
_DUE = """
UPDATE public.lanes
SET due_at = LEAST(due_at, clock_timestamp() + %s * interval '1 second') WHERE id = %s
"""
