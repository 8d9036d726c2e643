"""The sandbox against the vendor's own documents: what it takes, and what it answers."""

import time

from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.ebay.enums import CONDITIONS
from marketplaces.sandbox.ebay.orders import timestamp
from marketplaces.sandbox.ebay.routes import ROUTES
from tests.official.documents import listed, requires_documents
from tests.official.judge import check_exchange
from tests.sandbox.conftest import NewSeller
from tests.sandbox.seller_client import (
    INVENTORY,
    MEDIA,
    ORDERS,
    TOKEN,
    SellerClient,
    a_photo,
    an_item,
)

TAXONOMY = "/commerce/taxonomy/v1"
TREE = f"{TAXONOMY}/category_tree/71"
AN_HOUR_AGO = timestamp(time.time() - 3600)

pytestmark = requires_documents

PAGES = {"/oauth2/authorize"}
"""For people; no document describes them."""


def publish_and_read(anna: SellerClient) -> str:
    """The good path up to a live listing, every read included."""
    urls = [anna.image_url(a_photo(colour)) for colour in ("red", "blue")]
    link = {"imageUrl": "https://shop.example/scarf.jpg"}
    linked = anna.call("POST", f"{MEDIA}/create_image_from_url", link)
    image_id = linked.headers["Location"].rpartition("/")[2]
    anna.get(f"{MEDIA}/{image_id}")
    offer_id, _ = anna.publish_product("A1", *urls, linked.body["imageUrl"])
    for kind in ("fulfillment", "payment", "return"):
        anna.get(f"/sell/account/v1/{kind}_policy", marketplace_id="EBAY_FR")
    anna.get(f"{INVENTORY}/inventory_item/A1")
    anna.get(f"{INVENTORY}/inventory_item", limit=1, offset=0)
    anna.get(f"{INVENTORY}/offer/{offer_id}")
    anna.get(f"{INVENTORY}/offer", sku="A1", marketplace_id="EBAY_FR", format="FIXED_PRICE")
    anna.get(f"{INVENTORY}/location", limit=10, offset=0)
    anna.get("/commerce/identity/v1/user/")
    anna.get(f"{TAXONOMY}/get_default_category_tree_id", marketplace_id="EBAY_FR")
    anna.get(f"{TREE}/get_category_suggestions", q="robe")
    anna.get(f"{TREE}/get_item_aspects_for_category", category_id="63861")
    return offer_id


def sell_and_read(anna: SellerClient, control: SandboxControl) -> None:
    order_id = control.buy("anna", sku="A1")["order_id"]
    anna.get(f"{ORDERS}", filter=f"lastmodifieddate:[{AN_HOUR_AGO}..]", limit=1, offset=0)
    control.cancel_order("anna", order_id)
    anna.get(f"{ORDERS}/{order_id}")


def revise_and_end(anna: SellerClient, offer_id: str) -> None:
    price = {"price": {"currency": "EUR", "value": "25.00"}}
    changed = anna.offer("A1", pricingSummary=price)
    for key in ("sku", "marketplaceId", "format"):
        del changed[key]
    part = {"offerId": offer_id, "availableQuantity": 1}
    body = {"requests": [{"sku": "A1", "offers": [part, {"offerId": "1"}]}]}
    anna.call("PUT", f"{INVENTORY}/offer/{offer_id}", changed)
    anna.put_item("A1", an_item("https://shop.example/other.jpg"))
    anna.call("POST", f"{INVENTORY}/bulk_update_price_quantity", body, Content_Language="")
    anna.call("POST", f"{INVENTORY}/offer/{offer_id}/withdraw")
    anna.call("DELETE", f"{INVENTORY}/offer/{offer_id}")
    anna.call("DELETE", f"{INVENTORY}/inventory_item/A1")
    depot = {"location": {"address": {"country": "FR", "postalCode": "69001"}}, "name": "Depot"}
    anna.call("POST", f"{INVENTORY}/location/depot", depot)
    anna.get(f"{INVENTORY}/location/depot")


def fail_in_every_way(anna: SellerClient, control: SandboxControl) -> None:
    anna.upload(b"no photo")
    anna.get(f"{MEDIA}/nothing")
    anna.put_item("A-1", an_item())
    anna.put_item("A1", an_item())
    anna.post_offer("B1")
    offer_id = anna.post_offer("A1", listingPolicies=None, pricingSummary=None).body["offerId"]
    anna.post_offer("A1")
    anna.publish(offer_id)
    for path in ("inventory_item/C1", "offer/1", "offer?sku=C1", "inventory_item?limit=0"):
        anna.get(f"{INVENTORY}/{path}")
    anna.get("/sell/account/v1/return_policy", marketplace_id="MARS")
    anna.get(f"{TAXONOMY}/get_default_category_tree_id", marketplace_id="MARS")
    anna.get(f"{TREE}/get_category_suggestions", q="xylophone")
    for number in ("1", "0", "11450"):
        anna.get(f"{TREE}/get_item_aspects_for_category", category_id=number)
    anna.get(f"{ORDERS}/12-00000-00000")
    anna.get(ORDERS, filter="lastmodifieddate:[yesterday..]")
    anna.get(ORDERS, limit=201)
    anna.call("POST", f"{INVENTORY}/location/main-warehouse", {"location": {"address": {}}})
    control.add_fault("GET /sell/inventory/v1/inventory_item", "status", status=429)
    anna.get(f"{INVENTORY}/inventory_item")
    control.expire_access_tokens("anna")
    anna.get(f"{INVENTORY}/inventory_item")
    anna.token = ""
    anna.send("GET", f"{INVENTORY}/inventory_item", b"", {})


def test_requests_and_answers_are_as_the_documents_say(
    new_seller: NewSeller, control: SandboxControl
) -> None:
    anna = new_seller("anna")
    offer_id = publish_and_read(anna)
    sell_and_read(anna, control)
    revise_and_end(anna, offer_id)
    done = {
        (each["method"], each["template"])
        for each in control.requests()
        if (each["status"] or 500) < 300
    }
    fail_in_every_way(anna, control)

    judged = [(sent, reply) for sent, reply in anna.exchanges if sent.target != TOKEN]
    for sent, reply in judged:
        check_exchange(sent, reply)

    assert {reply.status for _, reply in judged} >= {200, 201, 204, 207, 400, 401, 404, 429}
    assert done == {
        (route.method, route.template) for route in ROUTES if route.template not in PAGES
    }


def test_the_conditions_are_those_of_the_document() -> None:
    assert listed("ConditionEnum") == CONDITIONS
