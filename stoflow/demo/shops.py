"""A seller's shop in the demo: what is published there, what goes wrong, how it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from marketplaces.batches import start_batch
from marketplaces.models import Account, Product
from stoflow.demo.installation import USERNAME
from stoflow.demo.mishaps import Mishaps
from stoflow.demo.stands import SELLER, Stand
from stoflow.demo.verdict import Verdict, counted, judge, last_request

TAKES_LINKS = frozenset({"ebay"})
"""eBay fetches photos from their links itself; the others are sent files, and the demo fetches
nothing from the internet."""


class KeptRunning(Protocol):
    """A process that is started again when somebody has killed it."""

    def keep_running(self) -> None: ...


@dataclass(slots=True)
class Shop:
    """One account at one stand-in."""

    stand: Stand
    account: Account
    mishaps: Mishaps
    offered: list[Product] = field(default_factory=list)
    _before: int = 0

    def offer(self, products: Sequence[Product]) -> None:
        """Choose what is published here, and prepare what goes wrong."""
        takes_links = self.account.marketplace in TAKES_LINKS
        self.offered = [each for each in products if takes_links or _has_files_only(each)]
        self.mishaps.prepare(self.account, self.offered)
        self._before = last_request(self.stand.control)

    def publish(self) -> None:
        if self.offered:
            start_batch(self.account, "publish", self.offered, requested_by=USERNAME)

    def verdict(self) -> Verdict:
        """By what the stand-in has counted."""
        found = counted(self.stand.control, SELLER, since=self._before)
        return judge(found, self.offered, self.account)


def _has_files_only(product: Product) -> bool:
    return not any(photo.url for photo in product.images.all())
