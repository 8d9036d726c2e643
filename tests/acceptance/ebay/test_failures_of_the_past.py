"""What broke for real sellers in an earlier system (each number is that of the list), and does not
here."""

from __future__ import annotations

import signal
import time

import pytest
from django.db import connection

from marketplaces.models import Account, Product
from tasks import actions
from tests.acceptance.ebay import routes
from tests.acceptance.ebay.conftest import OpenShop
from tests.acceptance.ebay.promise import assert_batches_add_up, assert_kept, route_of
from tests.acceptance.ebay.shop import READ_LAG, SETTLE, EbayShop, Stage, leased_pid
from tests.acceptance.processes import send_signal, until

pytestmark = [pytest.mark.storm, pytest.mark.slow]


def held_at(shop: EbayShop, route: str, kind: str, product: Product) -> int:
    """Publish; the worker is in this call of this product. The hold's id."""
    shop.control.add_fault(route, kind, match=shop.sku(product))
    shop.publish(product)
    (hold,) = until(shop.control.holds, 30, "the call is held")
    return hold["id"]


def test_failure_02_cancelling_waits_for_no_call_that_hangs(shop: EbayShop) -> None:
    product = shop.product()
    hold = held_at(shop, routes.PUT_ITEM, "hold_after", product)
    job, began = shop.job(product), time.monotonic()
    with shop.inside(), connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '5s'")
        actions.cancel(job, requested_by="staff")
        cursor.execute("SET statement_timeout = 0")
    assert time.monotonic() - began < 5
    shop.control.release(hold)
    shop.wait_until_all_ended()
    assert shop.job(product).status == "CANCELLED"


def test_failure_03_cancelling_ends_a_job_between_two_of_its_tasks(shop: EbayShop) -> None:
    product = shop.product("file", "file")
    hold = held_at(shop, routes.PUT_ITEM, "hold_before", product)
    job = shop.job(product)
    with shop.inside():
        actions.cancel(job, requested_by="staff")
    shop.control.release(hold)
    shop.wait_until_all_ended()
    statuses = {task.step: task.status for task in shop.tasks(job)}
    assert statuses["save_inventory_item"] == "COMPLETED"
    assert statuses["create_offer"] == "CANCELLED"
    assert shop.live(product) == []


def test_failure_04_a_job_whose_worker_dies_does_not_stay_running(shop: EbayShop) -> None:
    product = shop.product()
    hold = held_at(shop, routes.CREATE_OFFER, "hold_before", product)
    assert send_signal(leased_pid(shop.job(product)), signal.SIGKILL)
    shop.control.release(hold, effect=False)
    shop.wait_until_all_ended()
    assert [attempt.outcome for attempt in shop.attempts()] == ["INTERRUPTED"]
    assert_kept(shop, [product])


def test_failure_05_no_two_workers_publish_the_same_product(shop: EbayShop) -> None:
    product = shop.product()
    hold = held_at(shop, routes.PUBLISH, "hold_before", product)
    shop.request(product)
    time.sleep(1)
    assert [job.status for job in shop.jobs()] == ["RUNNING", "PENDING"]
    shop.control.release(hold)
    shop.wait_until_all_ended()
    assert_kept(shop, [product])


@pytest.mark.parametrize("route", [routes.CREATE_OFFER, routes.PUBLISH])
def test_failure_06_time_out_on_create_makes_no_second_listing(shop: EbayShop, route: str) -> None:
    product = shop.product()
    shop.control.add_fault(route, "slow_after_effect", match=shop.sku(product), delay=30)
    shop.published(product)
    counted = shop.control.effects()["effects_by_subject"]
    call = route, shop.sku(product)
    assert [e["count"] for e in counted if (e["route"], e["subject"]) == call] == [1]
    assert_kept(shop, [product])


BREAK_SAVING = """
CREATE FUNCTION refuse_to_save() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
CREATE TRIGGER refuse_to_save BEFORE UPDATE ON listings
    FOR EACH ROW WHEN (NEW.external_id <> OLD.external_id) EXECUTE FUNCTION refuse_to_save();
"""
MEND_SAVING = "DROP FUNCTION refuse_to_save() CASCADE"


def test_failure_08_a_listing_whose_saving_failed_is_saved_not_made_again(
    shop: EbayShop,
) -> None:
    product = shop.product()
    with shop.inside(), connection.cursor() as cursor:
        cursor.execute(BREAK_SAVING)
    try:
        shop.publish(product)
        until(shop.attempts, 30, "saving fails")
    finally:
        with shop.inside(), connection.cursor() as cursor:
            cursor.execute(MEND_SAVING)
    assert len(shop.live(product)) == 1
    shop.wait_until_all_ended()
    assert "the disk is full" in shop.attempts()[0].message
    assert_kept(shop, [product])


