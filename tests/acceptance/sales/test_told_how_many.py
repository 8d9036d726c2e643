"""What a sale leaves alone at the other listing: all but the quantity. Real workers, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from marketplaces.ebay.connection import client_for as ebay_client
from marketplaces.etsy.connection import client_for as etsy_client
from marketplaces.http import FilePart
from marketplaces.models import Account, Product
from marketplaces.sales import attention
from tasks import tenancy
from tests.acceptance.processes import until
from tests.acceptance.sales.market import PLACES, SECONDS, SELLER, Market, Place, other
from tests.marketplaces.ebay.builders import jpeg

pytestmark = [pytest.mark.slow]

UNFIT = {"ebay": "Much too long a title for eBay " * 5, "etsy": "Linen shirt & tie & socks"}
MY_WORDS = "My own words for my own buyers"
KEPT = ("title", "description", "price", "photos")


@pytest.mark.parametrize("there", ["ebay", "etsy"])
def test_a_fault_in_the_texts_does_not_keep_the_falling_stock_back(
    market: Market, there: Place
) -> None:
    product = market.on_both(stock=3)
    market.buy(product, other(there), 2)
    before = market.listing(product, there)
    change(market, product, title=UNFIT[there], price=None)
    market.fetch(other(there))
    market.wait(product)
    assert market.stock(product) == 1
    assert shown(market, there, before["listing_id"])["quantity"] == 1
    assert market.status(product, there) == "LIVE"
    with tenancy.inside(market.tenant):
        assert attention.offered_too_often() == []


@pytest.mark.parametrize("there", ["ebay", "etsy"])
def test_the_sellers_own_listing_stays_the_sellers_own(market: Market, there: Place) -> None:
    product = market.product(stock=3)
    sku = f"HAND{product.pk}"
    change(market, product, sku=sku)
    number = put_up_by_hand(market, there, sku)
    market.fetch(there, actions=("sync",))
    assert market.status(product, there) == "LIVE"
    market.ask(other(there), "publish", product)
    market.wait(product)
    before = shown(market, there, number)
    market.buy(product, other(there))
    market.fetch(other(there))
    market.wait(product)
    after = shown(market, there, number)
    assert after["quantity"] == 2
    assert [after[name] for name in KEPT] == [before[name] for name in KEPT]
    assert (after["title"], after["price"]) == (MY_WORDS, "25.00")


@pytest.mark.parametrize("action", ["set_quantity", "update"])
def test_what_is_missing_at_etsy_is_not_offered_elsewhere_until_the_next_interval(
    market: Market, action: str
) -> None:
    """No interval runs here: whoever finds pieces missing asks for the orders that tell of them."""
    product = market.on_both(stock=2)
    for place in PLACES:
        market.buy(product, place)
    if action == "update":
        change(market, product, price="23.00")
        market.ask("etsy", "update", product)
    else:
        market.fetch("ebay")
        until(lambda: market.stock(product) == 0, SECONDS, "Etsy's order is fetched")
    market.wait(product)
    until(lambda: len(market.sales(product)) >= 1, SECONDS, "Etsy's order is fetched")
    market.wait(product)
    market.fetch("ebay")
    market.wait(product)
    assert (market.stock(product), market.on_sale(product)) == (0, {})
    assert sorted(market.sales(product)) == [("ebay", 1, 0), ("etsy", 1, 0)]
    market.assert_nothing_follows(product)


def change(market: Market, product: Product, **fields: Any) -> None:
    with tenancy.inside(market.tenant):
        Product.objects.filter(pk=product.pk).update(**fields)


def shown(market: Market, place: Place, number: str) -> dict[str, Any]:
    control = market.ebay if place == "ebay" else market.etsy
    (found,) = [each for each in control.effects()["listings"] if str(each["listing_id"]) == number]
    return dict(found)


def put_up_by_hand(market: Market, place: Place, sku: str) -> str:
    """Three pieces at another price; the listing's number."""
    with tenancy.inside(market.tenant):
        account = Account.objects.get(pk=market.accounts[place].pk)
        return _at_ebay(account, sku) if place == "ebay" else _at_etsy(market, account, sku)


def _at_etsy(market: Market, account: Account, sku: str) -> str:
    facts = {"sku": sku, "description": "Own text", "price": "25.00", "quantity": 3}
    number = str(market.etsy.list_by_hand(SELLER, MY_WORDS, **facts))
    photo = FilePart("image", "own.jpg", "image/jpeg", jpeg(600, 600, "gold")[0])
    etsy_client(account).upload_image(number, photo, rank=1)
    return number


def _at_ebay(account: Account, sku: str) -> str:
    client, chosen = ebay_client(account), account.settings
    photo = client.upload_image_file(jpeg(600, 600, "gold")[0], "own.jpg", "image/jpeg")
    content = {"title": MY_WORDS, "description": "Own text", "imageUrls": [photo.url]}
    stock = {"shipToLocationAvailability": {"quantity": 3}}
    item = {"availability": stock, "condition": "USED_GOOD", "product": content}
    client.put_inventory_item(sku, item)
    policies = ("fulfillment_policy_id", "payment_policy_id", "return_policy_id")
    fulfillment, payment, returns = (chosen[name] for name in policies)
    return client.publish_offer(
        client.create_offer(
            {
                "sku": sku,
                "marketplaceId": chosen["marketplace_id"],
                "format": "FIXED_PRICE",
                "availableQuantity": 3,
                "categoryId": "15687",
                "listingDescription": "Own text",
                "listingDuration": "GTC",
                "listingPolicies": {
                    "fulfillmentPolicyId": fulfillment,
                    "paymentPolicyId": payment,
                    "returnPolicyId": returns,
                },
                "merchantLocationKey": chosen["merchant_location_key"],
                "pricingSummary": {"price": {"currency": "EUR", "value": "25.00"}},
            }
        )
    )
