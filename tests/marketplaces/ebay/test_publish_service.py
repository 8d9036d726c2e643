"""The service without any job: each step on its own, against the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from marketplaces import listings
from marketplaces.ebay.connection import client_for
from marketplaces.ebay.pictures import Uploads
from marketplaces.ebay.publish import PublishService
from marketplaces.ebay.validation import NotFitForEbayError
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sandbox.control import SandboxControl
from tasks.errors import NeedsPersonError, PermanentError, ReceiptGoneError, TransientError
from tasks.handlers import Absent, CannotTell, Found
from tests.marketplaces.ebay.shelves import Shelves
from tests.marketplaces.ebay.test_client import ITEM, OFFER, PUBLISH
from tests.passing_time import let_time_pass

Service = Callable[[], PublishService]
IMAGE = "GET /commerce/media/v1_beta/image/{image_id}"
GONE = {"errors": [{"errorId": 190200, "category": "REQUEST", "message": "Not found."}]}
BAD_PHOTO = {"errors": [{"errorId": 25015, "category": "REQUEST", "message": "Invalid URL."}]}


@pytest.fixture
def service(account: Account, product: Product) -> Service:
    """A service as a step makes it: on what the tables say at that moment."""

    def make() -> PublishService:
        own = Account.objects.get(pk=account.pk)
        return PublishService(own, Product.objects.get(pk=product.pk), client_for(own))

    return make


def map_product(service: PublishService) -> None:
    with transaction.atomic():
        service.map_product()


def upload(service: PublishService) -> Uploads:
    checksums = [photo.checksum for photo in service.facts.pictures]
    return {number: service.upload_image(each) for number, each in enumerate(checksums, start=1)}


def offered(service: PublishService) -> tuple[str, Uploads]:
    """Everything up to the point of no return."""
    service.validate()
    map_product(service)
    uploads = upload(service)
    service.save_item(uploads)
    created = service.create_offer()
    assert service.update_offer(created) == {"changed": False}
    return created["offer_id"], uploads


def test_a_product_is_published_with_its_photos_in_order(
    service: Service, product: Product, control: SandboxControl
) -> None:
    offer_id, uploads = offered(service())
    published = service().publish(offer_id, uploads, ())
    with transaction.atomic():
        service().save_result(offer_id, published["listing_id"], uploads)
    (shown,) = control.effects()["listings"]
    photos = [photo["checksum"] for photo in shown["photos"]]
    assert photos[0] == product.images.get(position=1).checksum
    assert len(set(photos)) == 2
    listing = Listing.objects.get()
    assert listing.status == ListingStatus.LIVE
    assert listing.external_id == shown["listing_id"]
    assert listing.url == f"https://www.ebay.fr/itm/{shown['listing_id']}"
    assert listing.published_at is not None
    assert service().is_live_as_wanted()
    assert service().confirm()
    assert control.effects()["violations"] == []


def test_an_unfit_product_is_told_before_any_call(
    service: Service, product: Product, control: SandboxControl
) -> None:
    Product.objects.filter(pk=product.pk).update(title="", stock=0)
    with pytest.raises(NotFitForEbayError, match=r"title is empty.*stock is 0"):
        service().validate()
    assert control.requests() == []


def test_each_content_has_a_number_of_its_own(service: Service, product: Product) -> None:
    def retitled(title: str) -> tuple[str, int]:
        Product.objects.filter(pk=product.pk).update(title=title)
        identity = service().identity()
        map_product(service())
        assert service().identity() == identity
        return identity["content"], identity["revision"]

    first, second, third = retitled("A"), retitled("B"), retitled("A")
    assert first[0] == third[0] != second[0]
    assert [first[1], second[1], third[1]] == [1, 2, 3]


def test_the_offer_is_changed_when_it_is_not_as_wanted(service: Service, product: Product) -> None:
    map_product(service())
    service().save_item(upload(service()))
    created = service().create_offer()
    for price in ("5", "19.90"):
        Product.objects.filter(pk=product.pk).update(price=price)
        map_product(service())
        assert service().update_offer(created)["changed"], "19.90 was sent first, but 5 since"


def test_an_offer_that_is_there_is_found_and_taken(
    service: Service, control: SandboxControl
) -> None:
    offer_id, _ = offered(service())
    assert service().find_offer() == Found({"offer_id": offer_id, "content": ""})
    assert service().create_offer() == {"offer_id": offer_id, "content": ""}
    unnamed = {"errorId": 25002, "category": "REQUEST", "message": "Offer entity already exists."}
    control.add_fault(OFFER, "status", status=400, body={"errors": [unnamed]})
    assert service().create_offer() == {"offer_id": offer_id, "content": ""}


def test_an_offer_that_exists_and_is_not_shown_yet_is_tried_again(
    service: Service, control: SandboxControl
) -> None:
    map_product(service())
    unnamed = {"errorId": 25002, "category": "REQUEST", "message": "Offer entity already exists."}
    control.add_fault(OFFER, "status", status=400, body={"errors": [unnamed]})
    with pytest.raises(TransientError):
        service().create_offer()


def test_a_look_tells_absent_from_published(service: Service) -> None:
    map_product(service())
    assert service().find_offer() == Absent()
    offer_id, uploads = offered(service())
    assert service().find_published(offer_id) == Absent()
    assert service().find_published("999") == Absent()
    published = service().publish(offer_id, uploads, ())
    assert service().find_published(offer_id) == Found(published)


def test_a_product_that_was_sold_out_meanwhile_does_not_go_live(
    service: Service, product: Product, control: SandboxControl
) -> None:
    offer_id, uploads = offered(service())
    Product.objects.filter(pk=product.pk).update(stock=0)
    with pytest.raises(PermanentError, match="sold out"):
        service().publish(offer_id, uploads, (7,))
    assert PUBLISH not in {call["template"] for call in control.requests()}
    assert control.effects()["listings"] == []


def test_a_stock_that_has_fallen_is_sent_again_first(service: Service, product: Product) -> None:
    offer_id, uploads = offered(service())
    Product.objects.filter(pk=product.pk).update(stock=1)
    with pytest.raises(ReceiptGoneError) as caught:
        service().publish(offer_id, uploads, (7, 8))
    assert caught.value.task_ids == (7, 8)


def test_photos_that_ebay_no_longer_has_are_named(
    service: Service, control: SandboxControl
) -> None:
    offer_id, uploads = offered(service())
    for route in (ITEM, PUBLISH):
        control.add_fault(route, "status", status=400, body=BAD_PHOTO)
        control.add_fault(IMAGE, "status", status=404, body=GONE, skip=1)
    with pytest.raises(ReceiptGoneError) as caught:
        service().save_item(uploads)
    assert caught.value.task_ids == (2,)
    control.add_fault(IMAGE, "status", status=404, body=GONE)
    with pytest.raises(ReceiptGoneError) as caught:
        service().publish(offer_id, uploads, (9,))
    assert set(caught.value.task_ids) == {1, 2, 9}


def test_what_was_deleted_at_ebay_is_made_again(service: Service, control: SandboxControl) -> None:
    map_product(service())
    with pytest.raises(ReceiptGoneError) as caught:
        service().create_offer((3,))
    assert caught.value.task_ids == (3,)
    _, uploads = offered(service())
    with pytest.raises(ReceiptGoneError) as caught:
        service().update_offer({"offer_id": "999", "content": ""}, (4,))
    assert caught.value.task_ids == (4,)
    with pytest.raises(ReceiptGoneError) as caught:
        service().publish("999", uploads, (), (5,))
    assert caught.value.task_ids == (5,)
    assert control.effects()["listings"] == []


def test_photos_that_are_about_to_expire_are_not_even_sent(
    service: Service, control: SandboxControl
) -> None:
    control.settings(image_lifetime=60.0)
    map_product(service())
    uploads = upload(service())
    with pytest.raises(ReceiptGoneError) as caught:
        service().save_item(uploads)
    assert caught.value.task_ids == (1, 2)


def test_a_photo_that_was_changed_meanwhile_is_told(service: Service, product: Product) -> None:
    map_product(service())
    uploads = upload(service())
    with pytest.raises(PermanentError, match="photos were changed"):
        service().save_item({1: uploads[1]})
    product.images.get(position=2).delete()
    with pytest.raises(PermanentError, match="removed"):
        service().upload_image("b" * 64)


def test_a_listing_that_another_product_holds_is_never_adopted(
    service: Service, account: Account
) -> None:
    offer_id, uploads = offered(service())
    listing_id = service().publish(offer_id, uploads, ())["listing_id"]
    other = Product.objects.create(sku="other", title="Other cup")
    Listing.objects.create(account=account, product=other, key="x", external_id=listing_id)
    look = service().find_published(offer_id)
    assert isinstance(look, CannotTell)
    assert "Other cup" in look.reason
    with pytest.raises(PermanentError, match="Other cup"):
        service().adopted_listing(listing_id)
    with transaction.atomic(), pytest.raises(NeedsPersonError, match="Other cup"):
        service().save_result(offer_id, listing_id)


def test_the_offer_that_a_person_names_has_to_be_one_of_this_product(
    service: Service, shelves: Shelves
) -> None:
    map_product(service())
    for wrong in ("", "https://www.ebay.fr/itm/1", "7", *shelves.put_up("other")):
        with pytest.raises(PermanentError, match=r"number of eBay's|shows no"):
            service().adopted_offer(wrong)
    offer_id, uploads = offered(service())
    assert service().adopted_offer(offer_id)["offer_id"] == offer_id
    listing_id = service().publish(offer_id, uploads, ())["listing_id"]
    assert service().adopted_offer(listing_id)["offer_id"] == offer_id


def test_the_listing_that_a_person_names_has_to_be_live_and_of_this_product(
    service: Service, account: Account, shelves: Shelves
) -> None:
    offer_id, uploads = offered(service())
    for wrong in ("", "https://www.ebay.fr/itm/1", "7", offer_id, *shelves.put_up("other")):
        with pytest.raises(PermanentError, match=r"number of eBay's|shows no"):
            service().adopted_listing(wrong)
    listing_id = service().publish(offer_id, uploads, ())["listing_id"]
    assert service().adopted_listing(listing_id) == {"listing_id": listing_id}
    client_for(account).withdraw_offer(offer_id)
    with pytest.raises(PermanentError, match=f"shows no “{listing_id}”"):
        service().adopted_listing(listing_id)


def test_a_listing_that_ebay_does_not_show_is_marked_as_ended(
    service: Service, account: Account, product: Product
) -> None:
    offer_id, uploads = offered(service())
    listing_id = service().publish(offer_id, uploads, ())["listing_id"]
    with transaction.atomic():
        service().save_result(offer_id, listing_id)
    client_for(account).withdraw_offer(offer_id)
    with pytest.raises(TransientError, match="does not show the new listing yet"):
        service().confirm()
    let_time_pass()
    assert not service().confirm()
    known = listings.known(account, product)
    assert known.status == ListingStatus.ENDED
    assert not service().is_live_as_wanted()


def test_a_listing_that_takes_the_place_of_another_is_as_new_as_it_is(
    account: Account, product: Product
) -> None:
    """Reads may not show it yet, though the product has been live for long."""
    long_ago = timezone.now() - timedelta(days=9)
    listing = Listing.objects.create(
        account=account, product=product, key="k", external_id="A", status="LIVE",
        published_at=long_ago, details={"content": "c"},
    )  # fmt: skip
    listings.save_live(listing, external_id="A", url="")
    assert Listing.objects.get().published_at == long_ago
    listings.save_live(listing, external_id="B", url="")
    published_at = Listing.objects.get().published_at
    assert published_at is not None
    assert published_at > timezone.now() - timedelta(minutes=1)
