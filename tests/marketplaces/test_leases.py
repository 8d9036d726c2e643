"""What a worker has seen at a marketplace is written down only while the job is its own."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from marketplaces import listings
from marketplaces.ebay import revisions
from marketplaces.models import Account, Listing, ListingStatus, Product, Sale
from marketplaces.sales import SoldReport, report_sold_of_many
from stoflow.tenants.models import Tenant
from tasks import requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.errors import LeaseLostError, TransientError
from tasks.holding import holding
from tasks.models import MarketplaceJob


@pytest.fixture
def listing(tenant: Tenant) -> Listing:
    account = Account.objects.create(marketplace="ebay", name="Nora's shop")
    product = Product.objects.create(sku="L-1", title="Scarf", price=5, stock=3)
    return Listing.objects.create(
        account=account,
        product=product,
        key="k1",
        external_id="110",
        status="LIVE",
        mapped={"sku": "k1"},
    )


@pytest.fixture
def job(listing: Listing) -> MarketplaceJob:
    """As its worker has claimed it."""
    requests.request_job(listing.account, "unpublish", listing.product)
    turn = Turn(Lane.objects.get(account_id=listing.account_id).pk, "t1", listing.account_id)
    claimed = claims.claim(turn, lease_seconds=30)
    assert claimed is not None
    return claimed


def let_another_worker_have(job: MarketplaceJob) -> None:
    MarketplaceJob.objects.filter(pk=job.pk).update(lease_token=uuid4())


WRITES: dict[str, Callable[[Listing], object]] = {
    "a note": lambda listing: listings.note(listing, offer_id="7"),
    "an end": lambda listing: listings.mark(listing, ListingStatus.ENDED),
    "a sale": lambda listing: report_sold_of_many([SoldReport(listing, 1)]),
    "a call that is about to be made": lambda listing: revisions.begin(listing, "quantity"),
}


def written(listing: Listing) -> tuple[object, ...]:
    now = Listing.objects.select_related("product").get(pk=listing.pk)
    return now.status, now.details, now.updated_at, now.product.stock, Sale.objects.count()


@pytest.mark.parametrize("what", WRITES)
def test_a_worker_that_lost_its_job_writes_nothing_down(
    listing: Listing, job: MarketplaceJob, what: str
) -> None:
    before = written(listing)
    let_another_worker_have(job)
    with holding(job), pytest.raises(LeaseLostError):
        WRITES[what](listing)
    assert written(listing) == before


@pytest.mark.parametrize("what", WRITES)
def test_the_worker_of_the_job_does_and_so_does_a_service_without_one(
    listing: Listing, job: MarketplaceJob, what: str
) -> None:
    before = written(listing)
    with holding(job):
        WRITES[what](listing)
    assert written(listing) != before
    let_another_worker_have(job)
    WRITES[what](listing)


def test_an_end_is_not_written_over_what_has_become_known_meanwhile(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(status="SOLD")
    with pytest.raises(TransientError, match="has changed meanwhile"):
        listings.mark(listing, ListingStatus.ENDED)
    assert Listing.objects.get().status == "SOLD"
