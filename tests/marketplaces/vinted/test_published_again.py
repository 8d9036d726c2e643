"""A product whose item at Vinted is over is published: as a new item, unless it is back on sale."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sandbox.vinted.control import VintedControl
from tasks import actions
from tests.marketplaces.vinted.conftest import (
    COMPLETE,
    DRAFT,
    PHOTO,
    Run,
    ShownItem,
    last_request,
    routes_since,
    work_on,
)


def test_what_was_sold_is_published_as_a_new_item_while_there_is_stock(
    run: Run, control: VintedControl, product: Product, the_item: ShownItem
) -> None:
    Product.objects.filter(pk=product.pk).update(stock=2)
    run("publish")
    first = the_item()["listing_id"]
    control.sell("lea", first)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    listing = Listing.objects.get()
    assert (listing.status, listing.external_id != first) == (ListingStatus.LIVE, True)
    assert Product.objects.get().stock == 1, "the sale is recorded"
    shown = {each["listing_id"]: each["state"] for each in control.effects()["listings"]}
    assert shown == {first: "sold", listing.external_id: "active"}


@pytest.mark.parametrize("record", [ListingStatus.SOLD, ListingStatus.ENDED])
def test_what_was_over_and_is_on_sale_again_gets_no_second_item(
    run: Run, control: VintedControl, the_item: ShownItem, record: ListingStatus
) -> None:
    """A sale fell through after it was recorded, and Vinted has put its item on sale again."""
    run("publish")
    Listing.objects.update(status=record)
    Product.objects.update(price="25.00")
    before = last_request(control)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    listing = Listing.objects.get()
    assert (listing.status, listing.external_id) == (ListingStatus.LIVE, the_item()["listing_id"])
    assert the_item()["price"] == "25.00"
    assert not {PHOTO, DRAFT, COMPLETE} & set(routes_since(control, before))


def test_what_was_sold_and_hidden_by_the_seller_afterwards_is_shown_again(
    run: Run, control: VintedControl, the_item: ShownItem
) -> None:
    run("publish")
    Listing.objects.update(status=ListingStatus.SOLD)
    control.change_by_hand(the_item()["listing_id"], is_hidden=True)
    assert run("publish").status == "COMPLETED"
    assert the_item()["state"] == "active"
    assert Listing.objects.get().status == ListingStatus.LIVE


def test_what_has_just_been_sold_is_not_believed_to_be_back(
    run: Run, control: VintedControl, the_item: ShownItem, settings: DjangoSettings
) -> None:
    """The wardrobe may show what was before the sale that an order has told of."""
    run("publish")
    Listing.objects.update(status=ListingStatus.SOLD, updated_at=timezone.now())
    settings.VINTED = settings.VINTED | {"settle_seconds": 60.0}
    job = run("publish")
    assert job.status != "COMPLETED"
    assert "does not show the last change of the listing yet" in job.error_message


def test_a_publication_of_what_was_sold_goes_on_where_it_failed(
    run: Run, control: VintedControl, product: Product, account: Account
) -> None:
    Product.objects.filter(pk=product.pk).update(stock=2)
    run("publish")
    first = Listing.objects.get().external_id
    control.sell("lea", first)
    run("update")
    assert Listing.objects.get().status == ListingStatus.SOLD
    control.add_fault(DRAFT, "status", status=400, body={"message": "Not now."})
    before = last_request(control)
    job = run("publish")
    assert job.status == "FAILED", job.error_message
    actions.retry(job)
    job = work_on(account, job.pk)
    assert job.status == "COMPLETED", job.error_message
    states = {each["listing_id"]: each["state"] for each in control.effects()["listings"]}
    assert states == {first: "sold", Listing.objects.get().external_id: "active"}
    assert control.effects()["violations"] == []
    assert routes_since(control, before).count(PHOTO) == 2


def test_what_comes_back_after_another_was_begun_has_each_photo_once(
    run: Run, control: VintedControl, account: Account, the_item: ShownItem
) -> None:
    run("publish")
    Product.objects.update(stock=2)
    sold = control.sell("lea", the_item()["listing_id"])
    run("update")
    control.add_fault(DRAFT, "status", status=400, body={"message": "Not now."})
    assert run("publish").status == "FAILED"
    control.change_sale(sold["transaction_id"], "fail", reopens=True)
    Product.objects.update(title="Silk shirt")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert len(the_item()["photos"]) == 2
    assert the_item()["title"].startswith("Silk shirt")


def test_what_was_sold_as_the_last_piece_is_not_published_again(
    run: Run, control: VintedControl, the_item: ShownItem
) -> None:
    run("publish")
    control.sell("lea", the_item()["listing_id"])
    job = run("publish")
    assert job.status == "FAILED"
    assert "stock is 0" in job.error_message
    assert the_item()["state"] == "sold"
