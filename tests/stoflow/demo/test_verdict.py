"""The demo's verdict believes the catalogue and the sandbox; what StoFlow says counts for nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from marketplaces.ebay.connection import client_for
from marketplaces.ebay.errors import EbayRefusedError
from marketplaces.ebay.publish import PublishService
from marketplaces.keys import own_key
from marketplaces.models import Account, Product, ProductImage
from marketplaces.sandbox.control import SandboxControl
from stoflow.demo.expectations import must_be_refused
from stoflow.demo.verdict import Verdict, counted, judge, last_request
from tasks.models import MarketplaceJob
from tasks.requests import request_job
from tasks.tenancy import current_schema
from tests.marketplaces.ebay.builders import jpeg


def publish(account: Account, product: Product) -> None:
    """Everything that a job does, without one."""
    saved = Product.objects.get(pk=product.pk)
    service = PublishService(account, saved, client_for(account))
    with transaction.atomic():
        service.map_product()
    checksums = [photo.checksum for photo in service.facts.pictures]
    uploads = {number: service.upload_image(each) for number, each in enumerate(checksums)}
    service.save_item(uploads)
    offer_id = service.create_offer()["offer_id"]
    listing_id = service.publish(offer_id, uploads)["listing_id"]
    with transaction.atomic():
        service.save_result(offer_id, listing_id)


def verdict(control: SandboxControl, account: Account, since: int = 0) -> Verdict:
    found = counted(control, "anna", since=since)
    return judge(found, Product.objects.order_by("pk"), account)


def refuse(control: SandboxControl, product: Product) -> None:
    sku = own_key(current_schema(), product.pk)
    control.refuse(sku, error_id=25005, message="The category is not allowed.")


def test_a_listing_with_each_photo_once_keeps_the_promise(
    account: Account, product: Product, control: SandboxControl
) -> None:
    publish(account, product)
    assert str(verdict(control, account)) == (
        "Promise KEPT: products accepted 1, listings 1, photos attached 2, duplicates 0, "
        "products refused 0, violations 0."
    )


def test_a_fit_product_that_is_missing_breaks_it_whatever_its_job_says(
    account: Account, product: Product, control: SandboxControl
) -> None:
    request_job(account, "publish", product)
    MarketplaceJob.objects.update(
        status="FAILED", completed_at=timezone.now(), error_class="NotFitForEbayError"
    )
    assert verdict(control, account).faults == ["“Linen shirt” has 0 listings."]


def test_a_product_that_the_sandbox_was_told_to_refuse_is_refused(
    account: Account, product: Product, control: SandboxControl
) -> None:
    refuse(control, product)
    with pytest.raises(EbayRefusedError):
        publish(account, product)
    found = verdict(control, account)
    assert (found.kept, found.accepted, found.refused) == (True, 0, 1)


def test_a_refusal_that_the_sandbox_was_not_told_of_excuses_nothing(
    account: Account, product: Product, control: SandboxControl
) -> None:
    account.settings["category_id"] = "none"
    with pytest.raises(EbayRefusedError):
        publish(account, product)
    assert not verdict(control, account).kept


def test_a_refusal_of_an_earlier_run_excuses_nothing(
    account: Account, product: Product, control: SandboxControl
) -> None:
    refuse(control, product)
    with pytest.raises(EbayRefusedError):
        publish(account, product)
    assert not verdict(control, account, since=last_request(control)).kept


def test_what_is_sent_after_a_refusal_is_accepted(
    account: Account, product: Product, control: SandboxControl
) -> None:
    refuse(control, product)
    with pytest.raises(EbayRefusedError):
        publish(account, product)
    control.clear_faults()
    publish(account, product)
    found = verdict(control, account)
    assert (found.kept, found.accepted, found.refused) == (True, 1, 0)


def test_other_photos_than_the_product_s_break_it(
    account: Account, product: Product, control: SandboxControl
) -> None:
    publish(account, product)
    product.images.filter(position=1).delete()
    assert "which are not its 1" in verdict(control, account).faults[0]


def test_a_listing_of_no_product_breaks_it(
    account: Account, product: Product, control: SandboxControl
) -> None:
    publish(account, product)
    account.listings.all().delete()
    product.delete()
    assert "belongs to no product" in verdict(control, account).faults[0]


def test_an_unfit_product_must_not_go_live(
    account: Account, product: Product, control: SandboxControl
) -> None:
    before = last_request(control)
    publish(account, product)
    Product.objects.update(title="x" * 81)
    assert "live all the same" in verdict(control, account, since=before).faults[0]
    later = verdict(control, account, since=last_request(control))
    assert (later.kept, later.refused) == (True, 1)


@pytest.mark.parametrize(
    "unfit",
    [
        {"title": "x" * 81},
        {"title": " "},
        {"description": "x" * 4001},
        {"price": None},
        {"price": Decimal(0)},
        {"currency": "USD"},
        {"stock": None},
        {"stock": 0},
        {"condition": "well loved"},
        {"brand": "x" * 51},
        {"options": {"Size": "x" * 51}},
        {"options": {"x" * 41: "M"}},
    ],
    ids=str,
)
def test_the_catalogue_tells_what_is_unfit(
    account: Account, product: Product, unfit: dict[str, Any]
) -> None:
    assert not must_be_refused(product, account)
    Product.objects.update(**unfit)
    assert must_be_refused(Product.objects.get(), account)


@pytest.mark.parametrize("side", [100, 9000])
def test_a_photo_of_a_size_that_ebay_does_not_take_is_unfit(
    account: Account, product: Product, side: int
) -> None:
    content, checksum = jpeg(side, side)
    photo = ProductImage(product=product, position=3, checksum=checksum)
    photo.file.save("odd.jpg", ContentFile(content))
    assert must_be_refused(product, account)


def test_a_product_without_photos_or_with_an_insecure_link_is_unfit(
    account: Account, product: Product
) -> None:
    product.images.filter(position=2).update(url="http://shop.example/back.jpg")
    assert must_be_refused(product, account)
    product.images.all().delete()
    assert must_be_refused(product, account)


def test_a_photo_that_has_got_lost_excuses_nothing(account: Account, product: Product) -> None:
    photo = product.images.get(position=1)
    photo.file.delete(save=False)
    assert not must_be_refused(product, account)
