"""Jobs over a whole account: what is in the shop when they begin, and what they are to find out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.utils import timezone

from marketplaces.models import Listing, Order, Product, Sale
from tasks import requests
from tests.acceptance.ebay import routes
from tests.acceptance.etsy import routes as etsy
from tests.acceptance.etsy.shop import EtsyShop
from tests.acceptance.exactly_once.points import Point
from tests.acceptance.exactly_once.traps import Trap
from tests.acceptance.exactly_once.verdict import Row
from tests.acceptance.exactly_once.ways import Way
from tests.acceptance.shops import SellersShop
from tests.acceptance.vinted.shop import VintedShop
from tests.sandbox.seller_client import SellerClient, an_item

STOCK = 5
GHOSTS = 1_999_000_000
"""Numbers from here on are those of listings that the marketplace has no more."""

_sweep = partial(Way, name="one by hand, one gone", about_account=True)
_ebay = partial(_sweep, marketplace="ebay")
_etsy = partial(_sweep, marketplace="etsy")
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
    "etsy": (
        _etsy(
            action="sync",
            steps={
                "read_page": etsy.READ_SHOP,
                "compare": "",
                "confirm": etsy.READ,
                "decide": "",
                "save": "",
                "finish": "",
            },
            never=("read_listings",),
        ),
        _etsy(
            action="orders",
            name="two orders",
            steps={"read_page": etsy.READ_ORDERS, "save": "", "finish": ""},
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
        names = {"ghost": ghost_of(shop), "listing": self.listing_id}
        expected = EXPECTED[point.way.action].format(**names)
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
    "sync": "{ghost} ENDED, {listing} LIVE",
    "orders": f"2 orders, 2 sales, {STOCK - 2} left",
}


def ghost_of(shop: SellersShop) -> str:
    return str(GHOSTS + shop.account.pk)


def open_sweep(point: Point, shop: SellersShop, api_url: str) -> Sweep:
    sku = f"HAND{shop.account.pk}"
    listing_id = BY_HAND[point.way.marketplace](shop, sku, api_url)
    with shop.inside():
        Product.objects.create(sku=sku, title=f"Scarf {sku}", price="19.90", stock=STOCK)
        if point.way.action == "sync":
            _add_ghost(shop)
    if point.way.action == "orders":
        for _ in range(2):
            _buy(shop, sku, listing_id)
    whole_shop = str(shop.account.settings.get("shop_id", shop.username))
    ghost = ghost_of(shop)
    matches = {
        "read_lists": whole_shop,
        "read_page": whole_shop,
        "read_listings": sku,
        "confirm": ghost,
    }
    return Sweep(Trap(point, shop, match=matches.get(point.step, "")), sku, listing_id)


def _add_ghost(shop: SellersShop) -> None:
    """Our record of a listing that is gone; its number is also the key that eBay is asked for.

    A day old: no read is so late that it could not show it.
    """
    number = ghost_of(shop)
    product = Product.objects.create(sku=f"G{number}", title="Ghost", price="9.90", stock=1)
    listing = Listing.objects.create(
        account=shop.account, product=product, key=number, external_id=number, status="LIVE"
    )
    yesterday = timezone.now() - timedelta(days=1)
    Listing.objects.filter(pk=listing.pk).update(created_at=yesterday, updated_at=yesterday)


def _buy(shop: SellersShop, sku: str, listing_id: str) -> None:
    if isinstance(shop, EtsyShop):
        shop.control.sell(shop.username, listing_id)
    elif isinstance(shop, VintedShop):
        # One piece each: every buyer needs an item of their own.
        shop.control.sell(shop.username, _by_hand_at_vinted(shop, sku, ""))
    else:
        shop.control.buy(shop.username, sku=sku)


def _by_hand_at_etsy(shop: SellersShop, sku: str, _api_url: str) -> str:
    assert isinstance(shop, EtsyShop)
    number = shop.control.list_by_hand(
        shop.username, f"Scarf {sku}", sku=sku, price="19.90", quantity=STOCK
    )
    return str(number)


def _by_hand_at_ebay(shop: SellersShop, sku: str, api_url: str) -> str:
    client = SellerClient(api_url, shop.control.seller(shop.username))
    client.sign_in()
    client.put_item(sku, an_item("https://shop.example/scarf.jpg", quantity=STOCK))
    offer = client.post_offer(sku, availableQuantity=STOCK)
    return str(client.publish(str(offer.body["offerId"])).body["listingId"])


def _by_hand_at_vinted(shop: SellersShop, sku: str, _api_url: str) -> str:
    assert isinstance(shop, VintedShop)
    return str(shop.control.list_by_hand(shop.username, f"Scarf {sku} [{sku}]", price="19.90"))


BY_HAND: dict[str, Callable[[SellersShop, str, str], str]] = {
    "ebay": _by_hand_at_ebay,
    "etsy": _by_hand_at_etsy,
    "vinted": _by_hand_at_vinted,
}


def rows(sweeps: Iterable[Sweep]) -> list[Row]:
    return [sweep.row() for sweep in sweeps]
