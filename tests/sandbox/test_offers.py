from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from marketplaces.sandbox.control import SandboxControl
from tests.sandbox.conftest import NewSeller
from tests.sandbox.seller_client import INVENTORY, OFFER_ROUTE, SellerClient, an_item

PHOTO = "https://shop.example/scarf.jpg"
OFFERS = f"{INVENTORY}/offer"


@pytest.fixture
def offer_id(anna: SellerClient) -> str:
    anna.put_item("A1", an_item(PHOTO))
    return str(anna.post_offer("A1").body["offerId"])


def test_a_second_offer_is_refused_with_the_id_of_the_first(
    anna: SellerClient, offer_id: str, control: SandboxControl
) -> None:
    reply = anna.post_offer("A1")

    assert (reply.status, reply.error_ids) == (400, [25002])
    fault = reply.body["errors"][0]
    assert fault["message"] == "Offer entity already exists."
    assert {"name": "offerId", "value": offer_id} in fault["parameters"]
    assert control.effects()["effects"][OFFER_ROUTE] == 1


def test_of_many_offers_at_once_one_is_made(anna: SellerClient, control: SandboxControl) -> None:
    anna.put_item("A1", an_item(PHOTO))
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: anna.post_offer("A1"), range(16)))

    made = {each.body["offerId"] for each in replies if each.status == 201}
    named = {
        parameter["value"]
        for each in replies
        if each.status == 400
        for parameter in each.body["errors"][0]["parameters"]
    }
    assert len(made) == 1
    assert named == made
    assert control.effects()["effects"][OFFER_ROUTE] == 1


def test_the_duplicate_is_detected_even_while_reads_lag(
    anna: SellerClient, control: SandboxControl
) -> None:
    control.settings(read_lag=600)
    anna.put_item("A1", an_item(PHOTO))
    offer_id = anna.post_offer("A1").body["offerId"]

    assert anna.get(OFFERS, sku="A1").status == 404
    assert anna.get(f"{OFFERS}/{offer_id}").status == 404
    assert anna.get(f"{INVENTORY}/inventory_item/A1").status == 404
    assert anna.get(f"{INVENTORY}/inventory_item").body["total"] == 0
    assert anna.post_offer("A1").error_ids == [25002]


def test_when_the_lag_is_over_reads_show_the_write(
    anna: SellerClient, offer_id: str, control: SandboxControl
) -> None:
    control.settings(read_lag=600)
    assert anna.get(f"{OFFERS}/{offer_id}").status == 404
    control.settings(read_lag=0)
    assert anna.get(f"{OFFERS}/{offer_id}").status == 200


def test_a_lagging_read_shows_the_former_version(
    anna: SellerClient, offer_id: str, control: SandboxControl
) -> None:
    lag = 2.0
    control.settings(read_lag=lag)
    while anna.get(f"{OFFERS}/{offer_id}").status == 404:
        pass  # the lag passes on the sandbox's own clock
    anna.publish(offer_id)
    assert anna.get(f"{OFFERS}/{offer_id}").body["status"] == "UNPUBLISHED"
    assert control.effects()["offers"][0]["status"] == "PUBLISHED"


@pytest.mark.parametrize(
    ("fields", "error_id"),
    [
        ({"sku": "B1"}, 25702),
        ({"sku": None}, 25707),
        ({"marketplaceId": "EBAY_XX"}, 25709),
        ({"format": None}, 25709),
        ({"availableQuantity": -1}, 25709),
        ({"pricingSummary": {"price": {"value": 9.9, "currency": "EUR"}}}, 2004),
    ],
)
def test_a_faulty_offer_is_refused(
    anna: SellerClient, fields: dict[str, Any], error_id: int
) -> None:
    anna.put_item("A1", an_item(PHOTO))
    reply = anna.post_offer("A1", **fields)
    assert (reply.status, reply.error_ids) == (400, [error_id])


def test_publishing_makes_one_listing_that_the_offer_names(
    anna: SellerClient, offer_id: str, control: SandboxControl
) -> None:
    listing_id = anna.publish(offer_id).body["listingId"]

    offer = anna.get(f"{OFFERS}/{offer_id}").body
    assert offer["status"] == "PUBLISHED"
    assert offer["listing"]["listingId"] == listing_id
    effects = control.effects()
    assert effects["summary"]["active_listings"] == 1
    listing = effects["listings"][0]
    assert (listing["seller"], listing["sku"], listing["price"]) == ("anna", "A1", "19.90")
    assert effects["violations"] == []


