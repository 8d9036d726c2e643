"""A worker is killed in the middle of a sweep; the next one goes on where it was."""

from __future__ import annotations

from collections import Counter
from signal import SIGKILL

import pytest

from marketplaces.models import Listing, ListingStatus, Order, Product
from tasks import requests
from tests.acceptance.ebay.shop import EbayShop, Stage, leased_pid
from tests.acceptance.processes import send_signal, until
from tests.sandbox.seller_client import SellerClient, an_item

pytestmark = [pytest.mark.storm, pytest.mark.slow]

ITEMS = "/sell/inventory/v1/inventory_item"
OFFERS = "/sell/inventory/v1/offer"
ORDERS = "/sell/fulfillment/v1/order"


@pytest.fixture
def shop(stage: Stage) -> EbayShop:
    """Twenty-five listings made by hand, of products that are known here."""
    shop = stage.shop(concurrency=2)
    stage.control.settings(read_lag=0)
    client = SellerClient(stage.ebay.process.api_url, shop.seller)
    client.sign_in()
    for number in range(1, 26):
        sku = f"HAND{number:02d}"
        client.put_item(sku, an_item("https://shop.example/scarf.jpg", quantity=2))
        offer = client.post_offer(sku, availableQuantity=2)
        client.publish(str(offer.body["offerId"]))
    with shop.inside():
        Product.objects.bulk_create(
            Product(sku=f"HAND{number:02d}", title=f"Scarf {number}", price="19.90", stock=2)
            for number in range(1, 26)
        )
    return shop


def ask(shop: EbayShop, action: str) -> int:
    with shop.inside():
        return requests.request_job(shop.account, action).job_id


def kill_in(stage: Stage, shop: EbayShop, route: str, match: str, action: str) -> None:
    """Kill the worker while a call is held; the call has no effect but on the log."""
    stage.control.add_fault(f"GET {route}", "hold_before", match=match)
    ask(shop, action)
    until(stage.control.holds, 30, "the read is held")
    pid = until(lambda: leased_pid(shop.jobs()[-1]), 30, "a lease")
    assert send_signal(pid, SIGKILL)
    stage.control.release(effect=False)


def reads(stage: Stage, route: str) -> list[str]:
    """Paths that were answered."""
    calls = stage.control.requests()
    return [c["path"] for c in calls if c["template"] == route and c["status"] == 200]


def test_a_killed_sync_reads_no_page_and_no_finished_batch_again(
    stage: Stage, shop: EbayShop
) -> None:
    stage.workers.start(2)
    kill_in(stage, shop, OFFERS, "HAND15", "sync")
    shop.wait_until_all_ended(90)
    (job,) = shop.jobs()
    assert job.status == "COMPLETED", job.error_message
    assert len(reads(stage, ITEMS)) == 1
    asked = Counter(path.partition("sku=")[2][:6] for path in reads(stage, OFFERS))
    assert set(asked.values()) <= {1, 2}
    assert {sku for sku, times in asked.items() if times == 2} <= {
        f"HAND{number}" for number in range(11, 15)
    }
    with shop.inside():
        listings = Listing.objects.all()
        assert {listing.status for listing in listings} == {ListingStatus.LIVE}
        assert len({listing.external_id for listing in listings}) == len(listings) == 25


def test_orders_land_once_though_the_worker_is_killed_while_it_reads(
    stage: Stage, shop: EbayShop
) -> None:
    for number in range(1, 25):
        for _ in range(2):
            stage.control.buy(shop.seller["username"], sku=f"HAND{number:02d}")
    stage.workers.start(2)
    kill_in(stage, shop, ORDERS, "", "orders")
    shop.wait_until_all_ended(90)
    assert shop.jobs()[0].status == "COMPLETED", shop.jobs()[0].error_message
    with shop.inside():
        assert Order.objects.count() == 48
