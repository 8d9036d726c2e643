from typing import Any

import pytest

from marketplaces.sandbox.control import SandboxControl
from tests.sandbox.seller_client import INVENTORY, ITEM_ROUTE, SellerClient, an_item

ITEMS = f"{INVENTORY}/inventory_item"
PHOTO = "https://shop.example/scarf.jpg"


def test_an_item_is_created_then_replaced(anna: SellerClient, control: SandboxControl) -> None:
    assert anna.put_item("A1", an_item(PHOTO)).status == 201
    assert anna.put_item("A1", an_item(PHOTO, title="Silk scarf")).status == 204

    item = anna.get(f"{ITEMS}/A1").body
    assert item["product"]["title"] == "Silk scarf"
    assert (item["sku"], item["locale"]) == ("A1", "fr_FR")
    assert control.effects()["effects"] == {ITEM_ROUTE: 2}


def test_putting_the_same_item_again_is_no_effect(
    anna: SellerClient, control: SandboxControl
) -> None:
    for _ in range(3):
        anna.put_item("A1", an_item(PHOTO))

    assert control.effects()["effects"] == {ITEM_ROUTE: 1}
    written = [each["effect"] for each in control.requests() if each["method"] == "PUT"]
    assert written == [True, False, False]


def test_replacing_is_full_so_what_is_not_sent_is_lost(anna: SellerClient) -> None:
    anna.put_item("A1", an_item(PHOTO))
    anna.put_item("A1", {"condition": "NEW"})
    assert "product" not in anna.get(f"{ITEMS}/A1").body


@pytest.mark.parametrize("sku", ["A-1", "A 1", "é1", "A" * 51])
def test_a_sku_has_to_be_alphanumeric_and_at_most_50_long(anna: SellerClient, sku: str) -> None:
    reply = anna.put_item(sku, an_item(PHOTO))
    assert (reply.status, reply.error_ids) == (400, [25707])


@pytest.mark.parametrize(
    ("product", "error_id"),
    [
        ({"title": "x" * 81}, 25016),
        ({"description": "x" * 4001}, 25016),
        ({"imageUrls": ["http://shop.example/a.jpg"]}, 25015),
        ({"imageUrls": ["https://i.ebayimg.sandbox.invalid/images/g/0/s-l1600.jpg"]}, 25015),
        ({"imageUrls": [f"{PHOTO}?{n}" for n in range(25)]}, 25014),
        ({"aspects": {"Brand": "GoPro"}}, 2004),
        ({"aspects": "Brand"}, 2004),
        ({"aspects": {"x" * 41: ["a"]}}, 25022),
        ({"title": 7}, 2004),
    ],
)
def test_a_faulty_product_is_refused(
    anna: SellerClient, control: SandboxControl, product: dict[str, Any], error_id: int
) -> None:
    reply = anna.put_item("A1", {"product": product})
    assert (reply.status, reply.error_ids) == (400, [error_id])
    assert control.effects()["effects"] == {}


@pytest.mark.parametrize(
    ("item", "error_id"),
    [
        ({"condition": "BROKEN"}, 2004),
        ({"availability": {"shipToLocationAvailability": {"quantity": -1}}}, 25004),
        ({"availability": {"shipToLocationAvailability": {"quantity": "1"}}}, 2004),
        ([], 2004),
    ],
)
def test_a_faulty_item_is_refused(anna: SellerClient, item: Any, error_id: int) -> None:
    reply = anna.put_item("A1", item)
    assert (reply.status, reply.error_ids) == (400, [error_id])


def test_a_write_needs_a_content_language(anna: SellerClient) -> None:
    for language in ("", "fr", "fr_FR"):
        reply = anna.call("PUT", f"{ITEMS}/A1", an_item(PHOTO), Content_Language=language)
        assert (reply.status, reply.error_ids) == (400, [25709])


def test_a_write_needs_a_json_content_type(anna: SellerClient) -> None:
    reply = anna.call("PUT", f"{ITEMS}/A1", an_item(PHOTO), Content_Type="text/plain")
    assert (reply.status, reply.error_ids) == (400, [2004])


def test_the_offset_of_items_is_a_page_number(anna: SellerClient) -> None:
    for number in range(5):
        anna.put_item(f"A{number}", an_item(PHOTO))

    pages = [anna.get(ITEMS, limit=2, offset=page).body for page in range(3)]

    skus = [[item["sku"] for item in page["inventoryItems"]] for page in pages]
    assert skus == [["A0", "A1"], ["A2", "A3"], ["A4"]]
    assert [page["total"] for page in pages] == [5, 5, 5]
    assert ["next" in page for page in pages] == [True, True, False]
    assert ["prev" in page for page in pages] == [False, True, True]
    following = pages[0]["next"].removeprefix(anna.api_url)
    assert anna.get(following).body["inventoryItems"] == pages[1]["inventoryItems"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"offset": "x"}])
def test_impossible_pages_are_refused(anna: SellerClient, query: dict[str, str]) -> None:
    reply = anna.get(ITEMS, **query)
    assert (reply.status, reply.error_ids) == (400, [25706])


def test_an_unknown_item_is_not_found(anna: SellerClient) -> None:
    for method in ("GET", "DELETE"):
        reply = anna.call(method, f"{ITEMS}/A1")
        assert (reply.status, reply.error_ids) == (404, [25710])


def test_deleting_an_item_takes_its_offer_and_ends_its_listing(
    anna: SellerClient, control: SandboxControl
) -> None:
    offer_id, listing_id = anna.publish_product("A1", PHOTO)

    assert anna.call("DELETE", f"{ITEMS}/A1").status == 204

    assert anna.get(f"{INVENTORY}/offer/{offer_id}").status == 404
    listings = control.effects()["listings"]
    assert [(each["listing_id"], each["status"]) for each in listings] == [(listing_id, "ENDED")]
