"""Whether the demo kept the promise, by what the sandbox counted and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from marketplaces.ebay.sku import sku_of
from marketplaces.models import Product
from marketplaces.sandbox.reports import EffectsReport, ListingReport
from tasks.tenancy import current_schema


@dataclass(slots=True)
class Verdict:
    """Counts from the sandbox, and every way in which they are not as they should be."""

    accepted: int = 0
    refused: int = 0
    listings: int = 0
    photos: int = 0
    duplicates: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        word = "KEPT" if self.kept else "BROKEN"
        return (
            f"Promise {word}: {self.accepted} products accepted, {self.listings} listings, "
            f"{self.photos} photos each attached once, {self.duplicates} duplicates, "
            f"{self.refused} products refused, {len(self.faults)} faults."
        )


def judge(
    report: EffectsReport, seller: str, accepted: Sequence[Product], refused: Sequence[Product]
) -> Verdict:
    """Compare the seller's live listings with the catalogue, photo by photo, by checksum."""
    live: dict[str, list[ListingReport]] = defaultdict(list)
    for listing in report["listings"]:
        if listing["seller"] == seller and listing["status"] == "ACTIVE":
            live[listing["sku"]].append(listing)
    verdict = Verdict(accepted=len(accepted), refused=len(refused))
    for product in accepted:
        _judge_accepted(product, live.pop(sku_of(current_schema(), product.pk), []), verdict)
    for product in refused:
        _judge_refused(product, live.pop(sku_of(current_schema(), product.pk), []), verdict)
    for sku in live:
        verdict.faults.append(f"A listing with the SKU {sku} belongs to no product.")
    verdict.faults += report["violations"]
    return verdict


def _judge_accepted(product: Product, found: list[ListingReport], verdict: Verdict) -> None:
    verdict.listings += len(found)
    verdict.duplicates += max(len(found) - 1, 0)
    if len(found) != 1:
        verdict.faults.append(f"“{product}” has {len(found)} listings.")
        return
    wanted = [image.checksum for image in product.images.all()]
    attached = [photo["checksum"] for photo in found[0]["photos"]]
    verdict.photos += len(attached)
    verdict.duplicates += len(attached) - len(set(attached))
    if attached != wanted:
        verdict.faults.append(
            f"“{product}” shows {len(attached)} photos, which are not its {len(wanted)}."
        )


def _judge_refused(product: Product, found: list[ListingReport], verdict: Verdict) -> None:
    if found:
        verdict.faults.append(f"“{product}” was refused and is live all the same.")
