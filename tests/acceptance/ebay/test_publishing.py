"""What sellers and staff do to a publication: twice, again, in between, and the other way round."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from marketplaces.ebay.connection import client_for
from marketplaces.models import Account, Product
from tasks import actions
from tests.acceptance.ebay import routes
from tests.acceptance.ebay.promise import (
    assert_kept,
    assert_listed_once,
    assert_no_completed_task_ran_again,
    route_of,
)
from tests.acceptance.ebay.questions import hurry, nobody_can_tell
from tests.acceptance.ebay.shop import READ_LAG, SETTLE, EbayShop, Stage
from tests.acceptance.processes import Racer, until

pytestmark = [pytest.mark.storm, pytest.mark.slow]


@pytest.fixture
def people(long_running: Stage) -> Iterator[list[Racer]]:
    """Two processes that press a button when told."""
    pressing = [Racer(long_running.database.environment) for _ in range(2)]
    for person in pressing:
        assert person.ask("greet") == "ready"
    yield pressing
    for person in pressing:
        person.end()


def let_reads_catch_up() -> None:
    time.sleep(max(READ_LAG, SETTLE) + 0.2)


def calls_since(shop: EbayShop, last: int) -> list[str]:
    """What the seller's shop has called; a look is a call too."""
    requests = shop.control.requests(since=last)
    return [route_of(each) for each in requests if each["seller"] == shop.seller["username"]]


def last_request(shop: EbayShop) -> int:
    return shop.control.requests()[-1]["id"]


# -- again


def test_publish_pressed_by_two_people_at_once_makes_one_listing(
    shop: EbayShop, people: list[Racer]
) -> None:
    product = shop.product("file", "link")
    order = {
        "account": shop.account.pk,
        "action": "publish",
        "product": product.pk,
        "payload": {},
    }
    for _ in range(3):
        for person in people:
            person.tell("request", **order)
        for person in people:
            assert isinstance(person.answer(), int)
        time.sleep(0.1)
    shop.wait_until_all_ended()
    assert_kept(shop, [product])
    assert len(shop.live(product)[0]["photos"]) == 2


def test_publishing_again_what_is_live_only_looks(shop: EbayShop) -> None:
    product = shop.product("file", "link")
    shop.published(product)
    let_reads_catch_up()
    (listing,), before = shop.live(product), last_request(shop)
    shop.request(product)
    shop.wait_until_all_ended()
    assert calls_since(shop, before) == [routes.READ_OFFER]
    assert shop.live(product) == [listing]
    assert_kept(shop, [product])


def test_publishing_again_at_once_changes_nothing_although_reads_are_behind(
    shop: EbayShop,
) -> None:
    product = shop.product()
    shop.published(product)
    (listing,) = shop.live(product)
    shop.published(product)
    assert shop.live(product) == [listing]
    assert_kept(shop, [product])


def test_publishing_after_the_listing_has_ended_at_ebay_makes_it_live_again(
    shop: EbayShop,
) -> None:
    product = shop.product("link", "file")
    shop.published(product)
    (ended,) = shop.live(product)
    with shop.inside():
        client_for(shop.account).withdraw_offer(ended["offer_id"])
    assert shop.live(product) == []
    let_reads_catch_up()
    shop.published(product)
    assert shop.live(product)[0]["listing_id"] != ended["listing_id"]
    assert_kept(shop, [product])


# -- refused, corrected, retried


def test_a_refused_product_fails_in_ebays_words_and_is_published_by_a_retry(
    shop: EbayShop,
) -> None:
    refused, others = shop.product(), [shop.product() for _ in range(3)]
    rule = shop.control.refuse(
        shop.sku(refused), error_id=25005, message="The category is not allowed."
    )
    shop.published(refused, *others)
    job = shop.job(refused)
    assert "The category is not allowed" in job.error_message
    assert "Choose another eBay category" in job.error_advice
    assert_kept(shop, others, [refused])
    assert [batch.status for batch in shop.batches()] == ["PARTIALLY_FAILED"]
    shop.control.remove_fault(rule)
    retry(shop, refused)
    assert_kept(shop, [refused, *others])
    assert [batch.status for batch in shop.batches()] == ["COMPLETED"]


def retry(shop: EbayShop, product: Product) -> None:
    job = shop.job(product)
    with shop.inside():
        assert actions.retry(job).retried
    shop.wait_until_all_ended()


def test_a_product_changed_between_failure_and_retry_is_planned_anew(shop: EbayShop) -> None:
    product = shop.product("file", "link", "link")
    rule = shop.control.refuse(shop.sku(product), error_id=25003, message="The price is wrong.")
    shop.published(product)
    before = last_request(shop)
    shop.change(product, price="12.50", stock=2, title="Better shirt")
    shop.control.remove_fault(rule)
    retry(shop, product)
    (listing,) = shop.live(product)
    assert (listing["price"], listing["quantity"]) == ("12.50", 2)
    assert listing["title"] == "Better shirt"
    sent = calls_since(shop, before)
    assert routes.UPLOAD_FILE not in sent
    assert routes.UPLOAD_LINK not in sent
    assert_kept(shop, [product])


