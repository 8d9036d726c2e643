"""A seller on the sandbox Vinted with committed data, whose own browser makes the calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from marketplaces.models import Product
from marketplaces.sandbox.reports import HoldReport
from marketplaces.vinted.plugin import absence
from tests.acceptance.processes import until
from tests.acceptance.vinted.server import PluginServer
from tests.acceptance.vinted.wardrobe import SandboxVinted, Wardrobe, new_account


@dataclass
class BrowserShop(Wardrobe):
    """A wardrobe, and what its seller needs at a browser."""

    site: str
    code: str
    """For the plugin: where to connect, and the token."""

    @classmethod
    def open(cls, sandbox: SandboxVinted, server: PluginServer, *, seller: str) -> Self:
        """Nobody is connected yet."""
        report = sandbox.control.member(seller)
        tenant, account, token = new_account(sandbox, seller=seller)
        code = f"{server.url('t1')} {token}"
        site = sandbox.process.api_url
        return cls(tenant, account, seller, sandbox.control, report, site, code)

    def is_ready(self) -> bool:
        """Whether the plugin is connected, and the seller signed in."""
        with self.inside():
            return not absence.of_account(self.account.pk)

    def hold(self, call: str, product: Product) -> None:
        """Hold the next such call for the product between its effect and its answer."""
        self.control.add_fault(call, "hold_after", match=self.match_of(product, call))

    def held(self, call: str, product: Product) -> HoldReport:
        """It has come, and had its effect."""
        match = self.match_of(product, call)

        def found() -> list[HoldReport]:
            return [each for each in self.control.holds() if each["match"] == match]

        return until(found, 120, f"{call} for {product}")[0]