def test_publishing_twice_is_refused_and_makes_no_second_listing(
    anna: SellerClient, offer_id: str, control: SandboxControl
) -> None:
    anna.publish(offer_id)
    reply = anna.publish(offer_id)
    assert (reply.status, reply.error_ids) == (400, [25002])
    assert "already published" in reply.body["errors"][0]["message"]
    assert len(control.effects()["listings"]) == 1


def test_publishing_without_policies_or_location_names_them_all(new_seller: NewSeller) -> None:
    bare = new_seller("bare", policies=False, location=False)
    bare.put_item("A1", an_item(PHOTO))
    offer_id = bare.post_offer("A1", listingPolicies=None, merchantLocationKey=None).body["offerId"]

    reply = bare.publish(offer_id)

    assert (reply.status, sorted(reply.error_ids)) == (400, [25007, 25008, 25009, 25012])


@pytest.mark.parametrize(
    ("fields", "error_id"),
    [
        ({"pricingSummary": None}, 25003),
        ({"pricingSummary": {"price": {"currency": "EUR", "value": "0.00"}}}, 25003),
        ({"pricingSummary": {"price": {"currency": "USD", "value": "9.99"}}}, 25003),
        ({"categoryId": None}, 25005),
        ({"listingDuration": "DAYS_7"}, 25006),
        ({"availableQuantity": 0}, 25004),
        ({"listingPolicies": {"paymentPolicyId": "1"}}, 25008),
        ({"merchantLocationKey": "nowhere"}, 25012),
    ],
)
def test_what_an_offer_lacks_is_found_on_publishing(
    anna: SellerClient, control: SandboxControl, fields: dict[str, Any], error_id: int
) -> None:
    anna.put_item("A1", an_item(PHOTO))
    offer_id = anna.post_offer("A1", **fields).body["offerId"]
    reply = anna.publish(offer_id)
    assert reply.status == 400
    assert error_id in reply.error_ids
    assert control.effects()["listings"] == []


@pytest.mark.parametrize(
    ("item", "error_id"),
    [
        (an_item(), 25014),
        (an_item(PHOTO, quantity=0), 25004),
        (an_item(PHOTO, title=""), 25016),
        (an_item(PHOTO) | {"condition": None}, 25021),
    ],
)
def test_what_an_item_lacks_is_found_on_publishing(
    anna: SellerClient, item: dict[str, Any], error_id: int
) -> None:
    anna.put_item("A1", item)
    offer_id = anna.post_offer("A1").body["offerId"]
    reply = anna.publish(offer_id)
    assert (reply.status, reply.error_ids) == (400, [error_id])


def test_an_offer_without_a_description_takes_its_items(
    anna: SellerClient, control: SandboxControl
) -> None:
    anna.put_item("A1", an_item(PHOTO))
    anna.publish(anna.post_offer("A1", listingDescription=None).body["offerId"])
    assert control.effects()["listings"][0]["description"] == "A warm scarf."


def test_replacing_the_item_of_a_live_listing_revises_it(
    anna: SellerClient, control: SandboxControl
) -> None:
    _, listing_id = anna.publish_product("A1", PHOTO)

    anna.put_item("A1", an_item(f"{PHOTO}?2", title="Silk scarf", quantity=0))

    listing = control.effects()["listings"][0]
    assert listing["listing_id"] == listing_id
    assert (listing["title"], listing["quantity"]) == ("Silk scarf", 0)
    assert [photo["url"] for photo in listing["photos"]] == [f"{PHOTO}?2"]
    assert listing["revisions"] == 1


def test_a_revision_that_would_break_a_live_listing_changes_nothing(
    anna: SellerClient, control: SandboxControl
) -> None:
    anna.publish_product("A1", PHOTO)
    reply = anna.put_item("A1", an_item())
    assert (reply.status, reply.error_ids) == (400, [25014])
    assert anna.get(f"{INVENTORY}/inventory_item/A1").body["product"]["imageUrls"] == [PHOTO]


def test_replacing_a_published_offer_revises_price_and_wants_a_description(
    anna: SellerClient, control: SandboxControl
) -> None:
    offer_id, _ = anna.publish_product("A1", PHOTO)
    price = {"price": {"currency": "EUR", "value": "25.00"}}

    refused = anna.call("PUT", f"{OFFERS}/{offer_id}", anna.offer("A1", listingDescription=None))
    revised = anna.call("PUT", f"{OFFERS}/{offer_id}", anna.offer("A1", pricingSummary=price))

    assert refused.error_ids == [25016]
    assert (revised.status, revised.body["offerId"]) == (200, offer_id)
    assert control.effects()["listings"][0]["price"] == "25.00"