def test_stock_that_falls_to_nothing_on_the_way_is_not_published(shop: EbayShop) -> None:
    product = shop.product()
    shop.control.add_fault(routes.CREATE_OFFER, "hold_after", match=shop.sku(product))
    shop.publish(product)
    until(shop.control.holds, 30, "the offer is being made")
    shop.change(product, stock=0)
    shop.control.release()
    shop.wait_until_all_ended()
    assert "sold out in the meantime" in shop.job(product).error_message
    assert_kept(shop, [], [product])
    shop.change(product, stock=4)
    retry(shop, product)
    assert shop.live(product)[0]["quantity"] == 4
    assert_kept(shop, [product])


# -- nobody knows


def answer(shop: EbayShop, product: Product, *, exists: bool, external_id: str = "") -> None:
    task = shop.task(product, "publish_offer")
    with shop.inside():
        actions.answer(task, exists=exists, external_id=external_id, requested_by="staff")
    until(lambda: shop.all_ended() or hurry(shop), 60, "the answer is used")


def test_a_person_says_it_exists_and_its_listing_is_taken_if_ebay_shows_it(shop: EbayShop) -> None:
    product = shop.product()
    nobody_can_tell(shop, product, "cut_after")
    (listing,) = shop.live(product)
    before = last_request(shop)
    answer(shop, product, exists=True, external_id="110000000001")
    assert (shop.job(product).status, shop.job(product).needs_person) == ("FAILED", True)
    assert "110000000001" in shop.job(product).error_message
    assert shop.task(product, "publish_offer").status == "UNKNOWN"
    answer(shop, product, exists=True, external_id=listing["listing_id"])
    shop.wait_until_all_ended()
    assert routes.PUBLISH not in calls_since(shop, before)
    assert_kept(shop, [product])


def test_a_person_says_it_does_not_exist_and_it_is_published(shop: EbayShop) -> None:
    product = shop.product()
    nobody_can_tell(shop, product, "cut_before")
    assert shop.live(product) == []
    answer(shop, product, exists=False)
    shop.wait_until_all_ended()
    assert_kept(shop, [product])


def test_a_person_who_is_wrong_makes_no_second_listing(shop: EbayShop) -> None:
    """ "It does not exist" of a listing that is live: eBay refuses, and the next look finds it."""
    product = shop.product()
    rule = nobody_can_tell(shop, product, "cut_after")
    shop.control.remove_fault(rule)
    answer(shop, product, exists=False)
    shop.wait_until_all_ended()
    assert_kept(shop, [product])


# -- two sellers


def two_shops(stage: Stage, *sellers: str) -> tuple[EbayShop, EbayShop]:
    one, other = (
        stage.shop(schema, seller=seller)
        for schema, seller in zip(("t1", "t2"), sellers, strict=True)
    )
    return one, other


def fill_and_publish(stage: Stage, *shops: EbayShop) -> None:
    for shop in shops:
        for photos in (["file"], ["link", "file"], ["file", "file", "link"]):
            shop.product(*photos)
    stage.workers.start(2)
    for shop in shops:
        shop.publish(*shop.made)
    for shop in shops:
        shop.wait_until_all_ended()


def test_two_tenants_with_the_same_product_ids_never_mix(stage: Stage) -> None:
    one, other = two_shops(stage, "anna", "berta")
    fill_and_publish(stage, one, other)
    assert [p.pk for p in one.made] == [p.pk for p in other.made]
    assert_kept(one, one.made)
    assert_kept(other, other.made)


def test_two_tenants_who_sell_on_one_ebay_account_have_a_listing_each(stage: Stage) -> None:
    one, other = two_shops(stage, "anna", "anna")
    fill_and_publish(stage, one, other)
    assert [p.pk for p in one.made] == [p.pk for p in other.made]
    assert not {one.sku(p) for p in one.made} & {other.sku(p) for p in other.made}
    assert_listed_once(one, one.made, [])
    assert_listed_once(other, other.made, [])
    assert len(stage.control.effects()["listings"]) == len(one.made) + len(other.made)


def test_a_shop_connected_twice_lists_a_product_once_for_each_seller(
    shop: EbayShop, long_running: Stage
) -> None:
    """Two accounts of one tenant at two sellers: the product is on both, once on each."""
    twin = long_running.shop()
    product = shop.product("file", "link")
    twin.made.append(product)
    for each in (shop, twin):
        each.publish(product)
    for each in (shop, twin):
        each.wait_until_all_ended()
        assert_listed_once(each, [product], [])
        assert_no_completed_task_ran_again(each)
    with shop.inside():
        assert Account.objects.filter(listings__product=product).count() == 2
