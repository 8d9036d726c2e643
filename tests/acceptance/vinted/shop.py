"""A seller on the sandbox Vinted with committed data, and the browser that makes their calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from marketplaces.sandbox.vinted.plugin.process import PluginProcess
from tests.acceptance.vinted.server import PluginServer
from tests.acceptance.vinted.wardrobe import SandboxVinted, Wardrobe, new_account, sandbox_vinted

__all__ = ["SandboxVinted", "VintedShop", "sandbox_vinted"]


@dataclass
class VintedShop(Wardrobe):
    """A wardrobe whose browser is played by a process of the sandbox."""

    server: PluginServer
    browser: PluginProcess
    others: list[PluginProcess] = field(default_factory=list)
    """More browsers of the same seller, which are connected to nothing."""

    @classmethod
    def open(
        cls, sandbox: SandboxVinted, server: PluginServer, folder: Path, *, seller: str
    ) -> Self:
        """Connected: the browser has said whose account it is."""
        report = sandbox.control.member(seller)
        tenant, account, token = new_account(sandbox, seller=seller)
        # Its memory is its own; another one of the same seller has another.
        remembering = partial(
            PluginProcess,
            url=server.url("t1"),
            token=token,
            site=sandbox.process.api_url,
            username=seller,
            password=report["password"],
        )
        browser = remembering(folder / f"{seller}.sqlite3")
        other = remembering(folder / f"{seller}-other.sqlite3")
        browser.start(phase=None)
        return cls(tenant, account, seller, sandbox.control, report, server, browser, [other])

    def wait_until_connected(self) -> None:
        """Its first word says whose account it is."""
        self.browser.wait_for("connected")
        self.learn_whose_it_is()

    def close_browsers(self) -> None:
        for browser in (self.browser, *self.others):
            browser.stop()