def test_failure_09_no_photo_is_missing_and_none_is_sent_for_nothing(shop: EbayShop) -> None:
    product = shop.product("file", "link", "file", "link")
    spoilt = shop.photos(product)[2]
    shop.control.add_fault(routes.UPLOAD_FILE, "status", match=spoilt, status=503)
    rule = shop.control.refuse(shop.sku(product), error_id=25018, message="Incomplete account.")
    shop.published(product)
    job = shop.job(product)
    assert job.status == "FAILED"
    shop.control.remove_fault(rule)
    with shop.inside():
        actions.retry(job)
    shop.wait_until_all_ended()
    assert shop.job(product).pk == job.pk
    assert sorted(shop.photos(product)) == sorted(
        request["subject"]
        for request in shop.control.requests()
        if request["subject"] in shop.photos(product) and request["effect"]
    )
    assert_kept(shop, [product])


def test_failure_18_the_tenant_is_not_lost_when_the_connection_is(
    open_shop: OpenShop,
) -> None:
    """Workers that lose their connection in the middle of a job go on in the right schema."""
    one, other = open_shop("t1"), open_shop("t2")
    for shop in (one, other):
        shop.publish(*(shop.product() for _ in range(6)))
    for _ in range(3):
        time.sleep(0.3)
        break_every_other_connection()
    for shop in (one, other):
        shop.wait_until_all_ended()
        assert_kept(shop, shop.made)


def break_every_other_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_failure_22_workers_who_need_a_token_at_once_renew_it_once(shop: EbayShop) -> None:
    products = [shop.product() for _ in range(6)]
    shop.publish()
    with shop.inside():
        Account.objects.filter(pk=shop.account.pk).update(access_token="")
    before = last_token_request(shop)
    shop.published(*products)
    assert last_token_request(shop) - before == 1
    assert_kept(shop, products)


def last_token_request(shop: EbayShop) -> int:
    return sum(route_of(request) == routes.TOKEN for request in shop.control.requests())


def test_failure_27_an_unknown_stock_is_neither_none_nor_sold_out(shop: EbayShop) -> None:
    product = shop.product(stock=None)
    shop.published(product)
    assert "the stock is unknown" in shop.job(product).error_message
    assert_kept(shop, [], [product])


def test_failure_29_every_photo_is_kept_in_its_order(shop: EbayShop) -> None:
    product = shop.product("file", "link", "file", "link")
    shop.published(product)
    (listing,) = shop.live(product)
    assert [photo["checksum"] for photo in listing["photos"]] == shop.photos(product)
    assert len(listing["photos"]) == 4


def test_failure_31_an_error_is_never_shown_as_completed(shop: EbayShop) -> None:
    product = shop.product()
    shop.control.add_fault(routes.PUBLISH, "status", match=shop.sku(product), status=500)
    # The look after the failure; the offer was read once before it.
    shop.control.add_fault(routes.READ_OFFER, "hold_before", match=shop.sku(product), skip=1)
    shop.publish(product)
    (hold,) = until(shop.control.holds, 30, "it has failed once")
    assert len(shop.attempts()) == 1
    assert shop.job(product).status == "RUNNING"
    assert shop.task(product, "publish_offer").status == "UNKNOWN"
    shop.control.release(hold["id"])
    shop.wait_until_all_ended()
    assert_kept(shop, [product])


def test_failure_33_a_look_that_fails_ends_no_live_listing(shop: EbayShop) -> None:
    product = shop.product()
    shop.published(product)
    time.sleep(max(READ_LAG, SETTLE) + 0.2)
    (listing,) = shop.live(product)
    shop.control.add_fault(
        routes.READ_OFFER, "status", match=shop.sku(product), status=500, times=4
    )
    shop.publish(product)
    until(shop.attempts, 30, "the look fails")
    assert shop.record(product).status == "LIVE"
    shop.wait_until_all_ended()
    assert shop.live(product) == [listing]
    assert_kept(shop, [product])


def test_failure_34_a_cancelled_child_does_not_complete_and_the_counters_stay_right(
    long_running: Stage, open_shop: OpenShop
) -> None:
    shop = open_shop(concurrency=1)
    first, *others = [shop.product() for _ in range(4)]
    shop.control.add_fault(routes.PUT_ITEM, "hold_before", match=shop.sku(first))
    shop.publish(first, *others)
    (hold,) = until(shop.control.holds, 30, "the first is under way")
    for product in (first, others[0], others[1]):
        job = shop.job(product)
        with shop.inside():
            actions.cancel(job, requested_by="staff")
    shop.control.release(hold["id"])
    shop.wait_until_all_ended()
    assert {p.pk: shop.job(p).status for p in shop.made} == {
        first.pk: "CANCELLED",
        others[0].pk: "CANCELLED",
        others[1].pk: "CANCELLED",
        others[2].pk: "COMPLETED",
    }
    assert_batches_add_up(shop)
    assert [shop.live(product) for product in (first, others[0], others[1])] == [[], [], []]
