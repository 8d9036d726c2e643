"""Whether the demo kept the promise, by what the sandbox counted and nothing else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from marketplaces.ebay.sku import sku_of
from marketplaces.models import Product
from marketplaces.sandbox.reports import EffectsReport, ListingReport
from tasks.models import MarketplaceJob
from tasks.states import JobStatus
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
            f"Promise {word}: products accepted {self.accepted}, listings {self.listings}, "
            f"photos attached {self.photos}, duplicates {self.duplicates}, "
            f"products refused {self.refused}, violations {len(self.faults)}."
        )


@dataclass(slots=True)
class Outcomes:
    """The products by how their newest job ended."""

    accepted: list[Product] = field(default_factory=list)
    refused: list[tuple[Product, MarketplaceJob]] = field(default_factory=list)
    """Not fit for eBay, or refused by it, with a reason that the seller can act on."""
    broken: list[tuple[Product, str]] = field(default_factory=list)
    """Everything else: no product may end like that."""


REFUSALS = frozenset({"NotFitForEbayError", "EbayRefusedError"})


def outcomes() -> Outcomes:
    """What became of every product of the current tenant."""
    found = Outcomes()
    for product in Product.objects.prefetch_related("images").order_by("pk"):
        job = MarketplaceJob.objects.filter(product=product).order_by("-pk").first()
        if job is not None and job.status == JobStatus.COMPLETED:
            found.accepted.append(product)
        elif job is not None and job.status == JobStatus.FAILED and job.error_class in REFUSALS:
            found.refused.append((product, job))
        else:
            found.broken.append((product, "no job" if job is None else _ending(job)))
    return found


def _ending(job: MarketplaceJob) -> str:
    return f"{job.status}, {job.error_class or 'no error'}: {job.error_message}"


def judge(report: EffectsReport, seller: str, outcome: Outcomes) -> Verdict:
    """Compare the seller's live listings with the catalogue, photo by photo, by checksum."""
    live: dict[str, list[ListingReport]] = defaultdict(list)
    for listing in report["listings"]:
        if listing["seller"] == seller and listing["status"] == "ACTIVE":
            live[listing["sku"]].append(listing)
    verdict = Verdict(accepted=len(outcome.accepted), refused=len(outcome.refused))
    for product in outcome.accepted:
        _judge_accepted(product, live.pop(sku_of(current_schema(), product.pk), []), verdict)
    for product, _ in outcome.refused:
        _judge_refused(product, live.pop(sku_of(current_schema(), product.pk), []), verdict)
    for product, ending in outcome.broken:
        verdict.faults.append(f"“{product}” ended neither published nor refused: {ending}")
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
