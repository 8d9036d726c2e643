"""A seller's shop at eBay and its records here, made without our client, and sweeps run over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from marketplaces.keys import own_key
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sandbox.control import SandboxControl
from tasks import requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.orchestrator import TaskOrchestrator
from tests.passing_time import let_time_pass
from tests.sandbox.seller_client import INVENTORY, SellerClient, an_item

LONG_AGO = timezone.now() - timedelta(days=30)

REFUSED = {"errors": [{"errorId": 25706, "category": "REQUEST", "message": "Invalid pages."}]}
"""A definite no, which ends a job; an outage would only make it wait."""


@dataclass
class Shelves:
    """Items at eBay by SKU, products here by their number."""

    account: Account
    client: SellerClient
    control: SandboxControl
    products: list[Product] = field(default_factory=list)

    def product(self, *, sku: str = "", stock: int | None = 3, price: str = "19.90") -> Product:
        number = len(self.products) + 1
        product = Product.objects.create(
            sku=sku or f"OWN-{number}", title=f"Scarf {number}", price=price, stock=stock
        )
        Product.objects.filter(pk=product.pk).update(created_at=LONG_AGO)
        self.products.append(product)
        return product

    def put_up(self, sku: str, *, quantity: int = 3, price: str = "19.90") -> tuple[str, str]:
        """Ids of the offer and the listing that are live at eBay now."""
        item = an_item("https://shop.example/scarf.jpg", title=f"Item {sku}", quantity=quantity)
        self.client.put_item(sku, item)
        summary = {"price": {"currency": "EUR", "value": price}}
        offer = self.client.post_offer(sku, availableQuantity=quantity, pricingSummary=summary)
        offer_id = str(offer.body["offerId"])
        return offer_id, str(self.client.publish(offer_id).body["listingId"])

    def ours(self, product: Product | None = None) -> Listing:
        """A listing that StoFlow has published, live there and here."""
        product = product or self.product()
        key = own_key("t1", product.pk)
        offer_id, listing_id = self.put_up(key)
        listing = Listing.objects.create(
            account=self.account,
            product=product,
            key=key,
            external_id=listing_id,
            status=ListingStatus.LIVE,
            mapped={"sku": key},
            sent_hash="sent",
            sent_at=LONG_AGO,
            published_at=LONG_AGO,
            details={"offer_id": offer_id},
        )
        self.age()
        return listing

    def age(self) -> None:
        """What was changed here was changed long before any read that follows."""
        Listing.objects.update(updated_at=LONG_AGO)

    def delete(self, listing: Listing) -> None:
        """The seller deletes it at eBay."""
        self.client.call("DELETE", f"{INVENTORY}/inventory_item/{listing.key}")

    def run(self, action: str = "sync", *, most: int = 40) -> MarketplaceJob:
        """Ask for a sweep and work until it has ended."""
        job_id = requests.request_job(self.account, action).job_id
        return self.work(job_id, most=most)

    def work(self, job_id: int, *, most: int = 40) -> MarketplaceJob:
        for _ in range(most):
            let_time_pass()
            # The accounts' own later runs are not what this test is about.
            others = MarketplaceJob.objects.filter(product=None, status="PENDING")
            others.exclude(pk=job_id).update(run_after=timezone.now() + timedelta(days=1))
            claimed = claims.claim(self.turn, lease_seconds=30)
            if claimed is not None:
                TaskOrchestrator().execute_job_with_tasks(claimed)
            job = MarketplaceJob.objects.get(pk=job_id)
            if job.completed_at is not None:
                return job
        raise AssertionError(f"{job_id} has not ended")

    @property
    def turn(self) -> Turn:
        return Turn(Lane.objects.get(account_id=self.account.pk).pk, "t1", self.account.pk)


def summary(job: MarketplaceJob) -> dict[str, object]:
    """The receipt of the last task."""
    task = MarketplaceTask.objects.filter(job=job, status="COMPLETED").order_by("-position").first()
    assert task is not None
    return dict(task.result or {})
