"""What the seller sells at eBay already is not listed a second time unasked."""

from __future__ import annotations

from marketplaces.ebay.handlers import PublishHandler
from marketplaces.models import Account, Listing, Product, UnmatchedListing
from tasks.models import MarketplaceTask
from tests.marketplaces.ebay.conftest import Run
from tests.marketplaces.ebay.shelves import Shelves


def test_a_product_that_was_imported_after_the_sync_is_not_listed_a_second_time(
    run: Run, shelves: Shelves, account: Account, product: Product
) -> None:
    Account.objects.update(sync_every_minutes=None)
    Product.objects.filter(pk=product.pk).update(sku="LATER")
    _offer, listing_id = shelves.put_up("LS1")
    shelves.run()
    assert UnmatchedListing.objects.get().why == "NO_PRODUCT"
    Product.objects.filter(pk=product.pk).update(sku="LS1")
    product.refresh_from_db()
    assert listing_id in PublishHandler.faults_of(account, product)[0]
    job = run("publish")
    assert job.status == "FAILED"
    assert f"a listing that is not StoFlow's: {listing_id}" in job.error_message
    assert "StoFlow then takes this listing over" in job.error_advice
    begun = MarketplaceTask.objects.filter(job=job, started_at__isnull=False)
    assert [task.name for task in begun] == ["Validate product"]
    assert not Listing.objects.exists()
    shelves.run()
    assert Listing.objects.get().external_id == listing_id
    assert PublishHandler.faults_of(account, product) == []
