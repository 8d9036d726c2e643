"""Jobs over a whole account: what is in the shop when they begin, and what they are to find out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from marketplaces.models import Listing, Order, Product, Sale
from tasks import requests
from tests.acceptance.ebay import routes
from tests.acceptance.exactly_once.points import Point
from tests.acceptance.exactly_once.traps import Trap
from tests.acceptance.exactly_once.verdict import Row
from tests.acceptance.exactly_once.ways import Way
from tests.acceptance.shops import SellersShop
from tests.sandbox.seller_client import SellerClient, an_item

STOCK = 5
GHOST = "gone0001"
"""Our key of a listing that the marketplace has no more."""

_ebay = partial(Way, marketplace="ebay", name="one by hand, one gone", about_account=True)
WAYS = {
    "ebay": (
        _ebay(
            action="sync",
            steps={
                "read_page": "GET /sell/inventory/v1/inventory_item",
                "read_listings": routes.FIND_OFFERS,
                "compare": "",
                "confirm": routes.FIND_OFFERS,
                "decide": "",
                "save": "",
                "finish": "",
            },
        ),
        _ebay(
            action="orders",
            name="two orders",
            steps={"read_page": "GET /sell/fulfillment/v1/order", "save": "", "finish": ""},
        ),
    ),
}


@dataclass(frozen=True)
class Sweep:
    """One account with a listing made by hand, and the fault that its job meets."""

    trap: Trap
    sku: str
    listing_id: str

    def ask(self) -> None:
        with self.trap.shop.inside():
            requests.request_job(self.trap.shop.account, self.trap.point.way.action)

    def row(self) -> Row:
        point, shop = self.trap.point, self.trap.shop
        job, told = self.trap.job, shop.attempts()
        seen = self._orders() if point.way.action == "orders" else self._listings()
        expected = EXPECTED[point.way.action].replace("LISTING", self.listing_id)
        wrong = [] if seen == expected else [f"{seen} instead of {expected}"]
        if job.status != "COMPLETED":
            wrong.append(f"the job is {job.status}: {job.error_message}")
        deaths = sum(each.error_class == "WorkerDiedError" for each in told)
        if deaths != self.trap.deaths_to_tell:
            wrong.append(f"{deaths} deaths told of {self.trap.deaths_to_tell}")
        classes = ", ".join(each.error_class for each in told)
        return Row(point, expected, seen, wrong, classes)

    def _listings(self) -> str:
        with self.trap.shop.inside():
            own = Listing.objects.filter(account=self.trap.shop.account).order_by("pk")
            found = [f"{each.external_id} {each.status}" for each in own]
        return ", ".join(found)

    def _orders(self) -> str:
        account = self.trap.shop.account
        with self.trap.shop.inside():
            orders = Order.objects.filter(account=account).count()
            product = Product.objects.get(sku=self.sku)
            sales = Sale.objects.filter(product=product).count()
        return f"{orders} orders, {sales} sales, {product.stock} left"


EXPECTED = {
    "sync": f"{GHOST} ENDED, LISTING LIVE",
    "orders": f"2 orders, 2 sales, {STOCK - 2} left",
}


def open_sweep(point: Point, shop: SellersShop, api_url: str) -> Sweep:
    sku = f"HAND{shop.account.pk}"
    listing_id = BY_HAND[point.way.marketplace](shop, sku, api_url)
    with shop.inside():
        Product.objects.create(sku=sku, title=f"Scarf {sku}", price="19.90", stock=STOCK)
        ghost = Product.objects.create(sku=f"G{sku}", title="Ghost", price="9.90", stock=1)
        key = f"{GHOST}x{shop.account.pk}"
        if point.way.action == "sync":
            Listing.objects.create(
                account=shop.account, product=ghost, key=key, external_id=GHOST, status="LIVE"
            )
    if point.way.action == "orders":
        for _ in range(2):
            shop.control.buy(shop.username, sku=sku)
    matches = {"read_page": shop.username, "read_listings": sku, "confirm": key}
    trap = Trap(point, shop, match=matches.get(point.step, ""))
    return Sweep(trap, sku, listing_id)


def _by_hand_at_ebay(shop: SellersShop, sku: str, api_url: str) -> str:
    client = SellerClient(api_url, shop.control.seller(shop.username))
    client.sign_in()
    client.put_item(sku, an_item("https://shop.example/scarf.jpg", quantity=STOCK))
    offer = client.post_offer(sku, availableQuantity=STOCK)
    return str(client.publish(str(offer.body["offerId"])).body["listingId"])


BY_HAND: dict[str, Callable[[SellersShop, str, str], str]] = {"ebay": _by_hand_at_ebay}


def rows(sweeps: Iterable[Sweep]) -> list[Row]:
    return [sweep.row() for sweep in sweeps]
