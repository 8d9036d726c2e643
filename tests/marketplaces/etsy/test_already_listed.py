"""What the seller sells at Etsy already is not listed a second time unasked."""

from __future__ import annotations

from marketplaces.models import Listing, ListingStatus, Product
from marketplaces.sandbox.etsy.control import EtsyControl
from tasks.models import MarketplaceTask
from tests.marketplaces.etsy.conftest import CREATE, Run
from tests.marketplaces.etsy.shelves import EtsyShelves


def active(control: EtsyControl) -> int:
    return sum(each["state"] == "active" for each in control.effects()["listings"])


def test_of_two_listings_with_the_products_sku_no_third_is_made(
    run: Run, shelves: EtsyShelves, product: Product, control: EtsyControl
) -> None:
    ours = [shelves.put_up(product.sku) for _ in range(2)]
    shelves.run()
    job = run("publish")
    assert job.status == "FAILED"
    assert ", ".join(ours) in job.error_message
    assert "no more than one listing" in job.error_advice
    begun = MarketplaceTask.objects.filter(job=job, started_at__isnull=False)
    assert [task.name for task in begun] == ["Validate product"]
    control.set_state(ours[1], "removed")
    shelves.run()
    listing = Listing.objects.get()
    assert (listing.external_id, listing.status) == (ours[0], ListingStatus.LIVE)


def test_what_the_seller_listed_again_by_hand_is_not_shown_beside_it(
    run: Run, shelves: EtsyShelves, product: Product, control: EtsyControl
) -> None:
    run("publish")
    control.set_state(Listing.objects.get().external_id, "expired")
    shelves.put_up(product.sku)
    shelves.age()
    shelves.run()
    assert Listing.objects.get().status == ListingStatus.ENDED
    job = run("publish")
    assert job.status == "FAILED"
    assert "already, under the SKU LS-1" in job.error_message
    assert active(control) == 1


def test_what_is_live_is_changed_although_there_is_a_copy_of_it(
    run: Run, shelves: EtsyShelves, product: Product, control: EtsyControl
) -> None:
    run("publish")
    shelves.put_up(product.sku)
    shelves.age()
    shelves.run()
    Product.objects.filter(pk=product.pk).update(title="Silk shirt")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert active(control) == 2


def test_a_look_that_sees_the_sellers_own_listing_asks_before_another_is_made(
    run: Run, shelves: EtsyShelves, product: Product, control: EtsyControl
) -> None:
    """Before any sync: the look that follows a lost answer reads the whole shop."""
    own = shelves.put_up(product.sku)
    control.add_fault(CREATE, "cut_before")
    job = run("publish")
    assert (job.status, job.needs_person) == ("FAILED", True)
    assert f"Etsy has listings that may be this product: {own}" in job.error_message
    assert active(control) == 1