def test_a_withdrawn_offer_stays_and_can_be_published_as_a_new_listing(
    anna: SellerClient, control: SandboxControl
) -> None:
    offer_id, listing_id = anna.publish_product("A1", PHOTO)

    assert anna.call("POST", f"{OFFERS}/{offer_id}/withdraw").body["listingId"] == listing_id
    assert "listing" not in anna.get(f"{OFFERS}/{offer_id}").body
    assert anna.call("POST", f"{OFFERS}/{offer_id}/withdraw").error_ids == [25002]

    assert anna.publish(offer_id).body["listingId"] != listing_id
    statuses = [each["status"] for each in control.effects()["listings"]]
    assert sorted(statuses) == ["ACTIVE", "ENDED"]


def test_deleting_a_published_offer_ends_its_listing(
    anna: SellerClient, control: SandboxControl
) -> None:
    offer_id, _ = anna.publish_product("A1", PHOTO)
    assert anna.call("DELETE", f"{OFFERS}/{offer_id}").status == 204
    assert anna.call("DELETE", f"{OFFERS}/{offer_id}").error_ids == [25713]
    assert control.effects()["summary"]["active_listings"] == 0


def test_offers_are_listed_by_sku_marketplace_and_format(anna: SellerClient, offer_id: str) -> None:
    found = anna.get(OFFERS, sku="A1", marketplace_id="EBAY_FR", format="FIXED_PRICE").body
    assert [each["offerId"] for each in found["offers"]] == [offer_id]
    assert anna.get(OFFERS, sku="A1", marketplace_id="EBAY_DE").error_ids == [25713]
    assert anna.get(OFFERS, sku="B1").status == 404
    assert anna.get(OFFERS).status == 400


def test_bulk_update_changes_price_and_stock_part_by_part(
    anna: SellerClient, control: SandboxControl
) -> None:
    offer_id, _ = anna.publish_product("A1", PHOTO)
    price = {"currency": "EUR", "value": "30.00"}
    good = {"offerId": offer_id, "availableQuantity": 3, "price": price}
    stock = {"shipToLocationAvailability": {"quantity": 2}}
    body = {"requests": [{"sku": "A1", "offers": [good, {"offerId": "1"}]} | stock]}

    reply = anna.call("POST", f"{INVENTORY}/bulk_update_price_quantity", body)

    assert reply.status == 207
    assert [part["statusCode"] for part in reply.body["responses"]] == [200, 400]
    listing = control.effects()["listings"][0]
    assert (listing["price"], listing["quantity"]) == ("30.00", 2)


def test_a_listing_is_revised_so_often_a_day_and_no_more(
    anna: SellerClient, control: SandboxControl
) -> None:
    control.settings(revisions_per_day=2)
    offer_id, _ = anna.publish_product("A1", PHOTO)
    other_id, _ = anna.publish_product("B1", PHOTO)
    for title in ("Silk scarf", "Silk scarf", "Cotton scarf"):
        assert anna.put_item("A1", an_item(PHOTO, title=title)).status == 204
    price = {"price": {"currency": "EUR", "value": "25.00"}}

    by_item = anna.put_item("A1", an_item(PHOTO, title="Linen scarf"))
    by_offer = anna.call("PUT", f"{OFFERS}/{offer_id}", anna.offer("A1", pricingSummary=price))
    part = {"offerId": offer_id} | price
    body = {"requests": [{"sku": "A1", "offers": [part]}]}
    in_bulk = anna.call("POST", f"{INVENTORY}/bulk_update_price_quantity", body)

    assert [by_item.error_ids, by_offer.error_ids, in_bulk.error_ids] == [[25019]] * 3
    (shown,) = [each for each in control.effects()["listings"] if each["sku"] == "A1"]
    assert (shown["title"], shown["price"], shown["revisions"]) == ("Cotton scarf", "19.90", 2)
    assert (
        anna.call("PUT", f"{OFFERS}/{other_id}", anna.offer("B1", pricingSummary=price)).status
        == 200
    )
    assert anna.call("POST", f"{OFFERS}/{offer_id}/withdraw").status == 200, (
        "ending it is no revision"
    )


def test_it_is_told_what_ended_a_listing(anna: SellerClient, control: SandboxControl) -> None:
    withdrawn, _ = anna.publish_product("A1", PHOTO)
    deleted, _ = anna.publish_product("B1", PHOTO)
    anna.publish_product("C1", PHOTO)
    anna.call("POST", f"{OFFERS}/{withdrawn}/withdraw")
    anna.call("DELETE", f"{OFFERS}/{deleted}")
    anna.call("DELETE", f"{INVENTORY}/inventory_item/C1")
    ended = {each["sku"]: each["ended_by"] for each in control.effects()["listings"]}
    assert ended == {"A1": "withdrawal", "B1": "deletion", "C1": "deletion"}
