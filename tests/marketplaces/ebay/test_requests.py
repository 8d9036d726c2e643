"""Every request of the client, as it leaves, held against eBay's own documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from openapi_core.exceptions import OpenAPIError

from marketplaces.ebay import identity
from marketplaces.ebay.account_settings import SITES
from marketplaces.ebay.calls import Calls
from marketplaces.ebay.client import BaseUrls, EbayClient
from marketplaces.ebay.conditions import CONDITIONS
from marketplaces.ebay.mapping import item_with_images, mapped
from marketplaces.ebay.shop_reads import ShopReads
from marketplaces.ebay.taxonomy import Taxonomy
from tests.marketplaces.ebay import official_documents
from tests.marketplaces.ebay.builders import facts, jpeg, settings
from tests.marketplaces.http.loopback import LoopbackServer, answer

pytestmark = pytest.mark.skipif(
    not official_documents.are_there(), reason="eBay's documents are not on this machine"
)

SENT = mapped(facts(barcode="4006381333931"), settings(), "t1zp7")
ITEM = item_with_images(SENT["item"], ["https://i.ebayimg.com/1.jpg"])
# One answer that every call can read.
ALL = {
    "offerId": "1",
    "listingId": "2",
    "imageUrl": "https://i.ebayimg.com/1.jpg",
    "sku": "t1zp7",
    "marketplaceId": "EBAY_FR",
    "status": "UNPUBLISHED",
    "offers": [],
    "responses": [{"sku": "t1zp7", "offerId": "1", "statusCode": 200}],
    "fulfillmentPolicies": [],
    "paymentPolicies": [],
    "returnPolicies": [],
    "locations": [],
    "userId": "3",
}
CALLS: dict[str, Callable[[EbayClient], object]] = {
    "upload_image_file": lambda c: c.upload_image_file(jpeg()[0], "a.jpg", "image/jpeg"),
    "upload_image_link": lambda c: c.upload_image_link("https://shop.example/a.jpg"),
    "get_image": lambda c: c.get_image("abc"),
    "put_inventory_item": lambda c: c.put_inventory_item("t1zp7", ITEM),
    "get_inventory_item": lambda c: c.get_inventory_item("t1zp7"),
    "find_offers": lambda c: c.find_offers("t1zp7"),
    "get_offer": lambda c: c.get_offer("1"),
    "create_offer": lambda c: c.create_offer(SENT["offer"]),
    "update_offer": lambda c: c.update_offer("1", SENT["offer"]),
    "publish_offer": lambda c: c.publish_offer("1"),
    "withdraw_offer": lambda c: c.withdraw_offer("1"),
    "set_price_and_quantity": lambda c: c.set_price_and_quantity(
        "t1zp7", "1", SENT["offer"]["pricingSummary"]["price"], 3
    ),
    "delete_offer": lambda c: c.delete_offer("1"),
    "delete_inventory_item": lambda c: c.delete_inventory_item("t1zp7"),
    "fulfillment": lambda c: c.policies("fulfillment"),
    "payment": lambda c: c.policies("payment"),
    "return": lambda c: c.policies("return"),
    "location": lambda c: c.location("main-warehouse"),
    "locations": lambda c: c.locations(),
    "user": lambda c: identity.user(c.calls, c.urls.account.replace("sell/account", IDENTITY)),
}
READS: dict[str, Callable[[Taxonomy], object]] = {
    "tree_id": lambda taxonomy: taxonomy.tree_id("EBAY_FR"),
    "rules": lambda taxonomy: taxonomy.rules("71", "15687"),
    "suggestions": lambda taxonomy: taxonomy.suggestions("71", "robe d'été"),
}
SWEEPS: dict[str, Callable[[ShopReads], object]] = {
    "items": lambda reads: reads.items(3),
    "orders": lambda reads: reads.orders(datetime(2026, 5, 4, 3, 2, 1, 999, UTC), 200),
}
IDENTITY = "commerce/identity"
WITH_LANGUAGE = {"put_inventory_item", "create_offer", "update_offer"}


@pytest.mark.parametrize("name", CALLS)
def test_a_request_is_as_the_document_has_it(name: str) -> None:
    with LoopbackServer(answer(200, json.dumps(ALL).encode())) as server:
        CALLS[name](_client(server))
    (request,) = server.requests
    official_documents.check(request)
    assert (b"Content-Language: fr-FR\r\n" in request) == (name in WITH_LANGUAGE)
    assert b"Accept-Language" not in request


@pytest.mark.parametrize("name", READS)
def test_a_read_of_categories_is_as_the_document_has_it(name: str) -> None:
    told = {"categoryTreeId": "71", "aspects": [], "categorySuggestions": []}
    with LoopbackServer(answer(200, json.dumps(told).encode())) as server:
        READS[name](Taxonomy(_client(server).calls, server.url("/commerce/taxonomy/v1")))
    (request,) = server.requests
    official_documents.check(request)


@pytest.mark.parametrize("name", SWEEPS)
def test_a_read_of_the_whole_shop_is_as_the_document_has_it(name: str) -> None:
    with LoopbackServer(answer(200, b'{"total": 0}')) as server:
        client = _client(server)
        fulfillment = server.url("/sell/fulfillment/v1")
        SWEEPS[name](ShopReads(client.calls, client.urls.inventory, fulfillment))
    (request,) = server.requests
    official_documents.check(request)
    assert b"Accept-Language" not in request


def test_the_window_of_orders_is_written_as_the_document_shows_it() -> None:
    with LoopbackServer(answer(200, b'{"total": 0}')) as server:
        reads = ShopReads(_client(server).calls, "", server.url("/sell/fulfillment/v1"))
        reads.orders(datetime(2026, 5, 4, 3, 2, 1, 999_000, UTC), 200)
    query = parse_qs(urlsplit(server.requests[0].split(b" ")[1].decode()).query)
    assert query == {
        "filter": ["lastmodifieddate:[2026-05-04T03:02:01.999Z..]"],
        "limit": ["100"],
        "offset": ["200"],
    }


def test_the_judge_sees_a_misspelt_field() -> None:
    with LoopbackServer(answer(200, json.dumps(ALL).encode())) as server:
        _client(server).create_offer(SENT["offer"] | {"catgoryId": "1"})
    with pytest.raises(OpenAPIError):
        official_documents.check(server.requests[0])


def test_every_call_of_the_client_is_judged() -> None:
    methods = {
        name
        for name, member in vars(EbayClient).items()
        if callable(member) and not name.startswith("_")
    }
    policies = {"fulfillment", "payment", "return"}
    assert methods - {"policies"} == set(CALLS) - policies


def test_our_lists_are_the_documents_own() -> None:
    assert official_documents.listed("ConditionEnum") == CONDITIONS
    assert set(SITES) <= official_documents.listed("MarketplaceEnum")
    currencies = {site.currency for site in SITES.values()}
    assert currencies <= official_documents.listed("CurrencyCodeEnum")


def _client(server: LoopbackServer) -> EbayClient:
    urls = BaseUrls(
        server.url("/sell/inventory/v1"),
        server.url("/sell/account/v1"),
        server.url("/commerce/media/v1_beta"),
    )
    return EbayClient(Calls(_token, timeout=5), urls, "EBAY_FR", "fr-FR", lambda: None)


def _token(*, rejected: str = "") -> str:
    return "a-token"
